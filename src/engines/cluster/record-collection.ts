import { setImmediate as nextTurn } from 'node:timers/promises';
import { type Model, trusted } from 'mongoose';
import { Conflict, Duplicate, NotFound, QianxianError } from '../../domain/errors.ts';
import type { DomainEvent, Stored, Unstored } from '../../domain/record.ts';
import { isStorableId, maxStoredBytes } from '../../domain/storable.ts';
import type { Clock } from '../../ports/clock.ts';
import { fingerprintOf, orderedValue, readCursor, writeCursor } from '../../ports/record-cursor.ts';
import { checkSeen, eventTexts, pageLimit, restOf, restOfUpdate } from '../../ports/record-input.ts';
import type {
  Collection,
  CollectionKeys,
  CollectionName,
  Filter,
  FindOptions,
  Page,
} from '../../ports/record-store.ts';
import type { FeedConsumers } from './feed-consumers.ts';
import { createInsertBatches, insertUntilRefused } from './insert-batches.ts';
import type { MongoConnection } from './mongo-connection.ts';
import { foreignField, strictFault, takenIndexOf } from './mongo-fault.ts';
import { mongoConditions } from './record-filter.ts';
import { keysOf, uniqueKeyOf } from './record-keys.ts';
import { pageRange } from './record-page.ts';
import { fieldsOf, type KeptEvent, type OwnFacts, own, type RawRecord } from './record-schemas.ts';
import { eventSeal, openSeal, sealOf } from './record-seal.ts';

/** A walk reads pages of so many documents; the driver cuts a page into batches of 16 MB by itself. */
const walkRows = 200;
/** A document and what the store adds must fit into the 16 MB of a document of MongoDB; lists of small numbers swell. */
const maxRawBytes = 12 * 1024 * 1024;

export interface CollectionOptions {
  readonly name: CollectionName;
  readonly model: Model<RawRecord>;
  readonly keys: CollectionKeys;
  readonly connection: MongoConnection;
  readonly consumers: FeedConsumers;
  readonly clock: Clock;
  /** When something is written: microseconds since 1970 that only grow. */
  nextAt(): number;
  /** Runs a write that `close` and `caughtUp` wait for, and tells the feed of it. */
  write<R>(work: () => Promise<R>): Promise<R>;
}

/** Names the unique key that is taken. */
function takenKey(error: unknown): unknown {
  const index = takenIndexOf(error);
  return index === undefined ? error : new Duplicate(uniqueKeyOf(index), undefined, { cause: new Error(index) });
}

