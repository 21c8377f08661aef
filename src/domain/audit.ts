import { createHash } from 'node:crypto';
import { canonicalJson } from './canonical-json.ts';
import type { ChangedFields, DomainEvent, Origin, PlainFact, Stored, Unstored } from './record.ts';

/** What an entry tells of: a write, something that was refused, or somebody's look at personal data. */
export const auditKinds = [
  { code: 'change', label: '办理' },
  { code: 'refusal', label: '拒绝' },
  { code: 'view', label: '查看个人信息' },
] as const;
export type AuditKind = (typeof auditKinds)[number]['code'];

/** What happened, before it has its place in the chain. Persons are named by their ids alone. */
export interface AuditFact {
  readonly kind: AuditKind;
  /** The type of the event, for instance `need.submitted`, `access.refused` or `contact.viewed`. */
  readonly action: string;
  readonly at: string;
  /** User id, `system` for the program itself, `anonymous` for somebody who is not logged in. */
  readonly by: string;
  readonly from: Readonly<Origin>;
  /** Collection and id of the record that it was done to. */
  readonly subject: { readonly collection: string; readonly id: string; readonly version?: number } | null;
  readonly changed: ChangedFields;
  readonly facts: Readonly<Record<string, PlainFact | readonly PlainFact[]>>;
}

/** A link of the chain. Never changed after it was written. */
export interface AuditEntry extends Stored, AuditFact {
  /** 1, 2, 3 and so on without a gap. */
  readonly sequence: number;
  /** When it was written, never before the entry before it. */
  readonly recordedAt: string;
  /** Hash of the entry before; of the first `beginning`. */
  readonly previous: string;
  /** SHA-256 of everything above, the previous hash included. */
  readonly hash: string;
}

/**
 * Where the chain begins and how far it reached when this was written, signed with the service's secret, so that whoever
 * cuts the chain at either end, or writes it anew, is found out.
 */
export interface AuditAnchor extends Stored {
  readonly first: number;
  /** Hash of the entry before the first: those before it were kept long enough and removed. */
  readonly before: string;
  readonly last: number;
  readonly hash: string;
  /** Which secret signed. */
  readonly keyId: string;
  readonly signature: string;
}

export const beginning = createHash('sha256').update('qianxian audit').digest('hex');

/** The next link of a chain. `id` follows from what caused it: the same event makes one entry, however often it comes. */
export function auditEntry(
  id: string,
  fact: AuditFact,
  before: Pick<AuditEntry, 'sequence' | 'hash' | 'recordedAt'> | null,
  now: string,
): Unstored<AuditEntry> {
  const entry = {
    id,
    ...fact,
    sequence: (before?.sequence ?? 0) + 1,
    // A clock that was set back does not turn the chain around.
    recordedAt: before !== null && before.recordedAt > now ? before.recordedAt : now,
    previous: before?.hash ?? beginning,
  };
  return { ...entry, hash: hashOf(entry) };
}

/** The hash that an entry must have. */
export function hashOf(entry: Omit<Unstored<AuditEntry>, 'hash'>): string {
  const { id, kind, action, at, by, from, subject, changed, facts, sequence, recordedAt, previous } = entry;
  const parts = { id, kind, action, at, by, from, subject, changed, facts, sequence, recordedAt, previous };
  return createHash('sha256').update(canonicalJson(parts)).digest('hex');
}

/** What of the anchor is signed. */
export function anchorParts(anchor: Pick<AuditAnchor, 'first' | 'before' | 'last' | 'hash'>): readonly string[] {
  return [String(anchor.first), anchor.before, String(anchor.last), anchor.hash];
}

const longestFact = 100;
const mostFacts = 50;

/** The data of an event as far as the audit keeps it: short plain values, lists of such; never a text that somebody wrote. */
export function factsOf(data: DomainEvent['data']): AuditFact['facts'] {
  const facts: Record<string, PlainFact | readonly PlainFact[]> = {};
  for (const [name, value] of Object.entries(data ?? {})) {
    if (isShort(value)) facts[name] = value;
    else if (Array.isArray(value) && value.length <= mostFacts && value.every(isShort)) facts[name] = value;
  }
  return facts;
}

function isShort(value: unknown): value is PlainFact {
  if (value === null || typeof value === 'boolean') return true;
  if (typeof value === 'number') return Number.isFinite(value);
  return typeof value === 'string' && value.length <= longestFact;
}

/**
 * Checks entries in the order of their sequence, from `first` on. Answers what is wrong, as Chinese sentences, at most
 * twenty of them.
 */
export function createChainCheck(first: { readonly sequence: number; readonly before: string }) {
  const findings: string[] = [];
  let expected = first.sequence;
  let previous = first.before;
  let recordedAt = '';
  let checked = 0;
  const found = (finding: string) => {
    if (findings.length < 20) findings.push(finding);
  };
  return {
    next(entry: AuditEntry): void {
      // Left over by a removal of old entries that was cut short: the anchor says that they may go.
      if (entry.sequence < first.sequence) return;
      checked += 1;
      if (entry.sequence !== expected) {
        const missing = entry.sequence - 1;
        found(
          missing > expected
            ? `审计记录第${expected}至${missing}号不见了`
            : missing === expected
              ? `审计记录第${expected}号不见了`
              : `审计记录第${entry.sequence}号重复`,
        );
      } else if (entry.previous !== previous) {
        found(`审计记录第${entry.sequence}号与前一号接不上：有记录被换过或调换了次序`);
      }
      if (hashOf(entry) !== entry.hash) found(`审计记录第${entry.sequence}号被改过`);
      if (entry.recordedAt < recordedAt) found(`审计记录第${entry.sequence}号的时间早于前一号`);
      expected = entry.sequence + 1;
      previous = entry.hash;
      recordedAt = entry.recordedAt;
    },
    result: () => ({ findings, checked, last: expected - 1, hash: previous }),
  };
}
