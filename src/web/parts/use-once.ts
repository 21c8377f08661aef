import { useRef } from 'react';

/**
 * Lets one piece of work run at a time: what is asked for while it runs is the second half of a double click. The state of a
 * mutation comes too late for that, since both clicks see the same picture of the page.
 */
export function useOnce(): (work: () => Promise<unknown>) => void {
  const running = useRef(false);
  return (work) => {
    if (running.current) return;
    running.current = true;
    // What went wrong is told by whoever does the work.
    void work()
      .catch(() => undefined)
      .finally(() => {
        running.current = false;
      });
  };
}
