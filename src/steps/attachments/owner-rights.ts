import type { AttachmentOwnerName, AttachmentRights } from '../../domain/attachment.ts';
import type { Principal } from '../../domain/user.ts';
import type { Ports } from '../../ports/ports.ts';

/**
 * What somebody may do with the files of the record of this id; undefined where there is no such record, or he may not know
 * of it. Null is somebody who is not logged in. Each step that owns records gives one for them.
 */
export type OwnerRights = (
  ports: Pick<Ports, 'store'>,
  principal: Principal | null,
  id: string,
) => Promise<AttachmentRights | undefined>;

/** One for every kind of record that may have files. */
export type OwnerTable = Readonly<Record<AttachmentOwnerName, OwnerRights>>;
