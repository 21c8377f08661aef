import { z } from 'zod';
import { canonicalJson } from '../../domain/canonical-json.ts';
import { Conflict, Duplicate, Forbidden, QianxianError, Withheld } from '../../domain/errors.ts';
import { randomId } from '../../domain/ids.ts';
import {
  checkedPolicy,
  demandOpen,
  isOpen,
  type Policy,
  type PolicyAction,
  type PolicyContent,
  type PolicyState,
  policyKinds,
  policyStates,
  policyTellingId,
} from '../../domain/policies/policy.ts';
import type { DomainEvent, Unstored } from '../../domain/record.ts';
import { historyOf, moveOf } from '../../domain/state-table.ts';
import { isBureau, type Principal } from '../../domain/user.ts';
import { check, choice, number, text } from '../../domain/validation.ts';
import { dateIn } from '../../domain/week.ts';
import type { Ports } from '../../ports/ports.ts';
import type { Page } from '../../ports/record-store.ts';
import { organisationsFor } from './policy-audience.ts';

type PolicyPorts = Pick<Ports, 'store' | 'clock'>;

/** A policy as it is shown; what comes after `open` is for the bureau alone. */
export interface PolicyView {
  readonly id: string;
  readonly version: number;
  readonly state: PolicyState;
  readonly content: PolicyContent;
  readonly publishedAt: string | null;
  /** Whether it can still be made use of. */
  readonly open: boolean;
  readonly createdBy?: string;
  readonly history?: Policy['history'];
}

function viewOf(ports: PolicyPorts, principal: Principal | null, policy: Policy): PolicyView {
  const { id, version, state, content, publishedAt, createdBy, history } = policy;
  return {
    id,
    version,
    state,
    content,
    publishedAt: publishedAt ?? null,
    open: isOpen(policy, dateIn(ports.clock.now())),
    ...(principal && isBureau(principal) ? { createdBy, history } : {}),
  };
}

function demandBureau(principal: Principal): void {
  if (!isBureau(principal)) throw new Forbidden('政策和通知公告由科技局工作人员发布');
}

function unstored(policy: Policy): Unstored<Policy> {
  const { version: _version, createdAt: _createdAt, updatedAt: _updatedAt, ...rest } = policy;
  return rest;
}

function eventOf(ports: PolicyPorts, principal: Principal, verb: string): DomainEvent {
  return { type: `policy.${verb}`, at: ports.clock.now().toISOString(), by: principal.userId };
}

/** `not_found` for what the asker may not know of: drafts and what was withdrawn are the bureau's. */
async function found(ports: PolicyPorts, principal: Principal | null, id: string): Promise<Policy> {
  const policy = await ports.store.collection('policies').get(id);
  if (!policy || (policy.state !== 'published' && !(principal && isBureau(principal)))) {
    throw Withheld.orMissing(policy, '没有找到这项政策或通知，可能已被撤下');
  }
  return policy;
}

/** A new draft, by the bureau. A repeated request (same `options.id`, same content) finds what the first one made. */
export async function createPolicy(
  ports: PolicyPorts,
  principal: Principal,
  input: unknown,
  options: { readonly id?: string } = {},
): Promise<PolicyView> {
  demandBureau(principal);
  const content = checkedPolicy(input);
  const id = options.id ?? randomId();
  const at = ports.clock.now().toISOString();
  try {
    const policy = await ports.store.collection('policies').insert(
      {
        id,
        state: policyStates.initial,
        content,
        createdBy: principal.userId,
        history: [{ at, by: principal.userId, action: 'create', from: '', to: policyStates.initial }],
      },
      [eventOf(ports, principal, 'created')],
    );
    return viewOf(ports, principal, policy);
  } catch (error) {
    if (!(error instanceof Duplicate)) throw error;
    const there = await ports.store.collection('policies').get(id);
    const same = there?.createdBy === principal.userId && canonicalJson(there.content) === canonicalJson(content);
    if (!there || !same) throw new QianxianError('conflict', '这个请求编号已经用于另一项内容，请换一个编号再提交');
    return viewOf(ports, principal, there);
  }
}

/** Replaces the content of a draft or a published one; organisations that the new rules fit are told the next morning. */
export async function editPolicy(
  ports: PolicyPorts,
  principal: Principal,
  id: string,
  seen: number,
  input: unknown,
): Promise<PolicyView> {
  demandBureau(principal);
  const policy = await found(ports, principal, id);
  const content = checkedPolicy(input);
  if (policy.version !== seen) throw new Conflict();
  if (policy.state === 'withdrawn') throw new QianxianError('conflict', '已经撤下，不能再修改；请新建一项');
  const edited = await ports.store
    .collection('policies')
    .update(id, seen, { ...unstored(policy), content }, [eventOf(ports, principal, 'edited')]);
  return viewOf(ports, principal, edited);
}

