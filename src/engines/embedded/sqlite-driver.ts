import { createRequire } from 'node:module';
import { QianxianError } from '../../domain/errors.ts';

export type SqlValue = string | number | null;
export type SqlRow = Readonly<Record<string, SqlValue>>;

/** A prepared statement. Parameters are positional and all of them must be given. */
export interface SqlStatement {
  /** Runs a statement that answers no rows. */
  run(...parameters: SqlValue[]): { readonly changes: number };
  get(...parameters: SqlValue[]): SqlRow | undefined;
  all(...parameters: SqlValue[]): SqlRow[];
  /** Rows one by one. Nothing else may run on the connection until the loop has ended. */
  iterate(...parameters: SqlValue[]): IterableIterator<SqlRow>;
}

/** One connection to a SQLite file, with the same face whichever library carries it. */
export interface SqlDatabase {
  readonly driver: SqliteDriver;
  exec(sql: string): void;
  prepare(sql: string): SqlStatement;
  /** Copies the whole database as this connection sees it into a new file, without blocking for long. */
  copyTo(file: string): Promise<void>;
  close(): void;
}

export const sqliteDrivers = ['better-sqlite3', 'node:sqlite'] as const;
export type SqliteDriver = (typeof sqliteDrivers)[number];

/** What both libraries offer and this program uses of a statement. */
interface LibraryStatement {
  run(...parameters: SqlValue[]): { changes: number | bigint };
  get(...parameters: SqlValue[]): unknown;
  all(...parameters: SqlValue[]): unknown[];
  iterate(...parameters: SqlValue[]): IterableIterator<unknown>;
}
interface LibraryDatabase {
  exec(sql: string): unknown;
  prepare(sql: string): LibraryStatement;
  close(): unknown;
}
interface BetterDatabase extends LibraryDatabase {
  backup(file: string, options?: { progress: () => number }): Promise<unknown>;
}
type BetterSqlite = new (file: string, options?: { timeout?: number; readonly?: boolean }) => BetterDatabase;
interface NodeSqlite {
  readonly DatabaseSync: new (file: string, options?: { readOnly?: boolean }) => LibraryDatabase;
  /** From Node 22.16 on. */
  readonly backup?: (database: LibraryDatabase, file: string, options?: { rate: number }) => Promise<unknown>;
}

const require = createRequire(import.meta.url);
/** Pages (of 4 KiB) that a copy takes at a time before others get their turn. */
const copyPages = 1_000;

type Loaded<T> = { readonly library: T } | { readonly missing: unknown };
let better: Loaded<BetterSqlite> | undefined;
let builtin: Loaded<NodeSqlite> | undefined;

function loadBetter(): Loaded<BetterSqlite> {
  if (!better) {
    try {
      const library = require('better-sqlite3') as BetterSqlite;
      // The native part is loaded by the first connection only: one that was built for another Node fails here.
      new library(':memory:').close();
      better = { library };
    } catch (missing) {
      better = { missing };
    }
  }
  return better;
}

/** Without the warning that Node's SQLite is experimental: the person who starts the service can do nothing about it. */
function quietly<T>(load: () => T): T {
  const emitWarning = process.emitWarning;
  process.emitWarning = (() => {}) as typeof process.emitWarning;
  try {
    return load();
  } finally {
    process.emitWarning = emitWarning;
  }
}

function loadBuiltin(): Loaded<NodeSqlite> {
  if (!builtin) {
    try {
      const library = quietly(() => require('node:sqlite') as NodeSqlite);
      // `iterate` came with 22.13, the first version without a flag.
      const probe = new library.DatabaseSync(':memory:');
      const iterates = typeof probe.prepare('SELECT 1').iterate === 'function';
      probe.close();
      builtin = iterates ? { library } : { missing: new Error('node:sqlite is older than 22.13') };
    } catch (missing) {
      builtin = { missing };
    }
  }
  return builtin;
}

/** Whether a library can be used in this process. */
export function hasSqliteDriver(driver: SqliteDriver): boolean {
  return 'library' in (driver === 'better-sqlite3' ? loadBetter() : loadBuiltin());
}

/**
 * Opens a SQLite file with better-sqlite3 where it loads, else with Node's own SQLite.
 * Throws `misconfigured` where neither is there; errors of SQLite as the library throws them (see sqlite-fault.ts).
 */
export function openSqlite(
  file: string,
  options: { readonly driver?: SqliteDriver; readonly readOnly?: boolean; readonly busyTimeoutMs?: number } = {},
): SqlDatabase {
  const { driver, readOnly = false, busyTimeoutMs = 5_000 } = options;
  if (driver !== 'node:sqlite') {
    const loaded = loadBetter();
    if ('library' in loaded) {
      const database = new loaded.library(file, { timeout: busyTimeoutMs, readonly: readOnly });
      return faceOf('better-sqlite3', database, (to) =>
        database.backup(to, { progress: () => copyPages }).then(() => {}),
      );
    }
    if (driver === 'better-sqlite3') throw noDriver(loaded.missing);
  }
  const loaded = loadBuiltin();
  if (!('library' in loaded)) throw noDriver(loaded.missing);
  const { library } = loaded;
  const database = new library.DatabaseSync(file, { readOnly });
  const face = faceOf('node:sqlite', database, async (to) => {
    if (library.backup) await library.backup(database, to, { rate: copyPages });
    else face.prepare('VACUUM INTO ?').run(to);
  });
  face.exec(`PRAGMA busy_timeout = ${busyTimeoutMs}`);
  return face;
}

function noDriver(cause: unknown): QianxianError {
  return new QianxianError(
    'misconfigured',
    `没有可用的 SQLite：better-sqlite3 不能加载，Node ${process.versions.node} 也没有自带可用的 node:sqlite。` +
      '请改用 Node 22.13 或更新的版本，或在装有 C++ 编译器的机器上重新安装（npm rebuild better-sqlite3）',
    { cause },
  );
}

function faceOf(driver: SqliteDriver, database: LibraryDatabase, copyTo: (file: string) => Promise<void>): SqlDatabase {
  return {
    driver,
    exec: (sql) => void database.exec(sql),
    prepare: (sql) => statementOf(database.prepare(sql), placeholdersOf(sql)),
    copyTo,
    close: () => void database.close(),
  };
}

function statementOf(statement: LibraryStatement, expected: number): SqlStatement {
  // node:sqlite writes NULL for a missing parameter and cuts texts at NUL: both would lose data silently.
  const check = (parameters: readonly SqlValue[]): void => {
    if (parameters.length !== expected) {
      throw new TypeError(`a statement with ${expected} parameters was given ${parameters.length}`);
    }
    for (const parameter of parameters) {
      if (typeof parameter === 'string' && parameter.includes('\u0000')) throw new TypeError('a parameter holds NUL');
      if (parameter === undefined) throw new TypeError('a parameter is undefined');
    }
  };
  return {
    run: (...parameters) => {
      check(parameters);
      return { changes: Number(statement.run(...parameters).changes) };
    },
    get: (...parameters) => {
      check(parameters);
      return statement.get(...parameters) as SqlRow | undefined;
    },
    all: (...parameters) => {
      check(parameters);
      return statement.all(...parameters) as SqlRow[];
    },
    iterate: (...parameters) => {
      check(parameters);
      return statement.iterate(...parameters) as IterableIterator<SqlRow>;
    },
  };
}

/** How many `?` a statement has outside of quotes. */
function placeholdersOf(sql: string): number {
  return sql.replace(/'(?:[^']|'')*'|"(?:[^"]|"")*"/g, '').split('?').length - 1;
}
