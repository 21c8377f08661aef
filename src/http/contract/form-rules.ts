/**
 * Rules of forms that are checked in the browser before anything is sent, and by the service again: pure, and small enough to
 * be carried by the pages that need them.
 */
export {
  type AttachmentOwnerName,
  type AttachmentOwnerRule,
  attachmentLimits,
  attachmentOwners,
  attachmentTypes,
} from '../../domain/attachment.ts';
export { creditCodeFacts, creditCodeFault, normaliseCreditCode } from '../../domain/credit-code.ts';
export { importExtensions, importFileBytes } from '../../domain/import-file-rules.ts';
