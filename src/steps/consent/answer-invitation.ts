import {
  type ConsentAct,
  type ConsentSource,
  type InvitationWrite,
  invitedAgain,
  withAnswer,
  withAnswerTakenBack,
  withStaffReminder,
} from '../../domain/consent.ts';
import type { Side } from '../../domain/docket.ts';
import { Conflict, Forbidden, Invalid, NotFound } from '../../domain/errors.ts';
import { bothSides, type ConsentInput, consentInput, type Invitation } from '../../domain/invitation.ts';
import { type SideInvitation, sidesOf, type WholeInvitation, wholeInvitation } from '../../domain/invitation-view.ts';
import { isBureau, type Principal } from '../../domain/user.ts';
import { check, text } from '../../domain/validation.ts';
import { dateIn } from '../../domain/week.ts';
import { changeDocument } from '../../ports/change-document.ts';
import type { ConsentPorts } from './consent-ports.ts';
import { newRound, standingEntries } from './new-round.ts';
import { loadedInvitation, viewFor } from './read-invitations.ts';

/** The side that the asker answers for. */
function ownSide(principal: Principal, invitation: Invitation, wanted: Side | undefined): Side {
  const own = sidesOf(principal, invitation);
  if (own.length === 0) throw new Forbidden('只有被邀请的机构可以答复；电话里的答复请用“记录电话答复”');
  if (wanted === undefined && own.length === 2) {
    throw new Invalid([
      {
        field: 'side',
        label: '哪一方',
        reason: '双方都是贵单位',
        mend: '请写明 need（需求方）或 achievement（成果方）',
      },
    ]);
  }
  const side = wanted ?? own[0]!;
  if (!own.includes(side)) throw new Forbidden('您只能为本机构的一方答复');
  return side;
}

/** Changes the invitation by compare-and-set. Refuses while a record of the pair no longer stands. */
export async function changeInvitation(
  ports: ConsentPorts,
  invitation: Invitation,
  change: (newest: Invitation) => InvitationWrite,
): Promise<Invitation> {
  if (invitation.state === 'open') {
    const entries = await standingEntries(ports, invitation);
    // The consumer that makes it void may be a moment behind.
    if (typeof entries === 'string') throw new Conflict(`这次邀请已失效（${entries}），不必再答复`);
  }
  const { document } = await changeDocument(ports.store, 'invitations', invitation.id, change);
  return document;
}

/** Throws `conflict` where the organisation of that side is disabled: nobody agrees to anything in its name. */
export async function demandEnabled(
  { store }: Pick<ConsentPorts, 'store'>,
  invitation: Invitation,
  side: Side,
): Promise<void> {
  const { organisationId } = invitation[side];
  const organisation =
    organisationId === null ? undefined : await store.collection('organisations').get(organisationId);
  if (organisation?.state === 'disabled') {
    throw new Conflict(`机构“${organisation.content.name}”已停用，不能答复；请联系科技局恢复以后再答复`);
  }
}

function actFor(ports: ConsentPorts, principal: Principal, actor: ConsentAct['actor']): ConsentAct {
  return { at: ports.clock.now(), by: principal.userId, actor };
}

/** One side answers after login. */
export async function answerInvitation(
  ports: ConsentPorts,
  principal: Principal,
  id: string,
  answer: ConsentInput,
  wantedSide?: Side,
): Promise<SideInvitation | WholeInvitation> {
  const invitation = await loadedInvitation(ports, principal, id);
  const side = ownSide(principal, invitation, wantedSide);
  const input = check(consentInput, answer);
  await demandEnabled(ports, invitation, side);
  const act = actFor(ports, principal, 'owner');
  const answered = await changeInvitation(ports, invitation, (newest) =>
    withAnswer(newest, side, input, { way: 'login' }, act),
  );
  return viewFor(ports, principal, answered, side);
}

const saidBy = text('答复人', 50);

