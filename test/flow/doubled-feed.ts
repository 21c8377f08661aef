import type { RecordStore } from '../../src/ports/record-store.ts';

/** The same store, which hands every batch of changes to each consumer twice. */
export function doubledFeed(store: RecordStore): RecordStore {
  return {
    capabilities: store.capabilities,
    collection: (name) => store.collection(name),
    follow: (consumer, options, handle) =>
      store.follow(consumer, options, async (changes) => {
        await handle(changes);
        await handle(changes);
      }),
    lags: () => store.lags(),
    forget: (consumer) => store.forget(consumer),
    backup: (path) => store.backup(path),
    verify: () => store.verify(),
    ping: () => store.ping(),
    close: () => store.close(),
  };
}
