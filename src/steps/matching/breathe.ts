import { setImmediate } from 'node:timers/promises';
import { QianxianError } from '../../domain/errors.ts';

/** Longest stretch of work between two turns of the event loop, in milliseconds. */
const slice = 8;

/**
 * Lets requests be answered in the middle of long work: call it often, it hands the event loop a turn only when the last
 * one lies `slice` back. Throws `unavailable` once the signal is aborted.
 */
export function breather(signal?: AbortSignal): () => Promise<void> | undefined {
  let last = performance.now();
  const turn = async (): Promise<void> => {
    await setImmediate();
    last = performance.now();
    stopIfAborted(signal);
  };
  return () => (performance.now() - last < slice ? undefined : turn());
}

/** Throws the reason itself where that is for people, as where the run was cancelled. */
export function stopIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted) {
    if (signal.reason instanceof QianxianError) throw signal.reason;
    throw new QianxianError('unavailable', '匹配被中止，没有形成清单，可以重新运行', { cause: signal.reason });
  }
}
