import { writeSync } from 'node:fs';
import { Conflict, QianxianError } from '../../src/domain/errors.ts';
import type { DomainEvent } from '../../src/domain/record.ts';
import { openRecordStore } from '../../src/engines/embedded/record-store.ts';
import type { SqliteDriver } from '../../src/engines/embedded/sqlite-driver.ts';
import type { Log } from '../../src/ports/log.ts';

/**
 * A process that writes records and prints a line for each write that was acknowledged: `insert|update|remove ID VERSION`,
 * or `failed CODE MESSAGE`. Arguments: folder, a name that begins its ids, how many writers at once, how many rounds each
 * (0: until it is killed), the bytes of padding in a document, the SQLite library.
 */
const [folder, name, writers, rounds, padding, driver] = process.argv.slice(2);
if (!folder || !name) throw new Error('usage: record-writer FOLDER NAME [WRITERS] [ROUNDS] [PADDING] [DRIVER]');

const log: Log = { debug() {}, info() {}, warn() {}, error() {} };
const event = (type: string): DomainEvent => ({ type, at: '2026-11-23T01:00:00.000Z', by: name });
/** Synchronously, so that a line is out before anything else happens. */
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
const filler = '钢'.repeat(Math.ceil(Number(padding ?? 0) / 3));

const store = await openRecordStore({
  folder,
  clock: { now: () => new Date() },
  log,
  ...(driver ? { driver: driver as SqliteDriver } : {}),
});
const settings = store.collection('settings');

async function writeOne(writer: number): Promise<void> {
  const most = Number(rounds ?? 0) || Number.POSITIVE_INFINITY;
  for (let round = 0; round < most; round++) {
    const id = `${name}-${writer}-${round}`;
    const value = (version: number) => ({ id, value: { version, filler } });
    await settings.insert(value(1), [event('insert')]);
    say(`insert ${id} 1`);
    if (round % 3 === 0) continue;
    await settings.update(id, 1, value(2), [event('update')]);
    say(`update ${id} 2`);
    if (round % 3 === 1) continue;
    await settings.remove(id, 2, [event('remove')]);
    say(`remove ${id} 3`);
  }
}

/** Adds one to a document that all processes share, as often as there are rounds. */
async function count(): Promise<void> {
  for (let round = 0; round < Number(rounds ?? 0); ) {
    const seen = await settings.get('counter');
    try {
      if (seen) {
        await settings.update('counter', seen.version, { id: 'counter', value: (seen.value as number) + 1 });
      } else {
        await settings.insert({ id: 'counter', value: 1 });
      }
      round++;
    } catch (error) {
      if (!(error instanceof Conflict) && (error as QianxianError).code !== 'duplicate') throw error;
    }
  }
}

say('open');
try {
  await Promise.all([...Array.from({ length: Number(writers ?? 1) }, (_, writer) => writeOne(writer)), count()]);
  say('done');
} catch (error) {
  const { code, message } = error as QianxianError;
  say(error instanceof QianxianError ? `failed ${code} ${message}` : `failed unexpected ${String(error)}`);
}
await store.close();
