import type { ClipboardEvent } from 'react';

// biome-ignore lint/suspicious/noControlCharactersInRegex: these are other ways to begin a line
const breaks = /\r\n?|[\u000b\u000c\u0085\u2028\u2029]/g;
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is taken out
const control = /[\u0000-\u0008\u000e-\u001f\u007f-\u009f]/g;
/** Zero-width and direction characters, soft hyphens, byte order marks; and what stands for a picture. */
const invisible = /\p{Cf}|\ufffc/gu;
const halves = /[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g;

/**
 * Text as it comes out of Word and web pages, made plain: no control, zero-width or direction characters, no bullets of symbol
 * fonts, line breaks of one kind, at most one empty line in a row.
 */
export function cleanedText(pasted: string): string {
  return (
    pasted
      .replace(breaks, '\n')
      // Bullets of Symbol and Wingdings lie in the private area.
      .replace(/[\uf000-\uf0ff]/g, '·')
      .replace(/[\u00a0\u2000-\u200a\u202f\u205f]/g, ' ')
      .replace(/\t+/g, ' ')
      .replace(control, '')
      .replace(invisible, '')
      .replace(halves, '')
      .replace(/ +\n/g, '\n')
      .replace(/\n{3,}/g, '\n\n')
      .normalize('NFC')
  );
}

/** Cleans what is pasted into a text field below the element that listens, and leaves undo as it is. */
export function cleanPaste(event: ClipboardEvent<HTMLElement>): void {
  const { target } = event;
  const takesText =
    target instanceof HTMLTextAreaElement ||
    (target instanceof HTMLInputElement && /^(text|search|)$/.test(target.type));
  if (!takesText) return;
  const pasted = event.clipboardData.getData('text/plain');
  let cleaned = cleanedText(pasted);
  if (target instanceof HTMLInputElement) cleaned = cleaned.replace(/\n+/g, ' ').trim();
  if (cleaned === pasted) return;
  event.preventDefault();
  // The only way of a browser to write what can be undone; it tells the form like typing does.
  if (document.execCommand('insertText', false, cleaned)) return;
  target.setRangeText(cleaned, target.selectionStart ?? 0, target.selectionEnd ?? 0, 'end');
  target.dispatchEvent(new Event('input', { bubbles: true }));
}
