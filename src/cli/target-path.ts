import { stat, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { QianxianError } from '../domain/errors.ts';

/** Refuses a path that no file can be written at, with what is wrong: its folder is not there or is none, or it is one itself. */
export async function demandFolderOf(path: string): Promise<void> {
  const folder = dirname(path);
  const there = await stat(folder).catch(() => undefined);
  if (!there) {
    throw new QianxianError('not_found', `写不到 ${path}：文件夹 ${folder} 不存在。请先建立它，或检查路径`);
  }
  if (!there.isDirectory()) {
    throw new QianxianError('invalid', `写不到 ${path}：${folder} 是文件，不是文件夹。请检查路径`);
  }
  if ((await stat(path).catch(() => undefined))?.isDirectory()) {
    throw new QianxianError('invalid', `${path} 是文件夹。请写出其中的文件名`);
  }
}

/** Writes a file that must not be there yet. Throws `conflict` where it is. */
export async function writeNew(path: string, content: AsyncIterable<Uint8Array>): Promise<void> {
  try {
    await writeFile(path, content, { flag: 'wx' });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    throw new QianxianError('conflict', `${path} 已经存在，没有覆盖；请写到别处`);
  }
}
