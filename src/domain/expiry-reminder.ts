import type { EntryKind } from './entry.ts';
import { daysLater, type ReminderDays } from './expiry.ts';
import { derivedId } from './ids.ts';
import type { Stored } from './record.ts';

/**
 * That the people of a published record were reminded of its expiry. `id` follows from the record, the day of expiry and
 * the days that were left, so that each is reminded of once; with it goes a link by which it is renewed without logging in.
 */
export interface ExpiryReminder extends Stored {
  readonly entryKind: EntryKind;
  readonly entryId: string;
  readonly organisationId: string;
  /** As it was published. */
  readonly title: string;
  /** The day that was reminded of; once the record has another one, the link is used up. */
  readonly expiresOn: string;
  readonly days: ReminderDays;
  /** SHA-256 of the link's token. */
  readonly tokenHash: string;
  /** When its people were told; null while that is still to be done. */
  readonly toldAt: string | null;
}

/** Days after the record's expiry for which the link still renews it; later one logs in. */
export const renewalLinkDays = 30;

/** Whether the link of a reminder still holds on that day: a mail that lies about for a year renews nothing. */
export function isRenewalLinkOpen(reminder: Pick<ExpiryReminder, 'expiresOn'>, today: string): boolean {
  return today <= daysLater(reminder.expiresOn, renewalLinkDays);
}

export function expiryReminderId(kind: EntryKind, entryId: string, expiresOn: string, days: ReminderDays): string {
  return derivedId('expiry-reminder', kind, entryId, expiresOn, String(days));
}
