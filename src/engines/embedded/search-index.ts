import { setImmediate as nextTurn } from 'node:timers/promises';
import { QianxianError } from '../../domain/errors.ts';
import { takeTurns } from '../../domain/take-turns.ts';
import type { Clock } from '../../ports/clock.ts';
import { removalFault } from '../../ports/index-document-fault.ts';
import type { Log } from '../../ports/log.ts';
import type {
  IndexDocument,
  IndexKind,
  IndexReceipt,
  IndexRemoval,
  Recalled,
  SearchIndex,
  Suggestion,
} from '../../ports/search-index.ts';
import { createIndexShelf, type IndexShelf } from './index-shelf.ts';

/** Documents that are put before the event loop gets its turn. */
const putsATurn = 100;

type Shelves = Readonly<Record<IndexKind, IndexShelf>>;
const emptyShelves = (): Shelves => ({ need: createIndexShelf(), achievement: createIndexShelf() });

/** The search index in memory of this process: filled from the changes feed at start, visible at once. */
export function createSearchIndex(options: { readonly clock: Clock; readonly log: Log }): SearchIndex {
  const { clock, log } = options;
  let current = emptyShelves();
  /** What a rebuild is filling: writes go there too, so that the swap loses none. */
  let fresh: Shelves | undefined;
  let rebuilding: Promise<unknown> = Promise.resolve();
  let stamp: string | null = null;
  let isClosed = false;

  function assertOpen(): void {
    if (isClosed) throw new QianxianError('unavailable', '检索服务已经关闭');
  }

  function shelfOf(shelves: Shelves, kind: IndexKind): IndexShelf {
    if (kind !== 'need' && kind !== 'achievement') throw new QianxianError('malformed', '检索的种类应是需求或成果');
    return shelves[kind];
  }

  async function applied<T extends { readonly kind: IndexKind; readonly id: string }>(
    items: readonly T[],
    apply: (shelves: Shelves, item: T) => IndexReceipt,
    only?: Shelves,
  ): Promise<IndexReceipt[]> {
    const receipts: IndexReceipt[] = [];
    for (const [index, item] of items.entries()) {
      if (index > 0 && index % putsATurn === 0) await nextTurn();
      assertOpen();
      try {
        if (only) receipts.push(apply(only, item));
        else {
          receipts.push(apply(current, item));
          if (fresh) apply(fresh, item);
        }
      } catch (error) {
        receipts.push({ id: item.id, result: 'failed', reason: (error as Error).message });
      }
    }
    return receipts;
  }

  const putOne = (shelves: Shelves, document: IndexDocument): IndexReceipt =>
    shelfOf(shelves, document.kind).put(document);

  function removeOne(shelves: Shelves, item: IndexRemoval): IndexReceipt {
    const reason = removalFault(item);
    if (reason) return { id: item.id, result: 'failed', reason };
    return shelfOf(shelves, item.kind).remove(item.id, item.version);
  }

  return {
    keeps: 'memory',
    visibleAfterMs: 0,
    averageLengths: 'live',
    names: 'any',

    async stamp() {
      assertOpen();
      return stamp;
    },

    async put(documents) {
      assertOpen();
      return applied(documents, putOne);
    },

    async remove(items) {
      assertOpen();
      return applied(items, removeOne);
    },

    async search(query) {
      assertOpen();
      return shelfOf(current, query.kind).search(query);
    },

    async recall(kind, queries) {
      assertOpen();
      const results: Recalled[][] = [];
      for (const query of queries) {
        results.push(shelfOf(current, kind).recall(query));
        // One query takes milliseconds; a batch must not keep requests waiting.
        await nextTurn();
        assertOpen();
      }
      return results;
    },

    async suggest(written, { kinds, audiences, ownOrganisation, limit }) {
      assertOpen();
      const found = [...new Set(kinds)].map((kind) =>
        shelfOf(current, kind)
          .suggest(written, { audiences, ownOrganisation }, limit)
          .map(({ id, title }): Suggestion => ({ kind, id, title })),
      );
      return takeTurns(found, limit);
    },

    async rebuild(fill, options = {}) {
      assertOpen();
      const before = rebuilding;
      const work = (async () => {
        await before.catch(() => undefined);
        assertOpen();
        if (options.unlessStamped && options.stamp !== undefined && stamp === options.stamp) return null;
        const startedAt = clock.now().getTime();
        const filling = emptyShelves();
        fresh = filling;
        try {
          await fill({
            put: (documents) => applied(documents, putOne, filling),
            remove: (items) => applied(items, removeOne, filling),
            async *entries(kind) {
              yield* shelfOf(filling, kind).entries();
            },
          });
          assertOpen();
          current = filling;
          stamp = options.stamp ?? null;
        } finally {
          fresh = undefined;
        }
        const documents = current.need.count() + current.achievement.count();
        log.info({ documents, ms: clock.now().getTime() - startedAt }, 'search index rebuilt');
        return { documents };
      })();
      rebuilding = work.catch(() => undefined);
      return work;
    },

    async count(kind) {
      assertOpen();
      return shelfOf(current, kind).count();
    },

    async held(kind, ids) {
      assertOpen();
      const shelf = shelfOf(current, kind);
      return new Map(
        ids.flatMap((id) => {
          const version = shelf.versionOf(id);
          return version === undefined ? [] : [[id, version] as const];
        }),
      );
    },

    async *entries(kind) {
      assertOpen();
      yield* shelfOf(current, kind).entries();
    },

    async ping() {
      assertOpen();
    },

    async advice() {
      assertOpen();
      return [];
    },

    async close() {
      isClosed = true;
      current = emptyShelves();
      fresh = undefined;
    },
  };
}
