import { QianxianError } from '../../domain/errors.ts';

/** What kind of trouble SQLite reports, the same for both libraries. */
export type SqliteFault =
  | 'busy' // another process holds the lock
  | 'full' // no space left
  | 'io'
  | 'damaged' // the file is no sound database
  | 'foreign' // the file is no database at all
  | 'readonly'
  | 'cannot_open'
  | 'unique'
  | 'other';

const byPrimaryCode: Readonly<Record<number, SqliteFault>> = {
  5: 'busy',
  6: 'busy',
  8: 'readonly',
  10: 'io',
  11: 'damaged',
  13: 'full',
  14: 'cannot_open',
  26: 'foreign',
};
const byName: readonly (readonly [string, SqliteFault])[] = [
  ['SQLITE_BUSY', 'busy'],
  ['SQLITE_LOCKED', 'busy'],
  ['SQLITE_READONLY', 'readonly'],
  ['SQLITE_IOERR', 'io'],
  ['SQLITE_CORRUPT', 'damaged'],
  ['SQLITE_FULL', 'full'],
  ['SQLITE_CANTOPEN', 'cannot_open'],
  ['SQLITE_NOTADB', 'foreign'],
  ['SQLITE_CONSTRAINT_UNIQUE', 'unique'],
  ['SQLITE_CONSTRAINT_PRIMARYKEY', 'unique'],
];

/** SQLITE_CONSTRAINT_UNIQUE and SQLITE_CONSTRAINT_PRIMARYKEY. */
const uniqueCodes = [2067, 1555];

/** The kind of an error that SQLite threw, or undefined where it is not one of SQLite's. */
export function faultOf(error: unknown): SqliteFault | undefined {
  if (!(error instanceof Error)) return undefined;
  // better-sqlite3 looks for the folder itself, before it asks SQLite.
  if (error instanceof TypeError && error.message.includes('directory does not exist')) return 'cannot_open';
  const { code, errcode } = error as Error & { code?: unknown; errcode?: unknown };
  if (typeof errcode === 'number') {
    if (uniqueCodes.includes(errcode)) return 'unique';
    // A row whose text is no JSON any more stops `json_extract`: SQLite itself calls that a plain error.
    if (errcode === 1 && error.message.includes('malformed JSON')) return 'damaged';
    return byPrimaryCode[errcode & 0xff] ?? 'other';
  }
  if (typeof code !== 'string' || !code.startsWith('SQLITE_')) return undefined;
  if (code === 'SQLITE_ERROR' && error.message.includes('malformed JSON')) return 'damaged';
  return byName.find(([name]) => code.startsWith(name))?.[1] ?? 'other';
}

/** The name of the unique index that an error names, or undefined. */
export function uniqueIndexOf(error: unknown): string | undefined {
  return error instanceof Error ? /index '([^']+)'/.exec(error.message)?.[1] : undefined;
}

/** Whether nothing more can be done in the running transaction. */
export function endsTransaction(error: unknown): boolean {
  const fault = faultOf(error);
  return fault !== undefined && fault !== 'unique' && fault !== 'other';
}

/**
 * What the user is told about an error of SQLite; errors that are ours already, and ones that are no fault of the
 * database, come back as they are.
 */
export function explained(error: unknown, file: string): unknown {
  const fault = faultOf(error);
  switch (fault) {
    case undefined:
    case 'other':
    case 'unique':
      return error;
    case 'busy':
      return new QianxianError('unavailable', `数据库 ${file} 正被另一个进程占用，请稍后再试`, {
        cause: error,
        retryAfter: 1,
      });
    case 'full':
      return new QianxianError('unavailable', `磁盘已满，没有保存；请清出 ${file} 所在磁盘的空间后再试`, {
        cause: error,
        retryAfter: 60,
      });
    case 'io':
      return new QianxianError('unavailable', `读写数据库 ${file} 时磁盘出错，没有保存；请检查磁盘和剩余空间后再试`, {
        cause: error,
        retryAfter: 60,
      });
    case 'readonly':
    case 'cannot_open':
      return new QianxianError(
        'misconfigured',
        `数据库 ${file} 不能打开或写入，请检查数据文件夹的权限和磁盘，或用 QIANXIAN_DATA 换一个文件夹`,
        { cause: error },
      );
    case 'foreign':
      return new QianxianError(
        'damaged',
        `${file} 不是数据库文件，或文件头已损坏；没有改动它。请用备份恢复，或用 QIANXIAN_DATA 换一个文件夹`,
        { cause: error },
      );
    case 'damaged':
      return new QianxianError('damaged', `数据库 ${file} 已损坏；请停止服务，用最近的备份恢复`, { cause: error });
  }
}
