// Every page, light and dark, English and Chinese: axe finds no serious fault; screenshots go to the folder SHOTS.
//   PLIMSOLL_URL=… PLIMSOLL_USER=… PLIMSOLL_PASSWORD=… SHOTS=… node e2e/look.mjs [part of a page's name]
import { mkdirSync } from 'node:fs';
import AxeBuilder from '@axe-core/playwright';
import { ask, BASE, launch, open, settled } from './browser.mjs';

const SHOTS = process.env.SHOTS;
const only = process.argv[2] ?? '';
const LOOKS = (process.env.LOOKS ?? 'en-light,en-dark,zh-CN-light,zh-CN-dark').split(',').map((look) => ({ language: look.replace(/-(light|dark)$/, ''), scheme: look.match(/(light|dark)$/)[0] }));

if (SHOTS) mkdirSync(SHOTS, { recursive: true });
const browser = await launch();
let serious = 0;

/** The pages of a running server: those with ids use what it holds. */
async function pages(page) {
  const [images, risks, tasks] = await Promise.all(['/images?status=scanned&sort=-risks&limit=1', '/risks?kind=vulnerability&limit=1', '/tasks?limit=1'].map((path) => ask(page, path)));
  const image = images.items[0]?.id;
  const risk = risks.items[0] && encodeURIComponent(risks.items[0].id);
  const task = tasks.items[0]?.id;
  return [
    ['overview', '/'],
    ...['system', 'application', 'malicious', 'settings/configuration', 'settings/password-policy', 'settings/weak-password', 'secrets', 'compliance', 'bases'].map((tab) => [`risks-${tab.replace('/', '-')}`, `/risks/${tab}`]),
    ...(risk ? ['overview', 'cves', 'images', 'fix', 'history', 'evidence'].map((tab) => [`risk-panel-${tab}`, `/risks/system?open=${risk}&tab=${tab}`]) : []),
    ...(risk ? [['risk-page', `/risk/${risk}`]] : []),
    ['risks-nothing', '/risks/system?q=no-such-thing-anywhere'],
    ...['registry', 'local', 'cicd'].map((source) => [`images-${source}`, `/images/${source}`]),
    ...(image ? ['vulnerabilities', 'malicious', 'software', 'files', 'files/all', 'settings/configuration', 'settings/password-policy', 'settings/weak-password', 'secrets', 'compliance', 'base', 'layers', 'fixes', 'history', 'compare'].map((tab) => [`image-${tab.replace('/', '-')}`, `/image/${image}/${tab}`]) : []),
    ['registries', '/registries'],
    ['registries-add', '/registries?dialog=add'],
    ['tasks', '/tasks'],
    ...(task ? [['task', `/tasks?open=${task}`]] : []),
    ['decisions', '/decisions'],
    ['decisions-history', '/decisions?state=history'],
    ...['policies', 'knowledge', 'users', 'tokens', 'projects', 'audit', 'settings'].map((name) => [name, `/${name}`]),
    ['not-found', '/no/such/page'],
  ].filter(([name]) => name.includes(only));
}

async function look(page, name, look) {
  if (SHOTS) await page.screenshot({ path: `${SHOTS}/${name}-${look}.png` });
  const { violations } = await new AxeBuilder({ page }).withTags(['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa']).analyze();
  for (const violation of violations.filter(({ impact }) => impact === 'serious' || impact === 'critical')) {
    serious += 1;
    console.log(`${name} ${look}: ${violation.id}: ${violation.help}`);
    for (const node of violation.nodes.slice(0, 3)) console.log(`    ${node.html.slice(0, 160)}  ${node.any[0]?.message ?? ''}`);
  }
}

for (const { language, scheme } of LOOKS) {
  const { context, page, faults } = await open(browser, { language, scheme });
  for (const [name, path] of await pages(page)) {
    await page.goto(BASE + path);
    await settled(page);
    await look(page, name, `${language}-${scheme}`);
  }
  for (const fault of faults) {
    serious += 1;
    console.log(`${language} ${scheme}: ${fault}`);
  }
  await context.close();
}
// The narrowest screen: nothing but tables may be wider than it.
const { page } = await open(browser, { width: 360, height: 740 });
for (const [name, path] of await pages(page)) {
  await page.goto(BASE + path);
  await settled(page);
  if (SHOTS) await page.screenshot({ path: `${SHOTS}/${name}-360.png` });
  const wide = await page.evaluate(() => document.documentElement.scrollWidth > innerWidth + 1);
  if (wide) {
    serious += 1;
    console.log(`${name}: wider than 360 px`);
  }
}
await browser.close();
console.log(serious === 0 ? 'no serious fault' : `${serious} serious faults`);
process.exit(serious === 0 ? 0 : 1);
