import { createHash } from 'node:crypto';
import { mkdir, open, opendir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Invalid, NotFound, QianxianError } from '../../domain/errors.ts';
import type { BlobStore } from '../../ports/blob-store.ts';
import { sweepParts, syncFolder, writeDurably } from './durable-file.ts';

const idPattern = /^[a-z0-9-]{1,64}$/;
const pieceBytes = 256 * 1024;
const gone = '没有找到这个附件，可能已被删除';

/** Files in one folder, one a blob, named by its id. */
export async function openBlobStore(options: { folder: string }): Promise<BlobStore> {
  const { folder } = options;
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    await sweepParts(folder);
  } catch (cause) {
    throw new QianxianError('misconfigured', `附件文件夹 ${folder} 不能使用，请检查它的权限和所在磁盘`, { cause });
  }
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
  return {
    async put(id, content) {
      const name = nameOf(id);
      const hash = createHash('sha256');
      let size = 0;
      const counted = (bytes: Uint8Array): Uint8Array => {
        hash.update(bytes);
        size += bytes.byteLength;
        return bytes;
      };
      // A copy: the caller may go on writing into its buffer while the disk works.
      if (content instanceof Uint8Array) await writeDurably(folder, name, counted(Uint8Array.from(content)));
      else await writeDurably(folder, name, eachOf(content, counted));
      return { size, sha256: hash.digest('hex') };
    },
    async get(id) {
      try {
        return await readFile(join(folder, nameOf(id)));
      } catch (error) {
        throw isMissing(error) ? new NotFound(gone) : error;
      }
    },
    async *read(id) {
      // The open file stays the same content, whatever takes its name meanwhile.
      const file = await open(join(folder, nameOf(id)), 'r').catch((error: unknown) => {
        throw isMissing(error) ? new NotFound(gone) : error;
      });
      yield* file.createReadStream({ highWaterMark: pieceBytes }) as AsyncIterable<Uint8Array>;
    },
    async remove(id) {
      try {
        await rm(join(folder, nameOf(id)));
      } catch (error) {
        if (isMissing(error)) return;
        throw error;
      }
      await syncFolder(folder);
    },
    async *list() {
      for await (const entry of await opendir(folder)) {
        if (entry.isFile() && idPattern.test(entry.name)) yield entry.name;
      }
    },
  };
}

async function* eachOf(
  pieces: AsyncIterable<Uint8Array>,
  see: (bytes: Uint8Array) => Uint8Array,
): AsyncGenerator<Uint8Array> {
  for await (const piece of pieces) yield see(piece);
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}
