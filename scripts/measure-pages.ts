// Measures the first load of pages in a browser on a slow 4G profile (1.6 Mbit/s, 150 ms) with the processor four times slower.
//   npm run measure:pages
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readConfig } from '../src/config.ts';
import { serve } from '../src/serve.ts';
import { openBrowser, openPage } from '../test/web/web-browser.ts';
// @ts-expect-error plain JavaScript, because it runs before anything is installed
import { ensurePagesBuilt } from './prepare.mjs';

ensurePagesBuilt();
const folder = mkdtempSync(join(tmpdir(), 'qianxian-measure-'));
const silent = { debug() {}, info() {}, warn() {}, error() {} };
const served = await serve(
  readConfig({ QIANXIAN_DATA: folder, PORT: '0', METRICS_PORT: '0', QIANXIAN_WEEKLY: 'off' }),
  { log: silent },
);
const browser = await openBrowser();
try {
  for (const [path, ready] of [
    ['/', '.newest a'],
    ['/login', 'form button'],
    ['/search?kind=achievement', '.hit'],
  ] as const) {
    const times: number[] = [];
    let script = 0;
    for (let run = 0; run < 3; run++) {
      const { page, context } = await openPage(browser);
      const devtools = await context.newCDPSession(page);
      await devtools.send('Network.enable');
      script = 0;
      const scripts = new Set<string>();
      devtools.on('Network.responseReceived', ({ requestId, type }) => {
        if (type === 'Script') scripts.add(requestId);
      });
      devtools.on('Network.loadingFinished', ({ requestId, encodedDataLength }) => {
        if (scripts.has(requestId)) script += encodedDataLength;
      });
      await devtools.send('Network.emulateNetworkConditions', {
        offline: false,
        latency: 150,
        downloadThroughput: 1_600_000 / 8,
        uploadThroughput: 750_000 / 8,
      });
      await devtools.send('Emulation.setCPUThrottlingRate', { rate: 4 });
      const started = Date.now();
      await page.goto(served.url + path, { waitUntil: 'commit' });
      await page.waitForSelector(ready);
      times.push(Date.now() - started);
      await context.close();
    }
    times.sort((a, b) => a - b);
    console.log(
      `${path}\t${(script / 1000).toFixed(0)} kB of script\tusable after ${(times[1]! / 1000).toFixed(1)} s (${times.map((one) => (one / 1000).toFixed(1)).join(', ')})`,
    );
  }
} finally {
  await browser.close();
  await served.close();
  rmSync(folder, { recursive: true, force: true });
}
