import { existsSync, statSync } from 'node:fs';
import { copyFile, mkdir, open, rename, rm } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { QianxianError } from '../../domain/errors.ts';
import { databaseName, prepareSchema } from './record-schema.ts';
import { openSqlite, type SqliteDriver } from './sqlite-driver.ts';
import { explained } from './sqlite-fault.ts';

async function fsync(path: string): Promise<void> {
  const handle = await open(path, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/**
 * Copies a database that is in use into a new file, as it stands at the beginning. The file appears under its name when it
 * is whole, checked and on the disk. Throws `conflict` where `to` exists already.
 */
export async function backUp(file: string, to: string, driver: SqliteDriver): Promise<void> {
  const target = resolve(to);
  if (existsSync(target)) {
    throw new QianxianError('conflict', `${target} 已经存在，没有覆盖它；请换一个文件名`);
  }
  const partial = `${target}.partial`;
  try {
    await removeDatabase(partial);
    // A connection of its own that holds a read transaction: writes go on beside it and never make the copy start again.
    const source = openSqlite(file, { driver, readOnly: true });
    try {
      source.exec('BEGIN');
      source.prepare('SELECT count(*) FROM store_meta').get();
      await source.copyTo(partial);
      source.exec('COMMIT');
    } finally {
      source.close();
    }
    const copy = openSqlite(partial, { driver });
    try {
      // One file without a log beside it.
      copy.exec('PRAGMA journal_mode = DELETE');
      const found = Object.values(copy.prepare('PRAGMA quick_check(1)').get() ?? {})[0];
      if (found !== 'ok') {
        throw new QianxianError('damaged', `备份 ${target} 没有通过检查（${found}），没有保留它；请检查磁盘后重新备份`);
      }
    } finally {
      copy.close();
    }
    await fsync(partial);
    await rename(partial, target);
    await fsync(dirname(target));
  } catch (error) {
    await removeDatabase(partial);
    throw explainedBackup(error, target);
  }
}

/**
 * Puts a backup into a data folder that has no database yet. The backup is checked as at every start (not ours, damaged,
 * newer than the program) on a copy, and takes its place when it is whole and on the disk. Throws `conflict` where a
 * database is there already.
 */
export async function restoreRecords(options: {
  readonly backup: string;
  readonly folder: string;
  readonly driver?: SqliteDriver;
}): Promise<void> {
  const { backup, folder, driver } = options;
  const target = join(resolve(folder), databaseName);
  const partial = `${target}.partial`;
  for (const present of [target, `${target}-wal`]) {
    if (existsSync(present)) {
      throw new QianxianError('conflict', `${present} 已经存在，没有覆盖它；请换一个空文件夹，或先把它移走`);
    }
  }
  if (!existsSync(backup) || statSync(backup).size === 0) {
    throw new QianxianError('not_found', `备份 ${backup} 不存在，或是空的；请检查路径`);
  }
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    await removeDatabase(partial);
    await copyFile(backup, partial);
    const copy = openSqlite(partial, { ...(driver ? { driver } : {}) });
    try {
      // What is wrong is said of the file that the user named.
      prepareSchema(copy, backup);
      copy.exec('PRAGMA journal_mode = DELETE');
    } finally {
      copy.close();
    }
    await fsync(partial);
    await rename(partial, target);
    await fsync(dirname(target));
  } catch (error) {
    await removeDatabase(partial);
    throw explainedBackup(error, target);
  }
}

async function removeDatabase(file: string): Promise<void> {
  for (const left of [file, `${file}-wal`, `${file}-shm`, `${file}-journal`])
    await rm(left, { force: true }).catch(() => {});
}

function explainedBackup(error: unknown, target: string): unknown {
  const code = error instanceof Error ? (error as NodeJS.ErrnoException).code : undefined;
  if (code === 'ENOENT' || code === 'EACCES' || code === 'EROFS' || code === 'ENOTDIR') {
    return new QianxianError('misconfigured', `不能写入备份 ${target}；请检查它的文件夹是否存在、可写`, {
      cause: error,
    });
  }
  return explained(error, target);
}