const reasonOf = z.strictObject({ reason: text('原因', 500) });
const done: Readonly<Record<PolicyAction, string>> = { publish: 'published', withdraw: 'withdrawn' };

/** Publishes a draft (whom it fits is told then), or withdraws what is published, with a reason. */
export async function movePolicy(
  ports: PolicyPorts,
  principal: Principal,
  id: string,
  seen: number,
  action: PolicyAction,
  reason?: string,
): Promise<PolicyView> {
  const policy = await found(ports, principal, id);
  demandBureau(principal);
  const move = moveOf(policyStates, policy.state, action, principal.role === 'admin' ? 'admin' : 'staff');
  if (policy.version !== seen) throw new Conflict();
  const why = move.demands?.includes('reason') ? check(reasonOf, { reason }).reason : undefined;
  if (action === 'publish') demandOpen(policy.content, dateIn(ports.clock.now()));
  const at = ports.clock.now().toISOString();
  const moved = await ports.store.collection('policies').update(
    id,
    seen,
    {
      ...unstored(policy),
      state: move.to,
      ...(action === 'publish' ? { publishedAt: at } : {}),
      history: [...policy.history, historyOf(move, policy.state, at, principal.userId, why)],
    },
    [eventOf(ports, principal, done[action])],
  );
  return viewOf(ports, principal, moved);
}

export async function getPolicy(ports: PolicyPorts, principal: Principal | null, id: string): Promise<PolicyView> {
  return viewOf(ports, principal, await found(ports, principal, id));
}

const stateCodes = (Object.keys(policyStates.states) as PolicyState[]).map((code) => ({
  code,
  label: policyStates.states[code],
}));
const listOptions = z.strictObject({
  kind: choice('类别', policyKinds).optional(),
  state: choice('状态', stateCodes).optional(),
  cursor: text('翻页位置', 2_000).optional(),
  limit: number('每页条数', { min: 1, max: 200 }).optional(),
});

/** What is published, the newest first; drafts and withdrawn ones for the bureau, where it asks for that state. */
export async function listPolicies(
  ports: PolicyPorts,
  principal: Principal | null,
  options: z.input<typeof listOptions> = {},
): Promise<Page<PolicyView>> {
  const { kind, state = 'published', cursor, limit = 50 } = check(listOptions, options);
  if (state !== 'published' && !(principal && isBureau(principal))) return { items: [] };
  const page = await ports.store.collection('policies').find({
    where: { state, ...(kind === undefined ? {} : { 'content.kind': kind }) },
    order: { by: state === 'draft' ? 'createdAt' : 'publishedAt', direction: 'desc' },
    limit,
    ...(cursor === undefined ? {} : { cursor }),
  });
  return {
    items: page.items.map((policy) => viewOf(ports, principal, policy)),
    ...(page.next === undefined ? {} : { next: page.next }),
  };
}

/** Whom a policy is for, as things are now. */
export interface AudiencePreview {
  /** How many organisations it fits, and how many do not say enough to tell. */
  readonly fits: number;
  readonly unknown: number;
  /** By id, from `after` on. */
  readonly items: readonly { readonly organisationId: string; readonly name: string; readonly toldAt: string | null }[];
  readonly next?: string;
}

const previewOptions = z.strictObject({
  after: text('从何处起', 200).optional(),
  limit: number('每页条数', { min: 1, max: 200 }).optional(),
});

/** The organisations that a policy fits, with when each was told; before publication nobody was. */
export async function previewAudience(
  ports: PolicyPorts,
  principal: Principal,
  id: string,
  options: z.input<typeof previewOptions> = {},
): Promise<AudiencePreview> {
  const policy = await found(ports, principal, id);
  demandBureau(principal);
  const { after = '', limit = 50 } = check(previewOptions, options);
  let fits = 0;
  let unknown = 0;
  const shown: { readonly organisationId: string; readonly name: string }[] = [];
  let more = false;
  for await (const { organisation, fit } of organisationsFor(ports, policy.content.audience)) {
    if (fit === 'unknown') unknown += 1;
    if (fit !== 'fits') continue;
    fits += 1;
    if (organisation.id <= after) continue;
    if (shown.length < limit) shown.push({ organisationId: organisation.id, name: organisation.content.name });
    else more = true;
  }
  const tellings = await ports.store
    .collection('policyTellings')
    .getMany(shown.map(({ organisationId }) => policyTellingId(id, organisationId)));
  const toldAt = new Map(tellings.map(({ organisationId, at }) => [organisationId, at]));
  return {
    fits,
    unknown,
    items: shown.map((one) => ({ ...one, toldAt: toldAt.get(one.organisationId) ?? null })),
    ...(more ? { next: shown.at(-1)!.organisationId } : {}),
  };
}
