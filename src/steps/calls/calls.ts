import { audienceOf } from '../../domain/access.ts';
import {
  type Call,
  type CallAction,
  type CallInput,
  type CallRequest,
  type CallState,
  callId,
  callInput,
  draftedCall,
  editedCall,
  movedCall,
} from '../../domain/call.ts';
import { type NearAchievement, type OfferingOrganisation, proposeAddressees } from '../../domain/call-proposal.ts';
import type { EntryState } from '../../domain/entry.ts';
import { Conflict, Duplicate, Invalid, NotFound, QianxianError } from '../../domain/errors.ts';
import type { Need } from '../../domain/need.ts';
import { isStorableId } from '../../domain/storable.ts';
import type { Principal } from '../../domain/user.ts';
import { check } from '../../domain/validation.ts';
import type { Ports } from '../../ports/ports.ts';
import type { Filter, Page } from '../../ports/record-store.ts';
import { actBy, demandBureau } from './call-actor.ts';

type StorePort = Pick<Ports, 'store'>;
type WritePorts = Pick<Ports, 'store' | 'clock'>;
type ProposingPorts = Pick<Ports, 'store' | 'clock' | 'index'>;

/** What matching finds for a need, given by the flow: a step does not know another. */
export type FindNear = (needId: string) => Promise<readonly NearAchievement[]>;

/** An achievement that answered a call, as staff see it. */
export interface CallAnswer {
  readonly achievementId: string;
  /** Null where it is gone. */
  readonly title: string | null;
  readonly state: EntryState | null;
}

/** What one organisation made of a call. */
export interface CallReply
  extends Pick<CallRequest, 'organisationId' | 'state' | 'declineReason' | 'answeredAt' | 'remindedAt'> {
  readonly requestId: string;
  readonly answers: readonly CallAnswer[];
}

export interface CallView extends Call {
  /** In the order of the list; empty until the call is sent. */
  readonly replies: readonly CallReply[];
}

/** The need, where it can be put to others now; throws `conflict` where it cannot. */
async function callableNeed({ store }: StorePort, needId: string): Promise<Need> {
  const need = isStorableId(needId) ? await store.collection('needs').get(needId) : undefined;
  if (!need) throw new NotFound('没有找到这项需求，可能已被删除');
  if (need.state !== 'published' || need.published === null) {
    throw new QianxianError('conflict', '需求现在没有发布，不能征集成果');
  }
  if (need.suspended) {
    throw new QianxianError('conflict', '这项需求的机构已停用，不能征集成果；请先由系统管理员恢复这个机构');
  }
  if (need.engagedIn !== undefined) {
    throw new QianxianError('conflict', '这项需求已经签约，不再征集成果；合作终止、需求重新开放后可以再征集');
  }
  if (audienceOf(need.published.content) === 'bureau') {
    throw new QianxianError(
      'conflict',
      '这项需求仅科技局可见，不能向高校征集；请先与企业商定，由企业把公开范围改为“登录可见”或“公开”',
    );
  }
  return need;
}

async function loaded({ store }: StorePort, id: string): Promise<Call> {
  const call = isStorableId(id) ? await store.collection('calls').get(id) : undefined;
  if (!call) throw new NotFound();
  return call;
}

/** How many published achievements each organisation has in each field of the need, those at home there and those that come near. */
async function offering(
  ports: ProposingPorts,
  fields: readonly string[],
  near: readonly NearAchievement[],
): Promise<OfferingOrganisation[]> {
  const inFields = new Map<string, Record<string, number>>();
  for (const { organisationId } of near) inFields.set(organisationId, {});
  for (const field of fields) {
    const { counts } = await ports.index.search({
      kind: 'achievement',
      words: [],
      facets: { field: [field], archive: ['no'] },
      audiences: ['public', 'members', 'bureau'],
      limit: 1,
      count: ['organisation'],
    });
    for (const { value, count } of counts.organisation ?? []) {
      const own = inFields.get(value) ?? {};
      own[field] = count;
      inFields.set(value, own);
    }
  }
  const organisations = await ports.store.collection('organisations').getMany([...inFields.keys()]);
  return organisations
    .filter(({ state }) => state === 'approved')
    .map(({ id, content }) => ({
      organisationId: id,
      organisationName: content.name ?? '',
      inFields: inFields.get(id) ?? {},
    }));
}

/**
 * A call for a need, with the organisations that it should go to, for staff to look through. A need has one call at a time:
 * while one is being drawn up or open, another is refused as `conflict`. Repeating the request finds what the first made.
 */
export async function proposeCall(
  ports: ProposingPorts,
  findNear: FindNear,
  principal: Principal,
  needId: string,
  input: CallInput,
): Promise<CallView> {
  demandBureau(principal);
  const { until, text } = check(callInput, input);
  const need = await callableNeed(ports, needId);
  const calls = ports.store.collection('calls');
  const { items } = await calls.find({ where: { needId }, order: { by: 'round', direction: 'desc' }, limit: 1 });
  const last = items[0];
  const same = (one: Call) =>
    one.state === 'draft' && one.createdBy === principal.userId && one.until === until && one.text === text;
  if (last && same(last)) return viewOf(ports, last);
  if (last && (last.state === 'draft' || last.state === 'open')) {
    throw new Conflict(
      last.state === 'draft' ? '这项需求已有一次征集在拟定，请在那里修改' : '这项需求正在征集，请等它结束，或先结束它',
    );
  }
  const content = need.published!.content;
  const fields = content.fields ?? [];
  const near = await findNear(needId);
  const { proposals, note } = proposeAddressees(
    { organisationId: need.organisationId, fields, disciplines: content.disciplines ?? [] },
    near,
    await offering(ports, fields, near),
  );
  const round = (last?.round ?? 0) + 1;
  const { document, events } = draftedCall(
    { until, text, needId, needTitle: content.title ?? '', round, proposals, note },
    actBy(ports, principal),
  );
  try {
    return await viewOf(ports, await calls.insert(document, events));
  } catch (error) {
    const twin = error instanceof Duplicate ? await calls.get(callId(needId, round)) : undefined;
    if (twin && same(twin)) return viewOf(ports, twin);
    if (twin) throw new Conflict('这项需求刚刚已由别人拟定了一次征集，请刷新后查看');
    throw error;
  }
}

