import type { Achievement } from '../achievement.ts';
import type { CallRequest } from '../call.ts';
import type { Need } from '../need.ts';
import type { Organisation } from '../organisation.ts';
import type { DomainEvent, Stored } from '../record.ts';
import type { OutsideAddress } from './notice.ts';
import type { NoticeKind } from './notice-kinds.ts';

/** Who is told. Whoever did what is told about is left out, and so is everybody whose account is disabled. */
export type Recipient =
  | { readonly to: 'user'; readonly userId: string }
  /** Its people; the address of the organisation itself where nobody of it has an account (代填). */
  | { readonly to: 'organisation'; readonly organisationId: string }
  /** Its managers, but for one of them. */
  | { readonly to: 'managers'; readonly organisationId: string; readonly except: string }
  /** All of the bureau's staff; its administrators where there is no staff. */
  | { readonly to: 'staff' }
  | { readonly to: 'admins' }
  /** The clerk whom the record is assigned to; all staff where there is none, or not any more. */
  | { readonly to: 'clerk'; readonly userId: string | null | undefined }
  /** Somebody without an account; `organisationId` where he is of one, so that staff find what it was sent. */
  | { readonly to: 'address'; readonly address: OutsideAddress; readonly organisationId?: string };

/** What one rule tells whom. */
export interface Telling {
  readonly kind: NoticeKind;
  readonly to: Recipient;
  /** 200 characters at most; longer ones are cut. */
  readonly subject: string;
  readonly text: string;
  /** Path in the product, for instance `/needs/abc`. */
  readonly link?: string;
}

/** Many events of an hour told together. */
export interface BatchTelling extends Pick<Telling, 'kind' | 'to' | 'link'> {
  /** Names what is told together: the events of one hour under one name make one notice a person. */
  readonly batch: string;
  /** The subject for so many events. */
  readonly subjectOf: (count: number) => string;
  /** This event in one line. */
  readonly line: string;
}

/** Records that a rule wants to read beside the one that was written. */
export interface WantedRecords {
  readonly need?: string | null;
  readonly achievement?: string | null;
  readonly organisation?: string | null;
  /** A call whose requests are wanted. */
  readonly requestsOf?: string;
}

/** Those of them that are there. */
export interface KnownRecords {
  readonly need?: Need;
  readonly achievement?: Achievement;
  readonly organisation?: Organisation;
  /** Of the call, oldest first, as they are now: of organisations that were merged they are the surviving one's. */
  readonly requests?: readonly CallRequest[];
}

/** From one event of one collection to who is told what: true without a computer. */
export interface NoticeRule<D extends Stored = Stored> {
  readonly collection: string;
  readonly event: string;
  readonly wants?: (document: D, event: DomainEvent) => WantedRecords;
  readonly tell: (document: D, event: DomainEvent, known: KnownRecords) => readonly (Telling | BatchTelling)[];
}

/** Checks a rule's types and takes it into a table. `document` is the newest version, which may be later than the event. */
export function noticeRule<D extends Stored>(rule: NoticeRule<D>): NoticeRule {
  return rule as unknown as NoticeRule;
}
