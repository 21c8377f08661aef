import type { Output } from './output.ts';

/** What a command's work gets. */
export interface CommandContext {
  readonly output: Output;
  /** `--yes`: what would be asked is answered yes; nothing is ever asked without a terminal. */
  readonly yes: boolean;
}

/** Runs a command's work; the number that it answers is the exit code, 0 where it answers none. */
export type Run = (work: (context: CommandContext) => Promise<number | undefined>) => Promise<void>;
