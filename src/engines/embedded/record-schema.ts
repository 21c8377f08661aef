import { existsSync, statSync } from 'node:fs';
import { QianxianError } from '../../domain/errors.ts';
import { type CollectionKeys, type CollectionName, collectionKeys } from '../../ports/record-store.ts';
import { scalarSql } from './record-filter.ts';
import type { SqlDatabase } from './sqlite-driver.ts';
import { faultOf } from './sqlite-fault.ts';

/** Unique keys and indexes of the collections, in the shape of the port's table. */
export type KeyTable = Readonly<Record<string, CollectionKeys>>;

/** The database's name in the data folder. */
export const databaseName = 'qianxian.sqlite';

/** `qxst`: marks a SQLite file as one of ours, so that no other program's database is written into. */
const applicationId = 0x71787374;

interface Migration {
  readonly version: number;
  readonly about: string;
  readonly sql: string;
}

/** Structural changes in order; each runs once in a folder. Collections and indexes follow `collectionKeys` by themselves. */
const migrations: readonly Migration[] = [
  {
    version: 1,
    about: 'settings of the store, the change sequence, events, checkpoints of consumers',
    sql: `
      CREATE TABLE store_meta (name TEXT NOT NULL PRIMARY KEY, value TEXT NOT NULL) STRICT;
      CREATE TABLE store_sequence (one INTEGER PRIMARY KEY CHECK (one = 1), value INTEGER NOT NULL) STRICT;
      INSERT INTO store_sequence VALUES (1, 0);
      CREATE TABLE store_events (
        collection TEXT NOT NULL, sequence INTEGER NOT NULL, position INTEGER NOT NULL,
        document_id TEXT NOT NULL, version INTEGER NOT NULL, event TEXT NOT NULL, seal TEXT NOT NULL
      ) STRICT;
      CREATE UNIQUE INDEX store_events_in_order ON store_events (collection, sequence, position, document_id);
      CREATE INDEX store_events_of_document ON store_events (collection, document_id, sequence, position);
      CREATE TABLE store_checkpoints (
        consumer TEXT NOT NULL, collection TEXT NOT NULL, sequence INTEGER NOT NULL,
        PRIMARY KEY (consumer, collection)
      ) STRICT, WITHOUT ROWID;`,
  },
  {
    version: 2,
    about: 'what a consumer has handled behind its checkpoint, of records that were moved here',
    sql: `
      CREATE TABLE store_handled (
        consumer TEXT NOT NULL, collection TEXT NOT NULL, document_id TEXT NOT NULL, sequence INTEGER NOT NULL,
        PRIMARY KEY (consumer, collection, document_id)
      ) STRICT, WITHOUT ROWID;
      CREATE INDEX store_handled_of_document ON store_handled (collection, document_id);
      CREATE INDEX store_handled_in_order ON store_handled (consumer, sequence);`,
  },
];
export const schemaVersion = migrations.at(-1)!.version;

/** The paths of a collection that its indexes cover: one value a document at most. */
export function scalarPathsOf(keys: CollectionKeys): Set<string> {
  return new Set([...Object.values(keys.unique).flat(), ...keys.indexes.flat()]);
}

/** Name of the index of a unique key; `uniqueKeyOf` reads it back. */
function uniqueIndexName(collection: string, key: string): string {
  return `${collection}_unique_${key}`;
}

/** The unique key that an index name stands for. */
export function uniqueKeyOf(collection: string, indexName: string): string {
  const prefix = uniqueIndexName(collection, '');
  return indexName.startsWith(prefix) ? indexName.slice(prefix.length) : indexName;
}

