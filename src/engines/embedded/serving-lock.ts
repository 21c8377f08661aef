import { join } from 'node:path';
import { QianxianError } from '../../domain/errors.ts';
import { openSqlite } from './sqlite-driver.ts';
import { explained, faultOf } from './sqlite-fault.ts';

/**
 * Takes the right to serve a data folder, or throws `misconfigured` where another process has it. The lock is SQLite's
 * lock on a small file of its own, which the system frees when the process ends, however it ends.
 */
export function takeServingLock(folder: string): { release(): void } {
  const file = join(folder, 'serving.lock');
  let database: ReturnType<typeof openSqlite> | undefined;
  try {
    database = openSqlite(file, { busyTimeoutMs: 0 });
    // In rollback mode an exclusive transaction keeps every other connection out, readers too.
    database.exec('PRAGMA journal_mode = DELETE');
    database.exec('BEGIN EXCLUSIVE');
  } catch (error) {
    database?.close();
    if (faultOf(error) !== 'busy') throw explained(error, file);
    throw new QianxianError(
      'misconfigured',
      `数据文件夹 ${folder} 正由另一个牵线服务使用；请先停止那个服务，或用 QIANXIAN_DATA 指定另一个文件夹`,
      { cause: error },
    );
  }
  const held = database;
  let released = false;
  return {
    release() {
      if (released) return;
      released = true;
      held.close();
    },
  };
}
