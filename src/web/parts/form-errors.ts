import { isProblem } from '../api/client.ts';

/** What is wrong with one field of a form. */
export interface FieldError {
  readonly name: string;
  readonly text: string;
}

/**
 * What the service says of single fields, at the form's fields: what it says of a part (`keywords.1`) belongs to the field that
 * holds it. `prefix` is where the form's content lies in the request. `rest` is what belongs to no field, or null.
 */
export function fieldErrors(
  error: unknown,
  names: readonly string[],
  prefix = '',
): { readonly fields: readonly FieldError[]; readonly rest: unknown } {
  if (!isProblem(error)) return { fields: [], rest: error };
  const fields = new Map<string, string[]>();
  let unplaced = error.problem.errors.length === 0;
  for (const issue of error.problem.errors) {
    const path = issue.field.startsWith(prefix) ? issue.field.slice(prefix.length) : issue.field;
    const name = names
      .filter((one) => path === one || path.startsWith(`${one}.`))
      .sort((a, b) => b.length - a.length)[0];
    if (name === undefined) {
      unplaced = true;
      continue;
    }
    fields.set(name, [...(fields.get(name) ?? []), `${issue.reason}。${issue.mend}`]);
  }
  return {
    // In the order of the form, whatever the order of the answer.
    fields: names.flatMap((name) => (fields.has(name) ? [{ name, text: fields.get(name)!.join('；') }] : [])),
    rest: unplaced ? error : null,
  };
}

/** `{ 'contact.name': 'x' }` to `{ contact: { name: 'x' } }`, without what is empty: an empty field is one that is not there. */
export function nested(values: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const whole: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(values)) {
    if (value === undefined || value === null || value === false) continue;
    if (typeof value === 'string' && value.trim() === '') continue;
    if (Array.isArray(value) && value.length === 0) continue;
    const path = name.split('.');
    let place = whole;
    for (const part of path.slice(0, -1)) {
      place[part] ??= {};
      place = place[part] as Record<string, unknown>;
    }
    place[path.at(-1)!] = typeof value === 'string' ? value.trim() : value;
  }
  return whole;
}

/** The other way: the values of these fields out of a content. */
export function flat(content: unknown, names: readonly string[]): Record<string, unknown> {
  const values: Record<string, unknown> = {};
  for (const name of names) {
    let value: unknown = content;
    for (const part of name.split('.')) value = (value as Record<string, unknown> | undefined)?.[part];
    if (value !== undefined && value !== null) values[name] = value;
  }
  return values;
}
