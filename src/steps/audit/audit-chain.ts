import {
  type AuditAnchor,
  type AuditEntry,
  type AuditFact,
  anchorParts,
  auditEntry,
  beginning,
} from '../../domain/audit.ts';
import { Conflict, Duplicate, QianxianError } from '../../domain/errors.ts';
import type { Unstored } from '../../domain/record.ts';
import type { Ports } from '../../ports/ports.ts';
import type { RecordStore } from '../../ports/record-store.ts';

export type AuditPorts = Pick<Ports, 'store' | 'clock' | 'vault'>;

export const anchorId = 'audit';
const mostTries = 500;

/** Processes that append at the same moment find the number taken and try the next; within a process they take turns. */
const turns = new WeakMap<RecordStore, Promise<unknown>>();

type Head = Pick<AuditEntry, 'sequence' | 'hash' | 'recordedAt'>;
type Reach = Pick<AuditAnchor, 'first' | 'before' | 'last' | 'hash'>;

/** A fact with the id of the entry that it becomes. */
export interface IdentifiedFact {
  readonly id: string;
  readonly fact: AuditFact;
}

/**
 * Appends facts to the chain, in order, and moves the anchor on. Ids follow from the causes: what is there already is left
 * as it is, so that a repeated call changes nothing.
 */
export async function appendToChain(ports: AuditPorts, facts: readonly IdentifiedFact[]): Promise<void> {
  if (facts.length === 0) return;
  const work = () => appendNow(ports, facts);
  const mine = (turns.get(ports.store) ?? Promise.resolve()).then(work, work);
  turns.set(ports.store, mine);
  await mine;
}

/** Entries that are written together: each names the one before it, so they are stored in their order or not at all. */
const together = 200;

async function appendNow(ports: AuditPorts, facts: readonly IdentifiedFact[]): Promise<void> {
  const entries = ports.store.collection('audit');
  let head = await headOf(ports);
  let tries = 0;
  for (let next = 0; next < facts.length; ) {
    const { stored, refused } = await entries.insertInOrder(
      chained(facts.slice(next, next + together), head, ports.clock.now().toISOString()),
    );
    if (stored.length > 0) tries = 0;
    next += stored.length;
    head = stored.at(-1) ?? head;
    if (!refused) continue;
    // Of two keys that are taken an engine may name either.
    if (await entries.get(facts[next]!.id)) {
      next += 1;
      continue;
    }
    tries += 1;
    if (tries === mostTries) {
      throw new QianxianError('unavailable', '审计记录暂时写不进去，请稍后再试', { retryAfter: 1, cause: refused });
    }
    head = await headOf(ports);
    // By itself, as the id may be that of an entry that was purged: used before, and there no more.
    try {
      head = await entries.insert(
        auditEntry(facts[next]!.id, facts[next]!.fact, head, ports.clock.now().toISOString()),
      );
      next += 1;
    } catch (error) {
      if (!(error instanceof Duplicate)) throw error;
    }
  }
  // Also after nothing but repetitions: whoever wrote them may have died before this.
  if (head) await moveAnchor(ports, head);
}

function chained(facts: readonly IdentifiedFact[], head: Head | null, at: string): Unstored<AuditEntry>[] {
  const entries: Unstored<AuditEntry>[] = [];
  let before = head;
  for (const { id, fact } of facts) {
    const entry = auditEntry(id, fact, before, at);
    entries.push(entry);
    before = entry;
  }
  return entries;
}

/** What the next entry follows: the newest one; where all were old enough to be removed, what the anchor tells of them. */
async function headOf(ports: AuditPorts): Promise<Head | null> {
  const page = await ports.store.collection('audit').find({ order: { by: 'sequence', direction: 'desc' }, limit: 1 });
  if (page.items[0]) return page.items[0];
  const anchor = await ports.store.collection('auditAnchors').get(anchorId);
  if (anchor) return anchor.first === 1 ? null : { sequence: anchor.first - 1, hash: anchor.before, recordedAt: '' };
  await beginAnchor(ports);
  return null;
}

/** The anchor is made before the first entry, and never again: one that is missing later was taken away. */
async function beginAnchor(ports: AuditPorts): Promise<void> {
  const nothing = { first: 1, before: beginning, last: 0, hash: beginning };
  try {
    await ports.store.collection('auditAnchors').insert(signedAnchor(ports, nothing));
  } catch (error) {
    if (!(error instanceof Duplicate)) throw error;
  }
}

/** The anchor over a chain that reaches so far. */
export function signedAnchor(ports: Pick<Ports, 'vault'>, reach: Reach): Unstored<AuditAnchor> {
  const { first, before, last, hash } = reach;
  const signature = signatureOf(ports, reach);
  return { id: anchorId, first, before, last, hash, keyId: ports.vault.keyId, signature };
}

export function signatureOf(ports: Pick<Ports, 'vault'>, reach: Reach): string {
  return Buffer.from(ports.vault.sign('audit anchor', ...anchorParts(reach))).toString('hex');
}

/** Whether the anchor was signed with this secret and the chain still has what it tells of. */
export async function anchorHolds(ports: AuditPorts, anchor: AuditAnchor): Promise<boolean> {
  if (anchor.keyId !== ports.vault.keyId || anchor.signature !== signatureOf(ports, anchor)) return false;
  if (anchor.last < anchor.first) return true;
  const page = await ports.store.collection('audit').find({ where: { sequence: anchor.last }, limit: 1 });
  return page.items[0]?.hash === anchor.hash;
}

/**
 * Moves the anchor to this entry. One that reaches further already stays; and one that does not hold stays as it is, for it
 * shows what was done to the chain.
 */
async function moveAnchor(ports: AuditPorts, newest: Head): Promise<void> {
  const anchors = ports.store.collection('auditAnchors');
  for (let tries = 0; tries < mostTries; tries += 1) {
    const there = await anchors.get(anchorId);
    if (!there || there.last >= newest.sequence || !(await anchorHolds(ports, there))) return;
    const { first, before } = there;
    const reach = { first, before, last: newest.sequence, hash: newest.hash };
    try {
      await anchors.update(anchorId, there.version, signedAnchor(ports, reach));
      return;
    } catch (error) {
      if (!(error instanceof Conflict)) throw error;
    }
  }
}
