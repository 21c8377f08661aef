import { useQueryClient } from '@tanstack/react-query';
import { useCallback, useEffect, useRef, useState } from 'react';
import type { DocketView } from '../../../http/contract/dockets.ts';
import { type Answer, call, isProblem } from '../../api/client.ts';
import { useSession } from '../../app/session.tsx';
import { type DocketItem, inputOf, type Mark, type MarkInput } from './docket-items.ts';

/** What one wants of a pair: a mark, or none. */
type Wish = MarkInput | null;

/** What U takes back: one mark, or all of a batch. */
type Undoable = { readonly pairId: string; readonly before: Mark | null } | { readonly batchId: string };

/** Somebody else marked the pair meanwhile. */
export interface MarkConflict {
  readonly pairId: string;
  readonly mine: Wish;
  readonly theirs: DocketItem;
  readonly words: string;
}
export interface MarkFailure {
  readonly pairId: string;
  readonly wish: Wish;
  readonly error: unknown;
}

/** What became of several pairs that were marked together, or taken back. */
export type BatchAnswer = Answer<'POST /api/v1/dockets/{week}/batches'>;

export const docketKey = (week: string) => ['docket', week] as const;

/**
 * Marks pairs at once on the screen and one after the other at the service. Two marks of one pair are sent in their order; what
 * the service refuses is taken back on the screen and told: a conflict with both versions, anything else with a way to retry.
 */
