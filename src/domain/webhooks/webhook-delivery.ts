import { derivedId } from '../ids.ts';
import type { Unstored } from '../record.ts';
import { moveOf } from '../state-table.ts';
import {
  type WebhookDelivery,
  type WebhookDeliveryAction,
  type WebhookDeliveryState,
  type WebhookTry,
  webhookDeliveryStates,
} from './webhook.ts';

/** Minutes until the second, third … try; the last one is repeated until 24 hours are over. */
export const webhookRetryMinutes = [1, 2, 5, 15, 30, 60, 120] as const;
/** How long an event is tried, in ms. */
export const triedForMs = 24 * 3600_000;
/** How long a receiver may fail before it is left alone, in ms. */
export const failingForMs = 3 * 24 * 3600_000;
/** How long a process may hold a delivery, in ms; well above what a try takes. */
export const webhookHoldMs = 120_000;
const triesKept = 20;

function moved(state: WebhookDeliveryState, action: WebhookDeliveryAction): WebhookDeliveryState {
  return moveOf(webhookDeliveryStates, state, action, action === 'replay' ? 'admin' : 'system').to;
}

function unstored(delivery: WebhookDelivery): Unstored<WebhookDelivery> {
  const { version: _version, createdAt: _createdAt, updatedAt: _updatedAt, claim: _claim, ...rest } = delivery;
  return rest;
}

/** An event for one receiver; the same event is the same delivery. */
export function newDelivery(
  webhookId: string,
  eventId: string,
  facts: { readonly eventType: string; readonly happenedAt: string; readonly body: string },
  at: Date,
): Unstored<WebhookDelivery> {
  return {
    id: derivedId('webhook', webhookId, eventId),
    webhookId,
    ...facts,
    state: webhookDeliveryStates.initial,
    tries: 0,
    log: [],
    dueAt: at.toISOString(),
    triedUntil: new Date(at.getTime() + triedForMs).toISOString(),
  };
}

/** The delivery held under `claim`; null where its time has not come. */
export function claimedDelivery(delivery: WebhookDelivery, claim: string, at: Date): Unstored<WebhookDelivery> | null {
  if (delivery.dueAt === null || delivery.dueAt > at.toISOString()) return null;
  return {
    ...unstored(delivery),
    state: moved(delivery.state, 'claim'),
    tries: delivery.tries + 1,
    dueAt: new Date(at.getTime() + webhookHoldMs).toISOString(),
    claim,
  };
}

/** The delivery after a try of whoever holds it by `claim`; null where he holds it no more. */
export function afterWebhookTry(
  delivery: WebhookDelivery,
  claim: string,
  tried: WebhookTry,
  at: Date,
): Unstored<WebhookDelivery> | null {
  if (delivery.state !== 'sending' || delivery.claim !== claim) return null;
  const next = { ...unstored(delivery), log: [...delivery.log, tried].slice(-triesKept) };
  if (tried.reason === undefined) return { ...next, state: moved(delivery.state, 'succeed'), dueAt: null };
  const minutes = webhookRetryMinutes[Math.min(delivery.tries, webhookRetryMinutes.length) - 1] ?? 1;
  const dueAt = new Date(at.getTime() + minutes * 60_000).toISOString();
  if (dueAt > delivery.triedUntil) return { ...next, state: moved(delivery.state, 'give-up'), dueAt: null };
  return { ...next, state: moved(delivery.state, 'postpone'), dueAt };
}

/** The delivery that will not be tried any more because its receiver was disabled; null where nothing was to be done. */
export function abandonedDelivery(
  delivery: WebhookDelivery,
  reason: string,
  at: Date,
): Unstored<WebhookDelivery> | null {
  if (delivery.dueAt === null) return null;
  return {
    ...unstored(delivery),
    state: moved(delivery.state, 'give-up'),
    dueAt: null,
    log: [...delivery.log, { at: at.toISOString(), reason }].slice(-triesKept),
  };
}

/** The delivery to be sent again, for another 24 hours, under the same id; null where it is on its way already. */
export function replayedDelivery(delivery: WebhookDelivery, at: Date): Unstored<WebhookDelivery> | null {
  if (delivery.dueAt !== null) return null;
  return {
    ...unstored(delivery),
    state: moved(delivery.state, 'replay'),
    tries: 0,
    dueAt: at.toISOString(),
    triedUntil: new Date(at.getTime() + triedForMs).toISOString(),
  };
}
