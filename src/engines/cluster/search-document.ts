import { createHash } from 'node:crypto';
import { fieldFrequency, wordScore } from '../../domain/bm25.ts';
import { suggestionKeys } from '../../domain/suggestion-keys.ts';
import { documentFault } from '../../ports/index-document-fault.ts';
import { fieldWeights, type IndexDocument, typicalLengths } from '../../ports/search-index.ts';
import { wordToken } from './search-word.ts';

/** Average number of words by field. */
export type AverageLengths = Readonly<Record<string, number>>;

/** What a kind's mapping lets a document have. */
export interface MappedNames {
  readonly fields: ReadonlySet<string>;
  readonly facets: ReadonlySet<string>;
  readonly numbers: ReadonlySet<string>;
}

/** Grows whenever the same document is to be written otherwise: an index that was written before must be rebuilt. */
export const documentFormat = 1;

/** Highest version that a tombstone's place in the order has room for. */
const highestVersion = 2 ** 51;
/** Longest `_id` of Elasticsearch, in bytes. */
export const longestId = 512;
const unnamedLength = 50;
const plainId = /^[A-Za-z0-9][\w:.-]{0,199}$/;

const own = <T>(record: Readonly<Record<string, T>>, name: string): T | undefined =>
  Object.hasOwn(record, name) ? record[name] : undefined;

/**
 * The version that Elasticsearch orders writes by (`external_gte`): documents are even, removals odd, so that a removal
 * wins over a document of the same version whichever comes first.
 */
export function writeVersion(version: number, removed: boolean): number {
  return version * 2 + (removed ? 1 : 0);
}

/** What `writeVersion` made a version of. */
export function readWriteVersion(written: number): { readonly version: number; readonly removed: boolean } {
  return { version: Math.floor(written / 2), removed: written % 2 === 1 };
}

/** `_id` of a document: its id, or a form of it that Elasticsearch takes. Never absent: a repeated write finds the first. */
export function documentKey(id: string): string {
  return plainId.test(id) ? id : `~${Buffer.from(id, 'utf8').toString('base64url')}`;
}

/** Why the server would refuse this document for good, in Chinese, or undefined. */
export function mappedDocumentFault(document: IndexDocument, names: MappedNames): string | undefined {
  const fault = documentFault(document) ?? writeFault(document);
  if (fault) return fault;
  for (const [part, label] of [
    ['fields', '字段'],
    ['facets', '分面'],
    ['numbers', '数值'],
  ] as const) {
    for (const name of Object.keys(document[part])) if (!names[part].has(name)) return `映射里没有${label} ${name}`;
  }
  return undefined;
}

/** Why neither a document nor a tombstone with this id and version can be written, in Chinese, or undefined. */
export function writeFault({ id, version }: { readonly id: string; readonly version: number }): string | undefined {
  if (version > highestVersion) return '版本号太大';
  if (documentKey(id).length > longestId) return '编号太长';
  return undefined;
}

/** What of a document is the same in every index. */
export interface PreparedDocument {
  readonly document: IndexDocument;
  readonly shared: Readonly<Record<string, unknown>>;
}

export function prepareDocument(document: IndexDocument): PreparedDocument {
  const { id, version, title, fields, facets, numbers, audience } = document;
  const words = new Set<string>();
  const lengths: [string, number][] = [];
  for (const [name, list] of Object.entries(fields)) {
    if (list.length > 0) lengths.push([name, list.length]);
    for (const word of list) words.add(wordToken(word));
  }
  const keys = suggestionKeys(title, own(fields, 'title') ?? []);
  const shared = {
    id,
    version,
    removed: false,
    audience,
    title,
    titleLength: title.length,
    words: [...words].join(' '),
    lengths: Object.fromEntries(lengths),
    suggest: {
      title: keys.filter(({ atStart }) => atStart).map(({ key }) => key),
      word: keys.filter(({ atStart }) => !atStart).map(({ key }) => key),
    },
    facets,
    numbers,
  };
  return { document, shared };
}

/**
 * Each word's share in a BM25F score before its rarity: weighted frequencies, normalised by the lengths of their fields,
 * saturated once. A sparse vector keeps nine bits of it: 0.4 % at most are lost.
 */
export function impactsOf(document: IndexDocument, averages: AverageLengths): Record<string, number> {
  const frequencies = new Map<string, number>();
  for (const [name, list] of Object.entries(document.fields)) {
    const average = own(averages, name) ?? own(typicalLengths, name) ?? unnamedLength;
    const counts = new Map<string, number>();
    for (const word of list) counts.set(word, (counts.get(word) ?? 0) + 1);
    const weight = own(fieldWeights, name) ?? 1;
    for (const [word, count] of counts) {
      const share = fieldFrequency(count, weight, list.length, average);
      frequencies.set(word, (frequencies.get(word) ?? 0) + share);
    }
  }
  return Object.fromEntries(
    [...frequencies].map(([word, frequency]) => [wordToken(word), rounded(wordScore(1, frequency))]),
  );
}

/** Far finer than what is kept of it, and half of the bytes of a bulk body. */
const rounded = (impact: number): number => Math.max(Math.round(impact * 1e5), 1) / 1e5;

/** The document as an index with these averages holds it, as JSON. */
export function documentSource({ document, shared }: PreparedDocument, averages: AverageLengths): string {
  return JSON.stringify({ ...shared, impacts: impactsOf(document, averages) });
}

/**
 * What stays of a removed document: enough to know that nothing older may come back. Elasticsearch's own memory of a
 * deletion ends after a minute (`index.gc_deletes`). `removedAt` in milliseconds since 1970.
 */
export function tombstoneSource(id: string, version: number, removedAt: number): string {
  return JSON.stringify({ id, version, removed: true, removedAt });
}

/** Digest of what decides whether an index can be read and written by this program. */
export function shapeDigest(mapping: string): string {
  return createHash('sha256').update(`${documentFormat}\n${mapping}`).digest('hex').slice(0, 12);
}
