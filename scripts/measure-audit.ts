// How long the audit takes for so many events that are there at once, as after an import, and how long its check takes then.
//   npx tsx scripts/measure-audit.ts [20000]
// Writes that many records with one event each into an embedded store in a temporary folder (on the disk, with fsync), then lets the
// audit follow them from the beginning, as it does behind the back of who imports.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { compose } from '../src/compose.ts';
import { readConfig } from '../src/config.ts';
import { auditEvents } from '../src/steps/audit/record-audit.ts';
import { verifyAudit } from '../src/steps/audit/verify-audit.ts';

const count = Number(process.argv[2] ?? 20_000);
const folder = mkdtempSync(join(tmpdir(), 'qianxian-audit-'));
const log = { debug() {}, info() {}, warn() {}, error: console.error };
const { ports, close } = await compose(readConfig({ QIANXIAN_DATA: folder, NODE_ENV: 'test' }), {
  log,
  serving: false,
});
const seconds = (since: number): string => ((performance.now() - since) / 1000).toFixed(1);
try {
  let began = performance.now();
  const records = ports.store.collection('settings');
  for (let from = 0; from < count; from += 500) {
    await Promise.all(
      Array.from({ length: Math.min(500, count - from) }, (_, place) => {
        const at = ports.clock.now().toISOString();
        return records.insert({ id: `r${from + place}`, value: place }, [{ type: 'need.imported', at, by: 'system' }]);
      }),
    );
  }
  console.log(`${count} records with an event each: ${seconds(began)} s`);
  began = performance.now();
  const following = ports.store.follow('audit', { collections: ['settings'] }, auditEvents(ports));
  await following.caughtUp();
  const took = performance.now() - began;
  console.log(`in the audit: ${seconds(began)} s, ${((took * 1000) / count).toFixed(0)} µs an entry`);
  await following.stop();
  began = performance.now();
  const { entries, findings } = await verifyAudit(ports);
  console.log(`checked: ${entries} entries, ${findings.length} findings, ${seconds(began)} s`);
} finally {
  await close();
  rmSync(folder, { recursive: true, force: true });
}
