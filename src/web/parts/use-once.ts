import { useRef } from 'react';

/** Clicks within this time are one click. */
const togetherMs = 600;

/** Does a thing once for a double click: the state of a request is known too late to tell the second click from a new one. */
export function useOnce(): (work: () => void) => void {
  const last = useRef(Number.NEGATIVE_INFINITY);
  return (work) => {
    const now = performance.now();
    if (now - last.current < togetherMs) return;
    last.current = now;
    work();
  };
}
