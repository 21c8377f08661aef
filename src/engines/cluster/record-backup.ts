import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream, existsSync } from 'node:fs';
import { mkdir, open, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip, createGzip } from 'node:zlib';
import type { Model } from 'mongoose';
import { canonicalJson } from '../../domain/canonical-json.ts';
import { QianxianError } from '../../domain/errors.ts';
import type { Log } from '../../ports/log.ts';
import { type CollectionName, collectionKeys } from '../../ports/record-store.ts';
import { connectMongo, type MongoConnection } from './mongo-connection.ts';
import { migrationsCollection, prepareDatabase } from './mongo-migrations.ts';
import { keysOf } from './record-keys.ts';
import { type KeptEvent, own, type RawRecord, recordModels } from './record-schemas.ts';
import { eventSeal, openSeal, sealOf } from './record-seal.ts';
import { rawRecords } from './record-verify.ts';

const format = 1;

/**
 * Collections in the order of the copy: what refers to others comes before what it refers to, so that whatever the copy
 * names is in the copy. Those that are not in the list come first: what is new refers to what was there before.
 */
const order: readonly CollectionName[] = [
  'auditAnchors',
  'idempotency',
  'sessions',
  'jobs',
  'dockets',
  'judgements',
  'matches',
  'candidateLists',
  'matchingRuns',
  'settings',
  'indexRefusals',
  'needs',
  'achievements',
  'users',
  'organisations',
];

/** One line of a copy: a document, or what is left of a removed one, and the events that are kept with it. */
interface Line {
  readonly id: string;
  readonly version: number;
  readonly document: object | null;
  readonly removedAt?: string;
  readonly events?: readonly Pick<KeptEvent, 'version' | 'position' | 'event'>[];
}

interface Manifest {
  readonly format: number;
  readonly madeAt: string;
  readonly collections: Readonly<Record<string, { readonly records: number; readonly sha256: string }>>;
}

function fileOf(folder: string, collection: string): string {
  return join(folder, `${collection}.jsonl.gz`);
}

function lineOf(collection: CollectionName, raw: RawRecord): Line {
  const { removedAt, events } = raw[own] ?? {};
  return {
    id: raw._id,
    version: raw.version,
    document: openSeal(collection, raw),
    ...(removedAt ? { removedAt: removedAt.toISOString() } : {}),
    ...(events?.length ? { events: events.map(({ version, position, event }) => ({ version, position, event })) } : {}),
  };
}

function hashOf(line: Line): string {
  return createHash('sha256').update(canonicalJson(line)).digest('base64url');
}

