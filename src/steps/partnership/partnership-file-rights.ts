import { isOwner } from '../../domain/access.ts';
import type { AttachmentRights } from '../../domain/attachment.ts';
import { isStorableId } from '../../domain/storable.ts';
import { isBureau, type Principal } from '../../domain/user.ts';
import type { Ports } from '../../ports/ports.ts';

/** The files of a partnership are for its two organisations and the bureau; each brings its own, until it has ended. */
export async function partnershipFileRights(
  { store }: Pick<Ports, 'store'>,
  principal: Principal | null,
  id: string,
): Promise<AttachmentRights | undefined> {
  const partnership = isStorableId(id) ? await store.collection('partnerships').get(id) : undefined;
  if (!partnership || principal === null) return undefined;
  const { attachmentId } = partnership.acceptance ?? {};
  const named = attachmentId === undefined ? {} : { named: { id: attachmentId, by: '验收' } };
  if (isBureau(principal)) return { insider: true, actor: principal.role === 'admin' ? 'admin' : 'staff', ...named };
  const { needOrganisationId, achievementOrganisationId, state } = partnership;
  if (!isOwner(principal, needOrganisationId) && !isOwner(principal, achievementOrganisationId)) return undefined;
  const ended = state === 'finished' || state === 'terminated';
  return {
    insider: true,
    actor: 'owner',
    removesOwnAlone: true,
    ...named,
    ...(ended ? { locked: '合作已经结束，不能再增减附件；确需补充的，请联系科技局' } : {}),
  };
}
