import { type EntryView, entryView, isInsider } from '../../domain/access.ts';
import {
  type AddresseeState,
  addresseeStates,
  answeredRequest,
  type CallRequest,
  declinedRequest,
  demandInTime,
  demandRoom,
} from '../../domain/call.ts';
import type { EntryState } from '../../domain/entry.ts';
import { Conflict, Forbidden, QianxianError, Withheld } from '../../domain/errors.ts';
import type { NeedDraft } from '../../domain/need.ts';
import { moveOf } from '../../domain/state-table.ts';
import { isStorableId } from '../../domain/storable.ts';
import { isBureau, type Principal } from '../../domain/user.ts';
import { changeDocument } from '../../ports/change-document.ts';
import type { Ports } from '../../ports/ports.ts';
import type { Filter, Page } from '../../ports/record-store.ts';
import { actBy } from './call-actor.ts';

type StorePort = Pick<Ports, 'store'>;
type WritePorts = Pick<Ports, 'store' | 'clock'>;

/** An achievement with which a call was answered, as its people see it. */
export interface OwnAnswer {
  readonly achievementId: string;
  readonly title: string | null;
  readonly state: EntryState | null;
}

/** A call as its addressee sees it: the need as it is published, without contact. */
export interface CallRequestView extends Omit<CallRequest, 'createdAt' | 'updatedAt' | 'achievementIds'> {
  readonly sentAt: string;
  readonly answers: readonly OwnAnswer[];
  /** Null where the need is not in sight any more; absent in lists. */
  readonly need?: EntryView<NeedDraft> | null;
}

/** For its own people and the bureau; for anybody else there is none. */
async function loaded({ store }: StorePort, principal: Principal, id: string): Promise<CallRequest> {
  const request = isStorableId(id) ? await store.collection('callRequests').get(id) : undefined;
  if (!request || !isInsider(principal, request)) throw Withheld.orMissing(request);
  return request;
}

async function viewOf({ store }: StorePort, principal: Principal, request: CallRequest): Promise<CallRequestView> {
  const { createdAt, updatedAt: _, achievementIds, ...rest } = request;
  const achievements = await store.collection('achievements').getMany(achievementIds);
  const byId = new Map(achievements.map((one) => [one.id, one]));
  const need = await store.collection('needs').get(request.needId);
  // The bureau is shown what the addressee is: it looks at the need itself elsewhere.
  const reader = isBureau(principal) ? addresseeOf(request) : principal;
  return {
    ...rest,
    sentAt: createdAt,
    answers: achievementIds.map((achievementId) => {
      const one = byId.get(achievementId);
      return { achievementId, title: one?.content.title ?? null, state: one?.state ?? null };
    }),
    need: (need && entryView(reader, need, 'need')) ?? null,
  };
}

function addresseeOf({ organisationId }: CallRequest): Principal {
  return { userId: 'addressee', role: 'member', name: '征集对象', organisationId };
}

export async function getCallRequest(ports: StorePort, principal: Principal, id: string): Promise<CallRequestView> {
  return viewOf(ports, principal, await loaded(ports, principal, id));
}

/** Calls that the asker's organisation received, the newest first; for the bureau those of all, or of one organisation. */
export async function listCallRequests(
  { store }: StorePort,
  principal: Principal,
  options: {
    readonly organisationId?: string;
    readonly state?: AddresseeState;
    readonly limit?: number;
    readonly cursor?: string;
  } = {},
): Promise<Page<CallRequestView>> {
  const { organisationId, state, ...rest } = options;
  const own = isBureau(principal) ? organisationId : principal.organisationId;
  if (!isBureau(principal) && (own === undefined || (organisationId !== undefined && organisationId !== own))) {
    return { items: [] };
  }
  const where: Filter = {
    ...(own === undefined ? {} : { organisationId: own }),
    ...(state === undefined ? {} : { state }),
  };
  const page = await store
    .collection('callRequests')
    .find({ where, order: { by: 'createdAt', direction: 'desc' }, ...rest });
  const ids = [...new Set(page.items.flatMap(({ achievementIds }) => achievementIds))];
  const byId = new Map((await store.collection('achievements').getMany(ids)).map((one) => [one.id, one]));
  return {
    ...page,
    items: page.items.map(({ createdAt, updatedAt: _, achievementIds, ...request }) => ({
      ...request,
      sentAt: createdAt,
      answers: achievementIds.map((achievementId) => {
        const one = byId.get(achievementId);
        return { achievementId, title: one?.content.title ?? null, state: one?.state ?? null };
      }),
    })),
  };
}

/** The request, where the asker may answer it now; throws `conflict` where it is over. */
export async function answerableRequest(ports: WritePorts, principal: Principal, id: string): Promise<CallRequest> {
  const request = await loaded(ports, principal, id);
  const act = actBy(ports, principal);
  moveOf(addresseeStates, request.state, 'answer', act.actor);
  demandInTime(request, act.at);
  demandRoom(request);
  return request;
}

/**
 * Answers a call with an achievement of the organisation: one that is there already, or one that was entered for it a moment
 * ago. The same achievement again changes nothing.
 */
export async function answerCallWith(
  ports: WritePorts,
  principal: Principal,
  id: string,
  achievementId: string,
): Promise<CallRequestView> {
  const request = await loaded(ports, principal, id);
  if (request.achievementIds.includes(achievementId)) return viewOf(ports, principal, request);
  await answerableRequest(ports, principal, id);
  const achievement = isStorableId(achievementId)
    ? await ports.store.collection('achievements').get(achievementId)
    : undefined;
  if (!achievement || !isInsider(principal, achievement))
    throw Withheld.orMissing(achievement, '没有找到这项成果，可能已被删除，或您无权查看');
  if (achievement.organisationId !== request.organisationId) throw new Forbidden('只能用收到征集的机构自己的成果应征');
  if (achievement.state === 'withdrawn') throw new QianxianError('conflict', '这项成果已撤回，请换一项，或新建一项');
  // The feed may link the same achievement at this very moment.
  const { document } = await changeDocument(
    ports.store,
    'callRequests',
    id,
    (newest) => answeredRequest(newest, achievementId, actBy(ports, principal)) ?? null,
  );
  return viewOf(ports, principal, document);
}

/** Declines a call with a reason. */
export async function declineCall(
  ports: WritePorts,
  principal: Principal,
  id: string,
  seen: number,
  reason: string | undefined,
): Promise<CallRequestView> {
  const request = await loaded(ports, principal, id);
  const act = actBy(ports, principal);
  const write = declinedRequest(request, reason, act);
  demandInTime(request, act.at);
  if (request.version !== seen) throw new Conflict();
  return viewOf(
    ports,
    principal,
    await ports.store.collection('callRequests').update(id, seen, write.document, write.events),
  );
}
