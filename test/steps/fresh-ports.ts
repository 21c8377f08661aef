import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { compose } from '../../src/compose.ts';
import { readConfig } from '../../src/config.ts';
import type { Clock } from '../../src/ports/clock.ts';
import type { Log } from '../../src/ports/log.ts';
import type { Ports } from '../../src/ports/ports.ts';
import { labelledStore } from './labelled-store.ts';

/** A clock that stands still until it is moved. */
export interface SetClock extends Clock {
  set(at: string | Date): void;
}

export function setClock(at: string): SetClock {
  let now = new Date(at);
  return {
    now: () => new Date(now),
    set: (next) => {
      now = new Date(next);
    },
  };
}

const silent: Log = { debug() {}, info() {}, warn() {}, error() {} };

export interface FreshPorts extends Ports {
  readonly clock: SetClock;
  readonly folder: string;
  /** Closes every engine and removes the folder. */
  close(): Promise<void>;
}

/** All embedded engines in a temporary folder; the clock stands at `now` (default Monday 2026-11-23 09:00 in Shanghai). */
export async function freshPorts(options: { now?: string } = {}): Promise<FreshPorts> {
  const folder = await mkdtemp(join(tmpdir(), 'qianxian-'));
  const clock = setClock(options.now ?? '2026-11-23T01:00:00.000Z');
  const composed = await compose(
    readConfig({ QIANXIAN_DATA: folder, NODE_ENV: 'test', QIANXIAN_WEBHOOK_HOSTS: '127.0.0.1:9' }),
    {
      clock,
      log: silent,
      serving: true,
    },
  );
  return {
    ...composed.ports,
    store: labelledStore(composed.ports.store),
    clock,
    folder,
    async close() {
      await composed.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
