import { setImmediate as nextTurn } from 'node:timers/promises';
import { QianxianError } from '../../domain/errors.ts';
import type { Clock } from '../../ports/clock.ts';
import { removalFault } from '../../ports/index-document-fault.ts';
import type { Log } from '../../ports/log.ts';
import type { IndexDocument, IndexKind, IndexReceipt, IndexRemoval } from '../../ports/search-index.ts';
import { type BulkItem, type BulkOutcome, writeBulk } from './search-bulk.ts';
import { type IndexNames, type IndexNotes, type KnownIndex, knownIndices, writingAlias } from './search-catalogue.ts';
import {
  documentKey,
  documentSource,
  mappedDocumentFault,
  type PreparedDocument,
  prepareDocument,
  tombstoneSource,
  writeFault,
  writeVersion,
} from './search-document.ts';
import { SearchFault } from './search-fault.ts';
import type { KindMappings } from './search-mapping.ts';
import type { SearchServer } from './search-server.ts';

/** Documents that are made ready before the event loop gets its turn: pinyin of twenty titles takes milliseconds. */
const madeATurn = 20;

const foreignIndex =
  'a search index of another version takes writes: this process writes none until all are of one version';
/** What is said where indices of different versions are open for writes. */
export const foreignAdvice =
  '索引正由另一版本的程序重建或已经换成它的：本进程的改动先留着，不会丢；请让所有进程使用同一版本；重建中断了的，请再运行一次 npx qianxian reindex（ELASTICSEARCH_URL 所指的服务器）';

/** An index that a write goes to. */
export interface WriteTarget {
  readonly name: string;
  readonly notes: IndexNotes;
}

/** Something to write, or why it cannot be written. */
interface Item {
  readonly id: string;
  readonly kind: IndexKind;
  readonly fault?: string;
  readonly write: (target: WriteTarget) => BulkItem;
}

export interface SearchWriter {
  /** Writes to the given targets, or to every index that takes writes as the server knows them now. */
  put(documents: readonly IndexDocument[], only?: Readonly<Record<IndexKind, WriteTarget>>): Promise<IndexReceipt[]>;
  remove(items: readonly IndexRemoval[], only?: Readonly<Record<IndexKind, WriteTarget>>): Promise<IndexReceipt[]>;
}

