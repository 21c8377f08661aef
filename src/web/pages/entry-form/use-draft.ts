import { useEffect, useState, useSyncExternalStore } from 'react';
import { watchWriting } from '../../app/unsent.ts';
import type { Behalf, EntryContent, EntryKind, EntryView } from '../../parts/entry-calls.ts';
import { DraftKeeper, type DraftState } from './draft-keeper.ts';

const everyMs = 5_000;

/** The keeper of the draft of this form, for as long as the form stands; saves every five seconds what is new. */
export function useDraft(
  kind: EntryKind,
  userId: string,
  record: EntryView | null,
  normalised: (content: EntryContent) => EntryContent,
  behalf?: Behalf,
): { readonly keeper: DraftKeeper; readonly draft: DraftState } {
  const [keeper] = useState(() => new DraftKeeper(kind, userId, record, normalised, behalf));
  const draft = useSyncExternalStore(keeper.subscribe, keeper.snapshot);
  useEffect(() => {
    const unwatch = watchWriting(keeper);
    const clock = setInterval(() => keeper.tick(), everyMs);
    const online = () => keeper.tick();
    const leave = (event: BeforeUnloadEvent) => {
      if (keeper.isDirty) event.preventDefault();
    };
    window.addEventListener('online', online);
    window.addEventListener('beforeunload', leave);
    return () => {
      unwatch();
      clearInterval(clock);
      window.removeEventListener('online', online);
      window.removeEventListener('beforeunload', leave);
    };
  }, [keeper]);
  return { keeper, draft };
}
