import type { AttachmentRights } from '../../domain/attachment.ts';
import { isStorableId } from '../../domain/storable.ts';
import { isBureau, type Principal } from '../../domain/user.ts';
import type { Ports } from '../../ports/ports.ts';

/** The proof files of a registration are for the bureau and its applicant; he changes them while it is returned. */
export async function registrationFileRights(
  ports: Pick<Ports, 'store'>,
  principal: Principal | null,
  id: string,
): Promise<AttachmentRights | undefined> {
  const registration = isStorableId(id) ? await ports.store.collection('registrations').get(id) : undefined;
  if (!registration || principal === null) return undefined;
  if (isBureau(principal)) return { insider: true };
  if (principal.userId !== registration.applicantId) return undefined;
  return {
    insider: true,
    actor: 'owner',
    ...(registration.state === 'returned' ? {} : { locked: '登记退回后才能更换证明文件' }),
  };
}
