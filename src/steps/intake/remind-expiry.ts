import type { EntryKind } from '../../domain/entry.ts';
import type { EntryOf } from '../../domain/entry-life.ts';
import { Conflict, Duplicate } from '../../domain/errors.ts';
import { daysLater, type ReminderDays, reminderDays, reminderDue } from '../../domain/expiry.ts';
import { type ExpiryReminder, expiryReminderId } from '../../domain/expiry-reminder.ts';
import { secretHashOf } from '../../domain/ids.ts';
import { dateIn } from '../../domain/week.ts';
import type { Ports } from '../../ports/ports.ts';
import type { Tell } from '../../ports/tell.ts';
import { entriesOf } from './entry-store.ts';
import { renewalToken } from './renewal-token.ts';

type ReminderPorts = Pick<Ports, 'store' | 'clock' | 'vault'>;

const labels = { need: '需求', achievement: '成果' } as const;
const pages = { need: '/needs', achievement: '/achievements' } as const;

/**
 * The people of published records that will expire are told at 30 and at 7 days, once each for every day of expiry, with a
 * link by which the record is renewed. Repeating it tells nobody twice; one that was killed is gone on with by the next.
 * @returns how many reminders were made now
 */
export async function remindExpiry(ports: ReminderPorts, tell: Tell): Promise<number> {
  const today = dateIn(ports.clock.now());
  const last = daysLater(today, Math.max(...reminderDays));
  let made = 0;
  for (const kind of ['need', 'achievement'] as const) {
    const due = entriesOf(ports, kind).stream({ state: 'published', expiresOn: { gt: today, lte: last } });
    for await (const entry of due) {
      const days = reminderDue(entry.expiresOn!, today);
      if (days !== null && (await remindOf(ports, tell, kind, entry, days))) made++;
    }
  }
  return made;
}

/** Whether it was told now. */
async function remindOf<K extends EntryKind>(
  ports: ReminderPorts,
  tell: Tell,
  kind: K,
  entry: EntryOf<K>,
  days: ReminderDays,
): Promise<boolean> {
  const { id: entryId, organisationId, expiresOn } = entry;
  if (organisationId === null || expiresOn === undefined) return false;
  const reminders = ports.store.collection('expiryReminders');
  const id = expiryReminderId(kind, entryId, expiresOn, days);
  const token = renewalToken(ports, id);
  const at = ports.clock.now().toISOString();
  const title = (entry.published?.content as { readonly title?: string } | undefined)?.title ?? '';
  const reminder = { id, entryKind: kind, entryId, organisationId, title, expiresOn, days, toldAt: null };
  let kept: ExpiryReminder | undefined = await reminders.get(id);
  if (!kept) {
    try {
      kept = await reminders.insert({ ...reminder, tokenHash: secretHashOf(token) }, [
        { type: 'expiry-reminder.made', at, by: 'system', data: { kind, entryId, organisationId, expiresOn, days } },
      ]);
    } catch (error) {
      // Another process has made it, and tells.
      if (error instanceof Duplicate) return false;
      throw error;
    }
  }
  if (kept.toldAt !== null) return false;
  const label = labels[kind];
  await tell(`expiry-reminder/${id}`, {
    kind: 'record-expiry',
    to: { to: 'organisation', organisationId },
    subject: `${label}《${title}》将于 ${expiresOn} 到期`,
    text: `贵单位的${label}《${title}》有效期至 ${expiresOn}，到期后不再公开，也不再参加匹配。内容仍然有效的，打开链接确认续期即可，不用登录；有变化的，请登录修改后提交。`,
    link: `${pages[kind]}/${entryId}`,
    secretLink: `/renewals#${token}`,
  });
  try {
    const { version, createdAt: _createdAt, updatedAt: _updatedAt, ...rest } = kept;
    await reminders.update(id, version, { ...rest, toldAt: at });
  } catch (error) {
    if (!(error instanceof Conflict)) throw error;
  }
  return true;
}
