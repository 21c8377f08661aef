import { existsSync } from 'node:fs';
import { join } from 'node:path';
import axe from 'axe-core';
import { expect } from 'chai';
import { type Browser, type BrowserContext, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { pagesFolder } from '../../src/serve.ts';

const found = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome-stable',
  '/usr/bin/google-chrome',
].find((path) => existsSync(path));

/** Why the tests of the pages cannot run here, or an empty text. */
export const noBrowser: string = !found
  ? 'no browser: apt-get install chromium'
  : existsSync(join(pagesFolder, 'index.html'))
    ? ''
    : 'the pages are not built: npm start builds them';

/** `describe` where a browser and the built pages are there; else one pending line that says why they are not tried here. */
export function describePages(title: string, body: (this: Mocha.Suite) => void): void {
  if (noBrowser === '') describe(title, body);
  else describe(title, () => void it(`not tried here: ${noBrowser}`));
}

export function openBrowser(): Promise<Browser> {
  return chromium.launch({ executablePath: found!, args: ['--no-sandbox', '--disable-dev-shm-usage'] });
}

export const phone = { width: 375, height: 812 } as const;
export const desktop = { width: 1280, height: 800 } as const;

/** A page whose faults are remembered: scripts that failed, and everything that the policy of the pages refused. */
export interface WatchedPage {
  readonly page: Page;
  readonly context: BrowserContext;
  /** Errors of scripts and refusals of the policy so far. */
  faults(): Promise<readonly string[]>;
}

/** A fresh browser profile far from Shanghai, so that a time that follows the device is seen. */
export async function openPage(browser: Browser, options: BrowserContextOptions = {}): Promise<WatchedPage> {
  const context = await browser.newContext({
    locale: 'zh-CN',
    timezoneId: 'America/New_York',
    viewport: desktop,
    reducedMotion: 'reduce',
    ...options,
  });
  const thrown: string[] = [];
  const page = await context.newPage();
  page.setDefaultTimeout(20_000);
  page.on('pageerror', (error) => thrown.push(String(error)));
  page.on('console', (message) => {
    if (/Content Security Policy|Refused to/.test(message.text())) thrown.push(message.text());
  });
  return { page, context, faults: async () => [...thrown] };
}

export async function logIn(page: Page, url: string, login: string, password: string): Promise<void> {
  await page.goto(`${url}/login`);
  await page.getByLabel('登录名').fill(login);
  await page.getByLabel('密码').fill(password);
  await page.getByRole('button', { name: '登录', exact: true }).click();
}

/** What axe-core finds against WCAG 2.2 AA on the page as it stands. */
export async function accessibilityFaults(page: Page): Promise<string[]> {
  await page.evaluate(axe.source);
  const results = await page.evaluate(() =>
    (window as unknown as { axe: typeof axe }).axe.run(document, {
      runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'],
    }),
  );
  return results.violations.flatMap(({ id, help, nodes }) =>
    nodes.map((node) => `${id} (${help}): ${node.target.join(' ')} ${node.any[0]?.message ?? ''}`),
  );
}

/** Both modes of a page: the one that it is opened in, then the dark one. */
export async function expectAccessible(page: Page, title: string): Promise<void> {
  for (const mode of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme: mode });
    await page.waitForFunction((wanted) => document.documentElement.dataset.mode === wanted, mode);
    await page.waitForTimeout(400);
    expect(await accessibilityFaults(page), `${title}, ${mode}`).to.deep.equal([]);
  }
  await page.emulateMedia({ colorScheme: 'light' });
}

/** Whether the page is no wider than its window. */
export function fitsWidth(page: Page): Promise<boolean> {
  return page.evaluate(() => document.documentElement.scrollWidth <= window.innerWidth);
}
