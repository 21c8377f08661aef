import { writeSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { openRecordStore } from '../../src/engines/cluster/record-store.ts';
import { applyDocketEffects } from '../../src/steps/review/apply-effects.ts';
import { closeDocket } from '../../src/steps/review/close-docket.ts';
import { clerk } from '../domain/docket-samples.ts';
import { silent } from './cluster-records.ts';

/**
 * A process that closes dockets and has their effects happen. For each line `WEEK VERSION` of its input it tries to close
 * that docket and prints `closed WEEK`, or `refused WEEK CODE`.
 */
const [uri, database] = process.argv.slice(2);
if (!uri || !database) throw new Error('usage: URI DATABASE');
const clock = { now: () => new Date('2026-11-23T01:00:00.000Z') };
const store = await openRecordStore({ uri, database, clock, log: silent, limitMs: 20_000, pollMs: 50 });
const ports = { store, clock, log: silent };
store.follow('effects', { collections: ['dockets'] }, applyDocketEffects(ports));
writeSync(1, 'open\n');
for await (const line of createInterface({ input: process.stdin })) {
  const [week, version] = line.split(' ');
  const outcome = await closeDocket(ports, clerk, { week: week!, seen: Number(version) }).then(
    () => 'closed',
    (error: unknown) => `refused ${(error as { code?: string }).code ?? String(error)}`,
  );
  writeSync(1, `${outcome} ${week}\n`);
}
await store.close();