/** A clerk writes down what somebody of a side said on the phone. */
export async function recordPhoneAnswer(
  ports: ConsentPorts,
  principal: Principal,
  id: string,
  request: { readonly side: Side; readonly answer: ConsentInput; readonly saidBy: string },
): Promise<WholeInvitation> {
  if (!isBureau(principal)) throw new Forbidden('只有科技局工作人员可以记录电话答复');
  const invitation = await loadedInvitation(ports, principal, id);
  const source: ConsentSource = { way: 'phone', saidBy: check(saidBy, request.saidBy) };
  const input = check(consentInput, request.answer);
  await demandEnabled(ports, invitation, request.side);
  const act = actFor(ports, principal, principal.role === 'admin' ? 'admin' : 'staff');
  const answered = await changeInvitation(ports, invitation, (newest) =>
    withAnswer(newest, request.side, input, source, act),
  );
  return wholeInvitation(answered, dateIn(act.at));
}

/** A side takes back its 愿意; for the bureau with the side that asked for it. */
export async function takeBackAnswer(
  ports: ConsentPorts,
  principal: Principal,
  id: string,
  wantedSide?: Side,
): Promise<SideInvitation | WholeInvitation> {
  const invitation = await loadedInvitation(ports, principal, id);
  let side: Side;
  if (!isBureau(principal)) side = ownSide(principal, invitation, wantedSide);
  else if (wantedSide && bothSides.includes(wantedSide)) side = wantedSide;
  else {
    throw new Invalid([
      { field: 'side', label: '哪一方', reason: '没有填写', mend: '请写明 need（需求方）或 achievement（成果方）' },
    ]);
  }
  const act = actFor(
    ports,
    principal,
    isBureau(principal) ? (principal.role === 'admin' ? 'admin' : 'staff') : 'owner',
  );
  const { document } = await changeDocument(ports.store, 'invitations', id, (newest) =>
    withAnswerTakenBack(newest, side, act),
  );
  return viewFor(ports, principal, document, side);
}

/** Staff ask both sides once more, after a limit that passed or a record that came back. `seen` is the version they saw. */
export async function inviteAgain(
  ports: ConsentPorts,
  principal: Principal,
  id: string,
  seen: number,
): Promise<WholeInvitation> {
  if (!isBureau(principal)) throw new Forbidden('只有科技局工作人员可以再次邀请');
  const invitation = await loadedInvitation(ports, principal, id);
  if (invitation.version !== seen) throw new Conflict();
  const match = await ports.store.collection('matches').get(invitation.pairId);
  if (!match) throw new NotFound('这一对已不存在，不能再次邀请');
  if (match.state !== 'accepted') throw new Conflict('这一对现在不是“已通过”，不能再次邀请；请先在清单上更正为通过');
  const entries = await standingEntries(ports, match);
  if (typeof entries === 'string') throw new Conflict(`${entries}，不能再次邀请`);
  const act = actFor(ports, principal, principal.role === 'admin' ? 'admin' : 'staff');
  const { document, events } = invitedAgain(
    invitation,
    match,
    await newRound(ports, match, invitation.round + 1, entries),
    act,
  );
  const again = await ports.store.collection('invitations').update(id, seen, document, events);
  return wholeInvitation(again, dateIn(act.at));
}

/** Staff remind whoever has not answered, now. `seen` is the version they saw. */
export async function remindInvited(
  ports: ConsentPorts,
  principal: Principal,
  id: string,
  seen: number,
): Promise<WholeInvitation> {
  if (!isBureau(principal)) throw new Forbidden('只有科技局工作人员可以催复');
  const invitation = await loadedInvitation(ports, principal, id);
  if (invitation.version !== seen) throw new Conflict();
  const act = actFor(ports, principal, principal.role === 'admin' ? 'admin' : 'staff');
  const reminded = await changeInvitation(ports, invitation, (newest) => withStaffReminder(newest, act));
  return wholeInvitation(reminded, dateIn(act.at));
}
