import { maskedAddress } from '../notices/masked-address.ts';

/** A mobile or fixed-line number of mainland China, or a mail address, that stands in a text by itself. */
const address =
  /(?<![0-9A-Za-z.])1[3-9]\d(?:[\s.-]?\d{4}){2}(?![0-9A-Za-z]|\.\d)|(?<![0-9A-Za-z.])0\d{2,3}[\s-]?\d{7,8}(?![0-9A-Za-z.])|[\w.+-]+@[\w-]+(?:\.[\w-]+)+/g;

/** Full-width digits, letters and signs as their ASCII ones: one for one, so that places stay. */
function narrow(text: string): string {
  return text.replace(/[\uff01-\uff5e]/g, (wide) => String.fromCharCode(wide.charCodeAt(0) - 0xfee0));
}

/** A text of a cell with the telephone numbers and mail addresses in it masked, since people write them into notes as well. */
export function withoutAddresses(text: string): string {
  let shown = '';
  let from = 0;
  for (const found of narrow(text).matchAll(address)) {
    shown +=
      text.slice(from, found.index) +
      maskedAddress(found[0].replace(/[\s.-](?=\d)/g, (sign) => (found[0].includes('@') ? sign : '')));
    from = found.index + found[0].length;
  }
  return shown + text.slice(from);
}
