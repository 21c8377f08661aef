import type { OrganisationDraft } from '../organisation.ts';
import type { OutsideAddress } from './notice.ts';

const mailPattern = /^[^\s@<>()[\],;:"\\]{1,64}@[^\s@<>()[\],;:"\\]+\.[^\s@<>()[\],;:"\\]+$/;
const mobilePattern = /^(?:\+?86)?1[3-9]\d{9}$/;

const mailIn = (written: string | undefined) =>
  written !== undefined && mailPattern.test(written) ? written : undefined;

/** A mobile number without spaces and dashes, or undefined where it is none. */
export function mobileIn(written: string | undefined): string | undefined {
  const plain = written?.normalize('NFKC').replace(/[\s-]/g, '');
  return plain !== undefined && mobilePattern.test(plain) ? plain : undefined;
}

/** Where somebody with an account is written to: his address, or his login name where that is one. */
export function addressOfUser(user: {
  readonly login: string;
  readonly name: string;
  readonly email?: string | undefined;
  readonly mobile?: string | undefined;
}): OutsideAddress {
  const email = mailIn(user.email) ?? mailIn(user.login);
  const mobile = mobileIn(user.mobile);
  return { name: user.name, ...(email ? { email } : {}), ...(mobile ? { mobile } : {}) };
}

/** Where an organisation is written to of which nobody has an account: its contact person, or its general address. */
export function addressOfOrganisation(content: OrganisationDraft): OutsideAddress {
  const email = mailIn(content.contact?.email) ?? mailIn(content.email);
  const mobile = mobileIn(content.contact?.mobile);
  return {
    name: content.contact?.name ?? content.name,
    ...(email ? { email } : {}),
    ...(mobile ? { mobile } : {}),
  };
}
