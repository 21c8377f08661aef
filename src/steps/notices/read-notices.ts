import { z } from 'zod';
import { Forbidden, Withheld } from '../../domain/errors.ts';
import type { Delivery, DeliveryState, Notice } from '../../domain/notices/notice.ts';
import { askedAgain, deliveryStates } from '../../domain/notices/notice-delivery.ts';
import { type NoticeKind, noticeKinds } from '../../domain/notices/notice-kinds.ts';
import { isBureau, type Principal } from '../../domain/user.ts';
import { check, choice, number, text } from '../../domain/validation.ts';
import { changeDocument } from '../../ports/change-document.ts';
import type { Condition, Page } from '../../ports/record-store.ts';
import { type NoticePorts, sendingJob } from './notice-ports.ts';

/** A notice as its reader sees it. */
export interface NoticeView {
  readonly id: string;
  readonly kind: NoticeKind;
  readonly subject: string;
  readonly text: string;
  readonly link: string | null;
  readonly readAt: string | null;
  readonly createdAt: string;
}

function view({ id, kind, subject, text: body, link, readAt, createdAt }: Notice): NoticeView {
  return { id, kind, subject, text: body, link: link ?? null, readAt, createdAt };
}

/** A notice as staff see it who look up what was sent: never a link with a token, and addresses masked. */
export interface SentNoticeView extends NoticeView {
  readonly userId: string | null;
  readonly organisationId: string | null;
  readonly mail: DeliveryView | null;
  readonly sms: DeliveryView | null;
}
export type DeliveryView = Pick<Delivery, 'state' | 'tries' | 'dueAt' | 'reason' | 'sentAt' | 'to'>;

const deliveryView = (delivery: Delivery | null): DeliveryView | null => {
  if (!delivery) return null;
  const { claim: _claim, digestId: _digest, ...rest } = delivery;
  return rest;
};

function sentView(notice: Notice): SentNoticeView {
  return {
    ...view(notice),
    userId: notice.userId,
    organisationId: notice.organisationId,
    mail: deliveryView(notice.mail),
    sms: deliveryView(notice.sms),
  };
}

const paging = {
  cursor: text('翻页位置', 2_000).optional(),
  limit: number('每页条数', { min: 1, max: 200 }).optional(),
};
const listOptions = z.strictObject({
  unread: z.boolean().optional(),
  kind: choice('通知种类', noticeKinds).optional(),
  ...paging,
});

/** One's own notices, the newest first; a digest only repeats them and is left out. */
export async function listNotices(
  ports: Pick<NoticePorts, 'store'>,
  principal: Principal,
  options: z.input<typeof listOptions> = {},
): Promise<Page<NoticeView>> {
  const { unread, kind, cursor, limit = 50 } = check(listOptions, options);
  const page = await ports.store.collection('notices').find({
    where: {
      userId: principal.userId,
      kind: kind ?? { not: 'digest' },
      ...(unread === undefined ? {} : { readAt: unread ? null : { gt: '' } }),
    },
    order: { by: 'createdAt', direction: 'desc' },
    limit,
    ...(cursor === undefined ? {} : { cursor }),
  });
  return { items: page.items.map(view), ...(page.next === undefined ? {} : { next: page.next }) };
}

/** How many of one's own are unread. */
export function countUnread(ports: Pick<NoticePorts, 'store'>, principal: Principal): Promise<number> {
  return ports.store.collection('notices').count({
    userId: principal.userId,
    kind: { not: 'digest' },
    readAt: null,
  });
}

async function markRead(ports: Pick<NoticePorts, 'store' | 'clock'>, id: string): Promise<Notice> {
  const readAt = ports.clock.now().toISOString();
  const { document } = await changeDocument(ports.store, 'notices', id, (newest) => {
    if (newest.readAt !== null) return null;
    const { version: _version, createdAt: _createdAt, updatedAt: _updatedAt, ...rest } = newest;
    return { document: { ...rest, readAt } };
  });
  return document;
}

/** Marks one's own notice as read; again changes nothing. Other people's are `not_found`. */
export async function readNotice(
  ports: Pick<NoticePorts, 'store' | 'clock'>,
  principal: Principal,
  id: string,
): Promise<NoticeView> {
  const notice = await ports.store.collection('notices').get(id);
  if (notice?.userId !== principal.userId) throw Withheld.orMissing(notice, '没有找到这条通知');
  return view(await markRead(ports, id));
}

/** Marks everything as read that was there when `upTo` (an id of one's own list) was: what came after the list was read stays unread. */
export async function readAllNotices(
  ports: Pick<NoticePorts, 'store' | 'clock'>,
  principal: Principal,
  upTo?: string,
): Promise<{ readonly read: number }> {
  const notices = ports.store.collection('notices');
  const last = upTo === undefined ? undefined : await notices.get(upTo);
  if (upTo !== undefined && last?.userId !== principal.userId) {
    throw Withheld.orMissing(last, '没有找到这条通知');
  }
  let read = 0;
  for await (const notice of notices.stream({
    userId: principal.userId,
    readAt: null,
    ...(last ? { createdAt: { lte: last.createdAt } } : {}),
  })) {
    await markRead(ports, notice.id);
    if (notice.kind !== 'digest') read += 1;
  }
  return { read };
}

const deliveryStateCodes = (Object.keys(deliveryStates.states) as DeliveryState[]).map((code) => ({
  code,
  label: deliveryStates.states[code],
}));
const sentOptions = z.strictObject({
  organisationId: text('机构', 64).optional(),
  userId: text('账号', 64).optional(),
  channel: choice('渠道', [
    { code: 'mail', label: '邮件' },
    { code: 'sms', label: '短信' },
  ]).optional(),
  state: choice('发送状态', deliveryStateCodes).optional(),
  ...paging,
});

/**
 * What was sent, for the bureau: to an organisation or a person, or whatever is in one state of sending (of mails, unless
 * `channel` says otherwise). The newest first.
 */
export async function listSentNotices(
  ports: Pick<NoticePorts, 'store'>,
  principal: Principal,
  options: z.input<typeof sentOptions> = {},
): Promise<Page<SentNoticeView>> {
  if (!isBureau(principal)) throw new Forbidden('发送记录由科技局工作人员查看');
  const { organisationId, userId, channel = 'mail', state, cursor, limit = 50 } = check(sentOptions, options);
  const where: Record<string, Condition> = {
    ...(organisationId === undefined ? {} : { organisationId }),
    ...(userId === undefined ? {} : { userId }),
    ...(state === undefined ? {} : { [`${channel}.state`]: state }),
  };
  const page = await ports.store.collection('notices').find({
    where,
    order: { by: 'createdAt', direction: 'desc' },
    limit,
    ...(cursor === undefined ? {} : { cursor }),
  });
  return { items: page.items.map(sentView), ...(page.next === undefined ? {} : { next: page.next }) };
}

/** Asks again for the sending of what failed. By the bureau; `conflict` where nothing failed. */
export async function resendNotice(ports: NoticePorts, principal: Principal, id: string): Promise<SentNoticeView> {
  if (!isBureau(principal)) throw new Forbidden('重发通知由科技局工作人员办理');
  const { document } = await changeDocument(ports.store, 'notices', id, (newest) => ({
    document: askedAgain(newest, ports.clock.now()),
    events: [{ type: 'notice.resent', at: ports.clock.now().toISOString(), by: principal.userId }],
  }));
  await ports.queue.add(sendingJob, {}, { key: sendingJob });
  return sentView(document);
}
