import { collectionLabel, eventLabel, fieldLabel } from '../../src/domain/audit-labels.ts';
import type { DomainEvent } from '../../src/domain/record.ts';
import type { Collection, CollectionName, RecordStore } from '../../src/ports/record-store.ts';

/** What of an event people would be shown in English, because it has no words yet. */
function unlabelled(collection: string, { type, changed }: DomainEvent): string[] {
  return [
    ...(collectionLabel(collection) === undefined ? [`the collection ${collection}`] : []),
    ...(eventLabel(type) === undefined ? [`the event ${type}`] : []),
    ...Object.keys(changed ?? {})
      .filter((path) => fieldLabel(collection, path) === undefined)
      .map((path) => `the field ${path} of ${collection}`),
  ];
}

/** Where tests of the feed make up events of their own; the service writes none there. */
const madeUp = 'settings';

const writes: ReadonlySet<string | symbol> = new Set(['insert', 'update', 'remove']);

/**
 * The same store, which refuses events that the audit could not name in Chinese: so every test that causes an event is a test
 * that it has its words in `src/domain/audit-labels.ts`.
 */
export function labelledStore(store: RecordStore): RecordStore {
  const watched = (name: CollectionName, collection: Collection<never>) =>
    new Proxy(collection, {
      get(target, property) {
        const method: unknown = Reflect.get(target, property);
        if (typeof method !== 'function') return method;
        if (!writes.has(property)) return method.bind(target);
        return (...given: unknown[]) => {
          const events = given.at(-1);
          const missing = (Array.isArray(events) ? (events as DomainEvent[]) : []).flatMap((one) =>
            unlabelled(name, one),
          );
          if (missing.length > 0) {
            throw new Error(`no Chinese words in src/domain/audit-labels.ts for ${[...new Set(missing)].join(', ')}`);
          }
          return method.apply(target, given);
        };
      },
    });
  return new Proxy(store, {
    get(target, property) {
      const method: unknown = Reflect.get(target, property);
      if (typeof method !== 'function') return method;
      if (property !== 'collection') return method.bind(target);
      return (name: CollectionName) => {
        const collection = target.collection(name) as unknown as Collection<never>;
        return name === madeUp ? collection : watched(name, collection);
      };
    },
  });
}
