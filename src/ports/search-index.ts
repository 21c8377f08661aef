/** Kinds of record that are indexed. */
export type IndexKind = 'need' | 'achievement';

/** Who may see a document in search: everybody, people who are logged in, or the bureau and the owner. */
export type Audience = 'public' | 'members' | 'bureau';

/** A field of a document: the words that the segmenter made of it, in order. */
export type IndexedFields = Readonly<Record<string, readonly string[]>>;

export interface IndexDocument {
  readonly kind: IndexKind;
  readonly id: string;
  /**
   * The record's version: a lower one never wins over a higher one. The same version again replaces what is there,
   * because an index document also holds what is not of the record (the name of its organisation).
   */
  readonly version: number;
  /** For suggestions and sorting; the original text. */
  readonly title: string;
  readonly fields: IndexedFields;
  /** Values to filter and count by, for instance `field: ['materials']`, `organisation: ['…']`, `archive: ['no']`. */
  readonly facets: Readonly<Record<string, readonly string[]>>;
  /** Numbers to sort and filter by, for instance `publishedAt` (ms), `budgetWan`, `trl`. */
  readonly numbers: Readonly<Record<string, number>>;
  readonly audience: Audience;
}

/** A record that is to leave the index. */
export interface IndexRemoval {
  readonly kind: IndexKind;
  readonly id: string;
  /** Version of the removal, or of the newest document that must not come back. */
  readonly version: number;
}

/** What became of one item of a `put` or `remove`. */
export interface IndexReceipt {
  readonly id: string;
  /**
   * `stale`: a newer version or removal was there already, which is success for the caller.
   * `failed`: refused for good, with a reason; the same item would be refused again.
   */
  readonly result: 'applied' | 'stale' | 'failed';
  readonly reason?: string;
}

export interface SearchQuery {
  readonly kind: IndexKind;
  /** Words of the query as the segmenter cut them; empty = all documents. */
  readonly words: readonly string[];
  /**
   * `all` (default): a document must have every word in some field; falls back to `any` where the asker may see no such
   * document. Facets and ranges do not decide about that, so that choosing a facet never changes what the words mean.
   */
  readonly match?: 'all' | 'any';
  /** Within one facet any value, between facets all. */
  readonly facets?: Readonly<Record<string, readonly string[]>>;
  readonly ranges?: Readonly<Record<string, { readonly gte?: number; readonly lte?: number }>>;
  /** Audiences that the asker may see. */
  readonly audiences: readonly Audience[];
  /** Also documents of this organisation, whatever their audience (facet `organisation`). */
  readonly ownOrganisation?: string;
  readonly sort?: 'relevance' | { readonly by: string; readonly direction: 'asc' | 'desc' };
  /** 1–100. */
  readonly limit: number;
  /** The `next` of the page before; refused as `malformed` where it is not one. */
  readonly cursor?: string;
  /**
   * Facets to count, each value with the number of hits, most frequent first, ties by value, `mostFacetCounts` at most;
   * a facet's own filter does not narrow its own counts.
   */
  readonly count?: readonly string[];
}

export interface SearchHit {
  readonly id: string;
  readonly version: number;
  readonly score: number;
}

export interface SearchResult {
  readonly hits: readonly SearchHit[];
  /** Exact number of documents that match. */
  readonly total: number;
  readonly counts: Readonly<Record<string, readonly { readonly value: string; readonly count: number }[]>>;
  /** Whether `any` was used because no document had all words. */
  readonly relaxed: boolean;
  readonly next?: string;
}

/** A weighted query of words: what one record asks of the other side. */
export interface RecallQuery {
  readonly terms: readonly { readonly word: string; readonly weight: number }[];
  readonly k: number;
  /** Only documents with one of these values, for instance `archive: ['no']`. */
  readonly facets?: Readonly<Record<string, readonly string[]>>;
}

export interface Recalled {
  readonly id: string;
  readonly score: number;
}

export interface Suggestion {
  readonly kind: IndexKind;
  readonly id: string;
  readonly title: string;
}

/** One document as the comparison with the store sees it. */
export interface IndexEntry {
  readonly id: string;
  readonly version: number;
}

export interface IndexAdvice {
  readonly detail: string;
  readonly mend: string;
}

/** The new index while `rebuild` fills it: what is done here, only this one sees. */
export interface IndexSink {
  put(documents: readonly IndexDocument[]): Promise<readonly IndexReceipt[]>;
  remove(items: readonly IndexRemoval[]): Promise<readonly IndexReceipt[]>;
  /** As `SearchIndex.entries`, of the new index. */
  entries(kind: IndexKind): AsyncIterable<IndexEntry>;
}

export interface RebuildOptions {
  /** Kept with the new index and answered by `stamp`: what its documents were made with (the segmenter's version). */
  readonly stamp?: string;
  /**
   * Does nothing, and answers null, where the index has this stamp already when its turn comes: somebody else has filled it
   * since the caller looked.
   */
  readonly unlessStamped?: boolean;
}