export function createRecordCollection(options: CollectionOptions): Collection<Stored> {
  const { name, model, keys, connection, consumers, clock, nextAt, write } = options;
  const { gate, limitMs } = connection;
  const live = { [`${own}.live`]: true };
  const inserts = createInsertBatches(model, gate);
  const known = new Set(['version', 'createdAt', 'updatedAt', ...fieldsOf(name)]);

  const keptEvents = (id: string, version: number, texts: readonly string[]): KeptEvent[] =>
    texts.map((event, position) => ({
      version,
      position,
      event,
      seal: eventSeal(name, id, version, position, event),
    }));

  /** Everything of a document but the marks of the feed, which differ between a new and a changed one. */
  const made = (document: Stored) => {
    const { id, ...content } = document;
    const foreign = Object.keys(content).find((field) => !known.has(field));
    if (foreign !== undefined) throw foreignField(foreign);
    const text = JSON.stringify(document);
    checkRawSize(model, content, text);
    const { names, generation } = consumers.known(name);
    const uniqueKeys = keysOf(keys, document);
    const facts: OwnFacts = {
      live: true,
      seal: sealOf(name, id, document.version, document),
      at: nextAt(),
      bytes: text.length,
      listed: generation,
      ...(uniqueKeys ? { keys: uniqueKeys } : {}),
    };
    return { content, facts, names };
  };

  /** The marks of a write, in the same command as the write itself. */
  const marks = (names: readonly string[], events: readonly KeptEvent[]) => ({
    ...(names.length > 0 ? { $addToSet: { [`${own}.waiting`]: { $each: names } } } : {}),
    ...(events.length > 0 ? { $push: { [`${own}.events`]: { $each: events } } } : {}),
  });

  const ownFields = (facts: Partial<OwnFacts>) =>
    Object.fromEntries(Object.entries(facts).map(([key, value]) => [`${own}.${key}`, value]));

  /** The command that makes a stored document what `document` says, keeping marks and events that are there. */
  const replacement = (document: Stored, events: readonly KeptEvent[]) => {
    const { content, facts, names } = made(document);
    const gone = fieldsOf(name).filter((field) => !Object.hasOwn(content, field));
    const unset = [...gone, `${own}.removedAt`, ...(facts.keys ? [] : [`${own}.keys`])];
    return {
      $set: { ...content, ...ownFields(facts) },
      $unset: Object.fromEntries(unset.map((field) => [field, 1])),
      ...marks(names, events),
    };
  };

  const head = (id: string) =>
    gate.run(() =>
      model
        .findOne({ _id: id }, { version: 1, createdAt: 1, [`${own}.live`]: 1, [`${own}.removedAt`]: 1 })
        .maxTimeMS(limitMs)
        .lean<RawRecord>(),
    );

  /** The version and birth of a document that is there, in the version that the writer saw. */
  const current = async (id: string, seen: number): Promise<RawRecord> => {
    const found = isStorableId(id) ? await head(id) : null;
    if (!found?.[own]?.live) throw new NotFound();
    if (found.version !== seen) throw new Conflict();
    return found;
  };

  const change = async (filter: object, update: object): Promise<boolean> => {
    const result = await gate.run(() =>
      model.updateOne(filter, update, { timestamps: false }).catch((error: unknown) => {
        throw takenKey(strictFault(error));
      }),
    );
    return result.matchedCount === 1;
  };

  const read = (where: readonly object[]) => ({
    ...live,
    ...(where.length > 0 ? { $and: where.map(trustedAll) } : {}),
  });
  const parse = (raw: RawRecord): Stored => openSeal<Stored>(name, raw)!;

  /** A document under an id that was never used, as it is sent. */
  const rawOf = (document: Stored, texts: readonly string[]): { readonly raw: RawRecord; readonly bytes: number } => {
    const { content, facts, names } = made(document);
    const kept = keptEvents(document.id, document.version, texts);
    const raw: RawRecord = {
      _id: document.id,
      ...(content as Omit<Stored, 'id'>),
      [own]: {
        ...facts,
        ...(names.length > 0 ? { waiting: names } : {}),
        ...(kept.length > 0 ? { events: kept } : {}),
      },
    };
    return { raw, bytes: facts.bytes };
  };

  return {
    async insert(document: Unstored<Stored>, events?: readonly DomainEvent[]) {
      const { id, rest } = restOf(document);
      const texts = eventTexts(events);
      const now = clock.now().toISOString();
      const content = JSON.parse(rest) as object;
      const stored = (version: number): Stored => ({ id, version, createdAt: now, updatedAt: now, ...content });
      return write(async () => {
        const first = stored(1);
        const { raw, bytes } = rawOf(first, texts);
        const taken = await inserts.insert(raw, bytes);
        if (taken === undefined) return first;
        if (taken !== '_id_') throw new Duplicate(uniqueKeyOf(taken));
        // The id is taken by a document, or by what is left of a removed one: that one's versions go on.
        for (;;) {
          const left = await head(id);
          if (!left?.[own]?.removedAt) throw new Duplicate('id');
          const again = stored(left.version + 1);
          const update = replacement(again, keptEvents(id, again.version, texts));
          const filter = { _id: id, version: left.version, [`${own}.removedAt`]: trusted({ $exists: true }) };
          if (await change(filter, update)) return again;
        }
      });
    },

    async insertInOrder(documents: readonly Unstored<Stored>[]) {
      const now = clock.now().toISOString();
      const wanted = documents.map((document): Stored => {
        const { id, rest } = restOf(document);
        return { id, version: 1, createdAt: now, updatedAt: now, ...(JSON.parse(rest) as object) };
      });
      return write(async () => {
        const raws = wanted.map((document) => rawOf(document, []).raw);
        const failed = await gate.run(() => insertUntilRefused(model, raws));
        if (!failed) return { stored: wanted, refused: null };
        const taken = takenIndexOf(failed.error);
        if (taken === undefined) throw failed.error;
        const refused = new Duplicate(taken === '_id_' ? 'id' : uniqueKeyOf(taken));
        return { stored: wanted.slice(0, failed.place), refused };
      });
    },

    async update(id: string, seen: number, document: Unstored<Stored>, events?: readonly DomainEvent[]) {
      const rest = restOfUpdate(id, document);
      checkSeen(seen);
      const texts = eventTexts(events);
      const now = clock.now().toISOString();
      const content = JSON.parse(rest) as object;
      return write(async () => {
        const { createdAt } = await current(id, seen);
        const version = seen + 1;
        const next: Stored = { id, version, createdAt: String(createdAt), updatedAt: now, ...content };
        const update = replacement(next, keptEvents(id, version, texts));
        if (await change({ _id: id, version: seen, ...live }, update)) return next;
        // Somebody was faster: say whether by a change or by a removal.
        await current(id, seen);
        throw new Conflict();
      });
    },

    async remove(id: string, seen: number, events?: readonly DomainEvent[]) {
      checkSeen(seen);
      const texts = eventTexts(events);
      const removedAt = clock.now();
      return write(async () => {
        await current(id, seen);
        const version = seen + 1;
        const { names, generation } = consumers.known(name);
        const facts: Partial<OwnFacts> = {
          removedAt,
          seal: sealOf(name, id, version, null),
          at: nextAt(),
          bytes: 0,
          listed: generation,
        };
        const unset = [...fieldsOf(name), 'createdAt', 'updatedAt', `${own}.live`, `${own}.keys`];
        const done = await change(
          { _id: id, version: seen, ...live },
          {
            $set: { version, ...ownFields(facts) },
            $unset: Object.fromEntries(unset.map((field) => [field, 1])),
            ...marks(names, keptEvents(id, version, texts)),
          },
        );
        if (done) return;
        await current(id, seen);
        throw new Conflict();
      });
    },

    async get(id: string) {
      if (!isStorableId(id)) return undefined;
      const raw = await gate.run(() =>
        model
          .findOne({ _id: id, ...live }, withoutFeed)
          .maxTimeMS(limitMs)
          .lean<RawRecord>(),
      );
      return raw ? parse(raw) : undefined;
    },

    async getMany(ids: readonly string[]) {
      const found = new Map<string, Stored>();
      const wanted = [...new Set(ids)].filter(isStorableId);
      for (let start = 0; start < wanted.length; start += walkRows) {
        const some = wanted.slice(start, start + walkRows);
        const rows = await gate.run(() =>
          model
            .find({ _id: trusted({ $in: some }), ...live }, withoutFeed)
            .maxTimeMS(limitMs)
            .lean<RawRecord[]>(),
        );
        for (const raw of rows) found.set(raw._id, parse(raw));
      }
      return ids.flatMap((id) => found.get(id) ?? []);
    },

    async find(options: FindOptions = {}): Promise<Page<Stored>> {
      const { where = {}, order, cursor } = options;
      const limit = pageLimit(options);
      const conditions = mongoConditions(where);
      const fingerprint = fingerprintOf({ collection: name, where, order });
      const after = cursor === undefined ? undefined : readCursor(fingerprint, cursor);
      const range = pageRange(order, after);
      const rows = await gate.run(() =>
        model
          .find(read([...conditions, ...range.conditions]), withoutFeed)
          .sort(range.sort)
          // One more than the page holds tells whether another follows.
          .limit(limit + 1)
          .maxTimeMS(limitMs)
          .lean<RawRecord[]>(),
      );
      const items = rows.slice(0, limit).map(parse);
      const last = items.at(-1);
      if (rows.length <= limit || !last) return { items };
      const value = order && order.by !== 'id' ? orderedValue(last, order.by) : null;
      return { items, next: writeCursor(fingerprint, { value, id: last.id }) };
    },

    async count(where: Filter = {}) {
      const conditions = mongoConditions(where);
      return gate.run(() => model.countDocuments(read(conditions)).maxTimeMS(limitMs));
    },

    async *stream(where: Filter = {}) {
      const conditions = mongoConditions(where);
      let after = '';
      for (;;) {
        const from = after;
        // Pages and not one long cursor: a cursor dies with its server, and a slow reader outlives it.
        const page = await gate.run(() =>
          somePage(model, read([...conditions, ...(from === '' ? [] : [{ _id: { $gt: from } }])]), limitMs),
        );
        for (const raw of page) yield parse(raw);
        const last = page.at(-1);
        if (!last) return;
        after = last._id;
        await nextTurn();
      }
    },
  };
}

