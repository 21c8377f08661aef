/**
 * Where one word stands: an entry for each document and field, in the order in which documents came, entries of one
 * document side by side. `fields` packs the number of the field (8 bits) and the frequency (24 bits).
 */
export interface Postings {
  slots: Uint32Array;
  fields: Uint32Array;
  length: number;
  /** Documents that hold the word and are not dead. */
  documents: number;
}

export const mostFields = 255;
export const highestFrequency = 0xffffff;

export function createPostings(): Postings {
  return { slots: new Uint32Array(2), fields: new Uint32Array(2), length: 0, documents: 0 };
}

export function addPosting(postings: Postings, slot: number, field: number, frequency: number): void {
  const at = postings.length;
  if (at === postings.slots.length) {
    const slots = new Uint32Array(at * 2);
    slots.set(postings.slots);
    postings.slots = slots;
    const fields = new Uint32Array(at * 2);
    fields.set(postings.fields);
    postings.fields = fields;
  }
  postings.slots[at] = slot;
  postings.fields[at] = (field << 24) | frequency;
  postings.length = at + 1;
}

/** Drops the entries of dead slots and renames the rest; `renamed` holds the new number of each slot, or -1. */
export function compactPostings(postings: Postings, renamed: Int32Array): void {
  let kept = 0;
  for (let at = 0; at < postings.length; at++) {
    const slot = renamed[postings.slots[at]!]!;
    if (slot < 0) continue;
    postings.slots[kept] = slot;
    postings.fields[kept] = postings.fields[at]!;
    kept++;
  }
  postings.length = kept;
}
