import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { Umzug } from 'umzug';
import { QianxianError } from '../../domain/errors.ts';
import type { Log } from '../../ports/log.ts';
import type { CollectionKeys } from '../../ports/record-store.ts';
import { migrations } from './migrations/all.ts';
import type { MigrationContext } from './migrations/migration.ts';
import type { MongoConnection } from './mongo-connection.ts';
import { takenIndexOf } from './mongo-fault.ts';
import { beginMongoSession } from './mongo-session.ts';
import { followKeys, type UniqueKeys, uniqueKeysOf } from './record-indexes.ts';
import { wantedIndexes } from './record-keys.ts';

export const migrationsCollection = 'store_migrations';
/** How long a start waits for another process that is migrating: building indexes of a million records takes minutes. */
const patienceMs = 15 * 60_000;

/** Where it is said that a move into the database began, from where, and whether it has ended. */
export const moveMark = 'move';

export interface MoveMark {
  readonly _id: typeof moveMark;
  readonly source: string;
  readonly ended: boolean;
}

/** The mark of a move into the database. */
export function moveMarks({ mongo, gate }: MongoConnection) {
  const rows = mongo.db!.collection<MoveMark>(migrationsCollection);
  return {
    read: (): Promise<MoveMark | null> => gate.run(() => rows.findOne({ _id: moveMark })),
    async write(mark: MoveMark): Promise<void> {
      const { _id, ...facts } = mark;
      await gate.run(() => rows.updateOne({ _id }, { $set: facts }, { upsert: true }));
    },
  };
}

interface Row {
  readonly _id: string;
  readonly at?: Date;
  readonly holder?: string;
  /** Of an indexes' step: the unique keys whose values the documents carry. */
  readonly unique?: UniqueKeys;
}

/** The name of the step that makes the very collections and indexes that this program wants for the table of keys. */
function indexesStep(keys: Readonly<Record<string, CollectionKeys>>): string {
  const wanted = Object.entries(keys).map(([name, own]) => [name, own.unique, wantedIndexes(own)]);
  return `indexes-${createHash('sha256').update(JSON.stringify(wanted)).digest('hex').slice(0, 12)}`;
}

/**
 * Sees that the database has what this program needs. With `migrate` it makes what is missing, one process at a time;
 * without, it throws `misconfigured`. Throws `unsupported` where a newer program has been at work.
 */
