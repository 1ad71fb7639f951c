// The manual's second procedure, word by word: "Viewing and Handling Repository Image Scan Results in the Image View".
import assert from 'node:assert/strict';
import { after, afterEach, before, test } from 'node:test';
import { ask, BASE, closeAll, launch, open, settled } from './browser.mjs';

let browser;
let page;
let faults;
before(async () => {
  browser = await launch();
  ({ page, faults } = await open(browser));
});
afterEach(() => closeAll(page));
after(() => browser.close());

const rows = (table) => page.getByRole('table', { name: table, exact: true }).locator('tr[data-row]');
const results = (name) => page.getByRole('navigation', { name: 'Results by kind' }).getByRole('link', { name });

/** The page of an image that has risks of a kind. */
async function imageWith(kind, filter = '') {
  const { items } = await ask(page, `/images?source=registry&kind=${kind}&limit=1${filter}`);
  assert.ok(items[0], `an image with ${kind}`);
  await page.goto(`${BASE}/image/${items[0].id}`);
  await settled(page);
  return items[0];
}

test('click the Image View tab, click the Repository Images tab', async () => {
  await page.getByRole('link', { name: 'Image view' }).click();
  await page.getByRole('navigation', { name: 'Where images were met' }).getByRole('link', { name: 'Repository images' }).click();
  await rows('Repository images').first().waitFor();
});

test('in the Operation column of an image, click View Results to go to the image details page', async () => {
  const row = rows('Repository images').first();
  const name = await row.locator('a.cell-main').innerText();
  await row.getByRole('button', { name: /^Actions for/ }).click();
  await page.getByRole('menuitem', { name: 'View results' }).click();
  await page.getByRole('heading', { level: 1 }).waitFor();
  assert.ok((await page.getByRole('heading', { level: 1 }).innerText()).includes(name));
});

test('the tabs stand in the manual’s order', async () => {
  await page.getByRole('navigation', { name: 'Results by kind' }).waitFor();
  const names = (await page.getByRole('navigation', { name: 'Results by kind' }).getByRole('link').allInnerTexts()).map((name) => name.replace(/\s*[\d,]+$/, '').trim());
  assert.deepEqual(names.slice(0, 8), ['Vulnerability report', 'Malicious files', 'Software information', 'File information', 'Unsafe settings', 'Sensitive information', 'Software compliance', 'Base image']);
});

test('click a vulnerability name: description, urgency, affected images', async () => {
  await imageWith('vulnerability');
  const row = rows('Vulnerabilities').first();
  await row.waitFor();
  assert.match(await row.innerText(), /Fix now|Fix soon|No hurry/);
  await row.locator('button.cell-main').click();
  const panel = page.locator('aside.panel');
  await panel.getByText('Suggestion', { exact: true }).waitFor();
  await panel.getByRole('link', { name: 'Affected images' }).click();
  await panel.getByRole('table', { name: 'Affected images' }).locator('tr[data-row]').first().waitFor();
  await page.keyboard.press('Escape');
});

