import { QianxianError } from '../../domain/errors.ts';
import type { SqlDatabase } from './sqlite-driver.ts';
import { endsTransaction, faultOf } from './sqlite-fault.ts';

/** What happens around the writes of one transaction. */
export interface GroupHooks {
  /** First thing inside the transaction. */
  begin(): void;
  /** Last thing before the commit. */
  end(): void;
  /** After the commit, before the writers hear of it. */
  committed(): void;
  /** Turns an error of the database into what a user is told. */
  explain(error: unknown): unknown;
}

export interface GroupCommit {
  /**
   * Runs `work` in the next transaction, and resolves with its result after the fsync of that transaction's commit.
   * Where `work` throws, it alone is undone and rejected. `bytes` is about what it writes.
   */
  write<R>(work: () => R, bytes: number): Promise<R>;
  /** Resolves when everything asked for before has been committed or rejected. */
  settled(): Promise<void>;
  /** Takes no new writes, and resolves when the last one is done. */
  close(): Promise<void>;
}

interface Task {
  readonly work: () => unknown;
  readonly bytes: number;
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: unknown) => void;
}

type Outcome = { readonly result: unknown } | { readonly error: unknown };

/** A transaction takes at most so much, so that neither the event loop nor other processes wait long for it. */
const maxTasks = 1_000;
const maxBytes = 16 * 1024 * 1024;
/** How long a write waits for another process's transactions. */
const defaultPatienceMs = 30_000;

/**
 * Gathers writes that are asked for in one turn of the event loop into one transaction with one fsync.
 * Nothing else may write through `database`.
 */
export function createGroupCommit(
  database: SqlDatabase,
  hooks: GroupHooks,
  patienceMs = defaultPatienceMs,
): GroupCommit {
  const begin = database.prepare('BEGIN IMMEDIATE');
  const commit = database.prepare('COMMIT');
  const rollback = database.prepare('ROLLBACK');
  const save = database.prepare('SAVEPOINT one_write');
  const undo = database.prepare('ROLLBACK TO one_write');
  const release = database.prepare('RELEASE one_write');
  // Waiting for the write lock happens on timers here; SQLite's own waiting would block the event loop.
  const busyTimeout = Number(database.prepare('PRAGMA busy_timeout').get()?.timeout ?? 5_000);

  const queue: Task[] = [];
  let scheduled = false;
  let waitingSince: number | undefined;
  let closed = false;

  const schedule = (afterMs?: number): void => {
    if (scheduled) return;
    scheduled = true;
    if (afterMs === undefined) setImmediate(flush);
    else setTimeout(flush, afterMs);
  };

  const takeGroup = (): Task[] => {
    let count = 0;
    let bytes = 0;
    while (count < queue.length && count < maxTasks && bytes < maxBytes) bytes += queue[count++]!.bytes;
    return queue.splice(0, count);
  };

  const runOne = (task: Task): Outcome => {
    save.run();
    try {
      const result = task.work();
      release.run();
      return { result };
    } catch (error) {
      if (endsTransaction(error)) throw error;
      undo.run();
      release.run();
      return { error: hooks.explain(error) };
    }
  };

  /** Whether the write lock was got; without it the queue stays as it is. */
  const lock = (): boolean => {
    database.exec('PRAGMA busy_timeout = 0');
    try {
      begin.run();
      return true;
    } catch (error) {
      if (faultOf(error) !== 'busy') throw error;
      return false;
    } finally {
      database.exec(`PRAGMA busy_timeout = ${busyTimeout}`);
    }
  };

  const runGroup = (group: readonly Task[]): Outcome[] => {
    try {
      hooks.begin();
      const outcomes = group.map(runOne);
      hooks.end();
      commit.run();
      return outcomes;
    } catch (cause) {
      try {
        rollback.run();
      } catch {
        // SQLite has rolled back by itself.
      }
      // Also those that were refused alone: what they were refused for may just have been undone.
      const error = hooks.explain(cause);
      return group.map(() => ({ error }));
    }
  };

  const finish = (group: readonly Task[], outcomes: readonly Outcome[]): void => {
    for (const [index, task] of group.entries()) {
      const outcome = outcomes[index]!;
      if ('error' in outcome) task.reject(outcome.error);
      else task.resolve(outcome.result);
    }
  };

  function flush(): void {
    scheduled = false;
    if (queue.length > 0) {
      let locked = false;
      try {
        locked = lock();
      } catch (cause) {
        const error = hooks.explain(cause);
        const group = takeGroup();
        finish(
          group,
          group.map(() => ({ error })),
        );
      }
      if (locked) {
        waitingSince = undefined;
        const group = takeGroup();
        const outcomes = runGroup(group);
        if (outcomes.some((outcome) => 'result' in outcome)) hooks.committed();
        finish(group, outcomes);
      } else if (queue.length > 0) {
        waitingSince ??= performance.now();
        if (performance.now() - waitingSince > patienceMs) {
          waitingSince = undefined;
          const error = new QianxianError('unavailable', '数据库一直被另一个进程占用，没有保存；请稍后再试', {
            retryAfter: 5,
          });
          const group = queue.splice(0);
          finish(
            group,
            group.map(() => ({ error })),
          );
        } else {
          // An uneven pause, so that two processes do not keep missing each other.
          schedule(1 + Math.random() * 4);
          return;
        }
      }
    }
    if (queue.length > 0) schedule();
  }

  const enqueue = <R>(work: () => R, bytes: number): Promise<R> =>
    new Promise<R>((resolve, reject) => {
      queue.push({ work, bytes, resolve: resolve as (result: unknown) => void, reject });
      schedule();
    });

  const settled = async (): Promise<void> => {
    // Groups are taken in order, so a write of nothing at the end is done when all before it are.
    if (queue.length > 0) await enqueue(() => {}, 0).catch(() => {});
  };

  return {
    write(work, bytes) {
      if (closed)
        return Promise.reject(new QianxianError('unavailable', '数据库已经关闭，没有保存', { retryAfter: 5 }));
      return enqueue(work, bytes);
    },
    settled,
    close() {
      closed = true;
      return settled();
    },
  };
}
