import mongoose, { type Connection } from 'mongoose';
import { QianxianError } from '../../domain/errors.ts';
import type { Log } from '../../ports/log.ts';
import { explained } from './mongo-fault.ts';
import { createMongoGate, type MongoGate } from './mongo-gate.ts';
import { keepHeartbeat } from './mongo-heartbeat.ts';

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
/** What is made for, by its own words in docker-compose.yml and the README; older ones may work and are warned of. */
const oldestMajor = 6;

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
  try {
    await mongo.openUri(uri, {
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
      writeConcern: { w: 'majority', j: true, wtimeoutMS: limitMs },
      readPreference: 'primary',
      appName: 'qianxian',
    });
  } catch (error) {
    await mongo.destroy(true).catch(() => {});
    throw explained(error);
  }
  const gate = createMongoGate(patienceMs);
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
    throw error;
  }
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

async function checkServer({ mongo, gate }: MongoConnection, log: Log): Promise<void> {
  const info = (await gate.run(() => mongo.db!.admin().command({ buildInfo: 1 }))) as { version?: unknown };
  const version = String(info.version ?? '');
  if (!(Number.parseInt(version, 10) >= oldestMajor)) {
    log.warn(
      { version },
      `this MongoDB is older than ${oldestMajor}, the oldest that this program is made for (6 to 8)`,
    );
  }
}
