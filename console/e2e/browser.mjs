// What the scripts share: Debian's Chromium, signing in, where the server is.
import { chromium } from 'playwright-core';

export const BASE = (process.env.PLIMSOLL_URL ?? 'http://127.0.0.1:8080').replace(/\/$/, '');
const USER = process.env.PLIMSOLL_USER ?? 'admin';
const PASSWORD = process.env.PLIMSOLL_PASSWORD ?? '';

/** A browser; `CHROMIUM` names another one. */
export function launch() {
  return chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: ['--no-sandbox', '--disable-dev-shm-usage'] });
}

/** A signed-in page in this language and scheme; page errors and refused resources are collected in `faults`. */
export async function open(browser, { language = 'en', scheme = 'light', width = 1440, height = 900 } = {}) {
  const context = await browser.newContext({ viewport: { width, height }, locale: language, acceptDownloads: true, reducedMotion: 'reduce' });
  await context.addInitScript(
    ([language, scheme]) => {
      localStorage.setItem('plimsoll.language', language);
      localStorage.setItem('plimsoll.scheme', scheme);
    },
    [language, scheme],
  );
  const page = await context.newPage();
  page.setDefaultTimeout(30_000);
  const faults = [];
  page.on('pageerror', (error) => faults.push(`page error: ${error.message}`));
  page.on('console', (message) => {
    if (message.type() === 'error' && !/status of 4\d\d/.test(message.text())) faults.push(`console: ${message.text()}`);
  });
  await page.goto(BASE);
  await page.waitForSelector('.signin, .shell');
  if (await page.locator('.signin').count()) {
    await page.locator('input[autocomplete=username]').fill(USER);
    await page.locator('input[autocomplete=current-password]').fill(PASSWORD);
    await page.locator('button[type=submit]').click();
    await page.waitForSelector('.shell');
  }
  return { context, page, faults };
}

/** Waits until nothing on the page is loading any more. */
export async function settled(page) {
  await page.waitForLoadState('networkidle').catch(() => {});
  await page.waitForFunction(() => !document.querySelector('main [aria-busy="true"]'), undefined, { timeout: 45_000 });
}

/** Asks the API as the signed-in page would. */
export function ask(page, path) {
  return page.evaluate(async (path) => (await fetch(`/api/v1${path}`)).json(), path);
}

/** Closes what a test that failed may have left open. */
export async function closeAll(page) {
  for (let left = 3; left > 0 && (await page.locator('[role=dialog]:visible, [role=menu]:visible, aside.panel').count()); left -= 1) {
    await page.keyboard.press('Escape');
    await page.waitForTimeout(150);
  }
}