/** What readers need of the store's own facts. */
const withoutFeed = {
  [`${own}.events`]: 0,
  [`${own}.waiting`]: 0,
  [`${own}.handled`]: 0,
  [`${own}.claims`]: 0,
  [`${own}.keys`]: 0,
} as const;

/** A walk's page is about so much text at most, or one document. */
const walkBytes = 4 * 1024 * 1024;

/** Documents from the beginning of a range until they are about 4 MB. */
async function somePage(model: Model<RawRecord>, filter: object, limitMs: number): Promise<RawRecord[]> {
  const rows: RawRecord[] = [];
  let size = 0;
  const cursor = model
    .find(filter, withoutFeed)
    .sort({ _id: 1 })
    .limit(walkRows)
    .maxTimeMS(limitMs)
    .batchSize(20)
    .lean<RawRecord>()
    .cursor();
  try {
    for await (const raw of cursor as AsyncIterable<RawRecord>) {
      rows.push(raw);
      size += raw[own]?.bytes ?? 0;
      if (size > walkBytes) break;
    }
  } finally {
    await cursor.close().catch(() => {});
  }
  return rows;
}

/** Marks the operators of a condition as ours: anything else in a filter is taken for a value. */
function trustedAll(condition: object): object {
  return Object.fromEntries(
    Object.entries(condition).map(([path, value]) => [
      path,
      Array.isArray(value)
        ? value.map((one) => trustedAll(one as object))
        : typeof value === 'object' && value !== null
          ? trusted(value)
          : value,
    ]),
  );
}

function checkRawSize(model: Model<RawRecord>, content: object, text: string): void {
  // Only long texts can swell beyond the limit: an element of a list takes a dozen bytes more than its JSON at most.
  if (text.length * 6 < maxRawBytes) return;
  const size = model.base.mongo.BSON.calculateObjectSize(content);
  if (size <= maxRawBytes) return;
  throw new QianxianError(
    'too_large',
    `这条记录存入数据库时超过${maxRawBytes / 1024 / 1024}兆字节（列表太长），不能保存；请删减内容，或把大段材料放进附件（上限${maxStoredBytes / 1024 / 1024}兆字节）`,
  );
}