export function useMarking(week: string | undefined) {
  const client = useQueryClient();
  const { session } = useSession();
  const chains = useRef(new Map<string, Promise<void>>());
  const undoable = useRef<Undoable[]>([]);
  const [pending, setPending] = useState(0);
  const [conflicts, setConflicts] = useState<readonly MarkConflict[]>([]);
  const [failures, setFailures] = useState<readonly MarkFailure[]>([]);

  // Marks that are on their way, or did not arrive, are not left behind unasked.
  useEffect(() => {
    if (pending === 0 && failures.length === 0) return;
    const guard = (event: BeforeUnloadEvent) => event.preventDefault();
    window.addEventListener('beforeunload', guard);
    return () => window.removeEventListener('beforeunload', guard);
  }, [pending, failures]);

  const itemNow = useCallback(
    (pairId: string): DocketItem | undefined =>
      week === undefined
        ? undefined
        : client.getQueryData<DocketView>(docketKey(week))?.items.find((item) => item.pairId === pairId),
    [client, week],
  );
  const put = useCallback(
    (pairId: string, change: (item: DocketItem) => DocketItem, version?: number) => {
      if (week === undefined) return;
      client.setQueryData<DocketView>(docketKey(week), (docket) =>
        docket
          ? {
              ...docket,
              version: Math.max(docket.version, version ?? 0),
              items: docket.items.map((item) => (item.pairId === pairId ? change(item) : item)),
            }
          : docket,
      );
    },
    [client, week],
  );

  const send = useCallback(
    async (pairId: string, wish: Wish, before: Mark | null) => {
      const item = itemNow(pairId);
      if (week === undefined || !item) return;
      const params = { week, pairId };
      const { markVersion } = item;
      try {
        const marked =
          wish === null
            ? await call('POST /api/v1/dockets/{week}/pairs/{pairId}/unmark', { params, body: { markVersion } })
            : await call('POST /api/v1/dockets/{week}/pairs/{pairId}/mark', {
                params,
                body: { markVersion, mark: wish },
              });
        put(pairId, () => marked.item, marked.version);
        void client.invalidateQueries({ queryKey: ['pair', pairId], refetchType: 'none' });
      } catch (error) {
        put(pairId, (now) => ({ ...now, mark: before }));
        undoable.current = undoable.current.filter((one) => 'batchId' in one || one.pairId !== pairId);
        if (isProblem(error, 409)) {
          await client.refetchQueries({ queryKey: docketKey(week) });
          const theirs = itemNow(pairId);
          if (theirs) setConflicts((list) => [...list, { pairId, mine: wish, theirs, words: error.message }]);
        } else {
          setFailures((list) => [...list.filter((one) => one.pairId !== pairId), { pairId, wish, error }]);
          // What the service holds is what is shown.
          void client.invalidateQueries({ queryKey: docketKey(week) });
        }
      }
    },
    [client, itemNow, put, week],
  );

  const wishFor = useCallback(
    (pairId: string, wish: Wish): Promise<void> => {
      const before = itemNow(pairId)?.mark ?? null;
      if (week !== undefined) void client.cancelQueries({ queryKey: docketKey(week) });
      const shown: Mark | null = wish && {
        ...wish,
        by: session?.user.id ?? '',
        byName: session?.user.name ?? '',
        at: new Date().toISOString(),
      };
      put(pairId, ({ agreed: _agreed, ...item }) => ({ ...item, mark: shown }));
      setFailures((list) => list.filter((one) => one.pairId !== pairId));
      setPending((count) => count + 1);
      const chain = (chains.current.get(pairId) ?? Promise.resolve())
        .then(() => send(pairId, wish, before))
        .finally(() => setPending((count) => count - 1));
      chains.current.set(pairId, chain);
      return chain;
    },
    [client, itemNow, put, send, session, week],
  );

  return {
    /** Marks on their way. */
    pending,
    conflicts,
    failures,
    canUndo: () => undoable.current.length > 0,
    /** Resolves when every mark that is on its way has arrived or was told. */
    settled: () => Promise.all([...chains.current.values()]).then(() => undefined),
    mark(pairId: string, mark: MarkInput): void {
      undoable.current.push({ pairId, before: itemNow(pairId)?.mark ?? null });
      void wishFor(pairId, mark);
    },
    /** Takes the mark of this pair back. */
    unmark(pairId: string): void {
      undoable.current = undoable.current.filter((one) => 'batchId' in one || one.pairId !== pairId);
      void wishFor(pairId, null);
    },
    /** Takes back what was marked last, to what it was before; answers which pair or which batch that was. */
    undo(): { readonly pairId: string } | { readonly batchId: string } | undefined {
      const last = undoable.current.pop();
      if (last && 'pairId' in last) void wishFor(last.pairId, last.before && inputOf(last.before));
      return last;
    },
    /** The service has marked several pairs, or taken them back: so they are shown. */
    took(answer: BatchAnswer, what: 'marked' | 'undone'): void {
      for (const { item } of answer.results) if (item) put(item.pairId, () => item, answer.version);
      undoable.current = undoable.current.filter((one) => !('batchId' in one) || one.batchId !== answer.batchId);
      if (what === 'marked' && answer.done > 0) undoable.current.push({ batchId: answer.batchId });
      if (week !== undefined) void client.invalidateQueries({ queryKey: docketKey(week) });
    },
    /** Agrees to somebody else's 通过; resolves when it is known, and rejects with the words of the service. */
    async agree(pairId: string): Promise<void> {
      if (week === undefined) return;
      await chains.current.get(pairId);
      const item = itemNow(pairId);
      if (!item) return;
      setPending((count) => count + 1);
      try {
        const params = { week, pairId };
        const body = { markVersion: item.markVersion };
        const agreed = await call('POST /api/v1/dockets/{week}/pairs/{pairId}/agree', { params, body });
        put(pairId, () => agreed.item, agreed.version);
      } catch (error) {
        await client.invalidateQueries({ queryKey: docketKey(week) });
        throw error;
      } finally {
        setPending((count) => count - 1);
      }
    },
    retry(failure: MarkFailure): void {
      void wishFor(failure.pairId, failure.wish);
    },
    /** Ends a conflict: with what the other one marked, or with one's own mark after all. */
    resolve(conflict: MarkConflict, keep: 'theirs' | 'mine'): void {
      setConflicts((list) => list.filter((one) => one !== conflict));
      if (keep === 'mine') void wishFor(conflict.pairId, conflict.mine);
    },
  };
}
