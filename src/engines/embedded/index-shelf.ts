import { fieldFrequency, inverseDocumentFrequency, wordScore } from '../../domain/bm25.ts';
import { QianxianError } from '../../domain/errors.ts';
import { documentFault } from '../../ports/index-document-fault.ts';
import {
  type Audience,
  fieldWeights,
  type IndexDocument,
  type IndexReceipt,
  mostFacetCounts,
  type Recalled,
  type RecallQuery,
  type SearchQuery,
  type SearchResult,
} from '../../ports/search-index.ts';
import { createFacetColumn, type FacetColumn, facetTest, setFacet } from './facet-column.ts';
import {
  addPosting,
  compactPostings,
  createPostings,
  highestFrequency,
  mostFields,
  type Postings,
} from './postings.ts';
import { readCursor, writeCursor } from './search-cursor.ts';
import { createTitleSuggestions, type SuggestedTitle } from './title-suggestions.ts';
import { createTopK } from './top-k.ts';

/** What is kept of a document beside postings, facets and numbers. */
export interface ShelvedDocument {
  readonly id: string;
  readonly version: number;
  readonly audience: Audience;
  readonly slot: number;
  /** Its distinct words, so that their document frequencies fall when it goes. */
  readonly words: readonly Postings[];
}

interface Field {
  readonly number: number;
  readonly weight: number;
  /** Length in words by slot; 0 where the document does not have the field. */
  lengths: Uint32Array;
  totalLength: number;
  documents: number;
}

/** Who asks: the audiences, and the organisation whose documents the asker sees whatever their audience. */
export interface Asker {
  readonly audiences: readonly Audience[];
  readonly ownOrganisation?: string | undefined;
}

/** All documents of one kind. */
export interface IndexShelf {
  put(document: IndexDocument): IndexReceipt;
  /** Takes what `removalFault` finds no fault with. */
  remove(id: string, version: number): IndexReceipt;
  search(query: SearchQuery): SearchResult;
  recall(query: RecallQuery): Recalled[];
  suggest(written: string, asker: Asker, limit: number): { readonly id: string; readonly title: string }[];
  count(): number;
  /** Version of a document that is there. */
  versionOf(id: string): number | undefined;
  /** Ids and versions by id ascending, as they are now. */
  entries(): { readonly id: string; readonly version: number }[];
}

function grown(array: Uint32Array, capacity: number): Uint32Array {
  const larger = new Uint32Array(capacity);
  larger.set(array);
  return larger;
}

/**
 * The plain index: postings in typed arrays, scores term at a time into an accumulator for each document, exact counts
 * by a walk over what matched. Slots are numbers of documents in the order in which they came; a replaced or removed
 * document leaves a dead slot, and the shelf closes up when more than half of its slots are dead.
 */
