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

/** What became of one item of a `put` or `remove`. */
export interface IndexReceipt {
  readonly id: string;
  /** `stale`: a newer version or removal was there already, which is success for the caller. */
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
   * Facets to count, each value with the number of hits, most frequent first, ties by value, 200 at most;
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

/** Fills a new index during `rebuild`. */
export interface IndexSink {
  put(documents: readonly IndexDocument[]): Promise<readonly IndexReceipt[]>;
}

/**
 * Finds records by words.
 *
 * Promises
 * - `put` and `remove` acknowledge per item and never throw for one item's sake; a late or repeated call never wins over a
 *   newer version. A removal leaves a tombstone of its version until the next rebuild: it wins over a document of the
 *   same version, whichever comes first.
 * - When they resolve, searches see the change after at most `visibleAfterMs` (0: at once).
 * - Scores are BM25 (k1 1.2, b 0.75) over fields with the weights of `fieldWeights`; ties go by id ascending.
 * - A word's score comes from its weighted, length-normalised frequencies in all fields together (`domain/bm25.ts`);
 *   document frequencies and average lengths are those of the documents that are there now, of one kind.
 * - `recall` answers in the order of its queries, the best k of each, ties by id ascending. Only documents with one of the
 *   words; weights that are not positive count for nothing.
 * - `suggest` takes Chinese, full pinyin or initials of the beginning of the title or of a word in it.
 * - `rebuild` fills a new index beside the old one, which answers until the swap; writes that come meanwhile are in both.
 */
export interface SearchIndex {
  readonly visibleAfterMs: number;
  put(documents: readonly IndexDocument[]): Promise<readonly IndexReceipt[]>;
  remove(
    items: readonly { readonly kind: IndexKind; readonly id: string; readonly version: number }[],
  ): Promise<readonly IndexReceipt[]>;
  search(query: SearchQuery): Promise<SearchResult>;
  recall(kind: IndexKind, queries: readonly RecallQuery[]): Promise<Recalled[][]>;
  suggest(
    written: string,
    options: { kinds: readonly IndexKind[]; audiences: readonly Audience[]; ownOrganisation?: string; limit: number },
  ): Promise<Suggestion[]>;
  rebuild(fill: (sink: IndexSink) => Promise<void>): Promise<{ readonly documents: number }>;
  count(kind: IndexKind): Promise<number>;
  /** Ids and versions of all documents by id ascending, for the comparison with the store. */
  entries(kind: IndexKind): AsyncIterable<{ readonly id: string; readonly version: number }>;
  ping(): Promise<void>;
  close(): Promise<void>;
}

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
