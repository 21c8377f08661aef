import { randomBytes } from 'node:crypto';
import mongoose from 'mongoose';
import type { Log } from '../../src/ports/log.ts';

/** Where the tests of the cluster engines find MongoDB; without it they are skipped. */
export const mongoUri = process.env.MONGODB_URI;

export const silent: Log = { debug() {}, info() {}, warn() {}, error() {} };

/** A database of its own for a test file. */
export function freshDatabase(): string {
  return `qianxian-test-${randomBytes(6).toString('hex')}`;
}

/** Drops databases of this run. */
export async function dropDatabases(names: readonly string[]): Promise<void> {
  const connection = await mongoose.createConnection(mongoUri!, { bufferCommands: false }).asPromise();
  for (const name of names) await connection.useDb(name).dropDatabase();
  await connection.close();
}

/** Empties every collection of a database but those that say what it is made for. */
export async function emptyDatabase(name: string): Promise<void> {
  const connection = await mongoose.createConnection(mongoUri!, { dbName: name, bufferCommands: false }).asPromise();
  for (const { name: collection } of await connection.db!.listCollections().toArray()) {
    if (collection !== 'store_migrations') await connection.db!.collection(collection).deleteMany({});
  }
  await connection.close();
}
