import type { Person } from '../domain/cooperation/person.ts';

/** What a file of people holds, for the help of the commands that take one. */
export const peopleExample = '[{"name": "…", "role": "…", "mobile": "…"}]';

/** Somebody and how to reach him, in one line. */
export function personLine({ name, role, organisation, phone, mobile, email }: Partial<Person>): string {
  return [name, role, organisation, phone, mobile, email].filter((one) => one !== undefined).join('，');
}
