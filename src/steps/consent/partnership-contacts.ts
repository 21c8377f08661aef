import { isOwner } from '../../domain/access.ts';
import type { ContactView } from '../../domain/contact-view.ts';
import type { Side } from '../../domain/docket.ts';
import { Conflict, Forbidden, NotFound } from '../../domain/errors.ts';
import { randomId } from '../../domain/ids.ts';
import { bothSides } from '../../domain/invitation.ts';
import type { Contact } from '../../domain/organisation.ts';
import type { Partnership } from '../../domain/partnership.ts';
import { isStorableId } from '../../domain/storable.ts';
import { isBureau, type Principal } from '../../domain/user.ts';
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
  if (!inside) throw new NotFound();
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

/**
 * The named contacts of a partnership, for the two organisations and the bureau alone. Each look is kept as a `contactViews`
 * document with its event before anything is shown: what cannot be logged is not shown.
 */
export async function viewContacts(
  ports: ConsentPorts,
  principal: Principal,
  id: string,
): Promise<{ readonly partnershipId: string; readonly contacts: readonly SideContact[] }> {
  const partnership = await partnershipFor(ports, principal, id);
  if (partnership.state === 'terminated' && !isBureau(principal)) {
    throw new Conflict('合作已终止，不再显示对方的联系方式；确需联系的，请通过科技局');
  }
  const contacts = await Promise.all(bothSides.map((side) => contactOf(ports, partnership, side)));
  const sides = contacts.filter(({ contact }) => contact !== null).map(({ side }) => side);
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
  return { partnershipId: id, contacts };
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
