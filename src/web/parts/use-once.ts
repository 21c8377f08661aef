import { useRef } from 'react';

/** Clicks within this time are one double click, and nobody has read what came into sight. */
export const pauseMs = 600;

/**
 * Does a thing once for a double click: the state of a mutation comes too late to tell the second half from a new click, since
 * both see the same picture of the page. While the work runs nothing else is begun; what failed may be tried again at once.
 */
export function useOnce(): (work: () => Promise<unknown>) => void {
  const running = useRef(false);
  const last = useRef(Number.NEGATIVE_INFINITY);
  return (work) => {
    if (running.current || performance.now() - last.current < pauseMs) return;
    running.current = true;
    last.current = performance.now();
    work()
      // What went wrong is told by whoever does the work.
      .catch(() => {
        last.current = Number.NEGATIVE_INFINITY;
      })
      .finally(() => {
        running.current = false;
      });
  };
}
