import { z } from 'zod';
import type { HistoryEntry, Stored } from '../record.ts';
import type { StateTable } from '../state-table.ts';
import { choice, list, text } from '../validation.ts';
import { webhookEvents } from './webhook-events.ts';

/** Another system of the bureau that is told of events over HTTP. */
export const webhookContent = z.strictObject({
  name: text('名称', 50),
  url: text('地址', 500),
  events: list('事件', choice('事件', webhookEvents), { min: 1, max: webhookEvents.length }),
});
export type WebhookContent = z.output<typeof webhookContent>;

export type WebhookState = 'active' | 'disabled';
export type WebhookAction = 'disable' | 'enable' | 'give-up';
export const webhookStates: StateTable<WebhookState, WebhookAction> = {
  states: { active: '启用', disabled: '已停用' },
  initial: 'active',
  moves: [
    { action: 'disable', label: '停用', from: ['active'], to: 'disabled', by: ['admin'] },
    { action: 'enable', label: '启用', from: ['disabled'], to: 'active', by: ['admin'] },
    { action: 'give-up', label: '因长期失败停用', from: ['active'], to: 'disabled', by: ['system'] },
  ],
};

/** A signing secret, sealed; after a rotation the old one signs beside the new one until `until`. */
export interface SealedSecret {
  readonly sealed: string;
  readonly since: string;
  readonly until?: string;
}

export interface Webhook extends Stored {
  readonly state: WebhookState;
  readonly content: WebhookContent;
  /** The newest last. */
  readonly secrets: readonly SealedSecret[];
  /** Since when every try failed; absent while it works. */
  readonly failingSince?: string;
  readonly history: readonly HistoryEntry[];
}

export type WebhookDeliveryState = 'pending' | 'sending' | 'delivered' | 'failed';
export type WebhookDeliveryAction = 'claim' | 'succeed' | 'postpone' | 'give-up' | 'replay';
export const webhookDeliveryStates: StateTable<WebhookDeliveryState, WebhookDeliveryAction> = {
  states: { pending: '待送达', sending: '发送中', delivered: '已送达', failed: '未送达' },
  initial: 'pending',
  moves: [
    // From `sending` where the process that held it died.
    { action: 'claim', label: '领取', from: ['pending', 'sending'], to: 'sending', by: ['system'] },
    { action: 'succeed', label: '记为已送达', from: ['sending'], to: 'delivered', by: ['system'] },
    { action: 'postpone', label: '稍后再发', from: ['sending'], to: 'pending', by: ['system'] },
    { action: 'give-up', label: '记为未送达', from: ['pending', 'sending'], to: 'failed', by: ['system'] },
    { action: 'replay', label: '重发', from: ['delivered', 'failed'], to: 'pending', by: ['admin'] },
  ],
};

/** One try, as the log shows it. */
export interface WebhookTry {
  readonly at: string;
  /** What the receiver answered; absent where it did not. */
  readonly status?: number;
  /** Why it counts as failed, Chinese. */
  readonly reason?: string;
}

/** One event for one receiver. `id` follows from both, and is the `webhook-id` by which the receiver tells repeats. */
export interface WebhookDelivery extends Stored {
  readonly webhookId: string;
  readonly eventType: string;
  /** When it happened. */
  readonly happenedAt: string;
  /** The JSON that is sent, to the letter. */
  readonly body: string;
  readonly state: WebhookDeliveryState;
  readonly tries: number;
  /** The newest tries, the newest last. */
  readonly log: readonly WebhookTry[];
  /** When it is tried, or counts as abandoned; null when nothing will be done. */
  readonly dueAt: string | null;
  /** Until when it is tried. */
  readonly triedUntil: string;
  readonly claim?: string;
}
