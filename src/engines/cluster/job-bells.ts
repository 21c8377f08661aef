import Bull from 'bull';
import type { Clock } from '../../ports/clock.ts';
import { within } from '../../ports/job-book.ts';
import type { Log } from '../../ports/log.ts';
import type { JobRecord } from '../../ports/record-store.ts';
import { presentRequestTime } from '../../ports/request-time.ts';
import { commandMs, type RedisServer } from './redis-server.ts';

/** Says that one version of one stored job waits for its turn. */
export interface Bell {
  readonly id: string;
  readonly version: number;
}

/** Thrown by whoever answers a bell, to have it rung again after a pause. */
export class NotNow extends Error {
  readonly pauseMs: number;
  constructor(pauseMs: number) {
    super('not now');
    this.pauseMs = pauseMs;
  }
}

/** After Redis did not answer in time, so long nobody waits for it. */
const restMs = 2_000;
/** How many jobs are asked for at once. */
const lookBatch = 500;
/** Bells are never given up: what a job's tries are is counted in the store. */
const always = 1_000_000;

export type BullQueue = Bull.Queue<Bell | Record<string, never>>;

export interface JobBells {
  /** Answers within 2 s whether the bell is in Redis; one that is there already is not rung twice. */
  ring(job: JobRecord): Promise<boolean>;
  /** Which of these waiting jobs have no bell in Redis. Throws where Redis does not answer. */
  unrung(jobs: readonly JobRecord[]): Promise<JobRecord[]>;
  /** Answers the bells of one name from now on, as soon as Redis is there; for queues of `queueOf`. */
  answer(name: string, concurrency: number, work: (job: Bull.Job) => Promise<void>): void;
  /** The queue of this name in Redis. */
  queueOf(name: string): BullQueue;
  /** Answers no further bells; those that are being answered go on. */
  pause(): Promise<void>;
  close(): Promise<void>;
}

/**
 * Bells in Redis: a queue for each name, in which a bell wakes one of the processes that have a handler of the name. What a
 * job is stands in the record store; a bell that is lost is rung again by the sweep, and one too many is of no effect, because
 * whoever answers it looks at the store first. A job keeps a bell's lock alive while it runs.
 */
