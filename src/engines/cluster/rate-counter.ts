import { createHash } from 'node:crypto';
import { within } from '../../ports/job-book.ts';
import type { Log } from '../../ports/log.ts';
import type { RateCounter } from '../../ports/rate-counter.ts';
import { createRateWindows } from '../embedded/rate-windows.ts';
import type { RedisServer } from './redis-server.ts';

/** Every request waits for its count, so the server gets less time than for a job. */
const answerMs = 500;
/** After the server failed, so long nobody waits for it. */
const restMs = 2_000;

export interface ClusterRateCounterOptions {
  readonly redis: RedisServer;
  readonly log: Log;
  /** Of all keys in Redis (default `qianxian`). */
  readonly prefix?: string;
}

/**
 * Counts in Redis, for all processes together. Keys stand there as hashes, since they are made of addresses and logins, and run out
 * by themselves. This process keeps count as well: where Redis does not answer, the count goes on from what was last known
 * of all processes, and where Redis was emptied, it does not fall below what came here.
 */
export function createRateCounter(options: ClusterRateCounterOptions): RateCounter {
  const { redis, log } = options;
  const prefix = `${options.prefix ?? 'qianxian'}:rates:`;
  const windows = createRateWindows();
  let away = false;
  let restsUntil = 0;

  const keyOf = (key: string) => prefix + createHash('sha256').update(key).digest('base64url');

  /** Runs it, or answers undefined where Redis does not, in time. */
  async function ask<T>(work: () => Promise<T>): Promise<T | undefined> {
    if (performance.now() < restsUntil) return undefined;
    let answer: T | undefined;
    let reason: unknown = new Error('no answer in time');
    try {
      if (redis.isReady) {
        const asked = work().then((value) => {
          answer = value;
        });
        if (await within(answerMs, asked)) {
          if (away) log.info({}, 'requests are counted for all processes again');
          away = false;
          return answer;
        }
      } else reason = new Error('not connected');
    } catch (error) {
      reason = error;
    }
    if (redis.isReady) restsUntil = performance.now() + restMs;
    if (!away) {
      log.warn({ error: redis.describe(reason) }, 'Redis does not count requests: each process counts for itself');
    }
    away = true;
    return undefined;
  }

  return {
    async hit(key, windowMs) {
      const at = Date.now();
      const window = windows.hit(key, windowMs);
      const mine = window.own;
      const counted = await ask(() => countIn(redis, keyOf(key), windowMs));
      // One that counts less than came here was emptied since: it does not know when the window ends either.
      if (counted && counted.count >= mine + window.others) {
        window.others = counted.count - mine;
        window.endsAt = at + counted.leftMs;
      }
      return { count: mine + window.others, resetAt: new Date(window.endsAt) };
    },

    async takeBack(key) {
      windows.takeBack(key);
      await ask(() => redis.client.eval(takeBackScript, 1, keyOf(key)));
    },

    async forget(key) {
      windows.forget(key);
      await ask(() => redis.client.del(keyOf(key)));
    },
  };
}

/** One hit, in one step. A key that has no end, whatever took it away, gets one: or its source would be locked out for good. */
const hitScript = `
local count = redis.call('INCR', KEYS[1])
local left = redis.call('PTTL', KEYS[1])
if left < 0 then
  left = tonumber(ARGV[1])
  redis.call('PEXPIRE', KEYS[1], left)
end
return { count, left }
`;

/** Never makes a key, and never counts below nothing: the window may have run out meanwhile. */
const takeBackScript = `
local count = redis.call('GET', KEYS[1])
if count and tonumber(count) > 0 then redis.call('DECR', KEYS[1]) end
`;

async function countIn(
  redis: RedisServer,
  key: string,
  windowMs: number,
): Promise<{ readonly count: number; readonly leftMs: number }> {
  const answer = await redis.client.eval(hitScript, 1, key, windowMs);
  if (!Array.isArray(answer)) throw new Error('no count came back');
  const [count, leftMs] = answer as [number, number];
  return { count, leftMs };
}
