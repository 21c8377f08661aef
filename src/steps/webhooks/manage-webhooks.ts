import { Conflict, Duplicate, Forbidden, NotFound, QianxianError } from '../../domain/errors.ts';
import { randomId } from '../../domain/ids.ts';
import type { DomainEvent, Unstored } from '../../domain/record.ts';
import { historyOf, moveOf } from '../../domain/state-table.ts';
import type { Principal } from '../../domain/user.ts';
import { check } from '../../domain/validation.ts';
import {
  type SealedSecret,
  type Webhook,
  type WebhookContent,
  webhookContent,
  webhookStates,
} from '../../domain/webhooks/webhook.ts';
import { newWebhookSecret } from '../../domain/webhooks/webhook-signature.ts';
import { changeDocument } from '../../ports/change-document.ts';
import type { Page } from '../../ports/record-store.ts';
import { secretPurpose, type WebhookPorts } from './webhook-ports.ts';

/** How long the secret before a rotation still signs, in ms: the receiver has a day to take the new one. */
const oldSecretMs = 24 * 3600_000;

/** A receiver as administrators see it: never its secret. */
export interface WebhookView extends WebhookContent {
  readonly id: string;
  readonly version: number;
  readonly state: Webhook['state'];
  readonly failingSince: string | null;
  /** Until when the secret before the last rotation signs as well; null where there is only one. */
  readonly oldSecretUntil: string | null;
  readonly history: Webhook['history'];
  readonly createdAt: string;
  readonly updatedAt: string;
}

/** With the secret, which is shown this once; null where a repeated request found what the first one made. */
export interface WebhookWithSecret {
  readonly webhook: WebhookView;
  readonly secret: string | null;
}

function demandAdmin(principal: Principal): void {
  if (principal.role !== 'admin') throw new Forbidden('对接其他系统由系统管理员设置');
}

export function webhookView(webhook: Webhook, now: Date): WebhookView {
  const old = webhook.secrets.find(({ until }) => until !== undefined && until > now.toISOString());
  return {
    id: webhook.id,
    version: webhook.version,
    state: webhook.state,
    ...webhook.content,
    failingSince: webhook.failingSince ?? null,
    oldSecretUntil: old?.until ?? null,
    history: webhook.history,
    createdAt: webhook.createdAt,
    updatedAt: webhook.updatedAt,
  };
}

function unstored(webhook: Webhook): Unstored<Webhook> {
  const { version: _version, createdAt: _createdAt, updatedAt: _updatedAt, ...rest } = webhook;
  return rest;
}

function eventOf(ports: WebhookPorts, principal: Principal, verb: string, data?: DomainEvent['data']): DomainEvent {
  return {
    type: `webhook.${verb}`,
    at: ports.clock.now().toISOString(),
    by: principal.userId,
    ...(data ? { data } : {}),
  };
}

function sealed(ports: WebhookPorts, id: string): { readonly secret: string; readonly kept: SealedSecret } {
  const secret = newWebhookSecret();
  return {
    secret,
    kept: { sealed: ports.vault.seal(secretPurpose, id, secret), since: ports.clock.now().toISOString() },
  };
}

async function found(ports: WebhookPorts, id: string): Promise<Webhook> {
  const webhook = await ports.store.collection('webhooks').get(id);
  if (!webhook) throw new NotFound('没有找到这个接收方');
  return webhook;
}

function contentOf(ports: WebhookPorts, input: unknown): WebhookContent {
  const content = check(webhookContent, input);
  ports.webhooks.check(content.url);
  return content;
}

