import { createContext, useContext, useLayoutEffect, useMemo, useRef } from 'react';
import { pauseMs, useOnce } from './use-once.ts';

/** The guard of a queue, which outlives the records that it shows one after another. */
export interface QueueOnce {
  /** Begins the work, unless a decision is on its way or the record has only just come into sight. */
  decide(work: () => Promise<unknown>): void;
  /** The queue has gone on to the next record by itself. */
  advanced(): void;
  /** What may be decided about a record stands on the page: after going on, nobody can have read it for a moment. */
  shown(): void;
}

export const QueueOnceContext = createContext<QueueOnce | null>(null);

export function useQueueOnce(): QueueOnce {
  const running = useRef<symbol | null>(null);
  const last = useRef(Number.NEGATIVE_INFINITY);
  const unseen = useRef(false);
  return useMemo(
    () => ({
      decide(work) {
        if (running.current !== null || performance.now() - last.current < pauseMs) return;
        const turn = Symbol('decision');
        running.current = turn;
        last.current = performance.now();
        work()
          // What went wrong is told by whoever does the work; it may be tried again at once.
          .catch(() => {
            if (running.current === turn) last.current = Number.NEGATIVE_INFINITY;
          })
          .finally(() => {
            if (running.current === turn) running.current = null;
          });
      },
      advanced() {
        running.current = null;
        unseen.current = true;
      },
      shown() {
        if (!unseen.current) return;
        unseen.current = false;
        last.current = performance.now();
      },
    }),
    [],
  );
}

/** Decides once: by the guard of the queue where the page is one, else by one of its own. */
export function useDecideOnce(): (work: () => Promise<unknown>) => void {
  const queue = useContext(QueueOnceContext);
  const own = useOnce();
  useLayoutEffect(() => queue?.shown(), [queue]);
  return queue ? queue.decide : own;
}
