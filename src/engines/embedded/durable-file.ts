import { randomBytes } from 'node:crypto';
import { open, opendir, readdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { QianxianError } from '../../domain/errors.ts';

const suffix = '.part';
const abandonedAfterMs = 3600_000;

/**
 * Writes a file whole or not at all, and resolves when it would survive a power cut: a new file is filled and fsynced,
 * renamed over the name, and the folder that holds the name is fsynced. Readable by the program's own user alone.
 */
export async function writeDurably(
  folder: string,
  name: string,
  content: Uint8Array | AsyncIterable<Uint8Array>,
): Promise<void> {
  const part = join(folder, `.${name}-${randomBytes(6).toString('hex')}${suffix}`);
  const pieces = content instanceof Uint8Array ? [content] : content;
  let atDisk = true;
  try {
    const file = await open(part, 'wx', 0o600);
    try {
      atDisk = false;
      for await (const piece of pieces) {
        atDisk = true;
        await file.writeFile(piece);
        atDisk = false;
      }
      atDisk = true;
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(part, join(folder, name));
    await syncFolder(folder);
  } catch (cause) {
    await rm(part, { force: true }).catch(() => undefined);
    // A fault of where the pieces come from is not the disk's.
    if (!atDisk) throw cause;
    throw new QianxianError('unavailable', `不能写入 ${folder}：${reasonOf(cause)}`, { cause, retryAfter: 60 });
  }
}

/** Makes what was renamed or removed in the folder survive a power cut. */
export async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Removes what a killed process left half written. Younger parts may belong to a process that runs. */
export async function sweepParts(folder: string): Promise<void> {
  for await (const entry of await opendir(folder)) {
    if (!entry.isFile() || !entry.name.startsWith('.') || !entry.name.endsWith(suffix)) continue;
    const path = join(folder, entry.name);
    const facts = await stat(path).catch(() => undefined);
    if (facts && Date.now() - facts.mtimeMs > abandonedAfterMs) await rm(path, { force: true });
  }
}

function reasonOf(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  if (code === 'ENOSPC' || code === 'EDQUOT') return '磁盘已满，请清理后再试';
  if (code === 'EACCES' || code === 'EPERM' || code === 'EROFS') return '没有写入权限，请检查文件夹的权限';
  if (code === 'ENOENT') return '文件夹不存在，请检查它是否被移走';
  return '磁盘出错，请稍后再试，仍不行请联系系统管理员';
}

/** Removes the files of a folder with this ending that were written before then. Answers how many; none where there is no folder. */
export async function removeOlder(folder: string, ending: string, before: Date): Promise<number> {
  let removed = 0;
  for (const name of await readdir(folder).catch(() => [] as string[])) {
    if (!name.endsWith(ending)) continue;
    const path = join(folder, name);
    const written = await stat(path).catch(() => undefined);
    if (!written?.isFile() || written.mtime >= before) continue;
    await rm(path, { force: true });
    removed += 1;
  }
  return removed;
}
