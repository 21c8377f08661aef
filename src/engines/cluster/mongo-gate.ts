import { setImmediate as turn } from 'node:timers/promises';
import { QianxianError } from '../../domain/errors.ts';
import { explained, isServerAway, RefusedLogin } from './mongo-fault.ts';
import { createServerPulse } from './server-pulse.ts';

/** So many calls are under way at once; the others wait for their turn here, where no limit of the driver counts. */
const mostAtOnce = 64;
/** What a call may take beyond the limits that the driver keeps by itself. */
const graceMs = 500;

/** After so many calls in a row that were not answered the server is held to be away. */
const failuresToRest = 16;
/** So long it is then left alone between two tries, of one call each. */
const restMs = 250;

/** Through which every call to MongoDB goes: no call hangs, and a server that is away answers all who wait at once. */
export interface MongoGate {
  /**
   * Runs a call within the time limit. Throws `unavailable` where the server does not answer or the gate is closed; at once
   * where it did not answer many before, and past the end of the present request's time as soon as it is silent.
   */
  run<R>(work: () => PromiseLike<R>): Promise<R>;
  /** Waits for a call that is made for others as well, but past the end of the present request's time no longer than `run` does. */
  await<R>(shared: Promise<R>): Promise<R>;
  /** Refuses what comes from now on, and resolves when what was asked for before has ended. */
  close(): Promise<void>;
}

const away = (): QianxianError =>
  new QianxianError('unavailable', '数据库 MongoDB 没有应答，请稍后再试', { retryAfter: 2 });

export function createMongoGate(
  limitMs: number,
  options: {
    /** Asks the server for a sign of life. */
    readonly ask?: () => PromiseLike<unknown>;
    /** Hears when the server refuses the login of this process, once until it takes it again. */
    readonly refused?: (error: RefusedLogin) => void;
  } = {},
): MongoGate {
  const { ask = () => new Promise<never>(() => {}), refused } = options;
  let isRefused = false;
  let closed = false;
  let atWork = 0;
  let failuresInRow = 0;
  let restsUntil = 0;
  let trying = false;
  const queue: { go(): void; refuse(error: unknown): void }[] = [];
  const idle: (() => void)[] = [];
  /** Errors that say that the server is away, not that one call took too long for it. */
  const unanswered = new WeakSet<Error>();
  const pulse = createServerPulse({
    ask: () =>
      Promise.resolve(ask()).then(
        () => true,
        (error: unknown) => !isServerAway(error),
      ),
    givenUp: away,
  });

  const next = (): void => {
    while (atWork < mostAtOnce) {
      const first = queue.shift();
      if (!first) break;
      atWork++;
      first.go();
    }
    if (atWork === 0) for (const done of idle.splice(0)) done();
  };

  const limited = async <R>(work: () => PromiseLike<R>): Promise<R> => {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => {
        const late = new QianxianError('unavailable', '数据库 MongoDB 应答太慢，请稍后再试', { retryAfter: 5 });
        unanswered.add(late);
        reject(late);
      }, limitMs + graceMs);
    });
    try {
      // A query of mongoose runs again at every `then`: a promise of its own asks it once.
      const working = (async () => work())();
      working.catch(() => {});
      return await Promise.race([working, late]);
    } catch (error) {
      const said = explained(error);
      if (said instanceof Error && isServerAway(error)) unanswered.add(said);
      throw said;
    } finally {
      clearTimeout(timer);
    }
  };

  const runInTurn = async <R>(work: () => PromiseLike<R>, signal: AbortSignal): Promise<R> => {
    if (closed) throw new QianxianError('unavailable', '数据库已经关闭', { retryAfter: 5 });
    const isTry = failuresInRow >= failuresToRest;
    if (isTry && (trying || performance.now() < restsUntil)) {
      // Who asks again at once must not keep this process from reading the answer to the one try that is under way.
      await turn();
      throw away();
    }
    trying ||= isTry;
    await new Promise<void>((resolve, reject) => {
      queue.push({ go: resolve, refuse: reject });
      next();
    }).catch((error: unknown) => {
      if (isTry) trying = false;
      throw error;
    });
    const leave = (): void => {
      if (isTry) trying = false;
      atWork--;
      next();
    };
    // What nobody waits for any more is not sent.
    if (signal.aborted) {
      leave();
      throw away();
    }
    try {
      const result = await limited(work);
      failuresInRow = 0;
      isRefused = false;
      pulse.answered();
      return result;
    } catch (error) {
      if (error instanceof Error && unanswered.has(error)) pulse.unanswered();
      else pulse.answered();
      if (error instanceof RefusedLogin && !isRefused) {
        isRefused = true;
        refused?.(error);
      }
      if (!(error instanceof QianxianError && error.code === 'unavailable')) failuresInRow = 0;
      else {
        failuresInRow++;
        restsUntil = performance.now() + restMs;
        // Who waits behind a call that the server did not answer would only wait for the same; behind a slow one not.
        if (unanswered.has(error)) for (const one of queue.splice(0)) one.refuse(error);
      }
      throw error;
    } finally {
      leave();
    }
  };

  return {
    run: (work) => pulse.await((signal) => runInTurn(work, signal)),
    await: (shared) => pulse.await(() => shared),
    async close() {
      closed = true;
      if (atWork > 0 || queue.length > 0) await new Promise<void>((resolve) => idle.push(resolve));
    },
  };
}