export function createSearchWriter(options: {
  readonly server: SearchServer;
  readonly names: IndexNames;
  readonly mappings: KindMappings;
  readonly clock: Clock;
  readonly log: Log;
}): SearchWriter {
  const { server, names, mappings, clock, log } = options;
  let toldForeign = false;

  /**
   * Asked anew for every call, after its documents were read from the store. That is what makes rebuilds lose nothing: a
   * call that does not see the new index yet began before the rebuild did, so the rebuild, which reads the store later,
   * finds there what this call has. One that only met indices which are gone by the time it comes is not written into their
   * successors: its document may have been withdrawn, and the tombstone left behind.
   * Where a program of another version has begun a rebuild, its index cannot be written from here: nothing is, until this
   * process is replaced too, or the rebuild was given up and its index dropped.
   */
  async function targetsNow(kinds: readonly IndexKind[]): Promise<Record<IndexKind, WriteTarget[]>> {
    const known = await knownIndices(server, names, kinds);
    const of = (kind: IndexKind): WriteTarget[] => {
      if (!kinds.includes(kind)) return [];
      const open = known[kind].filter(({ isWriting }) => isWriting);
      const fitting = open.filter(
        (index): index is KnownIndex & { notes: IndexNotes } => index.notes?.shape === mappings[kind].shape,
      );
      if (open.length === 0) throw new SearchFault('missing', { reason: `no index takes ${kind} documents` });
      if (fitting.length === open.length) return fitting;
      // Written into the fitting ones alone it would be acknowledged, and be missing in those that are searched next.
      if (!toldForeign) log.error({ setting: 'ELASTICSEARCH_URL', open: open.map(({ name }) => name) }, foreignIndex);
      toldForeign = true;
      throw new QianxianError('unavailable', foreignAdvice, { retryAfter: 30 });
    };
    const targets = { need: of('need'), achievement: of('achievement') };
    toldForeign = false;
    return targets;
  }

  async function write(
    items: readonly Item[],
    only?: Readonly<Record<IndexKind, WriteTarget>>,
  ): Promise<IndexReceipt[]> {
    const receipts: IndexReceipt[] = [];
    const fit: number[] = [];
    for (const [place, { id, fault }] of items.entries()) {
      if (fault === undefined) fit.push(place);
      else receipts[place] = { id, result: 'failed', reason: fault };
    }
    if (fit.length === 0) return receipts;
    const kinds = [...new Set(fit.map((place) => items[place]!.kind))];
    const targets = only ? { need: [only.need], achievement: [only.achievement] } : await targetsNow(kinds);
    const bulk: BulkItem[] = [];
    const places: number[] = [];
    for (const [turn, place] of fit.entries()) {
      if (turn > 0 && turn % madeATurn === 0) await nextTurn();
      const item = items[place]!;
      for (const target of targets[item.kind]) {
        bulk.push(item.write(target));
        places.push(place);
      }
    }
    const outcomes = new Map<number, Exclude<BulkOutcome, 'lost'>[]>(fit.map((place) => [place, []]));
    for (const [at, outcome] of (await writeBulk(server, log, bulk)).entries()) {
      if (outcome !== 'lost') outcomes.get(places[at]!)!.push(outcome);
      else if (only) throw new SearchFault('missing', { reason: 'the index that was being filled is gone' });
    }
    for (const [place, all] of outcomes) {
      if (all.length === 0) {
        throw new QianxianError('unavailable', '索引刚刚更换，这次改动没有编入，请稍后再试', { retryAfter: 1 });
      }
      receipts[place] = receiptOf(items[place]!.id, all);
    }
    return receipts;
  }

  return {
    async put(documents, only) {
      const items: Item[] = [];
      for (const [turn, document] of documents.entries()) {
        if (turn > 0 && turn % madeATurn === 0) await nextTurn();
        items.push(documentItem(document, mappings));
      }
      return write(items, only);
    },
    async remove(items, only) {
      const removedAt = clock.now().getTime();
      return write(
        items.map((item) => removalItem(item, removedAt)),
        only,
      );
    },
  };
}

function documentItem(document: IndexDocument, mappings: KindMappings): Item {
  const { kind, id, version } = document;
  const fault = Object.hasOwn(mappings, kind)
    ? mappedDocumentFault(document, mappings[kind].names)
    : '种类应是需求或成果';
  let prepared: PreparedDocument | undefined;
  return {
    id,
    kind,
    ...(fault === undefined ? {} : { fault }),
    write: ({ name, notes }) => {
      prepared ??= prepareDocument(document);
      return {
        alias: writingAlias(name),
        key: documentKey(id),
        version: writeVersion(version, false),
        source: documentSource(prepared, notes.averages),
      };
    },
  };
}

function removalItem(item: IndexRemoval, removedAt: number): Item {
  const { kind, id, version } = item;
  const fault = removalFault(item) ?? writeFault(item);
  return {
    id,
    kind,
    ...(fault === undefined ? {} : { fault }),
    write: ({ name }) => ({
      alias: writingAlias(name),
      key: documentKey(id),
      version: writeVersion(version, true),
      source: tombstoneSource(id, version, removedAt),
    }),
  };
}

/** One receipt of what became of an item in each index: refused anywhere is refused, applied anywhere is applied. */
function receiptOf(id: string, outcomes: readonly Exclude<BulkOutcome, 'lost'>[]): IndexReceipt {
  const refused = outcomes.find((outcome) => typeof outcome === 'object');
  if (refused) return { id, result: 'failed', reason: refused.refused };
  return { id, result: outcomes.includes('applied') ? 'applied' : 'stale' };
}
