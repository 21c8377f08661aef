/** What makes a spreadsheet take a text for a formula, at the beginning of a cell; full-width signs are folded by some of them. */
const dangerous = /^(?:[\t\r\n]|[\s\u200b\ufeff]*[=+\-@＝＋－＠﹦﹢﹣﹫−])/u;
/** More does not fit into a cell. */
const longest = 32_767;

/**
 * A text as a spreadsheet may be given it: an apostrophe before what could be a formula (also behind blanks, which some
 * programs drop), CR dropped, cut where a cell ends.
 */
export function safeCell(text: string): string {
  const plain = text.replace(/\r\n?/g, '\n');
  const safe = dangerous.test(text) ? `'${plain}` : plain;
  if (safe.length <= longest) return safe;
  const cut = safe.slice(0, longest - 1);
  // Not through the middle of a character.
  return `${/[\ud800-\udbff]$/.test(cut) ? cut.slice(0, -1) : cut}…`;
}
