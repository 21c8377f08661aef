import { expect } from 'chai';
import { type ErrorCode, QianxianError } from '../../src/domain/errors.ts';
import type { JobQueue } from '../../src/ports/job-queue.ts';

export interface JobQueueUnderTest {
  /** A queue on the jobs that are kept, not started yet; the one before is closed by the test. */
  open(): Promise<JobQueue>;
  /** A queue of another process on the same jobs, which never starts. */
  another(): Promise<JobQueue>;
  destroy(): Promise<void>;
}

async function codeOf(work: () => Promise<unknown>): Promise<ErrorCode | 'no error'> {
  try {
    await work();
  } catch (error) {
    if (error instanceof QianxianError) return error.code;
    throw error;
  }
  return 'no error';
}

/** A door that a handler waits at until the test opens it. */
function gate(): { readonly opened: Promise<void>; open(): void } {
  let open = () => {};
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { opened, open };
}

/** Resolves when `holds` does; looks again and again, and leaves the limit to the test runner. */
async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await holds())) await new Promise((resolve) => setTimeout(resolve, 10));
}

const none = { waiting: 0, running: 0, delayed: 0, failed: 0 };

/** What every job queue promises. */
export function jobQueueContract(name: string, factory: () => Promise<JobQueueUnderTest>): void {
  describe(`job queue: ${name}`, () => {
    let under: JobQueueUnderTest;
    let queue: JobQueue;
    beforeEach(async () => {
      under = await factory();
      queue = await under.open();
    });
    afterEach(async () => {
      await queue.close(0);
      await under.destroy();
    });

    it('runs what is added, before and after the start, with its data, once', async () => {
      const ran: unknown[] = [];
      queue.handle<{ text: string }>('work', async (job) => {
        ran.push([job.id, job.name, job.data, job.attempt]);
      });
      const first = await queue.add('work', { text: '先' });
      expect(await queue.counts()).to.deep.equal({ ...none, waiting: 1 });
      await queue.start();
      const second = await queue.add('work', { text: '后' });
      await queue.idle();
      expect(ran).to.deep.equal([
        [first, 'work', { text: '先' }, 1],
        [second, 'work', { text: '后' }, 1],
      ]);
      expect(await queue.counts()).to.deep.equal(none);
    });

    it('runs the jobs of one name in turn and in order, unless more at once are asked for', async () => {
      let atOnce = 0;
      let most = 0;
      const order: number[] = [];
      const work = async (data: number) => {
        atOnce += 1;
        most = Math.max(most, atOnce);
        order.push(data);
        await new Promise((resolve) => setImmediate(resolve));
        atOnce -= 1;
      };
      queue.handle<number>('single', (job) => work(job.data));
      for (let index = 0; index < 12; index += 1) await queue.add('single', index);
      await queue.start();
      await queue.idle();
      expect(most).to.equal(1);
      expect(order).to.deep.equal([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]);
    });

    it('runs as many of one name at once as its handler takes, and no more', async () => {
      const door = gate();
      let atOnce = 0;
      let most = 0;
      queue.handle(
        'wide',
        async () => {
          atOnce += 1;
          most = Math.max(most, atOnce);
          await door.opened;
          atOnce -= 1;
        },
        { concurrency: 3 },
      );
      for (let index = 0; index < 8; index += 1) await queue.add('wide', index);
      await queue.start();
      await until(() => atOnce === 3);
      expect(await queue.counts()).to.deep.equal({ ...none, running: 3, waiting: 5 });
      door.open();
      await queue.idle();
      expect(most).to.equal(3);
    });

    it('does not let one name wait for another', async () => {
      const door = gate();
      let done = false;
      queue.handle('slow', () => door.opened);
      queue.handle('quick', async () => {
        done = true;
      });
      await queue.start();
      await queue.add('slow', null);
      await queue.add('quick', null);
      await until(() => done);
      door.open();
      await queue.idle();
    });

    it('tries again after a failure, counts the tries, and keeps nothing of a success', async () => {
      const attempts: number[] = [];
      queue.handle(
        'flaky',
        async (job) => {
          attempts.push(job.attempt);
          if (job.attempt < 3) throw new Error(`try ${job.attempt}`);
        },
        { attempts: 3, backoffMs: 1 },
      );
      await queue.start();
      await queue.add('flaky', null);
      await until(() => attempts.length === 3);
      await queue.idle();
      expect(attempts).to.deep.equal([1, 2, 3]);
      expect(await queue.counts()).to.deep.equal(none);
    });

    it('tries again at once where no pause is asked for, and loses none of many', async () => {
      let ended = 0;
      queue.handle(
        'eager',
        async (job) => {
          if (job.attempt < 4) throw new Error('again');
          ended += 1;
        },
        { attempts: 4, backoffMs: 0, concurrency: 5 },
      );
      await queue.start();
      await Promise.all(Array.from({ length: 40 }, (_, index) => queue.add('eager', index)));
      await until(() => ended === 40);
      await queue.idle();
      expect(await queue.counts()).to.deep.equal(none);
    });

    it('takes a handler that throws at once for one that rejects', async () => {
      queue.handle(
        'thrower',
        () => {
          throw new Error('at once');
        },
        { attempts: 1 },
      );
      await queue.start();
      await queue.add('thrower', null);
      await until(async () => (await queue.counts()).failed === 1);
    });

    it('keeps a job whose tries are used up, with its reason, until it is forgotten', async () => {
      let tries = 0;
      queue.handle(
        'doomed',
        async () => {
          tries += 1;
          throw new Error(`坏了 ${tries}`);
        },
        { attempts: 2, backoffMs: 1 },
      );
      await queue.start();
      const id = await queue.add('doomed', { week: '2026-W48' });
      await until(async () => (await queue.failed()).length === 1);
      const [failed] = await queue.failed();
      expect(failed).to.deep.include({ id, name: 'doomed', data: { week: '2026-W48' }, attempts: 2, reason: '坏了 2' });
      expect(Number.isNaN(Date.parse(failed!.failedAt))).to.equal(false);
      expect(await queue.counts()).to.deep.equal({ ...none, failed: 1 });
      await queue.forget(id);
      expect(await queue.failed()).to.deep.equal([]);
      expect(await codeOf(() => queue.forget(id))).to.equal('not_found');
      expect(tries).to.equal(2);
    });

    it('lists what is not done, what changed last first, with its reason, tries and next try', async () => {
      const door = gate();
      queue.handle(
        'doomed',
        async () => {
          throw new Error('坏了');
        },
        { attempts: 1, title: '注定失败' },
      );
      queue.handle(
        'flaky',
        async () => {
          throw new Error('再来');
        },
        { attempts: 4, backoffMs: 3_600_000 },
      );
      queue.handle('held', () => door.opened);
      await queue.start();
      const doomed = await queue.add('doomed', null, { key: '2026-W48' });
      await until(async () => (await queue.counts()).failed === 1);
      const flaky = await queue.add('flaky', null);
      await until(async () => (await queue.counts()).delayed === 1);
      const held = await queue.add('held', { secret: 'data of jobs is not shown' });
      await until(async () => (await queue.counts()).running === 1);
      const orphan = await queue.add('nobody', null);

      const { items } = await queue.list();
      expect(items.map(({ id }) => id)).to.have.members([doomed, flaky, held, orphan]);
      const byId = Object.fromEntries(items.map((item) => [item.id, item]));
      expect(byId[doomed]).to.deep.include({ name: 'doomed', title: '注定失败', key: '2026-W48', state: 'failed' });
      expect(byId[doomed]).to.deep.include({ attempts: 1, mostAttempts: 1, nextTryAt: null, reason: '坏了' });
      expect(byId[doomed]!.failedAt).to.match(/^\d{4}-.*Z$/);
      expect(byId[flaky]).to.deep.include({
        title: 'flaky',
        key: null,
        state: 'waiting',
        attempts: 1,
        mostAttempts: 4,
      });
      expect(byId[flaky]).to.deep.include({ failedAt: null, reason: '再来' });
      expect(Date.parse(byId[flaky]!.nextTryAt!) - Date.parse(byId[flaky]!.addedAt)).to.be.at.least(3_600_000);
      expect(byId[held]).to.deep.include({
        state: 'running',
        attempts: 1,
        nextTryAt: null,
        failedAt: null,
        reason: null,
      });
      expect(byId[orphan]).to.deep.include({ title: 'nobody', state: 'waiting', attempts: 0, mostAttempts: null });
      expect(JSON.stringify(items)).not.to.include('secret');

      for (const [state, ids] of [
        ['failed', [doomed]],
        ['running', [held]],
        ['waiting', [flaky, orphan]],
      ] as const) {
        expect((await queue.list({ state })).items.map(({ id }) => id)).to.have.members([...ids]);
      }
      const first = await queue.list({ limit: 3 });
      const second = await queue.list({ limit: 3, cursor: first.next! });
      expect([...first.items, ...second.items].map(({ id }) => id)).to.have.members([doomed, flaky, held, orphan]);
      expect(second.next).to.equal(undefined);

      const other = await under.another();
      expect((await other.list({ state: 'failed' })).items.map(({ reason }) => reason)).to.deep.equal(['坏了']);
      await other.close(0);
      await queue.forget(doomed);
      expect((await queue.list({ state: 'failed' })).items).to.deep.equal([]);
      door.open();
    });

    it('runs a failed job again with all its tries when it is retried', async () => {
      let broken = true;
      const attempts: number[] = [];
      queue.handle(
        'mended',
        async (job) => {
          attempts.push(job.attempt);
          if (broken) throw new Error('still broken');
        },
        { attempts: 2, backoffMs: 1 },
      );
      await queue.start();
      const id = await queue.add('mended', null);
      await until(async () => (await queue.failed()).length === 1);
      broken = false;
      await queue.retry(id);
      await until(() => attempts.length === 3);
      await queue.idle();
      expect(attempts).to.deep.equal([1, 2, 1]);
      expect(await queue.counts()).to.deep.equal(none);
      expect(await codeOf(() => queue.retry(id))).to.equal('not_found');
    });

    it('retries and forgets failed jobs only', async () => {
      const door = gate();
      queue.handle('held', () => door.opened);
      await queue.start();
      const id = await queue.add('held', null);
      await until(async () => (await queue.counts()).running === 1);
      expect(await codeOf(() => queue.retry(id))).to.equal('conflict');
      expect(await codeOf(() => queue.forget(id))).to.equal('conflict');
      door.open();
      await queue.idle();
    });

    it('adds a key once while it waits or runs, and again afterwards', async () => {
      const door = gate();
      let runs = 0;
      queue.handle('keyed', async () => {
        runs += 1;
        await door.opened;
      });
      const [first, ...others] = await Promise.all(
        Array.from({ length: 8 }, () => queue.add('keyed', null, { key: 'week' })),
      );
      expect(new Set(others)).to.deep.equal(new Set([first]));
      await queue.start();
      await until(() => runs === 1);
      expect(await queue.add('keyed', null, { key: 'week' })).to.equal(first);
      expect(await queue.add('keyed', null, { key: 'other week' })).not.to.equal(first);
      door.open();
      await queue.idle();
      expect(runs).to.equal(2);
      await queue.add('keyed', null, { key: 'week' });
      await queue.idle();
      expect(runs).to.equal(3);
    });

    it('keeps keys of two names apart', async () => {
      expect(await queue.add('one', null, { key: 'same' })).not.to.equal(await queue.add('two', null, { key: 'same' }));
    });

    it('lets the key of a failed job be added again, and does the work once when the failed one is retried then', async () => {
      const door = gate();
      let runs = 0;
      queue.handle(
        'keyed',
        async () => {
          runs += 1;
          if (runs === 1) throw new Error('first');
          await door.opened;
        },
        { attempts: 1 },
      );
      await queue.start();
      const failed = await queue.add('keyed', null, { key: 'k' });
      await until(async () => (await queue.failed()).length === 1);
      const again = await queue.add('keyed', null, { key: 'k' });
      expect(again).not.to.equal(failed);
      await queue.retry(failed);
      door.open();
      await queue.idle();
      expect(runs).to.equal(2);
      expect(await queue.counts()).to.deep.equal(none);
    });

    it('gives a retried job its key back', async () => {
      const door = gate();
      let runs = 0;
      queue.handle(
        'keyed',
        async () => {
          runs += 1;
          if (runs === 1) throw new Error('first');
          await door.opened;
        },
        { attempts: 1 },
      );
      await queue.start();
      const id = await queue.add('keyed', null, { key: 'k' });
      await until(async () => (await queue.failed()).length === 1);
      await queue.retry(id);
      expect(await queue.add('keyed', null, { key: 'k' })).to.equal(id);
      door.open();
      await queue.idle();
      expect(runs).to.equal(2);
    });

    it('holds a delayed job back, counts it apart, and does not wait for it', async () => {
      let ran = 0;
      queue.handle('later', async () => {
        ran += 1;
      });
      await queue.start();
      await queue.add('later', null, { delayMs: 3600_000 });
      await queue.idle();
      expect(await queue.counts()).to.deep.equal({ ...none, delayed: 1 });
      expect(ran).to.equal(0);
      await queue.add('later', null, { delayMs: 30 });
      await until(() => ran === 1);
    });

    it('never drops a job that has no handler: it waits until a process has one', async () => {
      await queue.start();
      await queue.add('unknown', { kept: true });
      await queue.idle();
      expect((await queue.counts()).waiting).to.equal(1);
      await queue.close();
      queue = await under.open();
      const ran: unknown[] = [];
      queue.handle('unknown', async (job) => {
        ran.push(job.data);
      });
      await queue.start();
      await queue.idle();
      expect(ran).to.deep.equal([{ kept: true }]);
    });

    it('notices what another process adds, and lets it see and mend what failed', async () => {
      let broken = true;
      const ran: unknown[] = [];
      const handler = async (job: { data: unknown }) => {
        if (broken) throw new Error('broken');
        ran.push(job.data);
      };
      queue.handle('shared', handler, { attempts: 1 });
      await queue.start();
      const elsewhere = await under.another();
      // Like a command line, it names the handlers, but never starts.
      elsewhere.handle('shared', handler, { attempts: 1 });
      const id = await elsewhere.add('shared', '别处');
      await until(async () => (await elsewhere.failed()).length === 1);
      broken = false;
      await elsewhere.retry(id);
      await elsewhere.idle();
      expect(ran).to.deep.equal(['别处']);
      await elsewhere.close();
    });

    it('runs waiting jobs after a restart', async () => {
      await queue.add('work', 1);
      await queue.close();
      queue = await under.open();
      const ran: unknown[] = [];
      queue.handle('work', async (job) => {
        ran.push(job.data);
      });
      await queue.start();
      await queue.idle();
      expect(ran).to.deep.equal([1]);
    });

    it('closes after what runs has ended, and takes nothing new', async () => {
      const door = gate();
      const ended: string[] = [];
      let aborted = false;
      queue.handle('long', async (_job, signal) => {
        await door.opened;
        aborted = signal.aborted;
        ended.push('job');
      });
      await queue.start();
      await queue.add('long', null);
      await queue.add('long', null);
      await until(async () => (await queue.counts()).running === 1);
      const closed = queue.close(60_000).then(() => ended.push('close'));
      expect(await codeOf(() => queue.add('long', null))).to.equal('unavailable');
      // Time enough for a queue that would not wait to cut the job off.
      await new Promise((resolve) => setTimeout(resolve, 200));
      door.open();
      await closed;
      expect(ended).to.deep.equal(['job', 'close']);
      expect(aborted).to.equal(false);
      await queue.close();
    });

    it('tells what runs past the time to stop, and runs it again after a restart', async () => {
      let aborted = 0;
      const stop = async (_job: unknown, signal: AbortSignal) =>
        new Promise<void>((_resolve, reject) => {
          signal.addEventListener('abort', () => {
            aborted += 1;
            reject(new Error('stopped'));
          });
        });
      // One try only: being cut off must not use it up.
      queue.handle('endless', stop, { attempts: 1 });
      await queue.start();
      const id = await queue.add('endless', '接着做', { key: 'k' });
      await until(async () => (await queue.counts()).running === 1);
      await queue.close(5);
      expect(aborted).to.equal(1);
      queue = await under.open();
      const ran: unknown[] = [];
      queue.handle(
        'endless',
        async (job) => {
          ran.push([job.id, job.data, job.attempt]);
        },
        { attempts: 1 },
      );
      await queue.start();
      await queue.idle();
      expect(ran).to.deep.equal([[id, '接着做', 1]]);
      expect(await queue.counts()).to.deep.equal(none);
    });

    it('lets go of what does not stop, and runs it again after a restart', async () => {
      queue.handle('deaf', () => new Promise<void>(() => {}), { attempts: 1 });
      await queue.start();
      const id = await queue.add('deaf', null);
      await until(async () => (await queue.counts()).running === 1);
      await queue.close(5);
      queue = await under.open();
      const ran: string[] = [];
      queue.handle('deaf', async (job) => {
        ran.push(job.id);
      });
      await queue.start();
      await queue.idle();
      expect(ran).to.deep.equal([id]);
    });

    it('runs a schedule again and again, the second one of a name instead of the first', async () => {
      const ran: unknown[] = [];
      queue.handle('tick', async (job) => {
        ran.push(job.data);
      });
      await queue.start();
      await queue.schedule('tick', '* * * * * *', 'first');
      await queue.schedule('tick', '* * * * * *', 'second');
      await until(() => ran.length >= 2);
      expect(new Set(ran)).to.deep.equal(new Set(['second']));
    });

    it('ends a schedule', async () => {
      const ran = { ended: 0, going: 0 };
      queue.handle('ended', async () => {
        ran.ended += 1;
      });
      queue.handle('going', async () => {
        ran.going += 1;
      });
      await queue.start();
      await queue.schedule('ended', '* * * * * *', null);
      await queue.schedule('going', '* * * * * *', null);
      await until(() => ran.ended > 0);
      await queue.schedule('ended', null, null);
      // One that was due at that moment may still come.
      let from = ran.going;
      await until(() => ran.going > from);
      const before = ran.ended;
      from = ran.going;
      await until(() => ran.going > from + 1);
      expect(ran.ended).to.equal(before);
      await queue.schedule('ended', null, null);
    });

    it('says that it works', () => queue.ping());

    it('refuses a pattern that is none', async () => {
      expect(await codeOf(() => queue.schedule('tick', '61 * * * *', null))).to.equal('misconfigured');
      expect(await codeOf(() => queue.schedule('tick', 'every monday', null))).to.equal('misconfigured');
    });

    it('refuses two handlers of one name, and handlers after the start', async () => {
      queue.handle('work', async () => {});
      expect(() => queue.handle('work', async () => {})).to.throw();
      await queue.start();
      expect(() => queue.handle('other', async () => {})).to.throw();
    });

    it('closes without having started', async () => {
      await queue.close();
      await queue.close();
      expect(await codeOf(() => queue.start())).to.equal('unavailable');
    });
  });
}
