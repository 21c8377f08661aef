import { QianxianError } from '../domain/errors.ts';

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

/** The exit code that an error stands for. */
export function exitCodeOf(error: unknown): number {
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
  if (!(error instanceof QianxianError)) return [`出错了：${error instanceof Error ? error.message : String(error)}`];
  const fields =
    error.issues.length > 1 || (error.issues[0] && !error.message.includes(error.issues[0].reason)) ? error.issues : [];
  const only = error.issues.length === 1 ? error.issues[0] : undefined;
  return [
    error.message,
    ...fields.map((issue) => `  ${issue.label}（${issue.field}）：${issue.reason}。${issue.mend}`),
    ...(only && fields.length === 0 ? [`  ${only.mend}`] : []),
  ];
}

/** Columns padded by display width, Han characters counting two. */
export function table(rows: readonly (readonly string[])[]): string[] {
  const width = (value: string) =>
    [...value].reduce(
      (sum, character) =>
        sum +
        (/[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]/.test(character)
          ? 2
          : 1),
      0,
    );
  const columns = Math.max(0, ...rows.map((row) => row.length));
  const widths = Array.from({ length: columns }, (_, column) =>
    Math.max(...rows.map((row) => width(row[column] ?? ''))),
  );
  return rows.map((row) =>
    row
      .map((cell, column) => (column === row.length - 1 ? cell : cell + ' '.repeat(widths[column]! - width(cell))))
      .join('  ')
      .trimEnd(),
  );
}
