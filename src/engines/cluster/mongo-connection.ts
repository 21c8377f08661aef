import mongoose, { type Connection } from 'mongoose';
import { QianxianError } from '../../domain/errors.ts';
import type { Log } from '../../ports/log.ts';
import { atStart, explained } from './mongo-fault.ts';
import { createMongoGate, type MongoGate } from './mongo-gate.ts';
import { keepHeartbeat } from './mongo-heartbeat.ts';
import { connectionMistake } from './mongo-mistake.ts';

export interface MongoOptions {
  /** `mongodb://` or `mongodb+srv://`, with the database's name as its path (default `qianxian`). */
  readonly uri: string;
  readonly log: Log;
  /** Another database than the address names. */
  readonly database?: string;
  /** How long one call may take (default 2,000 ms). */
  readonly limitMs?: number;
  /** For a connection that builds indexes: how long the server may work on one call, while it is still found in `limitMs`. */
  readonly patienceMs?: number;
  /** Most connections of this process (default 32). */
  readonly connections?: number;
}

export interface MongoConnection {
  readonly mongo: Connection;
  readonly gate: MongoGate;
  readonly limitMs: number;
  ping(): Promise<void>;
  /** Lets what was asked for end, then closes. */
  close(): Promise<void>;
}

const defaultLimitMs = 2_000;
/** What is made for, by its own words in docker-compose.yml and the README; others may work and are warned of. */
const oldestMajor = 6;
const newestMajor = 8;
/** Many connections of one process look at the same server: each log hears of it once. */
const told = new WeakMap<Log, Set<string>>();

/** What is to be said of a version that this program is not made for, with the mend (Chinese); else null. */
export function versionAdvice(version: string): string | null {
  const major = Number.parseInt(version, 10);
  if (major >= oldestMajor && major <= newestMajor) return null;
  const range = `本程序为 MongoDB ${oldestMajor} 到 ${newestMajor} 而写`;
  return major > newestMajor
    ? `${range}，没有在 ${version} 上试过；请先在试用环境里核对`
    : `${range}，没有在 ${version} 上试过；请把 MONGODB_URI 所指的服务器升级到 ${oldestMajor} 或更高版本`;
}

function databaseIn(uri: string): string | undefined {
  const path = /^mongodb(?:\+srv)?:\/\/[^/?]*\/([^?]*)/i.exec(uri)?.[1];
  return path ? decodeURIComponent(path) : undefined;
}

/**
 * Connects to MongoDB. Throws `misconfigured` for an address or a login that cannot work, naming `MONGODB_URI`, and
 * `unavailable` where nobody answers. Never lets the password into an error or a log.
 */
