import { labelOf } from '../../domain/codes/table.ts';
import { Duplicate } from '../../domain/errors.ts';
import type { Organisation } from '../../domain/organisation.ts';
import { isOpen, type Policy, policyKinds, policyTellingId } from '../../domain/policies/policy.ts';
import { dateIn } from '../../domain/week.ts';
import type { Ports } from '../../ports/ports.ts';
import type { Change } from '../../ports/record-store.ts';
import type { Tell } from '../../ports/tell.ts';
import { organisationsFor } from './policy-audience.ts';

type SendingPorts = Pick<Ports, 'store' | 'clock' | 'log'>;

const atOnce = 100;
/** So much of the text is in the notice; the whole is behind its link. */
const excerpt = 300;

async function tellOne(ports: SendingPorts, tell: Tell, policy: Policy, organisation: Organisation): Promise<void> {
  const { kind, title, text, openUntil } = policy.content;
  const characters = [...text];
  const beginning = characters.length > excerpt ? `${characters.slice(0, excerpt).join('')}……` : text;
  await tell(`policy/${policy.id}`, {
    kind: 'policy',
    to: { to: 'organisation', organisationId: organisation.id },
    subject: `${labelOf(policyKinds, kind)}：${title}`,
    text: `${beginning}${openUntil === undefined ? '' : `\n截止日期：${openUntil}`}`,
    link: `/policies/${policy.id}`,
  });
  // Noted last: killed before, the organisation is told again, which makes the same notices.
  try {
    await ports.store.collection('policyTellings').insert({
      id: policyTellingId(policy.id, organisation.id),
      policyId: policy.id,
      organisationId: organisation.id,
      at: ports.clock.now().toISOString(),
    });
  } catch (error) {
    if (!(error instanceof Duplicate)) throw error;
  }
}

/** Tells every organisation that a policy fits and that was not told yet. @returns how many */
async function tellAll(ports: SendingPorts, tell: Tell, policyId: string): Promise<number> {
  const policies = ports.store.collection('policies');
  const policy = await policies.get(policyId);
  if (!policy || !isOpen(policy, dateIn(ports.clock.now()))) return 0;
  let told = 0;
  let batch: Organisation[] = [];
  const tellBatch = async () => {
    // Withdrawn meanwhile: nobody more is told.
    if ((await policies.get(policyId))?.state !== 'published') return false;
    const there = await ports.store
      .collection('policyTellings')
      .getMany(batch.map(({ id }) => policyTellingId(policyId, id)));
    const known = new Set(there.map(({ organisationId }) => organisationId));
    for (const organisation of batch) {
      if (known.has(organisation.id)) continue;
      await tellOne(ports, tell, policy, organisation);
      told += 1;
    }
    batch = [];
    return true;
  };
  for await (const { organisation, fit } of organisationsFor(ports, policy.content.audience)) {
    if (fit !== 'fits') continue;
    batch.push(organisation);
    if (batch.length >= atOnce && !(await tellBatch())) return told;
  }
  await tellBatch();
  return told;
}

/** Consumer of changes on `policies`: what was published is told to whom it fits. Idempotent. */
export function followPolicies(ports: SendingPorts, tell: Tell): (changes: readonly Change[]) => Promise<void> {
  return async (changes) => {
    for (const { collection, id, events } of changes) {
      if (collection !== 'policies' || !events.some(({ type }) => type === 'policy.published')) continue;
      const told = await tellAll(ports, tell, id);
      ports.log.info({ policy: id, organisations: told }, 'a policy was told');
    }
  };
}

/** The round of each morning: organisations that have come to fit an open policy are told as well, once. */
export async function sendOpenPolicies(ports: SendingPorts, tell: Tell): Promise<number> {
  let told = 0;
  for await (const { id } of ports.store.collection('policies').stream({ state: 'published' })) {
    told += await tellAll(ports, tell, id);
  }
  return told;
}