async function fsync(path: string): Promise<void> {
  const handle = await open(path, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/**
 * Copies every collection into a new folder: a line of JSON with its hash for each document, packed, and a list of counts.
 * The folder appears under its name when it is whole and on the disk. Throws `conflict` where `to` exists already.
 */
export async function backUp(
  connection: MongoConnection,
  models: Readonly<Record<CollectionName, Model<RawRecord>>>,
  to: string,
): Promise<void> {
  const target = resolve(to);
  if (existsSync(target)) {
    throw new QianxianError('conflict', `${target} 已经存在，没有覆盖它；请换一个名字`);
  }
  const partial = `${target}.partial`;
  try {
    await rm(partial, { recursive: true, force: true });
    await mkdir(partial, { mode: 0o700 });
    const collections: Record<string, { records: number; sha256: string }> = {};
    const names = Object.keys(models) as CollectionName[];
    for (const name of [...names.filter((one) => !order.includes(one)), ...order]) {
      collections[name] = await copyCollection(connection, models[name], name, fileOf(partial, name));
    }
    const manifest: Manifest = { format, madeAt: new Date().toISOString(), collections };
    await writeFile(join(partial, 'manifest.json'), `${JSON.stringify(manifest, null, 2)}\n`, { mode: 0o600 });
    await fsync(join(partial, 'manifest.json'));
    await fsync(partial);
    await rename(partial, target);
    await fsync(dirname(target));
  } catch (error) {
    await rm(partial, { recursive: true, force: true }).catch(() => {});
    throw explainedFile(error, target);
  }
}

async function copyCollection(
  connection: MongoConnection,
  model: Model<RawRecord>,
  name: CollectionName,
  file: string,
): Promise<{ records: number; sha256: string }> {
  const hash = createHash('sha256');
  let records = 0;
  async function* lines(): AsyncIterable<string> {
    for await (const raw of rawRecords(connection, model)) {
      const record = lineOf(name, raw);
      const text = `${JSON.stringify({ hash: hashOf(record), record })}\n`;
      hash.update(text);
      records++;
      yield text;
    }
  }
  await pipeline(Readable.from(lines(), { highWaterMark: 16 }), createGzip(), createWriteStream(file, { mode: 0o600 }));
  await fsync(file);
  return { records, sha256: hash.digest('hex') };
}

function damaged(folder: string, what: string, cause?: unknown): QianxianError {
  return new QianxianError('damaged', `备份 ${folder} 已损坏（${what}），没有恢复；请换一份备份`, { cause });
}

async function readManifest(folder: string): Promise<Manifest> {
  const text = await readFile(join(folder, 'manifest.json'), 'utf8').catch((cause: unknown) => {
    throw new QianxianError('not_found', `备份 ${folder} 不存在，或不是 MongoDB 数据的备份；请检查路径`, { cause });
  });
  let manifest: Manifest;
  try {
    manifest = JSON.parse(text) as Manifest;
  } catch (cause) {
    throw damaged(folder, 'manifest.json', cause);
  }
  if (typeof manifest.format !== 'number' || typeof manifest.collections !== 'object') {
    throw damaged(folder, 'manifest.json');
  }
  const unknown = Object.keys(manifest.collections).find((name) => !Object.hasOwn(collectionKeys, name));
  if (manifest.format > format || unknown !== undefined) {
    throw new QianxianError('unsupported', `备份 ${folder} 由更新版本的程序做成，没有恢复；请升级程序`);
  }
  return manifest;
}

/** The lines of a collection, each checked by its hash, and all of them by their count and hash at the end. */
async function* linesOf(folder: string, name: string, manifest: Manifest): AsyncIterable<Line> {
  const file = fileOf(folder, name);
  const expected = manifest.collections[name]!;
  const hash = createHash('sha256');
  let records = 0;
  const source = createReadStream(file);
  const unpacked = createGunzip();
  // A pipe alone would leave a missing or broken file unsaid.
  source.on('error', (error) => unpacked.destroy(error));
  try {
    for await (const text of createInterface({ input: source.pipe(unpacked), crlfDelay: Number.POSITIVE_INFINITY })) {
      hash.update(`${text}\n`);
      records++;
      const { hash: own, record } = JSON.parse(text) as { hash: string; record: Line };
      if (own !== hashOf(record)) throw damaged(folder, `${name} 第${records}行`);
      yield record;
    }
  } catch (error) {
    throw error instanceof QianxianError ? error : damaged(folder, name, error);
  } finally {
    source.destroy();
  }
  if (records !== expected.records || hash.digest('hex') !== expected.sha256) throw damaged(folder, name);
}

export interface RestoreOptions {
  /** The folder that `RecordStore.backup` made. */
  readonly backup: string;
  /** `MONGODB_URI`; the database is empty, or not there yet. */
  readonly uri: string;
  readonly log: Log;
  readonly database?: string;
}

const mostAtOnce = 200;
const mostBytes = 4 * 1024 * 1024;

/**
 * Puts a backup into an empty database. Everything is read and checked before anything is written, and a database in which
 * a restore was cut off is refused by every start. Consumers begin anew: they get every document and every kept event
 * again, because what they did while the copy was made may be missing from it.
 */
export async function restoreRecords(options: RestoreOptions): Promise<void> {
  const { backup, uri, log, database } = options;
  const folder = resolve(backup);
  const manifest = await readManifest(folder);
  const names = Object.keys(manifest.collections) as CollectionName[];
  for (const name of names) for await (const _ of linesOf(folder, name, manifest));
  const connection = await connectMongo({ uri, log, ...(database ? { database } : {}), patienceMs: 15 * 60_000 });
  try {
    await prepareDatabase(connection, { keys: collectionKeys, migrate: true, leaseMs: 15_000, log });
    const { mongo } = connection;
    const models = recordModels(mongo);
    for (const [name, model] of Object.entries(models)) {
      if (await model.findOne({}, { _id: 1 }).lean()) {
        throw new QianxianError(
          'conflict',
          `MONGODB_URI 指向的库里已有数据（${name}），没有覆盖它；请换一个空的库，或先把它清空`,
        );
      }
    }
    const marker = mongo.db!.collection<{ _id: string }>(migrationsCollection);
    await marker.insertOne({ _id: 'restoring' });
    for (const name of names) await fillCollection(models[name], name, linesOf(folder, name, manifest));
    await marker.deleteOne({ _id: 'restoring' });
  } finally {
    await connection.close();
  }
}

async function fillCollection(
  model: Model<RawRecord>,
  name: CollectionName,
  lines: AsyncIterable<Line>,
): Promise<void> {
  let at = Date.now() * 1_000;
  let batch: RawRecord[] = [];
  let bytes = 0;
  const send = async (): Promise<void> => {
    if (batch.length > 0) await model.collection.insertMany(batch as never, { ordered: false });
    batch = [];
    bytes = 0;
  };
  for await (const { id, version, document, removedAt, events } of lines) {
    const { id: _id, ...content } = (document ?? {}) as { id?: string };
    const uniqueKeys = document && keysOf(collectionKeys[name], document);
    const size = JSON.stringify(document).length;
    if (batch.length >= mostAtOnce || bytes + size > mostBytes) await send();
    bytes += size;
    batch.push({
      ...content,
      _id: id,
      version,
      [own]: {
        ...(document ? { live: true } : { removedAt: new Date(removedAt ?? 0) }),
        seal: sealOf(name, id, version, document),
        at: at++,
        bytes: size,
        listed: 0,
        ...(uniqueKeys ? { keys: uniqueKeys } : {}),
        ...(events
          ? {
              events: events.map((one) => ({
                ...one,
                seal: eventSeal(name, id, one.version, one.position, one.event),
              })),
            }
          : {}),
      },
    });
  }
  await send();
}

function explainedFile(error: unknown, target: string): unknown {
  const code = error instanceof Error ? (error as NodeJS.ErrnoException).code : undefined;
  if (code === 'ENOENT' || code === 'EACCES' || code === 'EROFS' || code === 'ENOTDIR') {
    return new QianxianError('misconfigured', `不能写入备份 ${target}；请检查它的文件夹是否存在、可写`, {
      cause: error,
    });
  }
  if (code === 'ENOSPC' || code === 'EDQUOT') {
    return new QianxianError('unavailable', `磁盘已满，备份 ${target} 没有做成；请清出空间后再试`, {
      cause: error,
      retryAfter: 60,
    });
  }
  return error;
}
