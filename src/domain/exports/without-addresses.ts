import { maskedAddress } from '../notices/masked-address.ts';

/** A mobile number of mainland China or a mail address that stands in a text by itself. */
const address = /(?<![0-9A-Za-z])1[3-9]\d(?:[\s-]?\d{4}){2}(?![0-9A-Za-z])|[\w.+-]+@[\w-]+(?:\.[\w-]+)+/g;

/** A text of a cell with the mobile numbers and mail addresses in it masked, since people write them into notes as well. */
export function withoutAddresses(text: string): string {
  return text.replace(address, (found) => maskedAddress(found.replace(/[\s-](?=\d)/g, '')));
}