export function createJobBells(options: {
  redis: RedisServer;
  prefix: string;
  leaseMs: number;
  clock: Clock;
  log: Log;
}): JobBells {
  const { redis, prefix, leaseMs, clock, log } = options;
  const queues = new Map<string, BullQueue>();
  const answered = new Map<string, { readonly concurrency: number; readonly work: (job: Bull.Job) => Promise<void> }>();
  const attached = new Set<string>();
  let subscriber: ReturnType<RedisServer['connect']> | undefined;
  const blocking: ReturnType<RedisServer['connect']>[] = [];
  let restsUntil = 0;
  let closed = false;

  function open(name: string): BullQueue {
    const queue: BullQueue = new Bull(name, {
      prefix,
      // The version is looked at where the connection is opened.
      skipVersionCheck: true,
      createClient(type) {
        if (type === 'client') return redis.client;
        if (type === 'subscriber') {
          subscriber ??= redis.connect('subscriber');
          return subscriber;
        }
        const connection = redis.connect('blocking');
        blocking.push(connection);
        return connection;
      },
      settings: {
        // Jobs take minutes, so the lock of a bell is renewed as the lease of its job is. One that is lost all the same costs
        // a second bell, no second run: who runs a job is settled in the store.
        lockDuration: leaseMs,
        lockRenewTime: leaseMs / 3,
        stalledInterval: leaseMs / 2,
        maxStalledCount: always,
        guardInterval: 5_000,
        retryProcessDelay: 1_000,
        drainDelay: 5,
        backoffStrategies: {
          again: (_made: number, error: Error) => (error instanceof NotNow ? error.pauseMs : restMs),
        },
      },
    } as Bull.QueueOptions);
    queue.on('error', (error) => log.debug({ error: redis.describe(error), queue: name }, 'a queue in Redis failed'));
    queue.on('lock-extension-failed', (_job: unknown, error: unknown) =>
      log.debug({ error: redis.describe(error), queue: name }, 'the lock of a bell was not renewed'),
    );
    // The library names its connection without waiting for the answer; a connection that ends just then must not end the process.
    const named = queue as unknown as { setWorkerName: () => Promise<unknown> };
    const setName = named.setWorkerName.bind(queue);
    named.setWorkerName = () => setName().catch(() => {});
    return queue;
  }

  function queueOf(name: string): BullQueue {
    let queue = queues.get(name);
    if (!queue) {
      queue = open(name);
      queues.set(name, queue);
    }
    return queue;
  }

  /** Begins to answer what is not answered yet. */
  function attach(): void {
    if (closed || !redis.isReady) return;
    for (const [name, { concurrency, work }] of answered) {
      if (attached.has(name)) continue;
      attached.add(name);
      const queue = queueOf(name);
      queue.process('*', concurrency, work).catch((error: unknown) => {
        if (closed) return;
        log.warn({ error: redis.describe(error), queue: name }, 'a queue could not be answered, tries again');
        // A queue of the library takes its handler once: the next try has one of its own.
        queues.delete(name);
        attached.delete(name);
        queue.close(true).catch(() => {});
        setTimeout(attach, restMs).unref();
      });
    }
  }
  const detach = redis.onReady(() => {
    restsUntil = 0;
    attach();
  });

  const bellOf = (job: JobRecord) => `${job.id}.${job.version}`;

  return {
    queueOf,

    async ring(job) {
      if (closed || !redis.isReady || Date.now() < restsUntil) return false;
      const bell: Bell = { id: job.id, version: job.version };
      try {
        // The sweep rings for what nobody has the time to wait for.
        const leftMs = (presentRequestTime()?.endsAt ?? Number.POSITIVE_INFINITY) - performance.now();
        const rung = await within(
          Math.min(commandMs, Math.max(0, leftMs)),
          queueOf(job.name).add(job.name, bell, {
            jobId: bellOf(job),
            delay: Math.max(0, Date.parse(job.runAt) - clock.now().getTime()),
            ...bellOptions,
          }),
        );
        if (!rung && leftMs >= commandMs) restsUntil = Date.now() + restMs;
        return rung;
      } catch (error) {
        if (/timed out/i.test(redis.describe(error).message)) restsUntil = Date.now() + restMs;
        log.debug({ error: redis.describe(error), job: job.name, id: job.id }, 'a bell could not be rung');
        return false;
      }
    },

    async unrung(jobs) {
      const without: JobRecord[] = [];
      for (let begin = 0; begin < jobs.length; begin += lookBatch) {
        const batch = jobs.slice(begin, begin + lookBatch);
        const pipeline = redis.client.pipeline();
        for (const job of batch) pipeline.exists(queueOf(job.name).toKey(bellOf(job)));
        const answers = (await pipeline.exec()) ?? [];
        for (const [index, job] of batch.entries()) {
          const [error, found] = answers[index] ?? [new Error('no answer')];
          if (error) throw error;
          if (found === 0) without.push(job);
        }
      }
      return without;
    },

    answer(name, concurrency, work) {
      answered.set(name, { concurrency, work });
      attach();
    },

    async pause() {
      await within(
        commandMs,
        Promise.all(
          [...attached].map((name) =>
            queueOf(name)
              .pause(true, true)
              .catch(() => {}),
          ),
        ),
      );
    },

    async close() {
      closed = true;
      detach();
      await within(commandMs, Promise.all([...queues.values()].map((queue) => queue.close().catch(() => {}))));
      for (const connection of blocking) connection.disconnect();
      subscriber?.disconnect();
    },
  };
}

/** What holds for everything that goes into Redis: it is done when it was answered, and tried until it was. */
export const bellOptions = {
  attempts: always,
  backoff: { type: 'again' },
  removeOnComplete: true,
  removeOnFail: true,
  stackTraceLimit: 1,
} as const;
