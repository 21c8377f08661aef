import { QianxianError } from '../errors.ts';
import type { Unstored } from '../record.ts';
import { moveOf, type StateTable } from '../state-table.ts';
import { maskedAddress } from './masked-address.ts';
import type { Delivery, DeliveryState, Notice, NoticeChannel } from './notice.ts';
import { noticeChannels } from './notice.ts';

export type DeliveryAction = 'claim' | 'succeed' | 'postpone' | 'give-up' | 'skip' | 'gather' | 'retry';

/** The life of a delivery. `claim` from `sending` is for what a killed process held: its time has run out. */
export const deliveryStates: StateTable<DeliveryState, DeliveryAction> = {
  states: {
    waiting: '等待汇总',
    digested: '已汇总',
    pending: '待发送',
    sending: '发送中',
    sent: '已发送',
    failed: '发送失败',
    skipped: '未发送',
  },
  initial: 'pending',
  moves: [
    { action: 'claim', label: '领取', from: ['pending', 'sending'], to: 'sending', by: ['system'] },
    // Also where a slow sender was taken for dead and another one failed meanwhile: what was sent is sent.
    { action: 'succeed', label: '记为已发送', from: ['sending', 'pending', 'failed'], to: 'sent', by: ['system'] },
    { action: 'postpone', label: '稍后再发', from: ['sending'], to: 'pending', by: ['system'] },
    { action: 'give-up', label: '记为失败', from: ['sending'], to: 'failed', by: ['system'] },
    { action: 'skip', label: '不再发送', from: ['pending', 'sending', 'waiting'], to: 'skipped', by: ['system'] },
    { action: 'gather', label: '汇总', from: ['waiting'], to: 'digested', by: ['system'] },
    { action: 'retry', label: '重新发送', from: ['failed', 'skipped'], to: 'pending', by: ['staff', 'admin'] },
  ],
};

/** Minutes until the second, third … try: eight tries within a day, and a server that is away for a night costs no mail. */
export const retryMinutes = [1, 5, 15, 60, 180, 360, 720] as const;
const mostTries = retryMinutes.length + 1;

/**
 * How long a worker may hold a delivery, in ms. Longer than any try lasts, so that nobody takes over what is still being
 * sent; what a killed process held goes out after it.
 */
export const holdMs = 180_000;

function moved(state: DeliveryState, action: DeliveryAction): DeliveryState {
  return moveOf(deliveryStates, state, action, action === 'retry' ? 'staff' : 'system').to;
}

function unstored(notice: Notice): Unstored<Notice> {
  const { version: _version, createdAt: _createdAt, updatedAt: _updatedAt, ...rest } = notice;
  return rest;
}

/** Whether nothing will be done about it any more, unless staff ask for it. */
function isSettled(delivery: Delivery | null): boolean {
  return delivery === null || !['waiting', 'pending', 'sending'].includes(delivery.state);
}

/** The notice with one channel changed; what only sending needed is dropped once every channel has succeeded or is none. */
function withDelivery(notice: Notice, channel: NoticeChannel, delivery: Delivery): Unstored<Notice> {
  const next = { ...unstored(notice), [channel]: delivery };
  const due = noticeChannels.flatMap((one) => next[one]?.dueAt ?? []).sort();
  const { secretLink: _secret, address: _address, ...rest } = next;
  const done = noticeChannels.every((one) => isSettled(next[one]) && next[one]?.state !== 'failed');
  return { ...(done ? rest : next), dueAt: due[0] ?? null };
}

/** A delivery as it begins. */
export function beginning(choice: 'now' | 'digest', dueAt: string): Delivery {
  return choice === 'now' ? { state: 'pending', tries: 0, dueAt } : { state: 'waiting', tries: 0, dueAt: null };
}

/** Channels whose time has come. */
export function dueChannels(notice: Notice, at: Date): readonly NoticeChannel[] {
  const now = at.toISOString();
  return noticeChannels.filter((channel) => {
    const dueAt = notice[channel]?.dueAt;
    return dueAt !== undefined && dueAt !== null && dueAt <= now;
  });
}

/**
 * The notice with one channel held under `claim`; null where its time has not come (somebody else holds it). Where every
 * try was used up by processes that died, it is failed instead.
 */
export function claimed(notice: Notice, channel: NoticeChannel, claim: string, at: Date): Unstored<Notice> | null {
  const delivery = notice[channel];
  if (!delivery || !dueChannels(notice, at).includes(channel)) return null;
  if (delivery.tries >= mostTries) {
    const state = moved(moved(delivery.state, 'claim'), 'give-up');
    const reason = delivery.reason ?? '发送时多次中断，不知道是否已经发出';
    return withDelivery(notice, channel, { state, tries: delivery.tries, dueAt: null, reason });
  }
  return withDelivery(notice, channel, {
    ...delivery,
    state: moved(delivery.state, 'claim'),
    tries: delivery.tries + 1,
    dueAt: new Date(at.getTime() + holdMs).toISOString(),
    claim,
  });
}

/** What became of a try. `final`: another try would come to the same. */
export type SendOutcome =
  | { readonly sent: true; readonly to: string }
  | { readonly sent: false; readonly reason: string; readonly final?: boolean; readonly skip?: boolean };

/** The notice after a try of whoever holds it by `claim`; null where he holds it no more. */
export function afterTry(
  notice: Notice,
  channel: NoticeChannel,
  claim: string,
  outcome: SendOutcome,
  at: Date,
): Unstored<Notice> | null {
  const delivery = notice[channel];
  const mine = delivery?.state === 'sending' && delivery.claim === claim;
  if (!delivery || !(mine || (outcome.sent && ['sending', 'pending', 'failed'].includes(delivery.state)))) return null;
  const { tries } = delivery;
  if (outcome.sent) {
    const state = moved(delivery.state, 'succeed');
    return withDelivery(notice, channel, {
      state,
      tries,
      dueAt: null,
      sentAt: at.toISOString(),
      to: maskedAddress(outcome.to),
    });
  }
  const { reason } = outcome;
  if (outcome.skip) {
    return withDelivery(notice, channel, { state: moved(delivery.state, 'skip'), tries, dueAt: null, reason });
  }
  const minutes = retryMinutes[tries - 1];
  if (outcome.final || minutes === undefined) {
    return withDelivery(notice, channel, { state: moved(delivery.state, 'give-up'), tries, dueAt: null, reason });
  }
  const dueAt = new Date(at.getTime() + minutes * 60_000).toISOString();
  return withDelivery(notice, channel, { state: moved(delivery.state, 'postpone'), tries, dueAt, reason });
}

/** The notice with what failed asked for again; throws `conflict` where nothing has. */
export function askedAgain(notice: Notice, at: Date): Unstored<Notice> {
  const channels = noticeChannels.filter((one) => notice[one]?.state === 'failed' || notice[one]?.state === 'skipped');
  if (channels.length === 0) throw new QianxianError('conflict', '这条通知没有发送失败，不需要重发');
  let next: Notice = notice;
  for (const channel of channels) {
    const state = moved(next[channel]!.state, 'retry');
    const delivery: Delivery = { state, tries: 0, dueAt: at.toISOString() };
    next = { ...notice, ...withDelivery(next, channel, delivery) };
  }
  return unstored(next);
}

/** The notice as part of a digest; null where it is in one already, or was never meant for one. */
export function gathered(notice: Notice, digestId: string): Unstored<Notice> | null {
  if (notice.mail?.state !== 'waiting') return null;
  return withDelivery(notice, 'mail', { state: moved('waiting', 'gather'), tries: 0, dueAt: null, digestId });
}
