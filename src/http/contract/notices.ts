import { z } from 'zod';
import { deliveryStates } from '../../domain/notices/notice-delivery.ts';
import { mailChoices, noticeKinds } from '../../domain/notices/notice-kinds.ts';
import { digestPeriods, preferenceInput } from '../../domain/notices/notice-preference.ts';
import { choice } from '../../domain/validation.ts';
import { cursor, flag, id, instant, pageOf, pageSize } from './query-values.ts';
import { stateOf } from './record-parts.ts';

const kind = choice('通知种类', noticeKinds);

export const noticeView = z
  .object({
    id: z.string(),
    kind,
    subject: z.string().meta({ description: '标题' }),
    text: z.string().meta({ description: '正文，纯文本' }),
    link: z.string().nullable().meta({ description: '所说的记录在本站的路径' }),
    readAt: instant.nullable().meta({ description: '何时读过；未读为 null' }),
    createdAt: instant,
  })
  .meta({ id: 'Notice' });
export const noticePage = pageOf(noticeView).meta({ id: 'NoticePage' });
export const noticeQuery = z.strictObject({
  unread: flag('只看未读的').optional(),
  kind: kind.optional(),
  limit: pageSize.optional(),
  cursor: cursor.optional(),
});
export const unreadCount = z.object({ unread: z.int() }).meta({ id: 'UnreadCount' });
export const readAllBody = z.strictObject({
  upTo: id('通知编号').optional().meta({ description: '只标到列表里的这一条；之后才到的仍是未读' }),
});
export const readAllAnswer = z.object({ read: z.int().meta({ description: '标为已读的条数' }) });

const state = stateOf('发送状态', deliveryStates.states);
const delivery = z
  .object({
    state,
    tries: z.int().meta({ description: '已试次数' }),
    dueAt: instant.nullable().meta({ description: '下次何时再试' }),
    reason: z.string().optional().meta({ description: '最近一次没有发出的原因' }),
    sentAt: instant.optional(),
    to: z.string().optional().meta({ description: '收件地址，已遮去一部分' }),
  })
  .nullable();
export const sentNoticeView = noticeView
  .extend({
    userId: z.string().nullable().meta({ description: '收件人的账号；没有账号的为 null' }),
    organisationId: z.string().nullable().meta({ description: '收件人的机构；科技局的人为 null' }),
    mail: delivery.meta({ description: '邮件；不发邮件为 null' }),
    sms: delivery.meta({ description: '短信；不发短信为 null' }),
  })
  .meta({ id: 'SentNotice' });
export const sentNoticePage = pageOf(sentNoticeView).meta({ id: 'SentNoticePage' });
export const sentNoticeQuery = z.strictObject({
  organisationId: id('机构编号').optional(),
  userId: id('账号编号').optional(),
  channel: choice('渠道', [
    { code: 'mail', label: '邮件' },
    { code: 'sms', label: '短信' },
  ]).optional(),
  state: state.optional(),
  limit: pageSize.optional(),
  cursor: cursor.optional(),
});

export const noticeChoicesBody = preferenceInput;
export const noticeChoicesView = z
  .object({
    digest: choice('摘要周期', digestPeriods),
    kinds: z.array(
      z.object({
        kind,
        label: z.string(),
        mail: choice('邮件', mailChoices),
        sms: z.boolean(),
        mandatory: z.boolean().meta({ description: '邮件不能关闭' }),
      }),
    ),
  })
  .meta({ id: 'NoticeChoices' });
