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

/** What stands after the last dot, in lower case; empty where there is none. */
export function extensionOf(name: string): string {
  const dot = name.lastIndexOf('.');
  return dot > 0 ? name.slice(dot + 1).toLowerCase() : '';
}

/**
 * A file's name as it is kept and offered for download, made of what a browser sent: no path, no character that a file
 * system or a header would stumble over, at most 80 characters, the extension kept and in lower case. Never empty.
 */
export function fileNameOf(written: string): string {
  const last = wellFormed(written).normalize('NFC').split(/[/\\]/).at(-1)!;
  const clean = last.replace(invisible, '').replace(/\s+/gu, ' ').replace(forbidden, '_');
  const trimmed = clean.replace(/^[. ]+|[. ]+$/g, '');
  const extension = extensionOf(trimmed)
    .replace(/[^\p{L}\p{N}]/gu, '')
    .slice(0, 10);
  const dot = trimmed.lastIndexOf('.');
  const stem = (dot > 0 ? trimmed.slice(0, dot) : trimmed).replace(/[. ]+$/g, '');
  const named = stem === '' ? '附件' : devices.test(stem) ? `_${stem}` : stem;
  const room = longest - (extension === '' ? 0 : lengthOf(extension) + 1);
  const short = [...named].slice(0, room).join('').trimEnd();
  return extension === '' ? short : `${short}.${extension}`;
}
