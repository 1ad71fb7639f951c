// What a first visit of each page fetches, gzipped: `node dev/size.mjs` after a build. Fails above the limit.
import { readdirSync, readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';

const LIMIT = 250_000;
const folder = new URL('../dist/', import.meta.url);
const read = (name) => readFileSync(new URL(name, folder));
const size = (name) => gzipSync(read(name)).length;
const names = readdirSync(new URL('assets', folder)).map((name) => `assets/${name}`);

/** A script and all it imports at once. */
function reach(name, seen = new Set()) {
  if (seen.has(name)) return seen;
  seen.add(name);
  for (const [, file] of read(name).toString().matchAll(/(?:from|import)\s*["']\.\/([\w.-]+\.js)["']/g)) reach(`assets/${file}`, seen);
  return seen;
}

const html = read('index.html').toString();
const entry = [...html.matchAll(/(?:src|href)="\/(assets\/[^"]+)"/g)].map(([, name]) => name);
const shell = new Set(entry.flatMap((name) => (name.endsWith('.js') ? [...reach(name)] : [name])));
let worst = 0;
for (const page of names.filter((name) => /(Page|index)-[\w-]+\.js$/.test(name))) {
  const files = new Set([...shell, ...reach(page)]);
  // Styles shared by pages count for every page, a page's own for itself.
  const own = page.replace(/-[\w-]+\.js$/, '-');
  for (const css of names.filter((name) => name.endsWith('.css') && (!name.includes('Page-') || name.startsWith(own)))) files.add(css);
  const total = [...files].reduce((sum, name) => sum + size(name), 0);
  worst = Math.max(worst, total);
  console.log(`${(total / 1000).toFixed(1).padStart(7)} KB  ${page}`);
}
if (worst > LIMIT) {
  console.error(`above ${LIMIT / 1000} KB`);
  process.exit(1);
}
