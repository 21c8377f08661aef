import { useEffect, useRef, useState } from 'react';
import { type Answer, call } from '../../api/client.ts';

export type Watcher = Answer<'PUT /api/v1/dockets/{week}/watching'>['watchers'][number];

const beatMs = 10_000;
/** Who steps through the list is told of where he stays, not of each pair that he passes. */
const restMs = 500;
/** Somebody who does nothing for so long is not there any more; and a request that nobody caused would keep his session alive. */
const idleMs = 2 * 60_000;
const signs = ['pointermove', 'pointerdown', 'keydown', 'wheel', 'touchstart'] as const;

/** Tells the service which pair is looked at, and answers who else looks at pairs of this docket. Nothing depends on it: what fails is left. */
export function useWatchers(week: string, pairId: string | undefined, enabled: boolean): readonly Watcher[] {
  const [watchers, setWatchers] = useState<readonly Watcher[]>([]);
  const active = useRef(Date.now());
  const told = useRef(false);
  useEffect(() => {
    const seen = () => {
      active.current = Date.now();
    };
    for (const sign of signs) window.addEventListener(sign, seen, { passive: true, capture: true });
    return () => {
      for (const sign of signs) window.removeEventListener(sign, seen, { capture: true });
    };
  }, []);
  useEffect(() => {
    if (!enabled || pairId === undefined) return;
    let ended = false;
    const beat = async () => {
      if (document.visibilityState === 'hidden' || Date.now() - active.current > idleMs) return;
      try {
        told.current = true;
        const answer = await call('PUT /api/v1/dockets/{week}/watching', {
          params: { week },
          body: { pairId },
          unasked: true,
        });
        if (!ended) setWatchers(answer.watchers);
      } catch {
        if (!ended) setWatchers([]);
      }
    };
    const first = window.setTimeout(beat, restMs);
    const every = window.setInterval(beat, beatMs);
    return () => {
      ended = true;
      window.clearTimeout(first);
      window.clearInterval(every);
    };
  }, [week, pairId, enabled]);
  useEffect(
    () => () => {
      if (!told.current) return;
      void call('PUT /api/v1/dockets/{week}/watching', {
        params: { week },
        body: { pairId: null },
        unasked: true,
      }).catch(() => {});
    },
    [week],
  );
  return watchers;
}
