import type { EntryKind } from '../entry.ts';
import { matchedFields } from '../matching/match-profile.ts';

/** The texts of a record that tell its subject, each on its own line: those that matching reads. */
export function recordText(kind: EntryKind, content: object): string {
  const fields = content as Readonly<Record<string, unknown>>;
  return matchedFields[kind]
    .flatMap((field) => fields[field] ?? [])
    .map(String)
    .join('\n');
}
