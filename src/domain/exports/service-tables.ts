import type { ParkedChange } from '../parked-change.ts';
import { type WebhookDelivery, webhookDeliveryStates } from '../webhooks/webhook.ts';
import { type ExportTable, instant } from './export-table.ts';

/** What the service itself hands on, and what it could not: for administrators, who mend it. */

export const serviceTables = {
  /** Without what is sent: the receiver has it, and it names records that not everybody may see. */
  'webhook-delivery': {
    collection: 'webhookDeliveries',
    right: 'admin',
    states: webhookDeliveryStates.states,
    order: 'createdAt',
    headings: [
      '编号',
      '接收方',
      '接收方编号',
      '事件',
      '发生时间',
      '状态',
      '已试次数',
      '最近一次',
      '对方的应答',
      '未送达的原因',
      '下一次',
      '登记时间',
    ],
    refersTo: ({ webhookId }) => ({ webhooks: [webhookId] }),
    rows: ({ id, webhookId, eventType, happenedAt, state, tries, log, dueAt, createdAt }, names) => {
      const last = log.at(-1);
      return [
        [
          id,
          names.webhooks(webhookId),
          webhookId,
          eventType,
          instant(happenedAt),
          webhookDeliveryStates.states[state],
          tries,
          instant(last?.at),
          last?.status ?? null,
          last?.reason ?? null,
          instant(dueAt),
          instant(createdAt),
        ],
      ];
    },
  } satisfies ExportTable<WebhookDelivery>,
  'parked-change': {
    collection: 'parkedChanges',
    right: 'admin',
    states: {},
    order: 'parkedAt',
    headings: [
      '编号',
      '接收方',
      '记录种类',
      '记录编号',
      '记录版本',
      '事件',
      '原因',
      '重试次数',
      '搁置时间',
      '最近修改',
    ],
    refersTo: () => ({}),
    rows: ({ id, consumer, collection, recordId, recordVersion, events, reason, tries, parkedAt, updatedAt }) => [
      [
        id,
        consumer,
        collection,
        recordId,
        recordVersion,
        events.map(({ type }) => type).join('、'),
        reason,
        tries,
        instant(parkedAt),
        instant(updatedAt),
      ],
    ],
  } satisfies ExportTable<ParkedChange>,
} as const;