/** Every index that a collection should have: its name and the statement that makes it. */
function wantedIndexes(collection: string, keys: CollectionKeys): Map<string, string> {
  const wanted = new Map<string, string>();
  const add = (name: string, kind: 'INDEX' | 'UNIQUE INDEX', columns: string, condition = '') =>
    wanted.set(name, `CREATE ${kind} "${name}" ON "${collection}" (${columns})${condition}`);
  add(`${collection}_sequence`, 'UNIQUE INDEX', 'sequence');
  add(`${collection}_removed`, 'INDEX', 'removed_at', ' WHERE removed_at IS NOT NULL');
  for (const [key, paths] of Object.entries(keys.unique)) {
    // SQLite never counts two nulls as equal, so documents that lack a path do not meet here.
    add(uniqueIndexName(collection, key), 'UNIQUE INDEX', paths.map(scalarSql).join(', '));
  }
  for (const paths of keys.indexes) {
    // The id at the end makes pages in this order one range of the index, and equal values come by id.
    add(
      `${collection}_by_${paths.join('_').replaceAll('.', '_')}`,
      'INDEX',
      [...paths.map(scalarSql), 'id'].join(', '),
      ' WHERE document IS NOT NULL',
    );
  }
  return wanted;
}

function readNumber(database: SqlDatabase, pragma: string): number {
  return Number(Object.values(database.prepare(`PRAGMA ${pragma}`).get() ?? {})[0]);
}

/** Throws where a file cannot be ours, before anything in it is changed. Says whether it is new. */
function identify(database: SqlDatabase, file: string): { readonly fresh: boolean } {
  const application = readNumber(database, 'application_id');
  const version = readNumber(database, 'user_version');
  const tables = Number(database.prepare('SELECT count(*) AS n FROM sqlite_schema').get()?.n);
  if (application === 0 && version === 0 && tables === 0) return { fresh: true };
  if (application !== applicationId) {
    throw new QianxianError(
      'damaged',
      `${file} 是别的程序的数据库，没有改动它；请把它移走，或用 QIANXIAN_DATA 换一个文件夹`,
    );
  }
  if (version > schemaVersion) {
    throw new QianxianError(
      'unsupported',
      `数据库 ${file} 的版本是 ${version}，本程序只认到 ${schemaVersion}；没有改动它。请升级程序，或换回与数据相配的版本`,
    );
  }
  return { fresh: false };
}

/** An emptied database whose log still holds its last writes would pass for a new one, and SQLite would delete the log. */
export function refuseEmptied(file: string): void {
  const size = (path: string) => (existsSync(path) ? statSync(path).size : 0);
  if (size(file) === 0 && size(`${file}-wal`) > 0) {
    throw new QianxianError(
      'damaged',
      `数据库 ${file} 是空的，旁边却有没写完的日志 ${file}-wal；没有改动它们。请用最近的备份恢复`,
    );
  }
}

/** Sets what a connection must have for an acknowledged write to survive, and reads it back. */
function setDurability(database: SqlDatabase, file: string): void {
  const mode = database.prepare('PRAGMA journal_mode = WAL').get()?.journal_mode;
  if (mode !== 'wal') {
    throw new QianxianError(
      'misconfigured',
      `数据库 ${file} 所在的磁盘不支持预写日志（得到 ${mode}）；请把数据文件夹放在本机磁盘上`,
    );
  }
  // A reopened WAL database may come up with NORMAL, which does not fsync a commit.
  database.exec('PRAGMA synchronous = FULL');
  // Only macOS knows this one: there a plain fsync leaves the data in the drive's cache.
  database.exec('PRAGMA fullfsync = ON');
  database.exec('PRAGMA checkpoint_fullfsync = ON');
}

/** Throws where a commit would not be followed by an fsync. */
export function assertDurable(database: SqlDatabase, file: string): void {
  const mode = database.prepare('PRAGMA journal_mode').get()?.journal_mode;
  const level = readNumber(database, 'synchronous');
  if (mode !== 'wal' || level < 2) {
    throw new QianxianError(
      'misconfigured',
      `数据库 ${file} 没有进入安全写入方式（journal_mode=${mode}，synchronous=${level}）；为免丢失数据，没有启动`,
    );
  }
}

