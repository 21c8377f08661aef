import type { Telling } from '../domain/notices/notice-rule.ts';

/** A telling that no event brings: for what must not stand in an event, above all links with a token. */
export interface DirectTelling extends Telling {
  /** A path that only the recipient may hold. It is in the mail alone, and kept only until the mail has gone. */
  readonly secretLink?: string;
  /** The user who is told, in the product, where it cannot be delivered: whoever gave the address can mend it. */
  readonly sender?: string;
}

/**
 * Tells somebody directly. `cause` names what it follows from: the same cause, kind, link and recipient are told once,
 * however often it is called. Resolves when the notices are stored; sending follows.
 */
export type Tell = (cause: string, telling: DirectTelling) => Promise<void>;
