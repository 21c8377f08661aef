import { closeSync, fsyncSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises';
import { Conflict, Duplicate, NotFound, QianxianError } from '../../domain/errors.ts';
import type { DomainEvent, Stored, Unstored } from '../../domain/record.ts';
import { isStorableId } from '../../domain/storable.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Log } from '../../ports/log.ts';
import { fingerprintOf, orderedValue, readCursor, writeCursor } from '../../ports/record-cursor.ts';
import { checkConsumer, checkSeen, eventTexts, pageLimit, restOf, restOfUpdate } from '../../ports/record-input.ts';
import type { MovableStore } from '../../ports/record-moving.ts';
import {
  type Collection,
  type CollectionName,
  type Collections,
  collectionKeys,
  type Filter,
  type FindOptions,
  type Page,
} from '../../ports/record-store.ts';
import { createChangeFeed } from './change-feed.ts';
import { createGroupCommit, type GroupCommit } from './group-commit.ts';
import { backUp } from './record-backup.ts';
import { filterSql } from './record-filter.ts';
import { createRecordMoving, refuseHalfMoved } from './record-moving.ts';
import { pageParts } from './record-page.ts';
import {
  collectionNames,
  databaseName,
  type KeyTable,
  prepareSchema,
  refuseEmptied,
  scalarPathsOf,
  uniqueKeyOf,
} from './record-schema.ts';
import { openSeal, sealOf } from './record-seal.ts';
import { damageIn } from './record-verify.ts';
import { openSqlite, type SqlDatabase, type SqliteDriver, type SqlRow, type SqlStatement } from './sqlite-driver.ts';
import { explained, faultOf, uniqueIndexOf } from './sqlite-fault.ts';
import { refuseBrokenWal } from './wal-check.ts';

export interface RecordStoreOptions {
  /** The data folder; it exists. */
  readonly folder: string;
  readonly clock: Clock;
  readonly log: Log;
  /** Which SQLite to use; without it, better-sqlite3 where it loads, else Node's own. */
  readonly driver?: SqliteDriver;
  /** Keys and indexes; without it, those of the port. */
  readonly keys?: KeyTable;
  /** Opens for a move of records, also where one was cut off: nothing is swept then. */
  readonly forMoving?: boolean;
}

/** A walk reads pages of so many documents, or of about so much text. */
const walkRows = 500;
const walkBytes = 4 * 1024 * 1024;
/** How long an open waits for another process that is opening, closing or changing the database. */
const openPatienceMs = 15_000;
const dayMs = 24 * 3_600_000;
const sweepMs = 3_600_000;

export { databaseName };

/** What a write does inside the transaction, shared by all collections. */
interface Writing {
  readonly commits: GroupCommit;
  readonly clock: Clock;
  nextSequence(): number;
  /** Keeps a write's events, which were made JSON before. */
  keepEvents(collection: string, id: string, version: number, sequence: number, events: readonly string[]): void;
  /** Runs a read and explains what SQLite says. */
  read<R>(work: () => R): R;
}

/**
 * Opens the records of a data folder, in a process that serves it or beside one.
 * Throws `damaged` for a file that is broken or not ours, `unsupported` for a newer one, `misconfigured` where the folder
 * cannot be written.
 */
export async function openRecordStore(options: RecordStoreOptions): Promise<MovableStore> {
  const { folder, clock, log, keys = collectionKeys, forMoving = false } = options;
  const file = join(folder, databaseName);
  const database = await openPrepared(file, options);
  try {
    if (!forMoving) refuseHalfMoved(database, file);
    return storeOn(database, file, { clock, log, keys, forMoving });
  } catch (error) {
    database.close();
    throw explainedOpening(error, file);
  }
}

/** Our own statements do not fit only where the tables are not as this program made them. */
function explainedOpening(error: unknown, file: string): unknown {
  if (faultOf(error) !== 'other') return explained(error, file);
  return new QianxianError('damaged', `数据库 ${file} 的表结构已损坏，没有启动；请用最近的备份恢复`, { cause: error });
}

async function openPrepared(file: string, options: RecordStoreOptions): Promise<SqlDatabase> {
  const deadline = performance.now() + openPatienceMs;
  for (;;) {
    let database: SqlDatabase | undefined;
    try {
      refuseEmptied(file);
      refuseBrokenWal(file);
      database = openSqlite(file, { ...(options.driver ? { driver: options.driver } : {}) });
      prepareSchema(database, file, options.keys ?? collectionKeys);
      // The name of a new file must be as durable as what is in it.
      syncFolder(options.folder);
      return database;
    } catch (error) {
      database?.close();
      // The first open of a folder by two processes at once, and a close that clears the log, lock each other out briefly.
      if (faultOf(error) !== 'busy' || performance.now() > deadline) throw explainedOpening(error, file);
      await sleep(20 + Math.random() * 30);
    }
  }
}

function syncFolder(folder: string): void {
  // Windows cannot open a folder; its file systems keep names by themselves.
  if (process.platform === 'win32') return;
  const handle = openSync(folder, 'r');
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}

function storeOn(
  database: SqlDatabase,
  file: string,
  { clock, log, keys, forMoving }: { clock: Clock; log: Log; keys: KeyTable; forMoving: boolean },
): MovableStore {
  const readSequence = database.prepare('SELECT value FROM store_sequence');
  const writeSequence = database.prepare('UPDATE store_sequence SET value = ?');
  const insertEvent = database.prepare('INSERT INTO store_events VALUES (?, ?, ?, ?, ?, ?, ?)');
  const ask = database.prepare('SELECT 1');
  const checkpoints = database.prepare('SELECT consumer, collection, sequence FROM store_checkpoints');
  let closing: Promise<void> | undefined;
  let closed = false;
  let sequence = 0;
  let sequenceBefore = 0;

  const commits = createGroupCommit(database, {
    begin() {
      sequence = Number(readSequence.get()?.value);
      sequenceBefore = sequence;
    },
    end() {
      if (sequence !== sequenceBefore) writeSequence.run(sequence);
    },
    committed() {
      if (sequence !== sequenceBefore) feed.wake();
    },
    explain: (error) => explained(error, file),
  });
  const feed = createChangeFeed({ database, commits, log });

  const keepEvent = (
    collection: string,
    id: string,
    version: number,
    at: number,
    position: number,
    event: string,
  ): void => {
    const seal = sealOf(`${collection} 的事件`, id, version, at, event);
    insertEvent.run(collection, at, position, id, version, event, seal);
  };
  const alive = (): void => {
    if (closed) throw new QianxianError('unavailable', '数据库已经关闭', { retryAfter: 5 });
  };
  const read = <R>(work: () => R): R => {
    alive();
    try {
      return work();
    } catch (error) {
      throw explained(error, file);
    }
  };
  const writing: Writing = {
    commits,
    clock,
    read,
    nextSequence: () => ++sequence,
    keepEvents(collection, id, version, at, events) {
      for (const [position, event] of events.entries()) keepEvent(collection, id, version, at, position, event);
    },
  };

  const collections = new Map(
    Object.entries(keys).map(([name, own]) => [name, collectionOn(database, name, scalarPathsOf(own), writing)]),
  );
  const sweep = sweeperOf(database, keys, writing, log);
  const sweeping = forMoving ? undefined : setInterval(sweep, sweepMs).unref();
  if (!forMoving) sweep();
  const moving = createRecordMoving({
    database,
    collections: collectionNames.filter((name) => collections.has(name)),
    commits,
    read,
    nextSequence: () => ++sequence,
    newestSequence: () => sequence,
    keepEvent,
  });

  return {
    capabilities: { volatileConsumers: true, copyOfOneMoment: true },
    moving,
    collection<K extends CollectionName>(name: K): Collection<Collections[K]> {
      const found = collections.get(name);
      if (!found) throw new QianxianError('malformed', `没有名为 ${String(name)} 的集合`);
      return found as unknown as Collection<Collections[K]>;
    },
    follow(consumer, followOptions, handle) {
      alive();
      checkConsumer(consumer, followOptions, (name) => collections.has(name));
      return feed.follow(consumer, followOptions, handle);
    },
    async lags() {
      return read(() => {
        const found: Record<string, number> = {};
        for (const { consumer, collection, sequence } of checkpoints.all()) {
          if (!collections.has(String(collection))) continue;
          const waiting = database
            .prepare(`SELECT count(*) AS n FROM "${collection}" WHERE sequence > ?`)
            .get(sequence as number)?.n;
          found[String(consumer)] = (found[String(consumer)] ?? 0) + Number(waiting);
        }
        return found;
      });
    },
    async forget(consumer) {
      alive();
      return feed.forget(consumer);
    },
    async backup(path) {
      alive();
      await backUp(file, path, database.driver);
    },
    async verify() {
      alive();
      return damageIn(
        database,
        collectionNames.filter((name) => collections.has(name)),
        alive,
      );
    },
    async ping() {
      read(() => ask.get());
    },
    close() {
      closing ??= (async () => {
        clearInterval(sweeping);
        // Handlers that still run may read and write until they are done.
        await feed.close();
        closed = true;
        await commits.close();
        database.close();
      })();
      return closing;
    },
  };
}

/** Forgets removals in transient collections a day later, once every consumer has heard of them. */
function sweeperOf(database: SqlDatabase, keys: KeyTable, { commits, clock }: Writing, log: Log): () => void {
  const perCollection = Object.entries(keys)
    .filter(([, own]) => own.transient)
    .map(([name]) => {
      const old = `removed_at < ? AND sequence <= coalesce(
        (SELECT min(sequence) FROM store_checkpoints WHERE collection = '${name}'), 9e15)`;
      return {
        some: database.prepare(`SELECT 1 FROM "${name}" WHERE ${old} LIMIT 1`),
        forget: database.prepare(
          `DELETE FROM "${name}" WHERE rowid IN (SELECT rowid FROM "${name}" WHERE ${old} LIMIT 5000)`,
        ),
      };
    });
  return () => {
    const before = clock.now().getTime() - dayMs;
    for (const { some, forget } of perCollection) {
      // A process that only reads must not write for this.
      if (!some.get(before)) continue;
      commits
        .write(() => forget.run(before), 0)
        .catch((error: unknown) => log.warn({ err: error }, 'old removals could not be forgotten'));
    }
  };
}

/** A document's JSON from its fixed members and the rest, whose text was made when the write was asked for. */
function documentText(id: string, version: number, createdAt: string, updatedAt: string, rest: string): string {
  const head = `{"id":${JSON.stringify(id)},"version":${version},"createdAt":"${createdAt}","updatedAt":"${updatedAt}"`;
  return rest === '{}' ? `${head}}` : `${head},${rest.slice(1)}`;
}

function bytesOf(rest: string, events: readonly string[]): number {
  return events.reduce((sum, event) => sum + event.length, rest.length) * 2;
}

function collectionOn(
  database: SqlDatabase,
  name: string,
  scalarPaths: ReadonlySet<string>,
  { commits, clock, nextSequence, keepEvents, read }: Writing,
): Collection<Stored> {
  const columns = 'id, version, sequence, document, seal';
  const insertRow = database.prepare(
    `INSERT INTO "${name}" (id, version, sequence, document, removed_at, seal) VALUES (?, ?, ?, ?, NULL, ?)
     ON CONFLICT (id) DO NOTHING`,
  );
  const replaceRow = database.prepare(
    `UPDATE "${name}" SET version = ?, sequence = ?, document = ?, removed_at = ?, seal = ? WHERE id = ?`,
  );
  const stateOf = database.prepare(`SELECT ${columns} FROM "${name}" WHERE id = ?`);
  const byId = database.prepare(`SELECT ${columns} FROM "${name}" WHERE id = ? AND document IS NOT NULL`);
  const byIds = database.prepare(
    `SELECT ${columns} FROM "${name}" WHERE id IN (SELECT value FROM json_each(?)) AND document IS NOT NULL`,
  );

  // Texts of queries repeat, their parameters vary: preparing costs more than running.
  const prepared = new Map<string, SqlStatement>();
  const prepare = (sql: string): SqlStatement => {
    let statement = prepared.get(sql);
    if (!statement) {
      if (prepared.size >= 200) prepared.delete(prepared.keys().next().value!);
      statement = read(() => database.prepare(sql));
      prepared.set(sql, statement);
    }
    return statement;
  };

  const parse = (row: SqlRow): Stored => openSeal<Stored>(name, String(row.id), row, row.document);

  /** Runs a write whose unique keys may be taken. */
  const guarded = <R>(work: () => R): R => {
    try {
      return work();
    } catch (error) {
      if (faultOf(error) !== 'unique') throw error;
      const index = uniqueIndexOf(error);
      throw new Duplicate(index === undefined ? 'id' : uniqueKeyOf(name, index), undefined, { cause: error });
    }
  };

  /** The row of a document that is there, in the version that the writer saw. */
  const current = (id: string, seen: number): SqlRow => {
    const row = stateOf.get(id);
    if (!row || row.document === null) throw new NotFound();
    if (row.version !== seen) throw new Conflict();
    return row;
  };

  const pageOf = (where: Filter): { sql: string; parameters: readonly (string | number | null)[] } => {
    const filter = filterSql(where, scalarPaths);
    return { sql: `document IS NOT NULL AND ${filter.sql}`, parameters: filter.parameters };
  };

  /** Stores a document under an id that was never used; false where it was. */
  const insertNew = (text: string, id: string, sequence: number): boolean =>
    guarded(() => insertRow.run(id, 1, sequence, text, sealOf(name, id, 1, sequence, text))).changes > 0;

  return {
    async insert(document: Unstored<Stored>, events?: readonly DomainEvent[]) {
      const { id, rest } = restOf(document);
      const texts = eventTexts(events);
      const now = clock.now().toISOString();
      return commits.write(
        () => {
          const sequence = nextSequence();
          let version = 1;
          let text = documentText(id, version, now, now, rest);
          if (!insertNew(text, id, sequence)) {
            const removed = stateOf.get(id);
            if (removed?.document !== null) throw new Duplicate('id');
            version = Number(removed.version) + 1;
            text = documentText(id, version, now, now, rest);
            guarded(() => replaceRow.run(version, sequence, text, null, sealOf(name, id, version, sequence, text), id));
          }
          keepEvents(name, id, version, sequence, texts);
          return JSON.parse(text) as Stored;
        },
        bytesOf(rest, texts),
      );
    },

    async insertInOrder(documents: readonly Unstored<Stored>[]) {
      const rests = documents.map((document) => restOf(document));
      const now = clock.now().toISOString();
      return commits.write(
        () => {
          const stored: Stored[] = [];
          for (const { id, rest } of rests) {
            const text = documentText(id, 1, now, now, rest);
            try {
              const sequence = nextSequence();
              if (!insertNew(text, id, sequence)) throw new Duplicate('id');
              keepEvents(name, id, 1, sequence, []);
            } catch (error) {
              // What failed is one statement: those before it stay in the transaction.
              if (error instanceof Duplicate) return { stored, refused: error };
              throw error;
            }
            stored.push(JSON.parse(text) as Stored);
          }
          return { stored, refused: null };
        },
        rests.reduce((sum, { rest }) => sum + bytesOf(rest, []), 0),
      );
    },

    async update(id: string, seen: number, document: Unstored<Stored>, events?: readonly DomainEvent[]) {
      const rest = restOfUpdate(id, document);
      checkSeen(seen);
      const texts = eventTexts(events);
      const now = clock.now().toISOString();
      return commits.write(
        () => {
          const { createdAt } = parse(current(id, seen));
          const sequence = nextSequence();
          const version = seen + 1;
          const text = documentText(id, version, createdAt, now, rest);
          guarded(() => replaceRow.run(version, sequence, text, null, sealOf(name, id, version, sequence, text), id));
          keepEvents(name, id, version, sequence, texts);
          return JSON.parse(text) as Stored;
        },
        bytesOf(rest, texts),
      );
    },

    async remove(id: string, seen: number, events?: readonly DomainEvent[]) {
      checkSeen(seen);
      if (!isStorableId(id)) throw new NotFound();
      const texts = eventTexts(events);
      const now = clock.now().getTime();
      return commits.write(
        () => {
          current(id, seen);
          const sequence = nextSequence();
          const version = seen + 1;
          replaceRow.run(version, sequence, null, now, sealOf(name, id, version, sequence, null), id);
          keepEvents(name, id, version, sequence, texts);
        },
        bytesOf('', texts),
      );
    },

    async get(id: string) {
      if (!isStorableId(id)) return undefined;
      const row = read(() => byId.get(id));
      return row && parse(row);
    },

    async getMany(ids: readonly string[]) {
      const found = new Map<string, Stored>();
      const wanted = [...new Set(ids)].filter(isStorableId);
      for (let start = 0; start < wanted.length; start += walkRows) {
        const some = JSON.stringify(wanted.slice(start, start + walkRows));
        for (const row of read(() => byIds.all(some))) found.set(String(row.id), parse(row));
      }
      return ids.flatMap((id) => found.get(id) ?? []);
    },

    async find(options: FindOptions = {}): Promise<Page<Stored>> {
      const { where = {}, order, cursor } = options;
      const limit = pageLimit(options);
      const filter = pageOf(where);
      const fingerprint = fingerprintOf({ collection: name, where, order });
      const after = cursor === undefined ? undefined : readCursor(fingerprint, cursor);
      const rows: SqlRow[] = [];
      for (const part of pageParts(order, after)) {
        // One more than the page holds tells whether another follows.
        const missing = limit + 1 - rows.length;
        if (missing === 0) break;
        const statement = prepare(
          `SELECT ${columns} FROM "${name}" WHERE ${filter.sql} AND ${part.sql} ORDER BY ${part.orderBy} LIMIT ?`,
        );
        rows.push(...read(() => statement.all(...filter.parameters, ...part.parameters, missing)));
      }
      const items = rows.slice(0, limit).map(parse);
      const last = items.at(-1);
      if (rows.length <= limit || !last) return { items };
      const value = order ? orderedValue(last, order.by) : null;
      return { items, next: writeCursor(fingerprint, { value, id: last.id }) };
    },

    async count(where: Filter = {}) {
      const filter = pageOf(where);
      const statement = prepare(`SELECT count(*) AS n FROM "${name}" WHERE ${filter.sql}`);
      return Number(read(() => statement.get(...filter.parameters))?.n);
    },

    async *stream(where: Filter = {}) {
      const filter = pageOf(where);
      const statement = prepare(
        `SELECT ${columns} FROM "${name}" WHERE ${filter.sql} AND id > ? ORDER BY id LIMIT ${walkRows}`,
      );
      let after = '';
      for (;;) {
        // Pages and not one long statement: an open statement would stop all writes of this process.
        const page = read(() => somePage(statement, [...filter.parameters, after]));
        for (const row of page) yield parse(row);
        const last = page.at(-1);
        if (!last) return;
        after = String(last.id);
        await nextTurn();
      }
    },
  };
}

/** Rows of a statement until they are about 4 MB. */
function somePage(statement: SqlStatement, parameters: readonly (string | number | null)[]): SqlRow[] {
  const rows: SqlRow[] = [];
  let size = 0;
  for (const row of statement.iterate(...parameters)) {
    rows.push(row);
    size += String(row.document).length;
    if (size > walkBytes) break;
  }
  return rows;
}
