// The manual's first procedure, word by word: "Viewing and Handling Repository Image Scan Results in the Risk View".
// Each test bears the manual's sentence; they share one signed-in page and leave the server as they found it.
import assert from 'node:assert/strict';
import { after, afterEach, before, test } from 'node:test';
import { ask, closeAll, launch, open, settled } from './browser.mjs';

let browser;
let page;
let faults;
before(async () => {
  browser = await launch();
  ({ page, faults } = await open(browser));
});
afterEach(() => closeAll(page));
after(() => browser.close());

const link = (name) => page.getByRole('link', { name });
const button = (name) => page.getByRole('button', { name, exact: true });
const rows = (table) => page.getByRole('table', { name: table, exact: true }).locator('tr[data-row]');
const panel = () => page.locator('aside.panel');
const panelTab = (name) => panel().getByRole('link', { name });

/** Clicks a risk sub-tab and selects "Repository images" from the drop-down list. */
async function riskTab(name, part) {
  await page.getByRole('navigation', { name: 'Kinds of risks' }).getByRole('link', { name }).click();
  if (part) await page.getByRole('navigation', { name: 'Unsafe settings' }).getByRole('link', { name: part }).click();
  await page.getByRole('combobox', { name: 'Image source' }).selectOption({ label: 'Repository images' });
  await settled(page);
}

/** The row's menu. */
async function rowAction(row, action) {
  await row.getByRole('button', { name: /^Actions for/ }).click();
  await page.getByRole('menuitem', { name: action, exact: true }).click();
}

/** Fills in a handling dialog for all images and confirms it. */
async function confirmHandling(action, reason) {
  const dialog = page.getByRole('dialog');
  await dialog.getByText('What this hits').waitFor();
  await dialog.getByText(/in \d[\d,]* images?/).waitFor();
  await dialog.getByLabel('Remarks').fill(reason);
  await dialog.getByRole('button', { name: action, exact: true }).click();
  await dialog.waitFor({ state: 'hidden' });
}

test('choose Risk Management > Container Images, click the Risk View tab', async () => {
  await link('Risk view').click();
  await page.getByRole('heading', { name: 'Risk view' }).waitFor();
  assert.match(page.url(), /\/risks\/system/);
});

test('click a risk sub-tab, and select Repository Images from the drop-down list: every tab counts and lists its risks with the names of images', async () => {
  for (const [name, part] of [['System vulnerabilities'], ['Application vulnerabilities'], ['Malicious files'], ['Unsafe settings', 'Configuration check'], ['Unsafe settings', 'Password complexity policy'], ['Unsafe settings', 'Common weak passwords'], ['Sensitive information'], ['Software compliance'], ['Base images']]) {
    await riskTab(name, part);
    const first = rows(part ?? name).first();
    await first.waitFor();
    assert.match(await first.innerText(), /\d images?/, `${part ?? name} says how many images`);
    assert.match(await first.innerText(), /[\w-]+:[\w.-]+/, `${part ?? name} names its images`);
  }
});

test('the count of a tab is the count of its rows', async () => {
  await riskTab('System vulnerabilities');
  const counted = await page.getByRole('navigation', { name: 'Kinds of risks' }).getByRole('link', { name: 'System vulnerabilities' }).locator('.tab-count').innerText();
  const foot = await page.locator('.table-foot').innerText();
  assert.match(foot, new RegExp(`^${counted} rows?|of ${counted} shown`));
});

test('you can export risk results to obtain image names and image tags', async () => {
  await riskTab('Malicious files');
  const [expected] = (await ask(page, '/risks?kind=malicious-file&source=registry&limit=1')).items;
  await button('Export').click();
  await page.getByRole('dialog').getByRole('button', { name: 'Export', exact: true }).click();
  const address = await page.getByRole('link', { name: /Download/ }).getAttribute('href');
  const text = await page.evaluate(async (address) => (await fetch(address)).text(), address);
  const name = expected.image_names[0];
  assert.ok(text.includes(name.split(':').pop()) && text.includes(name.split('/').pop().split(':')[0]), `the file names ${name}`);
  await page.keyboard.press('Escape');
});

test('click a vulnerability name: the notice, CVE, suggestions, affected images and handling history', async () => {
  await riskTab('System vulnerabilities');
  const name = rows('System vulnerabilities').first().locator('a.cell-main');
  const risk = await name.innerText();
  await name.click();
  await panel().getByRole('heading', { name: risk }).waitFor();
  await panelTab('Vulnerability notice').waitFor();
  await panel().getByText('Suggestion', { exact: true }).waitFor();
  await panelTab('CVE list').click();
  await panel().getByRole('table', { name: 'CVE list' }).locator('tbody tr').first().waitFor();
  await panelTab('Affected images').click();
  await panel().getByRole('table', { name: 'Affected images' }).locator('tr[data-row]').first().waitFor();
  await panelTab('Handling history').click();
  await panel().getByText(/Nobody has handled this yet|Remarks/).first().waitFor();
  await panelTab('Evidence').click();
  await panel().locator('.places').first().waitFor();
  // The address is the state: opened anew, the same details stand beside the same list.
  await page.reload();
  await panel().getByRole('heading', { name: risk }).waitFor();
  await panel().locator('.places').first().waitFor();
  await page.keyboard.press('Escape');
  await panel().waitFor({ state: 'detached' });
});

