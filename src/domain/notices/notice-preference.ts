import { z } from 'zod';
import type { CodeRow } from '../codes/table.ts';
import type { Stored } from '../record.ts';
import type { Role } from '../user.ts';
import { choice } from '../validation.ts';
import { type MailChoice, mailChoices, type NoticeKind, type NoticeKindRow, noticeKinds } from './notice-kinds.ts';

/** How often what waits for a digest is sent together. */
export const digestPeriods = [
  { code: 'day', label: '每天' },
  { code: 'week', label: '每周' },
] as const satisfies readonly CodeRow[];
export type DigestPeriod = (typeof digestPeriods)[number]['code'];

/** What is chosen for one kind; what is absent follows the kind's default. */
export interface KindChoice {
  readonly mail?: MailChoice;
  readonly sms?: boolean;
}

/** What one person has chosen. `id` is the user's id. */
export interface NoticePreference extends Stored {
  readonly kinds: Readonly<Partial<Record<NoticeKind, KindChoice>>>;
  readonly digest?: DigestPeriod;
}

/** What holds for one person and kind. */
export interface Channels {
  readonly mail: MailChoice;
  readonly sms: boolean;
}

/** What holds: the choice where there is one and the kind allows it, else the kind's default. */
export function channelsFor(kind: NoticeKindRow, preference: Pick<NoticePreference, 'kinds'> | undefined): Channels {
  const chosen: KindChoice = preference?.kinds[kind.code as NoticeKind] ?? {};
  return {
    mail: kind.mandatory ? 'now' : (chosen.mail ?? kind.mail),
    sms: chosen.sms ?? kind.sms,
  };
}

/** The bureau's people clear their desks each day; others are written to once a week. */
export function digestFor(role: Role, preference: Pick<NoticePreference, 'digest'> | undefined): DigestPeriod {
  return preference?.digest ?? (role === 'staff' || role === 'admin' ? 'day' : 'week');
}

/** The kinds that somebody of this role can get, and so choose about; the digest itself is no choice. */
export function kindsFor(role: Role): readonly NoticeKindRow<NoticeKind>[] {
  const side = role === 'staff' || role === 'admin' ? 'bureau' : 'organisation';
  return noticeKinds.filter((row) => row.code !== 'digest' && (row.audience === 'everybody' || row.audience === side));
}

const kindCodes = noticeKinds.filter((row) => row.code !== 'digest');

/** What a person writes to choose: the kinds that are named are replaced, the others stay. */
export const preferenceInput = z.strictObject({
  digest: choice('摘要周期', digestPeriods).optional(),
  kinds: z
    .array(
      z.strictObject({
        kind: choice('通知种类', kindCodes),
        mail: choice('邮件', mailChoices).optional(),
        sms: z.boolean({ error: '应为是或否|请把短信改为 true 或 false' }).meta({ title: '短信' }).optional(),
      }),
    )
    .max(50, '最多50项|请删去重复的种类')
    .meta({ title: '各种通知' })
    .optional(),
});
export type PreferenceInput = z.output<typeof preferenceInput>;
