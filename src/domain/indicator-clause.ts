export const clauseEnd = /[，。；;！!？?\n\r]/;

export function lastSentenceEnd(window: string): number {
  for (let at = window.length - 1; at >= 0; at--) {
    if (/[。;；!！?？\n\r]/.test(window[at]!)) return at + 1;
  }
  return 0;
}

/** Where the clause ends, at most 80 characters on. */
export function clauseEndAfter(text: string, start: number): number {
  let at = start;
  while (at < text.length && at - start < 80 && !clauseEnd.test(text[at]!)) at++;
  return at;
}