test('Ignore and Add to whitelist ask for this image alone, and say what they hit', async () => {
  for (const action of ['Ignore', 'Add to whitelist']) {
    await rows('Vulnerabilities').first().getByRole('button', { name: /^Actions for/ }).click();
    await page.getByRole('menuitem', { name: action, exact: true }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByText(/in \d[\d,]* images?|Nothing now/).waitFor();
    assert.equal(await dialog.getByRole('radio', { name: /^Only in/ }).isChecked(), true);
    await dialog.getByRole('button', { name: 'Cancel' }).click();
    await dialog.waitFor({ state: 'hidden' });
  }
});

test('Fix: click To upgrade the affected software: affected components, CVE, and more', async () => {
  await imageWith('vulnerability');
  await page.getByRole('button', { name: 'Fixable' }).click();
  await page.getByRole('checkbox', { name: 'Yes' }).click();
  await page.keyboard.press('Escape');
  await settled(page);
  await rows('Vulnerabilities').first().locator('button.cell-main').click();
  const panel = page.locator('aside.panel');
  await panel.getByRole('table', { name: 'Affected components' }).waitFor();
  await panel.getByRole('link', { name: /To upgrade the affected software/ }).click();
  await panel.locator('.section').first().waitFor();
  await panel.getByRole('link', { name: /CVE list/ }).click();
  await panel.getByRole('table', { name: 'CVE list' }).waitFor();
  await page.keyboard.press('Escape');
});

test('hover the cursor over the solution description of a vulnerability to view the solution', async () => {
  const solution = rows('Vulnerabilities').locator('.solution').first();
  if (await solution.count()) {
    await solution.hover();
    await page.getByRole('tooltip').waitFor();
    await page.mouse.move(0, 0);
  } else {
    assert.match(await rows('Vulnerabilities').first().innerText(), /Upgrade to/);
  }
});

test('Malicious files: the file names, paths, and file sizes', async () => {
  await imageWith('malicious-file');
  await results('Malicious files').click();
  const row = rows('Malicious files').first();
  await row.waitFor();
  assert.match(await row.innerText(), /\/[\w.-]+/);
  assert.match(await row.innerText(), /\d (B|KiB|MiB)/);
});

test('Software information: names, types, versions, number of vulnerabilities; a row unfolds to vulnerability name, urgency and solution', async () => {
  await imageWith('vulnerability');
  await results('Software information').click();
  await page.getByRole('button', { name: 'Vulnerable' }).click();
  await page.getByRole('checkbox', { name: 'Yes' }).click();
  await page.keyboard.press('Escape');
  await settled(page);
  await rows('Software information').first().getByRole('button', { name: /^Unfold/ }).click();
  const inside = page.getByRole('table', { name: 'Vulnerabilities' });
  await inside.locator('tbody tr').first().waitFor();
  for (const column of ['Vulnerability', 'Urgency', 'Solution']) await inside.getByRole('columnheader', { name: column }).waitFor();
});

test('File information: file names, paths, and sizes, the ring by type, and all files', async () => {
  await results('File information').click();
  await page.getByRole('img', { name: 'By type' }).waitFor();
  await page.getByRole('table', { name: 'File list Top 50' }).locator('tbody tr').first().waitFor();
  await page.getByRole('link', { name: 'All files' }).click();
  await page.getByRole('searchbox', { name: 'Search by path' }).or(page.getByLabel('Search by path')).first().fill('/etc');
  await settled(page);
  await rows('All files').first().waitFor();
});

test('Unsafe settings: click a baseline name to view check items, click View Details: description and suggestions', async () => {
  await imageWith('configuration');
  await results('Unsafe settings').click();
  const table = page.getByRole('table', { name: 'Configuration check' });
  await table.locator('tr.group button').first().click();
  await table.locator('tr.group button').first().click();
  await table.getByRole('button', { name: /^View details/ }).first().click();
  const panel = page.locator('aside.panel');
  await panel.getByRole('heading', { name: 'Suggested value' }).waitFor();
  await panel.getByRole('heading', { name: 'Current value' }).waitFor();
  await page.keyboard.press('Escape');
});

test('Password complexity policies: what is missing, and what to set', async () => {
  await imageWith('password-policy');
  await results('Unsafe settings').click();
  await page.getByRole('link', { name: /^Password complexity policy/ }).click();
  assert.match(await rows('Password complexity policy').first().innerText(), /Length/);
});

test('Common weak passwords: names and types of accounts; Manage Weak Password', async () => {
  await imageWith('weak-password');
  await results('Unsafe settings').click();
  await page.getByRole('link', { name: /^Common weak passwords/ }).click();
  await rows('Common weak passwords').first().waitFor();
  for (const column of ['Account name', 'Account type']) await page.getByRole('columnheader', { name: column }).waitFor();
  await page.getByRole('button', { name: 'Manage weak passwords' }).click();
  await page.getByRole('dialog').getByRole('textbox').waitFor();
  await page.getByRole('dialog').getByRole('button', { name: 'Cancel' }).click();
});

test('Sensitive information: risk levels, paths and what was seen, masked; Exclude Path from Scan takes 20 Linux paths, one a line', async () => {
  await imageWith('secret');
  await results('Sensitive information').click();
  await rows('Sensitive information').first().waitFor();
  await page.getByRole('button', { name: 'Exclude path from scan' }).click();
  const dialog = page.getByRole('dialog');
  const box = dialog.getByRole('textbox');
  const earlier = await box.inputValue();
  await box.fill('usr/relative');
  await dialog.getByText('Every path begins with /').waitFor();
  await box.fill(Array.from({ length: 21 }, (_, at) => `/path/${at}`).join('\n'));
  await dialog.getByText('At most 20', { exact: true }).waitFor();
  await box.fill(`${earlier}\n/usr/\n/lib/test.txt`.trim());
  await dialog.getByRole('button', { name: 'OK' }).click();
  await dialog.waitFor({ state: 'hidden' });
  await page.getByRole('button', { name: 'Exclude path from scan' }).click();
  await box.fill(earlier);
  await dialog.getByRole('button', { name: 'OK' }).click();
  await dialog.waitFor({ state: 'hidden' });
});

test('Software compliance: software names, versions, paths, and image layers', async () => {
  await imageWith('compliance');
  await results('Software compliance').click();
  await rows('Software compliance').first().waitFor();
  for (const column of ['Software', 'Software version', 'Path', 'Layer']) await page.getByRole('columnheader', { name: column, exact: true }).first().waitFor();
});

test('Base image: the image name, version, and layers', async () => {
  await imageWith('base-image');
  await results('Base image').click();
  await rows('Base images').first().waitFor();
});

test('beyond the manual: layers, fixes, history, compare', async () => {
  await imageWith('vulnerability');
  await results('Layers').click();
  await page.getByRole('table', { name: 'Layers' }).locator('tbody tr').first().waitFor();
  await results('Fixes').click();
  await page.locator('.card .section').first().waitFor();
  await results('History').click();
  await page.getByRole('link', { name: 'Compare with the current state' }).first().click();
  await page.getByText(/In both/).waitFor();
});

test('Scan again starts a task that can be watched', async () => {
  await imageWith('vulnerability');
  await page.getByRole('button', { name: 'Scan again' }).click();
  await page.getByRole('button', { name: 'Start scan' }).click();
  await page.getByText('The scan has started').waitFor();
});

test('nothing broke on the way', () => assert.deepEqual(faults, []));
