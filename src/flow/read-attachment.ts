import type { Principal } from '../domain/user.ts';
import type { Ports } from '../ports/ports.ts';
import { type AttachmentContent, readAttachment } from '../steps/attachments/attachments.ts';
import { recordView } from '../steps/audit/record-audit.ts';
import { attachmentOwnerTable } from './attachment-owners.ts';
import { presentOrigin } from './attributed-store.ts';
import { isDisclosure } from './shown-contacts.ts';

/**
 * A file's content, for those who may see it. One that is for insiders may name contacts: that the bureau took it out is in the
 * audit before the first byte is given; who cannot be recorded gets nothing.
 */
export async function readAttachmentAudited(
  ports: Ports,
  principal: Principal | null,
  id: string,
): Promise<AttachmentContent> {
  const content = await readAttachment(ports, attachmentOwnerTable, principal, id);
  if (principal !== null && isDisclosure(principal) && content.file.audience !== 'open') {
    await recordView(ports, principal, { collection: 'attachments', id }, presentOrigin() ?? {}, 'file');
  }
  return content;
}