export async function connectMongo(options: MongoOptions): Promise<MongoConnection> {
  const { uri, log, limitMs = defaultLimitMs } = options;
  const patienceMs = options.patienceMs ?? limitMs;
  if (!/^mongodb(\+srv)?:\/\//i.test(uri)) {
    throw new QianxianError(
      'misconfigured',
      'MONGODB_URI 应以 mongodb:// 或 mongodb+srv:// 开头，例如 mongodb://127.0.0.1:27017/qianxian',
    );
  }
  const mongo = mongoose.createConnection();
  // An operator in a filter counts only where our own code has marked it as trusted.
  mongo.set('sanitizeFilter', true);
  // Without a listener an error of the connection in the background would end the process.
  mongo.on('error', (error: unknown) => log.debug({ err: explained(error) }, 'MongoDB connection'));
  const open = (reading: { readonly readConcernLevel?: 'majority' }) =>
    mongo.openUri(uri, {
      dbName: options.database ?? databaseIn(uri) ?? 'qianxian',
      bufferCommands: false,
      autoIndex: false,
      autoCreate: false,
      serverSelectionTimeoutMS: limitMs,
      connectTimeoutMS: limitMs,
      waitQueueTimeoutMS: limitMs,
      // Long enough for the time limit of the call to speak first, short enough to free what a silent server holds.
      socketTimeoutMS: patienceMs * 2,
      maxPoolSize: options.connections ?? 32,
      writeConcern: { w: 'majority', j: true, wtimeoutMS: patienceMs },
      readPreference: 'primary',
      ...reading,
      appName: 'qianxian',
    });
  let opened = false;
  const gate = createMongoGate(patienceMs, {
    ask: async () => mongo.db!.command({ ping: 1 }),
    refused: ({ message }) => {
      // What a start is refused ends it, and is told there.
      if (opened) log.error({ setting: 'MONGODB_URI', advice: message }, 'MongoDB refuses the login of this process');
    },
  });
  try {
    await open({});
    // A server that stands alone has no majority to ask. Whoever names a level in the address knows why.
    if (!/[?&]readConcernLevel=/i.test(uri) && (await memberOf({ mongo, gate })).replicaSet !== null) {
      await mongo.close();
      await open({ readConcernLevel: 'majority' });
    }
  } catch (error) {
    await mongo.destroy(true).catch(() => {});
    throw (await connectionMistake(error, uri)) ?? atStart(explained(error));
  }
  watchOutages(mongo, log);
  const endHeartbeat = keepHeartbeat(mongo, { limitMs, log });
  const connection: MongoConnection = {
    mongo,
    gate,
    limitMs,
    async ping() {
      await gate.run(() => mongo.db!.command({ ping: 1 }));
    },
    async close() {
      await gate.close();
      endHeartbeat();
      mongo.removeAllListeners('disconnected');
      await mongo.close(true).catch((error: unknown) => log.debug({ err: explained(error) }, 'MongoDB close'));
    },
  };
  try {
    await checkServer(connection, log);
  } catch (error) {
    await connection.close();
    throw atStart(error);
  }
  opened = true;
  return connection;
}

/** One line when the server goes away and one when it is back, however often it is asked for in between. */
function watchOutages(mongo: Connection, log: Log): void {
  let away = false;
  mongo.on('disconnected', () => {
    if (!away) log.warn({}, 'MongoDB is away');
    away = true;
  });
  const back = (): void => {
    if (away) log.info({}, 'MongoDB is back');
    away = false;
  };
  mongo.on('connected', back);
  mongo.on('reconnected', back);
}

/** What the server says of its place: whether it takes writes, and its replica set with the number of its members. */
export async function memberOf({ mongo, gate }: Pick<MongoConnection, 'mongo' | 'gate'>): Promise<{
  readonly writable: boolean;
  readonly replicaSet: { readonly name: string; readonly members: number } | null;
}> {
  const ask = (command: object) => gate.run(() => mongo.db!.admin().command(command));
  const answer = (await ask({ hello: 1 }).catch((error: unknown) => {
    // Servers of before 2021, and others that speak their protocol, know the word by its old name only.
    if (/no such command/i.test(String(error))) return ask({ ismaster: 1 });
    throw error;
  })) as { isWritablePrimary?: unknown; ismaster?: unknown; setName?: string; hosts?: readonly string[] };
  return {
    writable: (answer.isWritablePrimary ?? answer.ismaster) !== false,
    replicaSet: answer.setName ? { name: answer.setName, members: answer.hosts?.length ?? 1 } : null,
  };
}

async function checkServer({ mongo, gate }: MongoConnection, log: Log): Promise<void> {
  if (!(await memberOf({ mongo, gate })).writable) {
    throw new QianxianError(
      'misconfigured',
      'MONGODB_URI 所指的是副本集的从节点，不能写入；请写上全部成员和 replicaSet=副本集名，并去掉 directConnection',
    );
  }
  const info = (await gate.run(() => mongo.db!.admin().command({ buildInfo: 1 }))) as { version?: unknown };
  const version = String(info.version ?? '');
  const advice = versionAdvice(version);
  const heard = told.get(log) ?? new Set();
  told.set(log, heard);
  if (advice === null || heard.has(version)) return;
  heard.add(version);
  log.warn(
    { version, setting: 'MONGODB_URI', advice },
    `this version of MongoDB is not one that this program is made for (${oldestMajor} to ${newestMajor})`,
  );
}
