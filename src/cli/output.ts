import { type FieldIssue, QianxianError } from '../domain/errors.ts';

/** Exit codes of every command. */
export const exitCodes = { ok: 0, failed: 1, usage: 2, partial: 3, unreachable: 4, interrupted: 130 } as const;

/** Where a command writes: data on standard output, everything else on standard error. */
export interface Output {
  readonly json: boolean;
  /** One result: JSON where `--json` was given, else the lines. */
  result(data: unknown, lines: () => readonly string[]): void;
  note(line: string): void;
}

export function createOutput(json: boolean): Output {
  return {
    json,
    result(data, lines) {
      process.stdout.write(json ? `${JSON.stringify(data, null, 2)}\n` : `${lines().join('\n')}\n`);
    },
    note: (line) => {
      process.stderr.write(`${line}\n`);
    },
  };
}

/** What the system says of a file or folder that the user named, as a reason and its mend. */
const fileFaults: Readonly<Record<string, string>> = {
  ENOENT: '不存在，请检查路径',
  ENOTDIR: '不存在，请检查路径',
  EISDIR: '是文件夹，请写一个文件的路径',
  EEXIST: '已经存在，请换一个名称',
  EACCES: '没有权限读写，请检查权限',
  EPERM: '没有权限读写，请检查权限',
  EROFS: '所在磁盘只能读，请换一个位置',
  EBUSY: '正被占用，请换一个位置',
  ENOSPC: '所在磁盘已满，请清理后再试',
  EDQUOT: '所在磁盘已满，请清理后再试',
};

function fileFaultOf(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  const { code, path } = error as NodeJS.ErrnoException;
  const fault = code === undefined ? undefined : fileFaults[code];
  return fault === undefined || path === undefined ? undefined : `${path} ${fault}`;
}

/** The exit code that an error stands for. */
export function exitCodeOf(error: unknown): number {
  if (fileFaultOf(error) !== undefined) return exitCodes.usage;
  if (!(error instanceof QianxianError)) return exitCodes.failed;
  switch (error.code) {
    case 'malformed':
    case 'invalid':
    case 'too_large':
    case 'unsupported':
    case 'misconfigured':
    case 'not_found':
      return exitCodes.usage;
    case 'unavailable':
      return exitCodes.unreachable;
    default:
      return exitCodes.failed;
  }
}

/** What is said of an error: the message, and each field with its mend. Unknown errors show their message only. */
export function errorLines(error: unknown): string[] {
  const fileFault = fileFaultOf(error);
  if (fileFault !== undefined) return [fileFault];
  if (!(error instanceof QianxianError)) return [`出错了：${error instanceof Error ? error.message : String(error)}`];
  const [first] = error.issues;
  if (!first) return [error.message];
  const place = ({ label, field }: FieldIssue) => (label === field || field === '' ? label : `${label}（${field}）`);
  // What the message says already is not said again; one that tells of the first fault alone stands for none of several.
  const { message } = error;
  const tells = ({ label, field, reason }: FieldIssue) =>
    message.includes(reason) &&
    (error.issues.length === 1 || message.includes(label) || (field !== '' && message.includes(field)));
  const untold = error.issues.filter((issue) => !tells(issue));
  if (error.issues.length > 1 && untold.length > 0) {
    return [
      error.message === `${first.label}：${first.reason}` ? `有 ${error.issues.length} 处要改正：` : error.message,
      ...error.issues.map((issue) => `  ${place(issue)}：${issue.reason}。${issue.mend}`),
    ];
  }
  const told = error.issues.filter(({ mend }) => !error.message.includes(mend));
  return [
    error.message,
    ...told.map((issue) =>
      untold.includes(issue) ? `  ${place(issue)}：${issue.reason}。${issue.mend}` : `  ${issue.mend}`,
    ),
  ];
}

/** Columns that a text takes on a terminal: Han characters and their signs count two. */
export function displayWidth(value: string): number {
  let width = 0;
  for (const character of value) width += wide.test(character) ? 2 : 1;
  return width;
}
const wide = /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]/;

/** Columns padded by display width. */
export function table(rows: readonly (readonly string[])[]): string[] {
  const columns = Math.max(0, ...rows.map((row) => row.length));
  const widths = Array.from({ length: columns }, (_, column) =>
    Math.max(...rows.map((row) => displayWidth(row[column] ?? ''))),
  );
  return rows.map((row) =>
    row
      .map((cell, column) =>
        column === row.length - 1 ? cell : cell + ' '.repeat(widths[column]! - displayWidth(cell)),
      )
      .join('  ')
      .trimEnd(),
  );
}
