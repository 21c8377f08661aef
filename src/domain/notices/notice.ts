import type { Stored } from '../record.ts';
import type { NoticeKind } from './notice-kinds.ts';

/** Ways out of the product. What is shown in the product needs no sending. */
export type NoticeChannel = 'mail' | 'sms';
export const noticeChannels: readonly NoticeChannel[] = ['mail', 'sms'];

/**
 * `waiting` for the digest, `digested` once it is in one; `sending` while a worker holds it, until `dueAt`; `skipped` where
 * there was nobody to send it to any more.
 */
export type DeliveryState = 'waiting' | 'digested' | 'pending' | 'sending' | 'sent' | 'failed' | 'skipped';

/** How the sending of a notice over one channel stands. */
export interface Delivery {
  readonly state: DeliveryState;
  /** Tries that were begun; one that a kill ended counts. */
  readonly tries: number;
  /** When it is tried (`pending`), or counts as abandoned by whoever holds it (`sending`); null otherwise. */
  readonly dueAt: string | null;
  /** Who holds it while `sending`. */
  readonly claim?: string;
  /** Why the last try failed or none was made, Chinese. */
  readonly reason?: string;
  readonly sentAt?: string;
  /** The address that it went to, masked. */
  readonly to?: string;
  /** The digest that it is in. */
  readonly digestId?: string;
}

/** Where to write to somebody who has no account. */
export interface OutsideAddress {
  readonly name?: string;
  readonly email?: string;
  readonly mobile?: string;
}

/**
 * What one person, or one address outside the system, is told. `id` follows from the cause and the recipient, so that
 * nobody is told twice.
 */
export interface Notice extends Stored {
  /** What it follows from: an event's id, or what else its maker derives ids from. */
  readonly cause: string;
  readonly kind: NoticeKind;
  /** Null for an address outside the system. */
  readonly userId: string | null;
  /** Whose people it was written to; null for the bureau's own. */
  readonly organisationId: string | null;
  readonly subject: string;
  readonly text: string;
  /** Path in the product, for instance `/needs/abc`. */
  readonly link?: string;
  /** A link that only its recipient may hold; sealed; it is in the mail, shown to nobody, and gone from here when the mail is. */
  readonly secretLink?: string;
  /** Kept only until everything is sent: then `to` of each channel tells it, masked. */
  readonly address?: OutsideAddress;
  /** Who gave the address, and is told in the product where it cannot be delivered. */
  readonly sender?: string;
  /** For a batch: the events that it tells of, and a line for the first of them. */
  readonly causes?: readonly string[];
  readonly lines?: readonly string[];
  /** For a digest: the notices that it gathers. */
  readonly gathers?: readonly string[];
  readonly readAt: string | null;
  readonly mail: Delivery | null;
  readonly sms: Delivery | null;
  /** The earliest `dueAt` of its channels; null when there is nothing to do. */
  readonly dueAt: string | null;
}