/**
 * Makes a connection ready: refuses foreign, newer and damaged files, sets and asserts durability, brings tables and
 * indexes to what `keys` says. Indexes that are new in the table are made in an old folder, and those gone from it dropped.
 */
export function prepareSchema(database: SqlDatabase, file: string, keys: KeyTable = collectionKeys): void {
  const { fresh } = identify(database, file);
  setDurability(database, file);
  database.exec('PRAGMA temp_store = MEMORY');
  database.exec('PRAGMA cache_size = -32000');
  database.exec('PRAGMA cell_size_check = ON');
  database.exec(`PRAGMA journal_size_limit = ${64 * 1024 * 1024}`);
  if (!fresh) quickCheck(database, file);
  migrate(database, keys);
  assertDurable(database, file);
}

function quickCheck(database: SqlDatabase, file: string): void {
  const found = database
    .prepare('PRAGMA quick_check(3)')
    .all()
    .map((row) => String(Object.values(row)[0]));
  if (found.length === 1 && found[0] === 'ok') return;
  throw new QianxianError('damaged', `数据库 ${file} 已损坏，没有启动；请用最近的备份恢复`, {
    cause: new Error(found.join('; ')),
  });
}

function migrate(database: SqlDatabase, keys: KeyTable): void {
  const wantedKeys = JSON.stringify(Object.entries(keys).map(([name, own]) => [name, ...wantedIndexes(name, own)]));
  const isCurrent = () =>
    readNumber(database, 'user_version') === schemaVersion &&
    database.prepare(`SELECT value FROM store_meta WHERE name = 'keys'`).get()?.value === wantedKeys;
  if (isCurrent()) return;
  database.exec('BEGIN IMMEDIATE');
  try {
    // Another process may have done it while this one waited for the lock.
    const version = readNumber(database, 'user_version');
    for (const migration of migrations) {
      if (migration.version > version) database.exec(migration.sql);
    }
    if (!isCurrent()) followKeys(database, keys);
    database
      .prepare(`INSERT INTO store_meta VALUES ('keys', ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value`)
      .run(wantedKeys);
    database.exec(`PRAGMA application_id = ${applicationId}`);
    database.exec(`PRAGMA user_version = ${schemaVersion}`);
    database.exec('COMMIT');
  } catch (error) {
    try {
      database.exec('ROLLBACK');
    } catch {
      // SQLite has rolled back by itself.
    }
    throw error;
  }
}

function followKeys(database: SqlDatabase, keys: KeyTable): void {
  const existing = database.prepare(
    `SELECT name, sql FROM sqlite_schema WHERE type = 'index' AND tbl_name = ? AND sql IS NOT NULL`,
  );
  for (const [collection, wantedKeys] of Object.entries(keys)) {
    database.exec(
      `CREATE TABLE IF NOT EXISTS "${collection}" (
        id TEXT NOT NULL PRIMARY KEY, version INTEGER NOT NULL, sequence INTEGER NOT NULL,
        document TEXT, removed_at INTEGER, seal TEXT NOT NULL
      ) STRICT`,
    );
    const wanted = wantedIndexes(collection, wantedKeys);
    for (const { name, sql } of existing.all(collection)) {
      if (wanted.get(String(name)) === sql) wanted.delete(String(name));
      else database.exec(`DROP INDEX "${name}"`);
    }
    for (const [name, sql] of wanted) {
      try {
        database.exec(sql);
      } catch (cause) {
        if (faultOf(cause) !== 'unique') throw cause;
        throw new QianxianError(
          'damaged',
          `集合 ${collection} 里有重复的记录，不能建立唯一键 ${uniqueKeyOf(collection, name)}，没有启动；` +
            '请换回原来的版本，去掉重复的记录后再升级',
          { cause },
        );
      }
    }
  }
}

/** Names of all collections, for walks over everything. */
export const collectionNames = Object.keys(collectionKeys) as CollectionName[];
