import type { Connection } from 'mongoose';

export interface MigrationContext {
  readonly mongo: Connection;
}

/** One change of the structure, made once in a database. It may be killed half-way and run again from its beginning. */
export interface Migration {
  /** Number and subject; never changes once it was released. */
  readonly name: string;
  up(context: MigrationContext): Promise<void>;
}