export function createIndexShelf(): IndexShelf {
  const documents = new Map<string, ShelvedDocument & { readonly suggested: SuggestedTitle }>();
  const tombstones = new Map<string, number>();
  const words = new Map<string, Postings>();
  const fields = new Map<string, Field>();
  const facets = new Map<string, FacetColumn>();
  const numbers = new Map<string, Float64Array>();
  const suggestions = createTitleSuggestions();
  /** The document of each slot; undefined where it is dead. */
  let slots: (ShelvedDocument | undefined)[] = [];
  let capacity = 1024;
  // Work space of one query; all zero between queries.
  let scores = new Float64Array(capacity);
  let matched = new Uint32Array(capacity);

  const idOf = (slot: number): string => slots[slot]!.id;

  function reserve(slot: number): void {
    if (slot < capacity) return;
    while (capacity <= slot) capacity *= 2;
    for (const field of fields.values()) field.lengths = grown(field.lengths, capacity);
    for (const [name, column] of numbers) {
      const larger = new Float64Array(capacity).fill(Number.NaN);
      larger.set(column);
      numbers.set(name, larger);
    }
    scores = new Float64Array(capacity);
    matched = new Uint32Array(capacity);
  }

  function fieldOf(name: string): Field {
    let field = fields.get(name);
    if (!field) {
      const weight = Object.hasOwn(fieldWeights, name) ? fieldWeights[name]! : 1;
      field = { number: fields.size, weight, lengths: new Uint32Array(capacity), totalLength: 0, documents: 0 };
      fields.set(name, field);
    }
    return field;
  }

  function numberColumn(name: string): Float64Array {
    let column = numbers.get(name);
    if (!column) {
      column = new Float64Array(capacity).fill(Number.NaN);
      numbers.set(name, column);
    }
    return column;
  }

  /** Takes a document out; its slot is dead from now on. */
  function drop(document: ShelvedDocument & { readonly suggested: SuggestedTitle }): void {
    slots[document.slot] = undefined;
    documents.delete(document.id);
    for (const postings of document.words) postings.documents--;
    for (const field of fields.values()) {
      const length = field.lengths[document.slot]!;
      if (length === 0) continue;
      field.totalLength -= length;
      field.documents--;
      field.lengths[document.slot] = 0;
    }
    suggestions.drop(document.suggested);
  }

  function compact(): void {
    const renamed = new Int32Array(slots.length).fill(-1);
    const alive: ShelvedDocument[] = [];
    for (const [slot, document] of slots.entries()) {
      if (document) renamed[slot] = alive.push(document) - 1;
    }
    for (const [word, postings] of words) {
      compactPostings(postings, renamed);
      if (postings.length === 0) words.delete(word);
    }
    const move = <A extends Uint32Array | Float64Array>(from: A, to: A): A => {
      for (const document of alive) to[renamed[document.slot]!] = from[document.slot]!;
      return to;
    };
    for (const field of fields.values()) field.lengths = move(field.lengths, new Uint32Array(capacity));
    for (const [name, column] of numbers) {
      numbers.set(name, move(column, new Float64Array(capacity).fill(Number.NaN)));
    }
    for (const column of facets.values()) column.values = alive.map((document) => column.values[document.slot]);
    slots = [];
    for (const document of alive) {
      const moved = { ...documents.get(document.id)!, slot: slots.length };
      documents.set(document.id, moved);
      slots.push(moved);
    }
  }

  function put(document: IndexDocument): IndexReceipt {
    const { id, version } = document;
    const fault = documentFault(document);
    if (fault) return { id, result: 'failed', reason: fault };
    const names = Object.keys(document.fields).filter((name) => document.fields[name]!.length > 0);
    if (fields.size + names.filter((name) => !fields.has(name)).length > mostFields) {
      return { id, result: 'failed', reason: `字段超过${mostFields}个` };
    }
    const known = documents.get(id);
    if ((known && known.version > version) || (tombstones.get(id) ?? 0) >= version) return { id, result: 'stale' };
    if (known) drop(known);
    tombstones.delete(id);

    const slot = slots.length;
    reserve(slot);
    /** For each word: field number and frequency, in turn. */
    const found = new Map<string, number[]>();
    for (const name of names) {
      const field = fieldOf(name);
      const list = document.fields[name]!;
      field.lengths[slot] = list.length;
      field.totalLength += list.length;
      field.documents++;
      for (const word of list) {
        const entry = found.get(word);
        if (!entry) found.set(word, [field.number, 1]);
        else if (entry[entry.length - 2] === field.number) entry[entry.length - 1]!++;
        else entry.push(field.number, 1);
      }
    }
    const held: Postings[] = [];
    for (const [word, entry] of found) {
      let postings = words.get(word);
      if (!postings) {
        postings = createPostings();
        words.set(word, postings);
      }
      for (let at = 0; at < entry.length; at += 2) addPosting(postings, slot, entry[at]!, entry[at + 1]!);
      postings.documents++;
      held.push(postings);
    }
    for (const [name, values] of Object.entries(document.facets)) {
      let column = facets.get(name);
      if (!column) {
        column = createFacetColumn();
        facets.set(name, column);
      }
      setFacet(column, slot, values);
    }
    for (const [name, value] of Object.entries(document.numbers)) numberColumn(name)[slot] = value;
    const suggested = suggestions.add(id, document.title, document.fields.title ?? []);
    const shelved = { id, version, audience: document.audience, slot, words: held, suggested };
    documents.set(id, shelved);
    slots.push(shelved);
    if (slots.length > 1024 && slots.length > 2 * documents.size) compact();
    return { id, result: 'applied' };
  }

  function remove(id: string, version: number): IndexReceipt {
    const known = documents.get(id);
    if ((known && known.version > version) || (tombstones.get(id) ?? 0) > version) return { id, result: 'stale' };
    if (known) drop(known);
    tombstones.set(id, version);
    return { id, result: 'applied' };
  }

  /**
   * Adds a word's scores to the accumulators and hands each document of the word to `touch` when it is met first.
   * `matched` counts the words of the query that a document holds.
   */
  function accumulate(word: string, weight: number, touch: (slot: number) => void): void {
    const postings = words.get(word);
    if (!postings || postings.documents === 0) return;
    const idf = inverseDocumentFrequency(postings.documents, documents.size);
    const weights: number[] = [];
    const averages: number[] = [];
    const lengths: Uint32Array[] = [];
    for (const field of fields.values()) {
      weights.push(field.weight);
      averages.push(field.documents === 0 ? 1 : field.totalLength / field.documents);
      lengths.push(field.lengths);
    }
    const { slots: at, fields: packed, length } = postings;
    for (let entry = 0; entry < length; ) {
      const slot = at[entry]!;
      let frequency = 0;
      do {
        const field = packed[entry]! >>> 24;
        frequency += fieldFrequency(
          packed[entry]! & highestFrequency,
          weights[field]!,
          lengths[field]![slot]!,
          averages[field]!,
        );
        entry++;
      } while (entry < length && at[entry] === slot);
      if (slots[slot] === undefined) continue;
      if (matched[slot] === 0) touch(slot);
      matched[slot]!++;
      scores[slot]! += weight * wordScore(idf, frequency);
    }
  }

  /** A test for slots that the asker may know of. */
  function askerTest({ audiences, ownOrganisation }: Asker): (slot: number) => boolean {
    const allowed = new Set(audiences);
    const isOwn = ownOrganisation === undefined ? undefined : facetTest(facets.get('organisation'), [ownOrganisation]);
    return (slot) => allowed.has(slots[slot]!.audience) || (isOwn?.(slot) ?? false);
  }

  function rangeTest(ranges: NonNullable<SearchQuery['ranges']>): (slot: number) => boolean {
    const tests = Object.entries(ranges).map(([name, { gte = -Infinity, lte = Infinity }]) => {
      const column = numbers.get(name);
      return (slot: number) => {
        const value = column?.[slot] ?? Number.NaN;
        return value >= gte && value <= lte;
      };
    });
    return (slot) => tests.every((test) => test(slot));
  }

  /** Sort keys by slot, larger is better; what has no number comes last. */
  function keyOf(sort: SearchQuery['sort'], scoreOf: (slot: number) => number): (slot: number) => number {
    if (sort === undefined || sort === 'relevance') return scoreOf;
    const column = numbers.get(sort.by);
    const sign = sort.direction === 'asc' ? -1 : 1;
    return (slot) => {
      const value = column?.[slot] ?? Number.NaN;
      return Number.isNaN(value) ? Number.NEGATIVE_INFINITY : sign * value;
    };
  }

  function search(query: SearchQuery): SearchResult {
    const cursor = query.cursor === undefined ? undefined : readCursor(query, query.cursor);
    const asked = [...new Set(query.words)];
    const mayKnow = askerTest(query);

    let candidates: number[] = [];
    const touched: number[] = [];
    let relaxed = false;
    if (asked.length === 0) {
      for (const document of documents.values()) if (mayKnow(document.slot)) candidates.push(document.slot);
    } else {
      for (const word of asked) accumulate(word, 1, (slot) => touched.push(slot));
      const known = touched.filter(mayKnow);
      const whole = (query.match ?? 'all') === 'any' ? known : known.filter((slot) => matched[slot] === asked.length);
      relaxed = cursor ? cursor.relaxed : whole.length === 0 && known.length > 0;
      candidates = relaxed ? known : whole;
    }
    if (query.ranges) candidates = candidates.filter(rangeTest(query.ranges));

    const filters = Object.entries(query.facets ?? {})
      .filter(([, values]) => values.length > 0)
      .map(([name, values]) => ({ name, test: facetTest(facets.get(name), values) }));
    const counted = (query.count ?? []).map((name) => {
      const column = facets.get(name);
      return { name, column, counts: new Uint32Array(column?.names.length ?? 0) };
    });
    const keyed = keyOf(query.sort, (slot) => scores[slot]!);
    const top = createTopK(query.limit + 1, idOf);
    let total = 0;
    for (const slot of candidates) {
      let failed: string | undefined;
      let failures = 0;
      for (const { name, test } of filters) {
        if (test(slot)) continue;
        failed = name;
        if (++failures > 1) break;
      }
      if (failures > 1) continue;
      for (const { name, column, counts } of counted) {
        if (failures === 1 && failed !== name) continue;
        for (const number of column?.values[slot] ?? []) counts[number]!++;
      }
      if (failures === 1) continue;
      total++;
      const key = keyed(slot);
      if (cursor && !(key < cursor.key || (key === cursor.key && idOf(slot) > cursor.id))) continue;
      top.offer(slot, key);
    }
    const ranked = top.take();
    const page = ranked.slice(0, query.limit);
    const hits = page.map(({ slot }) => ({ id: idOf(slot), version: slots[slot]!.version, score: scores[slot]! }));
    for (const slot of touched) {
      scores[slot] = 0;
      matched[slot] = 0;
    }

    const last = page.at(-1);
    const counts = counted.map(({ name, column, counts: byNumber }) => {
      const rows = [...byNumber].flatMap((count, number) =>
        count > 0 ? [{ value: column!.names[number]!, count }] : [],
      );
      rows.sort((x, y) => y.count - x.count || (x.value < y.value ? -1 : 1));
      return [name, rows.slice(0, mostFacetCounts)] as const;
    });
    return {
      hits,
      total,
      counts: Object.fromEntries(counts),
      relaxed,
      ...(ranked.length > query.limit && last
        ? { next: writeCursor(query, { key: last.key, id: idOf(last.slot), relaxed }) }
        : {}),
    };
  }

  function recall(query: RecallQuery): Recalled[] {
    const tests = Object.entries(query.facets ?? {}).map(([name, values]) => facetTest(facets.get(name), values));
    const touched: number[] = [];
    for (const { word, weight } of query.terms) {
      if (weight > 0 && Number.isFinite(weight)) accumulate(word, weight, (slot) => touched.push(slot));
    }
    const top = createTopK(query.k, idOf);
    for (const slot of touched) {
      if (tests.every((test) => test(slot))) top.offer(slot, scores[slot]!);
    }
    const best = top.take().map(({ slot, key }) => ({ id: idOf(slot), score: key }));
    for (const slot of touched) {
      scores[slot] = 0;
      matched[slot] = 0;
    }
    return best;
  }

  return {
    put,
    remove,
    search(query) {
      if (!Number.isInteger(query.limit) || query.limit < 1 || query.limit > 100) {
        throw new QianxianError('malformed', '每页条数应是1到100的整数');
      }
      return search(query);
    },
    recall(query) {
      if (!Number.isInteger(query.k) || query.k < 1) throw new QianxianError('malformed', '召回条数应是正整数');
      return recall(query);
    },
    suggest(written, asker, limit) {
      const mayKnow = askerTest(asker);
      return suggestions
        .find(written, limit, (id) => {
          const document = documents.get(id);
          return document !== undefined && mayKnow(document.slot);
        })
        .map(({ id, title }) => ({ id, title }));
    },
    count: () => documents.size,
    versionOf: (id) => documents.get(id)?.version,
    entries: () =>
      [...documents.values()].map(({ id, version }) => ({ id, version })).sort((x, y) => (x.id < y.id ? -1 : 1)),
  };
}
