/** What is written where a person was named who has been erased. */
export const erasedName = '已注销';

/** What somebody is found by in a text. */
export interface Mentioned {
  readonly name: string;
  readonly login: string;
  readonly email?: string;
  readonly mobile?: string;
}

const forPattern = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
const alone = (pattern: string): string => `(?<![0-9A-Za-z])${pattern}(?![0-9A-Za-z])`;
const word = (text: string): string => (/^[0-9A-Za-z]/.test(text) ? alone(forPattern(text)) : forPattern(text));

/**
 * Puts `erasedName` in the place of whatever in a text names him: his address, his number with or without blanks between its
 * digits, his login where it is long enough to be no other word or figure; and, where `byName`, his name (nothing shorter
 * than two characters, since it would be found in other words; a name that begins a longer one goes with it), a Chinese one
 * with blanks between its characters too. Latin letters and digits only as whole words. `kept` are words that stay although
 * his name is in them: those of an organisation that is called after him. Done twice it comes to the same.
 */
export function mentionsOf(
  { name, login, email, mobile }: Mentioned,
  byName: boolean,
  kept: readonly string[] = [],
): (written: string) => string {
  const ownName = byName && [...name].length >= 2 && !erasedName.includes(name);
  const sought = [
    ...(email === undefined ? [] : [word(email)]),
    ...(mobile === undefined ? [] : [alone([...mobile].map(forPattern).join('[\\s-]?'))]),
    ...(!ownName ? [] : [/^\p{Script=Han}+$/u.test(name) ? [...name].join('[ \\u3000]?') : word(name)]),
    ...(login.length >= 6 && /[A-Za-z]|^1\d{10}$/.test(login) ? [word(login)] : []),
  ];
  if (sought.length === 0) return (written) => written;
  // The longest first: of two names of which one begins the other the whole one is meant.
  const words = [erasedName, ...kept].sort((a, b) => b.length - a.length).map(forPattern);
  const pattern = new RegExp(`(${words.join('|')})|${sought.join('|')}`, 'gi');
  return (written) => written.replace(pattern, (found, stays?: string) => (stays === undefined ? erasedName : found));
}
