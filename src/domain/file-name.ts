import { wellFormed } from './plain-text.ts';
import { lengthOf } from './validation.ts';

/** Longest name in characters, its extension included; file systems take 255 bytes, which is 85 characters of Chinese. */
const longest = 80;

/** Marks that turn the direction of text or take no room: a name may look like another one with them. */
const invisible =
  /[\u00ad\u061c\u115f\u1160\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\u3164\ufeff\ufff9-\ufffb]|[\ufe00-\ufe0f]/g;
// biome-ignore lint/suspicious/noControlCharactersInRegex: exactly these are taken out
const forbidden = /[\u0000-\u001f\u007f-\u009f<>:"|?*\ufffd]/g;
/** Names that mean devices on Windows, with whatever extension. */
const devices = /^(con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³])$/i;

/** Longer than this, or with other signs than letters and digits, what stands after the last dot is no extension. */
const extensionForm = /^[\p{L}\p{N}]{1,10}$/u;

/** What stands after the last dot, in lower case; empty where that is no extension. */
export function extensionOf(name: string): string {
  const dot = name.lastIndexOf('.');
  const tail = dot > 0 ? name.slice(dot + 1) : '';
  return extensionForm.test(tail) ? tail.toLowerCase() : '';
}

/**
 * A file's name as it is kept and offered for download, made of what a browser sent: no path, no character that a file
 * system or a header would stumble over, at most 80 characters, the extension kept and in lower case. Never empty.
 */
export function fileNameOf(written: string): string {
  const last = wellFormed(written).normalize('NFC').split(/[/\\]/).at(-1)!;
  const clean = last.replace(invisible, '').replace(/\s+/gu, ' ').replace(forbidden, '_');
  const trimmed = withoutEnds(clean);
  const extension = extensionOf(trimmed);
  const stem = extension === '' ? trimmed : withoutEnds(trimmed.slice(0, trimmed.lastIndexOf('.')));
  const named = stem === '' ? '附件' : devices.test(stem) ? `_${stem}` : stem;
  const room = longest - (extension === '' ? 0 : lengthOf(extension) + 1);
  const short = withoutEnds([...named].slice(0, room).join(''));
  if (extension !== '') return `${short}.${extension}`;
  // Where a long name was cut, what is behind its last dot now may look like an extension.
  const found = extensionOf(short);
  return found === '' ? short : `${short.slice(0, short.lastIndexOf('.'))}.${found}`;
}

/** Neither dots nor spaces at the beginning and the end. */
function withoutEnds(name: string): string {
  return name.replace(/^[. ]+|[. ]+$/g, '');
}
