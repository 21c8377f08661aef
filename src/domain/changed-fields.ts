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
  'until',
  'begunOn',
  'contract.type',
  'contract.signedOn',
  'contract.amountFen',
  'contract.technologyAmountFen',
  'contract.from',
  'contract.until',
  'contract.registrationNumber',
  'acceptance.on',
  'outcome.on',
  'content.startYear',
  'content.endYear',
  'content.budgetWan',
  'content.priceMinWan',
  'content.priceMaxWan',
  'content.from',
  'content.until',
  'content.signedOn',
  'content.approvedOn',
  'content.type',
  'content.visibility',
  'content.hideOrganisation',
]);

/** What every write changes, or what only retells it. */
const noise: ReadonlySet<string> = new Set(['id', 'version', 'createdAt', 'updatedAt', 'history']);

type Fields = Readonly<Record<string, unknown>>;

/** Parts of a document whose fields are told one by one. */
const parts: ReadonlySet<string> = new Set(['content', 'contract', 'acceptance', 'outcome']);

/** The fields that differ between two versions of a document; those within one of `parts` one by one. */
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
    // Facts that come bit by bit have nothing before they are there.
    const mayBegin = key !== 'content' && (was === null || is === null);
    const isPart = prefix === '' && parts.has(key) && (mayBegin || (isFields(was) && isFields(is)));
    if (isPart) compare((was ?? {}) as Fields, (is ?? {}) as Fields, `${key}.`, changed);
    else changed[prefix + key] = plainFacts.has(prefix + key) && isPlain(was) && isPlain(is) ? [was, is] : null;
  }
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isPlain(value: unknown): value is PlainFact {
  return value === null || typeof value !== 'object';
}
