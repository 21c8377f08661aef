import { createHash } from 'node:crypto';
import { mkdir, opendir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Invalid, NotFound, QianxianError } from '../../domain/errors.ts';
import type { BlobStore } from '../../ports/blob-store.ts';
import { sweepParts, syncFolder, writeDurably } from './durable-file.ts';

const idPattern = /^[a-z0-9-]{1,64}$/;

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
      // A copy: the caller may go on writing into its buffer while the disk works.
      const bytes = Uint8Array.from(content);
      await writeDurably(folder, name, bytes);
      return { size: bytes.byteLength, sha256: createHash('sha256').update(bytes).digest('hex') };
    },
    async get(id) {
      try {
        return await readFile(join(folder, nameOf(id)));
      } catch (error) {
        if (isMissing(error)) throw new NotFound('没有找到这个附件，可能已被删除');
        throw error;
      }
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

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}
