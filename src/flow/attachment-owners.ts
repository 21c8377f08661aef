import { registrationFileRights } from '../steps/accounts/registration-file-rights.ts';
import type { OwnerTable } from '../steps/attachments/owner-rights.ts';
import { cooperationFileRights } from '../steps/cooperation/cooperation-access.ts';
import { entryFileRights } from '../steps/intake/entry-file-rights.ts';
import { partnershipFileRights } from '../steps/partnership/partnership-file-rights.ts';

/** Who may do what with the files of a record, by its collection. */
export const attachmentOwnerTable: OwnerTable = {
  needs: (ports, principal, id) => entryFileRights(ports, 'need', principal, id),
  achievements: (ports, principal, id) => entryFileRights(ports, 'achievement', principal, id),
  registrations: registrationFileRights,
  partnerships: partnershipFileRights,
  agreements: cooperationFileRights('agreement'),
  jointBodies: cooperationFileRights('joint-body'),
};
