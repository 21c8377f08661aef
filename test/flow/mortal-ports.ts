import { QianxianError } from '../../src/domain/errors.ts';
import type { Ports } from '../../src/ports/ports.ts';
import type { Collection, CollectionName, RecordStore } from '../../src/ports/record-store.ts';

/** Ports whose process dies between two effects. */
export interface Mortal {
  readonly ports: Ports;
  /** Dies at the effect (a write, a message, a job) of this number from now, before or after it takes place. */
  dieAt(effect: number, after: boolean): void;
  /** Dies no more, unless it is dead. */
  spare(): void;
  readonly dead: boolean;
}

/**
 * Ports that do nothing any more from some effect on, neither read nor write: what was done is there, what would have come
 * next is not. The engines beneath stay in order, so that the next life may open the same folder.
 */
export function mortalPorts(alive: Ports): Mortal {
  let left = Number.POSITIVE_INFINITY;
  let after = false;
  let dead = false;
  const killed = () => new QianxianError('unavailable', 'killed');

  async function guarded<T>(effect: boolean, work: () => Promise<T>): Promise<T> {
    if (dead) throw killed();
    if (!effect || --left > 0) return work();
    dead = true;
    if (after) await work();
    throw killed();
  }

  function mortalCollection<K extends CollectionName>(name: K): Collection<never> {
    const collection = alive.store.collection(name) as unknown as Collection<never>;
    return {
      insert: (...given) => guarded(true, () => collection.insert(...given)),
      insertInOrder: (documents) => guarded(true, () => collection.insertInOrder(documents)),
      update: (...given) => guarded(true, () => collection.update(...given)),
      remove: (...given) => guarded(true, () => collection.remove(...given)),
      get: (id) => guarded(false, () => collection.get(id)),
      getMany: (ids) => guarded(false, () => collection.getMany(ids)),
      find: (options) => guarded(false, () => collection.find(options)),
      count: (where) => guarded(false, () => collection.count(where)),
      stream(where) {
        if (dead) throw killed();
        return collection.stream(where);
      },
    };
  }

  const { store, mailer, sms, queue } = alive;
  return {
    ports: {
      ...alive,
      store: {
        capabilities: store.capabilities,
        collection: mortalCollection as unknown as RecordStore['collection'],
        // The feed's own checkpoints are the engine's: a handler that fails keeps its changes.
        follow: (consumer, options, handle) =>
          store.follow(consumer, options, (changes) => guarded(false, () => handle(changes))),
        lags: () => store.lags(),
        forget: (consumer) => store.forget(consumer),
        backup: (path) => store.backup(path),
        verify: () => store.verify(),
        ping: () => guarded(false, () => store.ping()),
        close: () => store.close(),
      },
      mailer: {
        send: (mail) => guarded(true, () => mailer.send(mail)),
        sweep: (before) => mailer.sweep(before),
        close: () => mailer.close(),
      },
      sms: {
        send: (text) => guarded(true, () => sms.send(text)),
        sweep: (before) => sms.sweep(before),
        close: () => sms.close(),
      },
      queue: new Proxy(queue, {
        get(target, name) {
          const value = Reflect.get(target, name);
          if (name !== 'add') return typeof value === 'function' ? value.bind(target) : value;
          return (...given: Parameters<typeof queue.add>) => guarded(true, () => queue.add(...given));
        },
      }),
    },
    dieAt(effect, afterIt) {
      left = effect;
      after = afterIt;
    },
    spare() {
      left = Number.POSITIVE_INFINITY;
    },
    get dead() {
      return dead;
    },
  };
}
