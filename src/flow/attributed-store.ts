import { AsyncLocalStorage } from 'node:async_hooks';
import { changedFields } from '../domain/changed-fields.ts';
import type { DomainEvent, Origin, Stored, Unstored } from '../domain/record.ts';
import type { Collection, CollectionName, Collections, RecordStore } from '../ports/record-store.ts';

const origins = new AsyncLocalStorage<Readonly<Origin>>();

/** Does the work, and lets every event that it causes tell from where. */
export function actingFrom<T>(origin: Readonly<Origin>, work: () => T): T {
  return origins.run(origin, work);
}

/** From where the present work was asked for; undefined for what the clock or a consumer does. */
export function presentOrigin(): Readonly<Origin> | undefined {
  return origins.getStore();
}

/**
 * The store, with every event that is written through it telling from where it was caused and which fields its write
 * changed. It is done here once, so that no step can forget it.
 */
export function attributedStore(store: RecordStore): RecordStore {
  const collections = new Map<CollectionName, unknown>();
  return {
    capabilities: store.capabilities,
    collection<K extends CollectionName>(name: K) {
      let made = collections.get(name);
      if (!made) {
        made = attributed<Collections[K]>(store.collection(name));
        collections.set(name, made);
      }
      return made as Collection<Collections[K]>;
    },
    follow: (consumer, options, handle) => store.follow(consumer, options, handle),
    lags: () => store.lags(),
    forget: (consumer) => store.forget(consumer),
    backup: (path) => store.backup(path),
    verify: () => store.verify(),
    ping: () => store.ping(),
    close: () => store.close(),
  };
}

function attributed<T extends Stored>(collection: Collection<T>): Collection<T> {
  const told = (events: readonly DomainEvent[], changed?: DomainEvent['changed']): readonly DomainEvent[] => {
    const from = presentOrigin();
    return events.map((event) => ({
      ...event,
      ...(from === undefined ? {} : { from: { ...from } }),
      ...(changed === undefined ? {} : { changed }),
    }));
  };
  return {
    insert: (document, events = []) => collection.insert(document, told(events)),
    insertInOrder: (documents) => collection.insertInOrder(documents),
    async update(id, seen, document: Unstored<T>, events = []) {
      if (events.length === 0) return collection.update(id, seen, document);
      // Another version than the one that was seen is refused by the update itself.
      const before = await collection.get(id);
      const changed = before?.version === seen ? changedFields(before, document) : undefined;
      return collection.update(id, seen, document, told(events, changed));
    },
    remove: (id, seen, events = []) => collection.remove(id, seen, told(events)),
    get: (id) => collection.get(id),
    getMany: (ids) => collection.getMany(ids),
    find: (options) => collection.find(options),
    count: (where) => collection.count(where),
    stream: (where) => collection.stream(where),
  };
}