let handled;

test('Ignore: it will still be displayed in future scan results', async () => {
  await riskTab('System vulnerabilities');
  const row = rows('System vulnerabilities').first();
  handled = await row.locator('a.cell-main').innerText();
  await rowAction(row, 'Ignore');
  await confirmHandling('Ignore', 'e2e: not for now');
  await settled(page);
  await page.getByRole('textbox', { name: /Search/ }).or(page.getByRole('searchbox')).first().fill(handled);
  await page.getByText('Handled', { exact: true }).click();
  const ignored = rows('System vulnerabilities').filter({ hasText: handled }).first();
  await ignored.waitFor();
  assert.match(await ignored.innerText(), /Ignored/);
});

test('Unignore takes it back', async () => {
  await rowAction(rows('System vulnerabilities').filter({ hasText: handled }).first(), 'Unignore');
  await confirmHandling('Unignore', 'e2e: taken back');
  await page.getByText('Unhandled', { exact: true }).click();
  await rows('System vulnerabilities').filter({ hasText: handled }).first().waitFor();
});

test('Add to whitelist: it does not affect your services', async () => {
  await rowAction(rows('System vulnerabilities').filter({ hasText: handled }).first(), 'Add to whitelist');
  await confirmHandling('Add to whitelist', 'e2e: not affected');
  await page.getByText('Handled', { exact: true }).click();
  const row = rows('System vulnerabilities').filter({ hasText: handled }).first();
  await row.waitFor();
  assert.match(await row.innerText(), /Whitelisted/);
});

test('every decision is listed, and can be undone; the history tells all of it', async () => {
  await link('Whitelist & decisions').first().click();
  const decision = rows('Whitelist & decisions').filter({ hasText: 'e2e: ' });
  for (let left = await decision.count().catch(() => 0); ; left -= 1) {
    await settled(page);
    if ((await decision.count()) === 0) break;
    await rowAction(decision.first(), 'Undo');
    await page.getByRole('dialog').getByRole('button', { name: 'Undo', exact: true }).click();
    await page.getByRole('dialog').waitFor({ state: 'hidden' });
    assert.ok(left > -5, 'decisions do not go away');
  }
  await link('Handling history').click();
  await page.getByRole('table', { name: 'Handling history' }).getByText(handled).first().waitFor();
});

test('Fix: refer to the suggestions in the vulnerability details', async () => {
  await link('Risk view').click();
  await riskTab('System vulnerabilities');
  await page.getByRole('button', { name: 'Fixable' }).click();
  await page.getByRole('checkbox', { name: 'Yes' }).click();
  await page.keyboard.press('Escape');
  await settled(page);
  await rows('System vulnerabilities').first().locator('a.cell-main').click();
  await panel().getByText('Suggestion', { exact: true }).waitFor();
  await panelTab(/^Fix/).click();
  await panel().locator('.section').first().waitFor();
  await page.keyboard.press('Escape');
});

test('Malicious files: their file names, paths, and sizes are displayed', async () => {
  await riskTab('Malicious files');
  await rows('Malicious files').first().getByRole('button', { name: /^Unfold/ }).click();
  const evidence = page.locator('.row-unfolded').first();
  await evidence.locator('.places code').first().waitFor();
  assert.match(await evidence.innerText(), /\/[\w.-]+/);
  assert.match(await evidence.innerText(), /\d (B|KiB|MiB)/);
});

test('bulk: select, then all that match the filter, with a preview before anything happens', async () => {
  await riskTab('System vulnerabilities');
  await rows('System vulnerabilities').first().getByRole('checkbox').check();
  await page.getByText('1 selected').waitFor();
  const all = page.getByRole('button', { name: /^Select all .* that match the filter/ });
  if (await all.count()) {
    await all.click();
    await page.getByText(/All .* that match the filter are selected/).waitFor();
  }
  await page.locator('.bulk').getByRole('button', { name: 'Ignore', exact: true }).click();
  await page.getByRole('dialog').getByText(/in \d[\d,]* images?/).waitFor();
  await page.getByRole('dialog').getByRole('button', { name: 'Cancel' }).click();
});

test('Manage weak passwords: configure weak passwords and click OK', async () => {
  await riskTab('Unsafe settings', 'Common weak passwords');
  await button('Manage weak passwords').click();
  const box = page.getByRole('dialog').getByRole('textbox');
  const earlier = await box.inputValue();
  await box.fill(`${earlier}\ne2e-weak-password`.trim());
  await page.getByRole('dialog').getByRole('button', { name: 'OK' }).click();
  await page.getByRole('dialog').waitFor({ state: 'hidden' });
  await button('Manage weak passwords').click();
  await page.getByRole('dialog').getByRole('textbox').fill(earlier);
  await page.getByRole('dialog').getByRole('button', { name: 'OK' }).click();
  await page.getByRole('dialog').waitFor({ state: 'hidden' });
});

test('nothing broke on the way', () => assert.deepEqual(faults, []));
