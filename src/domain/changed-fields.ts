import { canonicalJson } from './canonical-json.ts';
import type { ChangedFields, PlainFact } from './record.ts';

/**
 * Paths whose values are facts about the work and never about a person: of these the audit tells before and after. Of all
 * others it tells the name alone, so that erasing a person leaves the audit as it is.
 */
const plainFacts: ReadonlySet<string> = new Set([
  'state',
  'role',
  'kind',
  'stage',
  'revision',
  'week',
  'organisationId',
  'mergedInto',
  'needId',
  'achievementId',
  'assignedTo',
  'mustChangePassword',
  'lockedUntil',
  'expiresOn',
  'expiresAt',
  'deferredUntil',
  'dueOn',
  'content.type',
  'content.visibility',
  'content.hideOrganisation',
]);

/** What every write changes, or what only retells it. */
const noise: ReadonlySet<string> = new Set(['id', 'version', 'createdAt', 'updatedAt', 'history']);

type Fields = Readonly<Record<string, unknown>>;

/** The fields that differ between two versions of a document; those within `content` one by one. */
export function changedFields(before: object, after: object): ChangedFields {
  const changed: Record<string, readonly [PlainFact, PlainFact] | null> = {};
  compare(before as Fields, after as Fields, '', changed);
  return changed;
}

function compare(
  before: Fields,
  after: Fields,
  prefix: string,
  changed: Record<string, readonly [PlainFact, PlainFact] | null>,
): void {
  for (const key of [...new Set([...Object.keys(before), ...Object.keys(after)])].sort()) {
    if (prefix === '' && noise.has(key)) continue;
    const [was, is] = [before[key] ?? null, after[key] ?? null];
    if (canonicalJson(was) === canonicalJson(is)) continue;
    if (prefix === '' && key === 'content' && isFields(was) && isFields(is)) compare(was, is, 'content.', changed);
    else changed[prefix + key] = plainFacts.has(prefix + key) && isPlain(was) && isPlain(is) ? [was, is] : null;
  }
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isPlain(value: unknown): value is PlainFact {
  return value === null || typeof value !== 'object';
}
