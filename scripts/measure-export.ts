/**
 * How much memory an export of a long list takes: `npx tsx --expose-gc scripts/measure-export.ts [ROWS]`.
 * Puts organisations of about 400 characters into a fresh folder, exports them in both formats, and prints for each the
 * seconds, the bytes, and the most memory beyond what was used before.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { compose } from '../src/compose.ts';
import { readConfig } from '../src/config.ts';
import { systemPrincipal } from '../src/domain/user.ts';
import { exportRecords } from '../src/steps/exports/export-records.ts';

const rows = Number(process.argv[2] ?? 100_000);
const silent = { debug() {}, info() {}, warn() {}, error() {} };
const folder = await mkdtemp(join(tmpdir(), 'qianxian-measure-'));
const { ports, close } = await compose(readConfig({ QIANXIAN_DATA: folder, NODE_ENV: 'test', METRICS_PORT: '0' }), {
  log: silent,
  serving: false,
});
try {
  const organisations = ports.store.collection('organisations');
  const profile = '从事稀土抛光材料的研制、生产和销售。'.repeat(15);
  for (let first = 0; first < rows; first += 500) {
    await Promise.all(
      Array.from({ length: Math.min(500, rows - first) }, (_, index) =>
        organisations.insert({
          id: `o${first + index}`,
          state: 'approved',
          content: { name: `示例企业${first + index}`, type: 'enterprise', region: '示例区', profile },
          missing: [],
          history: [],
        }),
      ),
    );
  }
  for (const format of ['csv', 'xlsx'] as const) {
    globalThis.gc?.();
    const before = process.memoryUsage().rss;
    let most = before;
    let bytes = 0;
    const watch = setInterval(() => {
      most = Math.max(most, process.memoryUsage().rss);
    }, 20);
    const started = performance.now();
    const never = new AbortController().signal;
    const { pieces } = await exportRecords(ports, systemPrincipal, { kind: 'organisation', format }, never);
    for await (const piece of pieces) {
      bytes += piece.length;
      // A reader that is slower than the writer.
      if (bytes % 7 === 0) await new Promise((resolve) => setTimeout(resolve, 1));
    }
    clearInterval(watch);
    const seconds = (performance.now() - started) / 1000;
    console.log(
      `${format}: ${rows} rows, ${(bytes / 1e6).toFixed(1)} MB in ${seconds.toFixed(1)} s, ${((most - before) / 1e6).toFixed(0)} MB beyond ${(before / 1e6).toFixed(0)} MB`,
    );
  }
} finally {
  await close();
  await rm(folder, { recursive: true, force: true });
}
