import { isDeepStrictEqual } from 'node:util';
import type { DomainEvent } from '../../domain/record.ts';
import { changeDocument } from '../../ports/change-document.ts';
import type { Ports } from '../../ports/ports.ts';

/** The value with `name` for the name of everybody in it who acted as the user `by`, at whatever depth. */
function renamed<V>(value: V, by: string, name: string): V {
  if (Array.isArray(value)) return value.map((one) => renamed(one, by, name)) as V;
  if (typeof value !== 'object' || value === null) return value;
  const parts = Object.fromEntries(Object.entries(value).map(([key, part]) => [key, renamed(part, by, name)]));
  return (parts.by === by && typeof parts.byName === 'string' ? { ...parts, byName: name } : parts) as V;
}

/**
 * Puts `name` in the place of a reviewer's name wherever he marked, closed or corrected: dockets, then the decisions that
 * pairs took from them. His id stays. Repeating it changes nothing.
 */
export async function forgetActs(
  { store }: Pick<Ports, 'store'>,
  userId: string,
  name: string,
  events: readonly DomainEvent[],
): Promise<void> {
  // Dockets first: what is carried to a pair after this has the new name already.
  for (const collection of ['dockets', 'matches'] as const) {
    for await (const { id, ...found } of store.collection(collection).stream()) {
      if (isDeepStrictEqual(renamed(found, userId, name), found)) continue;
      // biome-ignore lint/suspicious/noExplicitAny: both kinds alike
      await changeDocument(store, collection as any, id, (newest: any) => {
        const { version: _version, createdAt: _createdAt, updatedAt: _updatedAt, ...rest } = newest;
        const document = renamed(rest, userId, name);
        return isDeepStrictEqual(document, rest) ? null : { document, events };
      });
    }
  }
}
