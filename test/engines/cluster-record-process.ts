import { writeSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { QianxianError } from '../../src/domain/errors.ts';
import { openRecordStore } from '../../src/engines/cluster/record-store.ts';
import { silent } from './cluster-records.ts';

/**
 * A process beside the tests on the same database. Prints a line for each thing that it did.
 * `write NAME ROUNDS`: inserts, updates and removes records, with an event each; `acknowledged EVENT_ID` for each.
 * `follow CONSUMER`: `event EVENT_ID` for each event that it is handed, until its input ends.
 * `hold CONSUMER`: takes one batch, says `holding`, and never ends it.
 */
const [uri, database, role, name, rounds] = process.argv.slice(2);
if (!uri || !database || !role || !name) throw new Error('usage: URI DATABASE ROLE NAME [ROUNDS]');

const say = (line: string): void => {
  for (;;) {
    try {
      writeSync(1, `${line}\n`);
      return;
    } catch (error) {
      // The reader is behind: the pipe is full and does not block.
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw error;
    }
  }
};

const store = await openRecordStore({
  uri,
  database,
  clock: { now: () => new Date() },
  log: silent,
  limitMs: 20_000,
  leaseMs: 1_500,
  pollMs: 50,
});
const settings = store.collection('settings');
const event = { type: 'written', at: '2026-11-23T01:00:00.000Z', by: name };

async function write(): Promise<void> {
  for (let round = 0; round < Number(rounds); round++) {
    const id = `${name}-${round}`;
    await settings.insert({ id, value: 1 }, [event]);
    say(`acknowledged settings/${id}/1/0`);
    await settings.update(id, 1, { id, value: 2 }, [event]);
    say(`acknowledged settings/${id}/2/0`);
    if (round % 3 !== 0) continue;
    await settings.remove(id, 2, [event]);
    say(`acknowledged settings/${id}/3/0`);
  }
}

say('open');
try {
  if (role === 'write') await write();
  if (role === 'follow') {
    store.follow(name, { collections: ['settings'], batch: 7 }, async (changes) => {
      for (const { events } of changes) for (const { id } of events) say(`event ${id}`);
    });
    for await (const _ of process.stdin);
  }
  if (role === 'hold') {
    store.follow(name, { collections: ['settings'], batch: 3 }, async (changes) => {
      say(`holding ${changes.map(({ id }) => id).join(' ')}`);
      await sleep(3_600_000);
    });
    await sleep(3_600_000);
  }
  say('done');
} catch (error) {
  say(`failed ${(error as QianxianError).code} ${String(error)}`);
}
await store.close();
