// Every page, light and dark, English and Chinese, and on a narrow screen: nothing breaks, axe finds no serious fault,
// nothing but tables is wider than the screen. Screenshots go to the folder SHOTS; PAGES picks pages by a part of their name,
// LOOKS languages and schemes.
import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { after, before, test } from 'node:test';
import AxeBuilder from '@axe-core/playwright';
import { ask, BASE, launch, open, settled } from './browser.mjs';

const { SHOTS, PAGES = '', LOOKS = 'en light,en dark,zh-CN light,zh-CN dark' } = process.env;
if (SHOTS) mkdirSync(SHOTS, { recursive: true });

let browser;
before(async () => {
  browser = await launch();
});
after(() => browser.close());

/** Names and addresses; those with ids use what the server holds. */
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
  ].filter(([name]) => name.includes(PAGES));
}

/** Serious faults of accessibility, each with where. */
async function accessibility(page, name) {
  const { violations } = await new AxeBuilder({ page }).withTags(['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa']).analyze();
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .flatMap(({ id, help, nodes }) => nodes.slice(0, 3).map((node) => `${name}: ${id}: ${help}: ${node.html.slice(0, 160)} ${node.any[0]?.message ?? ''}`));
}

for (const look of LOOKS.split(',')) {
  const [language, scheme] = look.split(' ');
  test(`pages in ${language}, ${scheme}`, async () => {
    const { context, page, faults } = await open(browser, { language, scheme });
    for (const [name, path] of await pages(page)) {
      await page.goto(BASE + path);
      await settled(page);
      if (SHOTS) await page.screenshot({ path: `${SHOTS}/${name}-${language}-${scheme}.png` });
      faults.push(...(await accessibility(page, name)));
    }
    await context.close();
    assert.deepEqual(faults, []);
  });
}

test('pages on 360 px', async () => {
  const { context, page, faults } = await open(browser, { width: 360, height: 740 });
  for (const [name, path] of await pages(page)) {
    await page.goto(BASE + path);
    await settled(page);
    if (SHOTS) await page.screenshot({ path: `${SHOTS}/${name}-360.png` });
    const widest = await page.evaluate(() => Math.max(document.documentElement.scrollWidth, document.querySelector('main').scrollWidth));
    if (widest > 361) faults.push(`${name} is ${widest} px wide`);
  }
  await context.close();
  assert.deepEqual(faults, []);
});

test('sign-in refuses a wrong password, in words', async () => {
  const context = await browser.newContext({ locale: 'en' });
  const page = await context.newPage();
  await page.goto(BASE);
  await page.waitForSelector('.signin, .shell');
  // A server that lets everybody in (the fake one) has no sign-in page.
  if (await page.locator('.signin').count()) {
    await page.locator('input[autocomplete=username]').fill('nobody');
    await page.locator('input[autocomplete=current-password]').fill('wrong');
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByText('User name or password is wrong').waitFor();
  }
  await context.close();
});
