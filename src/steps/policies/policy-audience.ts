import type { Organisation } from '../../domain/organisation.ts';
import { type Fit, fitOf, type PublishedFacts } from '../../domain/policies/audience-fit.ts';
import type { PolicyAudience } from '../../domain/policies/policy.ts';
import { dateIn } from '../../domain/week.ts';
import type { Ports } from '../../ports/ports.ts';

/** Industries and fields of each organisation's published records; only read where a rule asks for them. */
async function publishedFacts(
  { store }: Pick<Ports, 'store'>,
  audience: PolicyAudience,
): Promise<ReadonlyMap<string, PublishedFacts>> {
  const facts = new Map<string, { readonly industries: Set<string>; readonly fields: Set<string> }>();
  if (audience.industries === undefined && audience.fields === undefined) return facts;
  for (const name of ['needs', 'achievements'] as const) {
    for await (const { organisationId, published } of store.collection(name).stream({ state: 'published' })) {
      if (organisationId === null || published === null) continue;
      const own = facts.get(organisationId) ?? { industries: new Set(), fields: new Set() };
      if (published.content.industry !== undefined) own.industries.add(published.content.industry);
      for (const field of published.content.fields ?? []) own.fields.add(field);
      facts.set(organisationId, own);
    }
  }
  return facts;
}

/** Every approved organisation with whether the audience's rules fit it, by id. */
export async function* organisationsFor(
  ports: Pick<Ports, 'store' | 'clock'>,
  audience: PolicyAudience,
): AsyncGenerator<{ readonly organisation: Organisation; readonly fit: Fit }> {
  const today = dateIn(ports.clock.now());
  const facts = await publishedFacts(ports, audience);
  for await (const organisation of ports.store.collection('organisations').stream({ state: 'approved' })) {
    yield { organisation, fit: fitOf(audience, organisation.content, facts.get(organisation.id), today) };
  }
}