export async function prepareDatabase(
  connection: MongoConnection,
  options: {
    readonly keys: Readonly<Record<string, CollectionKeys>>;
    readonly migrate: boolean;
    /** Whether a database is taken in which a move has not ended, to go on with it. */
    readonly forMoving?: boolean;
    readonly leaseMs: number;
    readonly log: Log;
  },
): Promise<void> {
  const { keys, migrate, forMoving = false, leaseMs, log } = options;
  const { mongo, gate } = connection;
  const rows = mongo.db!.collection<Row>(migrationsCollection);
  const indexes = indexesStep(keys);
  const known = new Set(migrations.map(({ name }) => name));
  const executed = async (): Promise<string[]> => {
    const found = await gate.run(() => rows.find({ _id: { $nin: ['lease', moveMark] } }).toArray());
    return found.map(({ _id }) => _id).sort();
  };
  const check = async (): Promise<boolean> => {
    const names = await executed();
    if (names.includes('restoring')) {
      throw new QianxianError(
        'damaged',
        'MongoDB 里的数据恢复到一半就中断了，不能使用；请清空 MONGODB_URI 指向的库，重新恢复备份',
      );
    }
    if (!forMoving && (await moveMarks(connection).read())?.ended === false) {
      throw new QianxianError(
        'damaged',
        'MONGODB_URI 指向的库里的数据迁移到一半就中断了，不能使用；请再运行一次同样的 npx qianxian migrate-store，它会接着做完',
      );
    }
    const newer = names.filter((name) => !name.startsWith('indexes-') && !known.has(name));
    if (newer.length > 0) {
      throw new QianxianError(
        'unsupported',
        `MongoDB 里的数据由更新版本的程序建立（${newer[0]}），没有改动它；请升级程序，或换回与数据相配的版本`,
      );
    }
    return [...known, indexes].every((name) => names.includes(name));
  };
  if (await check()) return;
  if (!migrate) {
    throw new QianxianError(
      'misconfigured',
      'MONGODB_URI 指向的库还没有为这个版本准备好；新的库请运行 npx qianxian init，旧版本用过的库请先停下旧版本的服务，再启动这个版本（启动时会准备好）',
    );
  }
  const umzug = new Umzug<MigrationContext>({
    migrations: [
      ...migrations.map(({ name, up }) => ({ name, up: ({ context }: { context: MigrationContext }) => up(context) })),
      {
        name: indexes,
        async up({ context }: { context: MigrationContext }) {
          const before = await gate.run(() => rows.find({ _id: { $gte: 'indexes-', $lt: 'indexes.' } }).toArray());
          // Killed half-way, the database fits no table: neither this program nor the one before may pass it for ready.
          await gate.run(() => rows.deleteMany({ _id: { $in: before.map(({ _id }) => _id) } }));
          await followKeys(context.mongo.db!, keys, before[0]?.unique);
        },
      },
    ],
    context: { mongo },
    storage: {
      executed,
      async logMigration({ name }) {
        const facts = name === indexes ? { at: new Date(), unique: uniqueKeysOf(keys) } : { at: new Date() };
        await gate.run(() => rows.updateOne({ _id: name }, { $set: facts }, { upsert: true }));
      },
      async unlogMigration({ name }) {
        await gate.run(() => rows.deleteOne({ _id: name as string }));
      },
    },
    logger: undefined,
  });
  await withLease(connection, leaseMs, log, async () => {
    if (await check()) return;
    const done = await umzug.up().catch((error: unknown) => {
      throw causeOf(error);
    });
    log.info({ steps: done.map(({ name }) => name) }, 'MongoDB was made ready');
  });
}

/** Makes what somebody has dropped beside the program, while no other process prepares the database. */
export async function remakeIndexes(
  connection: MongoConnection,
  options: { readonly keys: Readonly<Record<string, CollectionKeys>>; readonly leaseMs: number; readonly log: Log },
): Promise<void> {
  const { keys, leaseMs, log } = options;
  await withLease(connection, leaseMs, log, () => followKeys(connection.mongo.db!, keys, undefined));
}

/** Umzug wraps what a step throws. */
function causeOf(error: unknown): unknown {
  return error instanceof Error && error.name === 'MigrationError' && error.cause ? error.cause : error;
}

/** Does the work while no other process does it. A holder that is gone loses the lease. */
async function withLease(
  connection: MongoConnection,
  leaseMs: number,
  log: Log,
  work: () => Promise<void>,
): Promise<void> {
  const { mongo, gate } = connection;
  const rows = mongo.db!.collection<Row>(migrationsCollection);
  const session = await beginMongoSession(connection, { leaseMs, log });
  const deadline = performance.now() + patienceMs;
  try {
    for (;;) {
      try {
        await gate.run(() => rows.insertOne({ _id: 'lease', holder: session.id }));
        break;
      } catch (error) {
        if ((error as { code?: unknown }).code !== 'duplicate' && takenIndexOf(error) === undefined) throw error;
      }
      const held = await gate.run(() => rows.findOne({ _id: 'lease' }));
      if (held?.holder && (await session.gone([held.holder])).length > 0) {
        await gate.run(() => rows.deleteOne({ _id: 'lease', holder: held.holder as string }));
        continue;
      }
      if (performance.now() > deadline) {
        throw new QianxianError('unavailable', '另一个进程一直在准备数据库，请稍后再启动', { retryAfter: 60 });
      }
      await sleep(50 + Math.random() * 100);
    }
    await work();
  } finally {
    await gate.run(() => rows.deleteOne({ _id: 'lease', holder: session.id })).catch(() => {});
    await session.end();
  }
}
