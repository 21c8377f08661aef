import { type AuditFact, factsOf } from '../../domain/audit.ts';
import { derivedId, randomId } from '../../domain/ids.ts';
import type { Origin } from '../../domain/record.ts';
import type { Principal } from '../../domain/user.ts';
import type { Ports } from '../../ports/ports.ts';
import type { Change } from '../../ports/record-store.ts';
import { type AuditPorts, appendToChain } from './audit-chain.ts';

/** Whether an event tells of a look at personal data, as `recordView` would. */
function isView(type: string): boolean {
  return type.endsWith('.viewed');
}

/** Consumer of every collection: each event becomes an entry of the audit, once. */
export function auditEvents(ports: AuditPorts): (changes: readonly Change[]) => Promise<void> {
  return async (changes) => {
    const facts = changes.flatMap((change) =>
      change.events.map((event) => ({
        id: derivedId('audit', event.id),
        fact: {
          kind: isView(event.type) ? 'view' : 'change',
          action: event.type,
          at: event.at,
          by: event.by,
          from: event.from ?? {},
          subject: { collection: change.collection, id: change.id, version: Number(event.id.split('/').at(-2)) },
          changed: event.changed ?? {},
          facts: factsOf(event.data),
        } satisfies AuditFact,
      })),
    );
    await appendToChain(ports, facts);
  };
}

/** What was refused. */
export interface Refusal {
  /** Of the interface: `operationId` or address template of the route. */
  readonly operation: string;
  /** The code of the error, for instance `forbidden`. */
  readonly code: string;
}

/** What it was asked about; null where it was asked about no record. */
export type RefusedSubject = { readonly collection: string; readonly id: string } | null;

/** A source that is refused again and again is told of at its first, tenth, hundredth … refusal within this time. */
const refusalWindowMs = 10 * 60_000;

/**
 * Appends a refusal. Who floods the service with requests that are refused does not flood the audit: of the same refusal
 * to the same source only the 1st, 10th, 100th and so on within ten minutes are written, with their number.
 */
export async function recordRefusal(
  ports: AuditPorts & Pick<Ports, 'rates'>,
  principal: Principal | null,
  refusal: Refusal,
  from: Readonly<Origin>,
  subject: RefusedSubject = null,
): Promise<void> {
  const source = principal?.userId ?? from.ip ?? '';
  const { count } = await ports.rates.hit(
    `audit:${derivedId(source, refusal.operation, refusal.code)}`,
    refusalWindowMs,
  );
  if (!Number.isInteger(Math.log10(count))) return;
  await appendToChain(ports, [
    {
      id: randomId(),
      fact: {
        kind: 'refusal',
        action: 'access.refused',
        at: ports.clock.now().toISOString(),
        by: principal?.userId ?? 'anonymous',
        from: { ...from },
        subject: subject && { ...subject },
        changed: {},
        facts: { ...refusal, count },
      },
    },
  ]);
}

/** Appends that somebody was shown personal data of a record: a contact, an exported list. */
export async function recordView(
  ports: AuditPorts,
  principal: Principal,
  subject: { readonly collection: string; readonly id: string },
  from: Readonly<Origin>,
  what = 'contact',
): Promise<void> {
  await appendToChain(ports, [
    {
      id: randomId(),
      fact: {
        kind: 'view',
        action: `${what}.viewed`,
        at: ports.clock.now().toISOString(),
        by: principal.userId,
        from: { ...from },
        subject: { ...subject },
        changed: {},
        facts: {},
      },
    },
  ]);
}
