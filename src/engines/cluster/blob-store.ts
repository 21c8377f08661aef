import { createHash } from 'node:crypto';
import { type Connection, type Model, Schema, trusted } from 'mongoose';
import { Invalid, NotFound, QianxianError } from '../../domain/errors.ts';
import { randomId } from '../../domain/ids.ts';
import type { BlobStore } from '../../ports/blob-store.ts';
import type { Log } from '../../ports/log.ts';
import { connectMongo } from './mongo-connection.ts';

const idPattern = /^[a-z0-9-]{1,64}$/;
const chunkBytes = 1024 * 1024;
/** So many chunks are sent or fetched at a time. */
const chunksAtOnce = 4;
const sweepMs = 3_600_000;
/** A reader meets a blob that is replaced again and again at most so often. */
const mostReads = 10;

/** What makes a generation of chunks the content of a blob. */
interface Manifest {
  readonly _id: string;
  readonly generation: string;
  readonly size: number;
  readonly sha256: string;
  readonly chunks: number;
}

interface Chunk {
  /** `generation/number`, so that the chunks of a generation are a range. */
  readonly _id: string;
  readonly generation: string;
  readonly data: Uint8Array;
}

const strict = {
  strict: 'throw' as const,
  strictQuery: 'throw' as const,
  versionKey: false as const,
  autoIndex: false,
  autoCreate: false,
  bufferCommands: false,
  id: false,
};

function modelsOn(mongo: Connection): { manifests: Model<Manifest>; chunks: Model<Chunk> } {
  const manifest = new Schema<Manifest>(
    { _id: String, generation: String, size: Number, sha256: String, chunks: Number },
    strict,
  );
  const chunk = new Schema<Chunk>({ _id: String, generation: String, data: Buffer }, strict);
  return {
    manifests: mongo.model<Manifest>('blobs', manifest, 'store_blobs'),
    chunks: mongo.model<Chunk>('blobChunks', chunk, 'store_blob_chunks'),
  };
}

function chunkId(generation: string, number: number): string {
  return `${generation}/${String(number).padStart(6, '0')}`;
}

async function* ofOne(bytes: Buffer): AsyncGenerator<Buffer> {
  yield bytes;
}

/** The same bytes in pieces of the size of a chunk, but for the last. */
async function* inChunks(source: AsyncIterable<Uint8Array>): AsyncGenerator<Buffer> {
  let waiting: Buffer[] = [];
  let size = 0;
  for await (const piece of source) {
    waiting.push(Buffer.from(piece));
    size += piece.byteLength;
    if (size < chunkBytes) continue;
    let all = Buffer.concat(waiting, size);
    for (; all.byteLength >= chunkBytes; all = all.subarray(chunkBytes)) yield all.subarray(0, chunkBytes);
    waiting = [all];
    size = all.byteLength;
  }
  if (size > 0) yield Buffer.concat(waiting, size);
}

export interface ClusterBlobStore extends BlobStore {
  close(): Promise<void>;
}

/**
 * Files in MongoDB, shared by all processes. A file is written as chunks of a new generation; one write of its manifest
 * makes them its content, and only then are the chunks before removed. What a killed process left is swept.
 */
