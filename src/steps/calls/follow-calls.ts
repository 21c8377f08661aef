import {
  answeredRequest,
  type Call,
  type CallRequest,
  callRequestId,
  movedCall,
  sentRequest,
  settledRequest,
  takesMore,
} from '../../domain/call.ts';
import { Duplicate } from '../../domain/errors.ts';
import { lossOf } from '../../domain/pair-standing.ts';
import { changeDocument } from '../../ports/change-document.ts';
import type { Ports } from '../../ports/ports.ts';
import type { Change } from '../../ports/record-store.ts';
import { survivingOrganisation } from '../../ports/surviving-organisation.ts';
import { actOfSystem } from './call-actor.ts';

type FollowPorts = Pick<Ports, 'store' | 'clock' | 'log'>;

/** Every organisation on the list of an open call has its request; those of a call that is over are settled. */
async function settleCall(ports: FollowPorts, call: Call): Promise<void> {
  const requests = ports.store.collection('callRequests');
  const act = actOfSystem(ports);
  if (call.state === 'open') {
    const has = new Set<string>();
    for await (const { id, organisationId } of requests.stream({ callId: call.id })) has.add(id).add(organisationId);
    for (const addressee of call.addressees) {
      if (!addressee.chosen || has.has(callRequestId(call.id, addressee.organisationId))) continue;
      // One that was merged since the call was drafted is asked in the one that stays, once.
      const organisationId = await survivingOrganisation(ports.store, addressee.organisationId);
      if (has.has(organisationId)) continue;
      const { document, events } = sentRequest(call, { ...addressee, organisationId }, act.at.toISOString(), act.by);
      has.add(organisationId);
      await requests.insert(document, events).catch((error: unknown) => {
        if (!(error instanceof Duplicate)) throw error;
      });
    }
  }
  if (call.state === 'draft') return;
  const ids: string[] = [];
  for await (const { id } of requests.stream({ callId: call.id })) ids.push(id);
  for (const id of ids) {
    await changeDocument(ports.store, 'callRequests', id, (request) => settledRequest(request, call, act) ?? null);
  }
}

/**
 * An achievement that was entered for a call is among the answers to it, also where whoever entered it died in between. The
 * request is looked up by whose it is, not by the id that follows from whose it was: organisations are merged.
 */
async function linkAnswer(ports: FollowPorts, callId: string, organisationId: string, achievementId: string) {
  const act = actOfSystem(ports);
  const owner = await survivingOrganisation(ports.store, organisationId);
  const asked: CallRequest[] = [];
  for await (const request of ports.store.collection('callRequests').stream({ callId })) {
    const whose = request.organisationId;
    if (whose === owner || whose === organisationId || (await survivingOrganisation(ports.store, whose)) === owner) {
      asked.push(request);
    }
  }
  if (asked.some(({ achievementIds }) => achievementIds.includes(achievementId))) return;
  // Where both of two that are one now were asked, the answer is to the one that still waits for it.
  const request = asked.find(({ state }) => state === 'sent') ?? asked.find(takesMore) ?? asked[0];
  if (!request) {
    ports.log.warn(
      { callId, organisationId, achievementId },
      'an achievement answers a call that was never sent to it',
    );
    return;
  }
  await changeDocument(ports.store, 'callRequests', request.id, (newest) =>
    takesMore(newest) ? (answeredRequest(newest, achievementId, act) ?? null) : null,
  );
}

/** Calls for a need that is not in sight any more are cancelled. */
async function cancelCalls(ports: FollowPorts, needId: string, reason: string): Promise<void> {
  const ids: string[] = [];
  for await (const { id, state } of ports.store.collection('calls').stream({ needId })) {
    if (state === 'draft' || state === 'open') ids.push(id);
  }
  for (const id of ids) {
    await changeDocument(ports.store, 'calls', id, (call) =>
      call.state === 'draft' || call.state === 'open' ? movedCall(call, 'cancel', actOfSystem(ports), reason) : null,
    );
  }
}

/**
 * Consumer of changes on `calls`, `achievements` and `needs`. Goes by the records as they are, not by events, so that killed
 * between any two writes, delivered twice, or run by two processes, it comes to the same.
 */
export function followCalls(ports: FollowPorts): (changes: readonly Change[]) => Promise<void> {
  return async (changes) => {
    for (const { collection, id } of changes) {
      if (collection === 'calls') {
        const call = await ports.store.collection('calls').get(id);
        if (call) await settleCall(ports, call);
      } else if (collection === 'achievements') {
        const achievement = await ports.store.collection('achievements').get(id);
        if (achievement?.callId === undefined || achievement.organisationId === null) continue;
        await linkAnswer(ports, achievement.callId, achievement.organisationId, id);
      } else if (collection === 'needs') {
        const reason = lossOf('need', await ports.store.collection('needs').get(id));
        if (reason !== null) await cancelCalls(ports, id, reason);
      }
    }
  };
}
