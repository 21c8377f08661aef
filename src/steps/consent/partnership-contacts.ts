import { isOwner } from '../../domain/access.ts';
import { agreementSource, contactsAgreed, withContactAgreement } from '../../domain/contact-agreement.ts';
import type { ContactView } from '../../domain/contact-view.ts';
import type { Side } from '../../domain/docket.ts';
import { Forbidden, Invalid, Withheld } from '../../domain/errors.ts';
import { randomId } from '../../domain/ids.ts';
import { bothSides } from '../../domain/invitation.ts';
import type { Contact } from '../../domain/organisation.ts';
import type { Partnership, SidePerson } from '../../domain/partnership.ts';
import { isStorableId } from '../../domain/storable.ts';
import { isBureau, type Principal } from '../../domain/user.ts';
import { check } from '../../domain/validation.ts';
import { changeDocument } from '../../ports/change-document.ts';
import type { Page } from '../../ports/record-store.ts';
import type { ConsentPorts } from './consent-ports.ts';

/** Whom to talk to on one side. */
export interface SideContact {
  readonly side: Side;
  readonly organisationId: string | null;
  readonly organisation: string | null;
  /** The contact of the record; the organisation's where the record names none. */
  readonly contact: Partial<Contact> | null;
}

function organisationOf(partnership: Partnership, side: Side): string | null {
  return side === 'need' ? partnership.needOrganisationId : partnership.achievementOrganisationId;
}

/** The partnership for its two sides and the bureau; `not_found` for everybody else. */
async function partnershipFor(ports: ConsentPorts, principal: Principal, id: string): Promise<Partnership> {
  const partnership = isStorableId(id) ? await ports.store.collection('partnerships').get(id) : undefined;
  const inside =
    partnership &&
    (isBureau(principal) || bothSides.some((side) => isOwner(principal, organisationOf(partnership, side))));
  if (!inside) throw Withheld.orMissing(partnership);
  return partnership;
}

async function contactOf({ store }: ConsentPorts, partnership: Partnership, side: Side): Promise<SideContact> {
  const recordId = side === 'need' ? partnership.needId : partnership.achievementId;
  const record =
    recordId === null
      ? undefined
      : side === 'need'
        ? await store.collection('needs').get(recordId)
        : await store.collection('achievements').get(recordId);
  const organisationId = organisationOf(partnership, side);
  const organisation =
    organisationId === null ? undefined : await store.collection('organisations').get(organisationId);
  const content = record?.published?.content ?? record?.content;
  return {
    side,
    organisationId,
    organisation: organisation?.content.name ?? null,
    contact: content?.contact ?? organisation?.content.contact ?? null,
  };
}

/** Why a side is not shown the other one; undefined where it is. */
function whyWithheld(principal: Principal, partnership: Partnership): string | undefined {
  if (isBureau(principal)) return undefined;
  if (partnership.state === 'terminated') {
    return '合作已终止，不再显示对方的联系方式；确需联系的，请通过科技局';
  }
  if (contactsAgreed(partnership)) return undefined;
  return '双方都同意互告联系方式后才能查看；请先表示本方同意，对方同意后即可查看，也可以请科技局转达';
}

/**
 * The named contacts and the people of a partnership, for the two organisations and the bureau alone: a side is shown its own
 * always, and the other's once both have agreed, until it is terminated; `withheld` says why it is not. Each look is kept as a
 * `contactViews` document with its event before anything is shown: what cannot be logged is not shown.
 */
export async function viewContacts(
  ports: ConsentPorts,
  principal: Principal,
  id: string,
): Promise<{
  readonly partnershipId: string;
  readonly contacts: readonly SideContact[];
  readonly people: readonly SidePerson[];
  readonly withheld?: string;
}> {
  const partnership = await partnershipFor(ports, principal, id);
  const withheld = whyWithheld(principal, partnership);
  const shown = bothSides.filter(
    (side) => withheld === undefined || isOwner(principal, organisationOf(partnership, side)),
  );
  const contacts = await Promise.all(shown.map((side) => contactOf(ports, partnership, side)));
  const people = (partnership.people ?? []).filter(({ side }) => shown.includes(side));
  const sides = contacts
    .filter(({ contact, side }) => contact !== null || people.some((one) => one.side === side))
    .map(({ side }) => side);
  const at = ports.clock.now().toISOString();
  await ports.store.collection('contactViews').insert(
    {
      id: randomId(),
      partnershipId: id,
      by: principal.userId,
      organisationId: isBureau(principal) ? null : (principal.organisationId ?? null),
      sides,
    },
    [{ type: 'contact.viewed', at, by: principal.userId, data: { partnershipId: id, sides } }],
  );
  // Who stands on both sides lacks nothing.
  const lacks = withheld !== undefined && shown.length < bothSides.length;
  return { partnershipId: id, contacts, people, ...(lacks ? { withheld } : {}) };
}

/**
 * A side lets the other see its named contact, or staff write down that it does, with source and reason. Only for partnerships
 * that did not follow from a match. Saying it again changes nothing. Answers which sides have agreed.
 */
export async function agreeContacts(
  ports: ConsentPorts,
  principal: Principal,
  id: string,
  input: { readonly side?: Side | undefined; readonly source?: string | undefined } = {},
): Promise<{ readonly partnershipId: string; readonly need: boolean; readonly achievement: boolean }> {
  const partnership = await partnershipFor(ports, principal, id);
  const bureau = isBureau(principal);
  const own = bothSides.filter((side) => bureau || isOwner(principal, organisationOf(partnership, side)));
  const sides = input.side === undefined && !bureau ? own : bothSides.filter((side) => side === input.side);
  if (sides.length === 0 || sides.some((side) => !own.includes(side))) {
    throw new Invalid([
      {
        field: 'side',
        label: '哪一方',
        reason: input.side === undefined ? '没有选择' : '不是您所在的一方',
        mend: bureau ? '请写明 need（需求方）或 achievement（成果方）' : '请去掉这一项，只为本机构同意',
      },
    ]);
  }
  if (!bureau && input.source !== undefined) {
    throw new Invalid([{ field: 'source', label: '同意的来源和原因', reason: '只由科技局填写', mend: '请去掉这一项' }]);
  }
  const source = bureau ? check(agreementSource, input.source) : undefined;
  const actor = principal.role === 'admin' || principal.role === 'staff' ? principal.role : 'owner';
  const act = { at: ports.clock.now(), by: principal.userId, actor } as const;
  const { document } = await changeDocument(
    ports.store,
    'partnerships',
    id,
    (newest) => withContactAgreement(newest, sides, source, act) ?? null,
  );
  const { need, achievement } = document.contactAgreements ?? {};
  return { partnershipId: id, need: need !== undefined, achievement: achievement !== undefined };
}

/** Who looked at the contacts of a partnership, for the bureau. */
export async function listContactViews(
  ports: ConsentPorts,
  principal: Principal,
  id: string,
  options: { readonly limit?: number; readonly cursor?: string } = {},
): Promise<Page<ContactView>> {
  if (!isBureau(principal)) throw new Forbidden('只有科技局工作人员可以查看联系方式的查看记录');
  await partnershipFor(ports, principal, id);
  const { limit = 50, cursor } = options;
  return ports.store.collection('contactViews').find({
    where: { partnershipId: id },
    order: { by: 'createdAt', direction: 'desc' },
    limit,
    ...(cursor === undefined ? {} : { cursor }),
  });
}
