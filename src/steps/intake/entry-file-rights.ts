import { actorFor, isInsider, maySeeEntry } from '../../domain/access.ts';
import type { AttachmentRights } from '../../domain/attachment.ts';
import type { EntryKind } from '../../domain/entry.ts';
import { isStorableId } from '../../domain/storable.ts';
import { isBureau, type Principal } from '../../domain/user.ts';
import type { Ports } from '../../ports/ports.ts';
import { entriesOf } from './entry-store.ts';

/**
 * What somebody may do with the files of a need or an achievement: its people and the bureau see all of them, other readers
 * of the published record those that are open. What is being examined does not change under the examiner's eyes.
 */
export async function entryFileRights(
  ports: Pick<Ports, 'store'>,
  kind: EntryKind,
  principal: Principal | null,
  id: string,
): Promise<AttachmentRights | undefined> {
  const entry = isStorableId(id) ? await entriesOf(ports, kind).get(id) : undefined;
  if (!entry || !maySeeEntry(principal, entry)) return undefined;
  if (principal === null || !isInsider(principal, entry)) return { insider: false };
  const actor = actorFor(principal, entry.organisationId);
  if (entry.state === 'withdrawn') {
    return { insider: true, actor, locked: '这条记录已撤回，不能再增减附件；请新建一条记录' };
  }
  if (!isBureau(principal) && (entry.state === 'submitted' || entry.revision === 'submitted')) {
    return { insider: true, actor, locked: '这条记录正在等待审核，现在不能增减附件；需要修改时请联系科技局退回' };
  }
  return { insider: true, actor };
}