export async function openBlobStore(options: {
  /** `MONGODB_URI`. */
  readonly uri: string;
  readonly log: Log;
  readonly database?: string;
  readonly limitMs?: number;
  /** How often chunks without a manifest are looked for; those seen twice are removed (default an hour). */
  readonly sweepMs?: number;
}): Promise<ClusterBlobStore> {
  const { log } = options;
  const connection = await connectMongo({ ...options, connections: 8 });
  const { mongo, gate, limitMs } = connection;
  const { manifests, chunks } = modelsOn(mongo);

  const nameOf = (id: string): string => {
    if (typeof id === 'string' && idPattern.test(id)) return id;
    throw new Invalid([
      {
        field: 'id',
        label: '附件编号',
        reason: '不是有效的编号',
        mend: '编号由1到64个小写字母、数字和短横组成，请从附件列表中重新打开',
      },
    ]);
  };
  const removeChunks = async (generation: string): Promise<void> => {
    await gate.run(() => chunks.deleteMany({ _id: trusted({ $gte: `${generation}/`, $lt: `${generation}0` }) }));
  };
  const quietly = (work: Promise<void>): Promise<void> =>
    work.catch((error: unknown) => log.debug({ err: error }, 'chunks of an old file are left to the next sweep'));

  /** Undefined where some of them are gone. */
  const fetchChunks = async (manifest: Manifest, first: number): Promise<Buffer[] | undefined> => {
    const ids = Array.from({ length: Math.min(chunksAtOnce, manifest.chunks - first) }, (_, next) =>
      chunkId(manifest.generation, first + next),
    );
    const rows = await gate.run(() =>
      chunks
        .find({ _id: trusted({ $in: ids }) })
        .sort({ _id: 1 })
        .maxTimeMS(limitMs)
        .lean<{ data: { buffer: Uint8Array } | Uint8Array }[]>(),
    );
    if (rows.length !== ids.length) return undefined;
    return rows.map(({ data }) => Buffer.from(data instanceof Uint8Array ? data : data.buffer));
  };
  const manifestOf = (name: string): Promise<Manifest | null> =>
    gate.run(() => manifests.findById(name).lean<Manifest>());
  const gone = (): NotFound => new NotFound('没有找到这个附件，可能已被删除');
  const unlike = (name: string): QianxianError =>
    new QianxianError('damaged', `附件 ${name} 与保存时的校验值不符；请用最近的备份恢复`);

  /**
   * The content that the name stands for now, from its first piece on. The last piece is given only once the hash holds. Ends
   * with `replaced` where chunks are gone because another content took the name, or none.
   */
  async function* walk(name: string): AsyncGenerator<Buffer, 'whole' | 'replaced'> {
    const manifest = await manifestOf(name);
    if (!manifest) throw gone();
    const hash = createHash('sha256');
    let size = 0;
    let held: Buffer | undefined;
    for (let first = 0; first < manifest.chunks; first += chunksAtOnce) {
      const pieces = await fetchChunks(manifest, first);
      if (!pieces) {
        const now = await manifestOf(name);
        if (now?.generation !== manifest.generation) return 'replaced';
        throw new QianxianError('damaged', `附件 ${name} 缺了一部分；请用最近的备份恢复`);
      }
      for (const piece of pieces) {
        hash.update(piece);
        size += piece.byteLength;
        if (held) yield held;
        held = piece;
      }
    }
    if (size !== manifest.size || hash.digest('hex') !== manifest.sha256) throw unlike(name);
    if (held) yield held;
    return 'whole';
  }

  let suspects = new Set<string>();
  /** Only what two looks in a row find without a manifest is removed: a younger one may be a file that is being written. */
  const sweep = async (): Promise<void> => {
    const without = new Set<string>();
    let after = '';
    for (;;) {
      const from = after;
      const row = await gate.run(() =>
        chunks
          .findOne({ _id: trusted({ $gt: from }) }, { generation: 1 })
          .sort({ _id: 1 })
          .lean<Chunk>(),
      );
      if (!row) break;
      // On to the next generation.
      after = `${row.generation}0`;
      const used = await gate.run(() => manifests.findOne({ generation: row.generation }, { _id: 1 }).lean());
      if (!used) without.add(row.generation);
    }
    for (const generation of without) if (suspects.has(generation)) await removeChunks(generation);
    suspects = without;
  };
  const sweepQuietly = (): void => {
    sweep().catch((error: unknown) => log.warn({ err: error }, 'chunks without a file could not be swept'));
  };
  const every = options.sweepMs ?? sweepMs;
  const sweeping = setInterval(sweepQuietly, every).unref();
  sweepQuietly();

  return {
    async put(id, content) {
      const name = nameOf(id);
      // A copy: the caller may go on writing into its buffer meanwhile.
      const source = content instanceof Uint8Array ? ofOne(Buffer.from(content)) : content;
      const hash = createHash('sha256');
      const generation = randomId();
      let size = 0;
      let count = 0;
      const begun = performance.now();
      try {
        let some: Buffer[] = [];
        const send = async (): Promise<void> => {
          const rows = some.map((data, next) => ({ _id: chunkId(generation, count + next), generation, data }));
          if (rows.length > 0) await gate.run(() => chunks.collection.insertMany(rows as never, { ordered: false }));
          count += rows.length;
          some = [];
        };
        for await (const piece of inChunks(source)) {
          hash.update(piece);
          size += piece.byteLength;
          some.push(piece);
          if (some.length === chunksAtOnce) await send();
        }
        await send();
        // So slow a file may have been swept meanwhile.
        if (performance.now() - begun > every) {
          throw new QianxianError('unavailable', '保存附件用时太长，没有保存，请稍后再试', { retryAfter: 60 });
        }
        const sha256 = hash.digest('hex');
        const before = await replaceManifest(name, { generation, size, sha256, chunks: count });
        if (before) await quietly(removeChunks(before.generation));
        return { size, sha256 };
      } catch (error) {
        await quietly(removeUnless(name, generation));
        throw error;
      }
    },
    async get(id) {
      const name = nameOf(id);
      for (let reads = 0; reads < mostReads; reads++) {
        const parts: Buffer[] = [];
        const pieces = walk(name);
        for (;;) {
          const { done, value } = await pieces.next();
          if (!done) parts.push(value);
          else if (value === 'whole') return Buffer.concat(parts);
          else break;
        }
      }
      throw new QianxianError('unavailable', '这个附件正在被反复替换，请稍后再试', { retryAfter: 1 });
    },
    async *read(id) {
      const end = yield* walk(nameOf(id));
      if (end === 'replaced') {
        throw new QianxianError('unavailable', '这个附件在读取时被替换或删除，请重新下载', { retryAfter: 1 });
      }
    },
    async remove(id) {
      const name = nameOf(id);
      const before = await gate.run(() => manifests.findOneAndDelete({ _id: name }).lean<Manifest>());
      if (before) await quietly(removeChunks(before.generation));
    },
    async *list() {
      let after = '';
      for (;;) {
        const from = after;
        const page = await gate.run(() =>
          manifests
            .find({ _id: trusted({ $gt: from }) }, { _id: 1 })
            .sort({ _id: 1 })
            .limit(1_000)
            .lean<Manifest[]>(),
        );
        for (const { _id } of page) yield _id;
        const last = page.at(-1);
        if (!last) return;
        after = last._id;
      }
    },
    async close() {
      clearInterval(sweeping);
      await connection.close();
    },
  };

  /** Points the name at new chunks, in one write, and answers what it pointed at before. */
  async function replaceManifest(name: string, facts: Omit<Manifest, '_id'>): Promise<Manifest | null> {
    for (;;) {
      try {
        return await gate.run(() =>
          manifests
            .findOneAndUpdate({ _id: name }, { $set: facts }, { upsert: true, returnDocument: 'before' })
            .lean<Manifest>(),
        );
      } catch (error) {
        // Two that are both the first: the second finds the first there when it asks again.
        if (!(error instanceof QianxianError) || error.code !== 'duplicate') throw error;
      }
    }
  }

  /** After a failure nobody knows whether the manifest was written: chunks that it points at stay. */
  async function removeUnless(name: string, generation: string): Promise<void> {
    const now = await gate.run(() => manifests.findById(name).lean<Manifest>());
    if (now?.generation !== generation) await removeChunks(generation);
  }
}
