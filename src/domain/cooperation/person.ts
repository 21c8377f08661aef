import type { z } from 'zod';
import { contact } from '../organisation.ts';
import { list, text } from '../validation.ts';

/** Somebody who works on it, and how to reach him: shown like a contact, never in lists, exports or the index. */
export const personInput = contact.omit({ fax: true }).extend({
  role: text('职务或分工', 50).optional(),
  organisation: text('所在单位', 100).optional(),
});
export type Person = z.output<typeof personInput>;

export const mostPeople = 50;
export const peopleInput = list('人员', personInput, { max: mostPeople });
