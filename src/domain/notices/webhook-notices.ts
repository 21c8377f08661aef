import type { Webhook } from '../webhooks/webhook.ts';
import { noticeRule } from './notice-rule.ts';

/** Administrators learn that a receiver was left alone. */
export const webhookNotices = [
  noticeRule<Webhook>({
    collection: 'webhooks',
    event: 'webhook.given-up',
    tell: ({ content }) => [
      {
        kind: 'system',
        to: { to: 'admins' },
        subject: `“${content.name}”已停用：三天没有送达`,
        text: `发往“${content.name}”的事件三天来没有一次送达，已停用，以后的事件不再为它保存。请与对方系统的管理员核对地址和证书，然后在服务器上用 qianxian webhook enable 重新启用；没有送达的可以在发送记录里按时间重发。`,
      },
    ],
  }),
];
