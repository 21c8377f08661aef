import { QianxianError } from '../domain/errors.ts';
import type { Stored } from '../domain/record.ts';
import type { Page } from './record-store.ts';

/** Newest change first; the id parts those of one moment. */
const placeOf = ({ updatedAt, id }: Pick<Stored, 'updatedAt' | 'id'>) => `${updatedAt} ${id}`;
const placePattern = /^\d{4}-\d\d-\d\dT[\d:.]+Z \S{1,200}$/;

/**
 * One page of what several streams hold together, each document once, those changed last first: for lists that no single
 * query answers, and that are little enough to be looked through (what one organisation has; some hundred records of the
 * bureau). Throws `malformed` for a cursor that is none of its own.
 */
export async function lookedThrough<T extends Stored>(
  streams: readonly AsyncIterable<T>[],
  options: {
    readonly limit: number;
    readonly cursor?: string | undefined;
    readonly keep?: (document: T) => boolean;
  },
): Promise<Page<T>> {
  const { limit, cursor, keep } = options;
  const after = cursor === undefined ? undefined : Buffer.from(cursor, 'base64url').toString();
  if (after !== undefined && !placePattern.test(after)) {
    throw new QianxianError('malformed', '不是有效的翻页标记，请使用上一页返回的 next');
  }
  const found = new Map<string, T>();
  for (const stream of streams) {
    for await (const one of stream) {
      if ((after === undefined || placeOf(one) < after) && (keep === undefined || keep(one))) found.set(one.id, one);
    }
  }
  const rest = [...found.values()].sort((a, b) => (placeOf(a) < placeOf(b) ? 1 : -1));
  const items = rest.slice(0, limit);
  const last = items.at(-1);
  return rest.length > limit && last ? { items, next: Buffer.from(placeOf(last)).toString('base64url') } : { items };
}

/** A text as it is looked for: width folded, without spaces, lower case. */
export function foldedText(written: string): string {
  return written.normalize('NFKC').replace(/\s/g, '').toLowerCase();
}