/**
 * Finds records by words.
 *
 * Promises
 * - `put` and `remove` acknowledge per item and never throw for one item's sake; a late or repeated call never wins over a
 *   newer version. A removal leaves a tombstone of its version until the next rebuild at least: it wins over a document of the
 *   same version, whichever comes first. Where a call throws (`unavailable`), some items may have been applied: repeating
 *   the call is right and harmless.
 * - When they resolve, `search` and `suggest` see the change after at most `visibleAfterMs` (0: at once); `recall`, `count`
 *   and `entries` see at once whatever was acknowledged before they were called, by any process.
 * - Scores are BM25 (k1 1.2, b 0.75) over fields with the weights of `fieldWeights`; ties go by id ascending.
 * - A word's score comes from its weighted, length-normalised frequencies in all fields together (`domain/bm25.ts`);
 *   document frequencies are those of the documents that are there now, of one kind, and average lengths as
 *   `averageLengths` says.
 * - `recall` answers in the order of its queries, the best k of each, ties by id ascending. Only documents with one of the
 *   words; weights that are not positive count for nothing.
 * - `suggest` takes Chinese, full pinyin or initials of the beginning of the title or of a word in it.
 * - `rebuild` fills a new index beside the old one, which answers until the swap; writes that come meanwhile, from any
 *   process, are in both. One at a time: in one process they wait for each other, and where another process is at it,
 *   `conflict` is thrown. One that fails or is killed leaves the old index in place.
 */
export interface SearchIndex {
  /**
   * Whether the index outlives the process. `memory`: whoever starts must hand every record to it again. `durable`: it
   * holds what any process ever put, so a consumer goes on from its checkpoint; see `stamp`.
   */
  readonly keeps: 'memory' | 'durable';
  readonly visibleAfterMs: number;
  /**
   * `live`: scores use the average lengths of the documents that are there now. `since rebuild`: those that the last
   * rebuild found in the index that it replaced, and `typicalLengths` before.
   */
  readonly averageLengths: 'live' | 'since rebuild';
  /**
   * `any`: documents may have any fields, facets and numbers. `mapped`: only those that `index-mappings/` names; a document
   * with another one is refused, a query for another one finds nothing.
   */
  readonly names: 'any' | 'mapped';
  /**
   * The stamp of the last rebuild, or null where none has filled this index. A durable index without the stamp that is
   * expected was made anew (first start, or its server lost it) or by another segmenter: it may lack records that the
   * feed handed on long ago, and must be rebuilt.
   */
  stamp(): Promise<string | null>;
  put(documents: readonly IndexDocument[]): Promise<readonly IndexReceipt[]>;
  remove(items: readonly IndexRemoval[]): Promise<readonly IndexReceipt[]>;
  search(query: SearchQuery): Promise<SearchResult>;
  recall(kind: IndexKind, queries: readonly RecallQuery[]): Promise<Recalled[][]>;
  suggest(
    written: string,
    options: { kinds: readonly IndexKind[]; audiences: readonly Audience[]; ownOrganisation?: string; limit: number },
  ): Promise<Suggestion[]>;
  rebuild(
    fill: (sink: IndexSink) => Promise<void>,
    options?: RebuildOptions,
  ): Promise<{ readonly documents: number } | null>;
  count(kind: IndexKind): Promise<number>;
  /**
   * Versions of those of the given documents that are there, by id; removed ones are not. Sees at once whatever was
   * acknowledged. What is still being filled does not count.
   */
  held(kind: IndexKind, ids: readonly string[]): Promise<ReadonlyMap<string, number>>;
  /** Ids and versions of all documents by id ascending, for the comparison with the store. */
  entries(kind: IndexKind): AsyncIterable<IndexEntry>;
  /** Throws `unavailable` where the engine does not answer. */
  ping(): Promise<void>;
  /** What an operator should mend although searches work, in Chinese. */
  advice(): Promise<readonly IndexAdvice[]>;
  close(): Promise<void>;
}

/** Values of one facet that are counted in an answer, the most frequent ones. */
export const mostFacetCounts = 200;

/** How much a word counts in each field. Fields that are not named weigh 1. */
export const fieldWeights: Readonly<Record<string, number>> = {
  title: 3,
  keywords: 2,
  keyTechnology: 1.5,
  problem: 1.2,
  abstract: 1,
  description: 1,
  goal: 0.6,
  scenario: 0.8,
  advantage: 0.6,
  background: 0.5,
  organisation: 0.5,
};

/**
 * Words of a field of a usual record, as `search` cuts them: the averages of the demo data, close to those of real needs
 * and abstracts. For engines that cannot know the averages while they fill an empty index. 50 for fields not named.
 */
export const typicalLengths: Readonly<Record<string, number>> = {
  title: 12,
  keywords: 10,
  keyTechnology: 60,
  problem: 90,
  abstract: 110,
  description: 180,
  goal: 22,
  scenario: 8,
  advantage: 11,
  background: 20,
  organisation: 4,
};