/** The call with another deadline, text or list of organisations. */
export async function editCall(
  ports: WritePorts,
  principal: Principal,
  id: string,
  seen: number,
  input: CallInput & { readonly organisationIds: readonly string[] },
): Promise<CallView> {
  demandBureau(principal);
  const call = await loaded(ports, id);
  if (call.version !== seen) throw new Conflict();
  const { organisationIds } = input;
  const known = new Set(call.addressees.map(({ organisationId }) => organisationId));
  const names = await namesOf(
    ports,
    organisationIds.filter((one) => !known.has(one)),
    call,
  );
  const { document, events } = editedCall(
    call,
    { ...check(callInput, { until: input.until, text: input.text }), organisationIds },
    names,
    actBy(ports, principal),
  );
  return viewOf(ports, await ports.store.collection('calls').update(id, seen, document, events));
}

/** Names of organisations that staff put on the list: approved ones alone, and not the need's own. */
async function namesOf({ store }: StorePort, ids: readonly string[], call: Call): Promise<Map<string, string>> {
  const need = await store.collection('needs').get(call.needId);
  const found = await store.collection('organisations').getMany(ids.filter(isStorableId));
  const names = new Map<string, string>();
  for (const [place, id] of ids.entries()) {
    const organisation = found.find((one) => one.id === id);
    const fault = (reason: string, mend: string) =>
      new Invalid([{ field: `organisationIds.${place}`, label: '征集对象', reason, mend }]);
    if (!organisation) throw fault('没有这个机构', '请从机构列表中选择');
    if (organisation.state !== 'approved') {
      throw fault(`“${organisation.content.name}”没有通过审核或已停用`, '请先审核这个机构，或去掉它');
    }
    if (id === need?.organisationId) throw fault('是需求的提出单位', '请去掉它');
    names.set(id, organisation.content.name ?? id);
  }
  return names;
}

/** Sends, ends or cancels a call. What its addressees receive follows by the feed. */
export async function moveCall(
  ports: WritePorts,
  principal: Principal,
  id: string,
  seen: number,
  action: CallAction,
  reason?: string,
): Promise<CallView> {
  demandBureau(principal);
  const call = await loaded(ports, id);
  if (call.version !== seen) throw new Conflict();
  if (action === 'send') await callableNeed(ports, call.needId);
  const { document, events } = movedCall(call, action, actBy(ports, principal), reason);
  return viewOf(ports, await ports.store.collection('calls').update(id, seen, document, events));
}

async function viewOf({ store }: StorePort, call: Call): Promise<CallView> {
  const requests: CallRequest[] = [];
  for await (const request of store.collection('callRequests').stream({ callId: call.id })) requests.push(request);
  const achievements = await store
    .collection('achievements')
    .getMany([...new Set(requests.flatMap(({ achievementIds }) => achievementIds))]);
  const byId = new Map(achievements.map((one) => [one.id, one]));
  const order = new Map(call.addressees.map(({ organisationId }, place) => [organisationId, place]));
  return {
    ...call,
    replies: requests
      .sort((a, b) => (order.get(a.organisationId) ?? 0) - (order.get(b.organisationId) ?? 0))
      .map(({ id: requestId, organisationId, state, declineReason, answeredAt, remindedAt, achievementIds }) => ({
        requestId,
        organisationId,
        state,
        ...(declineReason === undefined ? {} : { declineReason }),
        ...(answeredAt === undefined ? {} : { answeredAt }),
        ...(remindedAt === undefined ? {} : { remindedAt }),
        answers: achievementIds.map((achievementId) => {
          const one = byId.get(achievementId);
          return { achievementId, title: one?.content.title ?? null, state: one?.state ?? null };
        }),
      })),
  };
}

export async function getCall(ports: StorePort, principal: Principal, id: string): Promise<CallView> {
  demandBureau(principal);
  return viewOf(ports, await loaded(ports, id));
}

/** Calls, newest change first, without their replies; of one need or in one state where that is asked for. */
export async function listCalls(
  { store }: StorePort,
  principal: Principal,
  options: {
    readonly needId?: string;
    readonly state?: CallState;
    readonly limit?: number;
    readonly cursor?: string;
  } = {},
): Promise<Page<Call>> {
  demandBureau(principal);
  const { needId, state, ...rest } = options;
  const where: Filter = {
    ...(needId === undefined ? {} : { needId }),
    ...(state === undefined ? {} : { state }),
  };
  return store.collection('calls').find({ where, order: { by: 'updatedAt', direction: 'desc' }, ...rest });
}