/** A new receiver, by an administrator; it gets what happens from now on. Its address must be one that the settings allow. */
export async function createWebhook(
  ports: WebhookPorts,
  principal: Principal,
  input: unknown,
  options: { readonly id?: string } = {},
): Promise<WebhookWithSecret> {
  demandAdmin(principal);
  const content = contentOf(ports, input);
  const id = options.id ?? randomId();
  const { secret, kept } = sealed(ports, id);
  const at = ports.clock.now().toISOString();
  try {
    const webhook = await ports.store.collection('webhooks').insert(
      {
        id,
        state: webhookStates.initial,
        content,
        secrets: [kept],
        history: [{ at, by: principal.userId, action: 'create', from: '', to: webhookStates.initial }],
      },
      [eventOf(ports, principal, 'created', { events: content.events })],
    );
    return { webhook: webhookView(webhook, ports.clock.now()), secret };
  } catch (error) {
    if (!(error instanceof Duplicate)) throw error;
    const there = await found(ports, id);
    if (there.history[0]?.by !== principal.userId) {
      throw new QianxianError('conflict', '这个请求编号已经用于另一个接收方，请换一个编号再提交');
    }
    return { webhook: webhookView(there, ports.clock.now()), secret: null };
  }
}

export async function listWebhooks(ports: WebhookPorts, principal: Principal): Promise<Page<WebhookView>> {
  demandAdmin(principal);
  const { items } = await ports.store.collection('webhooks').find({ limit: 1000 });
  return { items: items.map((webhook) => webhookView(webhook, ports.clock.now())) };
}

export async function getWebhook(ports: WebhookPorts, principal: Principal, id: string): Promise<WebhookView> {
  demandAdmin(principal);
  return webhookView(await found(ports, id), ports.clock.now());
}

/** Replaces name, address and events. */
export async function editWebhook(
  ports: WebhookPorts,
  principal: Principal,
  id: string,
  seen: number,
  input: unknown,
): Promise<WebhookView> {
  demandAdmin(principal);
  const webhook = await found(ports, id);
  const content = contentOf(ports, input);
  if (webhook.version !== seen) throw new Conflict();
  const { failingSince: _failing, ...rest } = unstored(webhook);
  const edited = await ports.store
    .collection('webhooks')
    .update(id, seen, { ...rest, content }, [eventOf(ports, principal, 'edited', { events: content.events })]);
  return webhookView(edited, ports.clock.now());
}

/** Disables or enables a receiver. What happens meanwhile is not kept for it. */
export async function moveWebhook(
  ports: WebhookPorts,
  principal: Principal,
  id: string,
  seen: number,
  action: 'disable' | 'enable',
): Promise<WebhookView> {
  demandAdmin(principal);
  const webhook = await found(ports, id);
  const move = moveOf(webhookStates, webhook.state, action, 'admin');
  if (webhook.version !== seen) throw new Conflict();
  if (action === 'enable') ports.webhooks.check(webhook.content.url);
  const { failingSince: _failing, ...rest } = unstored(webhook);
  const at = ports.clock.now().toISOString();
  const moved = await ports.store.collection('webhooks').update(
    id,
    seen,
    {
      ...rest,
      state: move.to,
      history: [...webhook.history, historyOf(move, webhook.state, at, principal.userId)],
    },
    [eventOf(ports, principal, action === 'enable' ? 'enabled' : 'disabled')],
  );
  return webhookView(moved, ports.clock.now());
}

/** A new secret, shown this once; the old one signs beside it for a day. */
export async function rotateWebhookSecret(
  ports: WebhookPorts,
  principal: Principal,
  id: string,
): Promise<WebhookWithSecret> {
  demandAdmin(principal);
  await found(ports, id);
  const { secret, kept } = sealed(ports, id);
  const { document } = await changeDocument(ports.store, 'webhooks', id, (newest) => {
    const now = ports.clock.now();
    const until = new Date(now.getTime() + oldSecretMs).toISOString();
    const last = newest.secrets.at(-1);
    return {
      document: { ...unstored(newest), secrets: [...(last ? [{ ...last, until }] : []), kept] },
      events: [eventOf(ports, principal, 'secret-rotated')],
    };
  });
  return { webhook: webhookView(document, ports.clock.now()), secret };
}
