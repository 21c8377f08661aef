import { suggestionKeys, writtenKey } from '../../domain/suggestion-keys.ts';

/** One title and what finds it. */
export interface SuggestedTitle {
  readonly id: string;
  readonly title: string;
  gone: boolean;
}

interface Key {
  readonly entry: SuggestedTitle;
  readonly key: string;
  /** Whether the key begins where the title begins. */
  readonly atStart: boolean;
}

/** Keys with the same beginning, in the order in which they are shown as long as `sorted`. */
interface Bucket {
  keys: Key[];
  sorted: boolean;
}

function inOrder(a: Key, b: Key): number {
  if (a.atStart !== b.atStart) return a.atStart ? -1 : 1;
  const [one, two] = [a.entry.title, b.entry.title];
  if (one !== two) return one.length - two.length || (one < two ? -1 : 1);
  return a.entry.id < b.entry.id ? -1 : a.entry.id > b.entry.id ? 1 : 0;
}

/**
 * Titles by what one may begin to write: Chinese, pinyin or initials. Keys lie in buckets by their first one and first
 * two characters, so that writing two characters looks at a small part of them.
 */
export function createTitleSuggestions(): {
  add(id: string, title: string, words: readonly string[]): SuggestedTitle;
  drop(entry: SuggestedTitle): void;
  /** Best first: titles that begin with what is written, shorter ones, by title and id; `take` says which may be shown. */
  find(written: string, limit: number, take: (id: string) => boolean): SuggestedTitle[];
} {
  const buckets = new Map<string, Bucket>();
  let alive = 0;
  let gone = 0;

  function purge(): void {
    for (const [name, bucket] of buckets) {
      bucket.keys = bucket.keys.filter((key) => !key.entry.gone);
      if (bucket.keys.length === 0) buckets.delete(name);
    }
    gone = 0;
  }

  return {
    add(id, title, words) {
      const entry: SuggestedTitle = { id, title, gone: false };
      for (const { key, atStart } of suggestionKeys(title, words)) {
        for (const name of new Set([key.slice(0, 1), key.slice(0, 2)])) {
          const bucket = buckets.get(name);
          if (bucket) {
            bucket.keys.push({ entry, key, atStart });
            bucket.sorted = false;
          } else buckets.set(name, { keys: [{ entry, key, atStart }], sorted: true });
        }
      }
      alive++;
      return entry;
    },
    drop(entry) {
      if (entry.gone) return;
      entry.gone = true;
      alive--;
      gone++;
      if (gone > 1000 && gone > alive) purge();
    },
    find(written, limit, take) {
      const wanted = writtenKey(written);
      if (wanted === '') return [];
      const bucket = buckets.get(wanted.slice(0, 2));
      if (!bucket) return [];
      if (!bucket.sorted) {
        bucket.keys.sort(inOrder);
        bucket.sorted = true;
      }
      const found = new Set<SuggestedTitle>();
      for (const { entry, key } of bucket.keys) {
        if (found.size === limit) break;
        if (!entry.gone && key.startsWith(wanted) && take(entry.id)) found.add(entry);
      }
      return [...found];
    },
  };
}
