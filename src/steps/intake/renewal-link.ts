import type { EntryKind, EntryState } from '../../domain/entry.ts';
import { movedEntry } from '../../domain/entry-life.ts';
import { NotFound, QianxianError, Withheld } from '../../domain/errors.ts';
import { type ExpiryReminder, isRenewalLinkOpen, renewalLinkDays } from '../../domain/expiry-reminder.ts';
import { secretHashOf } from '../../domain/ids.ts';
import { dateIn } from '../../domain/week.ts';
import type { Ports } from '../../ports/ports.ts';
import { approvedOrganisation, entriesOf } from './entry-store.ts';

type LinkPorts = Pick<Ports, 'store' | 'clock'>;

/** What the holder of a renewal link is shown, and what became of it. */
export interface RenewalOffer {
  readonly kind: EntryKind;
  readonly title: string;
  readonly state: EntryState;
  /** The day of expiry as it is now. */
  readonly expiresOn: string;
}

const used = '这个续期链接已经用过，或这条记录已经续期；请登录牵线查看现在的有效期';

async function reminderBy({ store, clock }: LinkPorts, token: string): Promise<ExpiryReminder> {
  const where = { tokenHash: secretHashOf(token) };
  const { items } = await store.collection('expiryReminders').find({ where, limit: 1 });
  if (!items[0]) throw new Withheld('续期链接无效；请检查是否抄全，或登录牵线后续期');
  if (!isRenewalLinkOpen(items[0], dateIn(clock.now()))) {
    throw new Withheld(`续期链接已过期（到期后${renewalLinkDays}天内有效）；请登录牵线后续期`);
  }
  return items[0];
}

/** The record of the link; throws `conflict` where it was renewed already, or is not one to renew any more. */
async function renewable(ports: LinkPorts, reminder: ExpiryReminder) {
  const entry = await entriesOf(ports, reminder.entryKind).get(reminder.entryId);
  if (!entry) throw new NotFound();
  if (entry.state === 'withdrawn') throw new QianxianError('conflict', '这条记录已撤回，不能续期；需要时请新建一条');
  if (entry.expiresOn !== reminder.expiresOn || (entry.state !== 'published' && entry.state !== 'expired')) {
    throw new QianxianError('conflict', used);
  }
  return entry;
}

/** Shows what the link is for. Changes nothing: programs that look through mails open links too. */
export async function openRenewalLink(ports: LinkPorts, token: string): Promise<RenewalOffer> {
  const reminder = await reminderBy(ports, token);
  const { state, expiresOn } = await renewable(ports, reminder);
  return { kind: reminder.entryKind, title: reminder.title, state, expiresOn: expiresOn! };
}

/** Renews by the link; with it the day of expiry changes, and the link is used up. */
export async function renewByLink(ports: LinkPorts, token: string): Promise<RenewalOffer> {
  const reminder = await reminderBy(ports, token);
  const { entryKind: kind, title } = reminder;
  const entry = await renewable(ports, reminder);
  await approvedOrganisation(ports, entry.organisationId!);
  const write = movedEntry(kind, entry, 'renew', { at: ports.clock.now(), by: 'link', actor: 'owner' });
  const { state, expiresOn } = await entriesOf(ports, kind).update(
    entry.id,
    entry.version,
    write.document,
    write.events,
  );
  return { kind, title, state, expiresOn: expiresOn! };
}
