// A list of 100,000 images scrolls and filters without a stall, and never holds more rows on the page than a screen needs.
// The images are made up here, page by page; everything else is the server's.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { ask, BASE, launch, open, settled } from './browser.mjs';

const TOTAL = 100_000;
/** Longest time the page may not answer, in milliseconds. Slow machines may allow more: STALL. */
const STALL = Number(process.env.STALL ?? 400);

let browser;
before(async () => {
  browser = await launch();
});
after(() => browser.close());

/** The page of the list that begins at an index, rows like the first the server has. */
function answer(sample, url) {
  const query = new URL(url).searchParams;
  const wanted = query.get('q') ?? '';
  const start = Number(query.get('cursor') ?? 0);
  const limit = Number(query.get('limit') ?? 50);
  const total = wanted ? TOTAL / 10 : TOTAL;
  const items = Array.from({ length: Math.min(limit, total - start) }, (_, at) => ({ ...sample, id: `made-up-${start + at}`, repository: `team-${(start + at) % 97}/app-${start + at}${wanted}`, name: `app-${start + at}` }));
  return { items, total, next: start + limit < total ? String(start + limit) : null, facets: {} };
}

test('100,000 images', async () => {
  const { page } = await open(browser);
  const sample = (await ask(page, '/images?limit=1')).items[0];
  assert.ok(sample, 'the server has an image to make more of');
  await page.route(/\/api\/v1\/images\?/, (route) => route.fulfill({ json: answer(sample, route.request().url()) }));
  await page.goto(`${BASE}/images/registry`);
  await settled(page);
  await page.evaluate(() => {
    window.stalls = [];
    new PerformanceObserver((list) => window.stalls.push(...list.getEntries().map((entry) => entry.duration))).observe({ type: 'longtask' });
  });
  const box = page.locator('.table-box');
  for (let screen = 0; screen < 60; screen += 1) {
    await box.evaluate((element) => element.scrollBy(0, element.clientHeight));
    await page.waitForTimeout(30);
  }
  const rows = await page.locator('tr[data-row]').count();
  assert.ok(rows > 10 && rows < 120, `${rows} rows are on the page`);
  await page.getByText(/of 100,000 shown/).waitFor();

  const began = Date.now();
  await page.getByLabel('Search name or digest').fill('x');
  await page.getByText(/of 10,000 shown/).waitFor();
  const filtered = Date.now() - began;
  const worst = Math.max(0, ...(await page.evaluate(() => window.stalls)));
  console.log(`# filtered after ${filtered} ms, longest stall ${Math.round(worst)} ms, ${rows} rows on the page`);
  assert.ok(worst < STALL, `the page did not answer for ${worst} ms`);
});
