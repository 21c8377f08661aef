/** What was found of an engine or its server, for an operator. */
export interface EngineFinding {
  /** What was looked at (Chinese). */
  readonly check: string;
  /** `warning`: it works, and should be mended all the same; `unreachable`: nobody answers there. */
  readonly state: 'good' | 'warning' | 'bad' | 'unreachable';
  /** Never with a password. */
  readonly detail: string;
  /** What to do about it (Chinese); empty when good. */
  readonly mend: string;
}
