import { canonicalJson } from './canonical-json.ts';
import { creditCodeFault, normaliseCreditCode } from './credit-code.ts';
import { derivedId } from './ids.ts';
import type { ImportKind } from './import-fields.ts';

/** The id of the record that an import makes of this external id of this source: the same on every import. */
export function importedId(kind: ImportKind, source: string, externalId: string): string {
  return derivedId('import', kind, source, externalId);
}

/** Stands for an external id where a row has none: made of all that the row holds. */
export function rowIdentity(cells: Readonly<Record<string, unknown>>): string {
  return `#${derivedId('import-row', canonicalJson({ ...cells }))}`;
}

/** The id of an organisation of which no more than the name is known: one for each name, whatever names it. */
export function namedOrganisationId(name: string): string {
  return derivedId('organisation-by-name', plainName(name));
}

/** Marks the external id of an organisation that an import made by its name alone. */
export const byNamePrefix = 'name:';

/** Id of the note that a source's external id means an organisation that was there already. */
export function organisationAliasId(source: string, externalId: string): string {
  return `import-alias:${importedId('organisation', source, externalId)}`;
}

function plainName(name: string): string {
  return name.normalize('NFKC').replace(/\s/g, '').toLowerCase();
}

/** Spellings of a name that stored names are looked up by: brackets are written in full or half width. */
export function nameSpellings(name: string): string[] {
  const written = name.trim();
  const full = written.replace(/\(/g, '（').replace(/\)/g, '）');
  const half = written.replace(/（/g, '(').replace(/）/g, ')');
  return [...new Set([written, full, half])];
}

export function sameName(a: string, b: string): boolean {
  return plainName(a) === plainName(b);
}

/** The credit code that a reference is, or undefined where it is none. */
export function referredCreditCode(reference: string): string | undefined {
  const code = normaliseCreditCode(reference);
  return creditCodeFault(code) === undefined ? code : undefined;
}

/** Whether a reference may be the name of an organisation, and not a number or a code of some list. */
export function mayBeName(reference: string): boolean {
  return /\p{Script=Han}/u.test(reference) || /\p{L}{2,}\s+\p{L}{2,}/u.test(reference);
}
