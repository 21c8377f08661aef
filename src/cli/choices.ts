import { InvalidArgumentError } from 'commander';
import { type CodeRow, codeOf } from '../domain/codes/table.ts';

/** The choices of an option with what each means: `off-topic 技术不对口、…`. */
export function explainedChoices(rows: readonly CodeRow[]): string {
  return rows.map(({ code, label }) => `${code} ${label}`).join('、');
}

/** Reads a choice that is written as its code or its Chinese label; the refusal explains all of them. */
export const oneOf =
  <C extends string>(rows: readonly CodeRow<C>[]) =>
  (written: string): C => {
    const code = codeOf(rows, written);
    if (code === undefined) throw new InvalidArgumentError(`Allowed choices are ${explainedChoices(rows)}.`);
    return code;
  };

/** A table of labels by code, as rows. */
export function rowsOf<C extends string>(labels: Readonly<Record<C, string>>): readonly CodeRow<C>[] {
  return Object.entries<string>(labels).map(([code, label]) => ({ code: code as C, label }));
}
