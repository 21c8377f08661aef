import type { Campaign } from '../../domain/campaign.ts';
import type { Organisation } from '../../domain/organisation.ts';
import type { Fit } from '../../domain/policies/audience-fit.ts';
import type { PolicyAudience } from '../../domain/policies/policy.ts';
import type { Ports } from '../../ports/ports.ts';
import type { Change } from '../../ports/record-store.ts';
import type { Tell } from '../../ports/tell.ts';

type TellingPorts = Pick<Ports, 'store' | 'log'>;

/** The organisations with whether an audience fits them, given by the flow: a step does not know another. */
export type FindAudience = (
  audience: PolicyAudience,
) => AsyncIterable<{ readonly organisation: Organisation; readonly fit: Fit }>;

/** Events that people are told of. */
const toldOf: readonly string[] = ['campaign.opened', 'campaign.reopened'];

/** Enterprises of the campaign's fields are told of it, once for each beginning: again only where it was put off. */
async function tellCampaign(
  ports: TellingPorts,
  tell: Tell,
  audience: FindAudience,
  id: string,
  type: string,
): Promise<void> {
  const campaigns = ports.store.collection('campaigns');
  const isOpen = (campaign: Campaign | undefined): campaign is Campaign => campaign?.state === 'open';
  const campaign = await campaigns.get(id);
  if (!isOpen(campaign)) return;
  const { title, text, from, until, fields } = campaign.content;
  const cause = type === 'campaign.opened' ? `campaign/${id}` : `campaign/${id}/${until}`;
  let told = 0;
  for await (const { organisation, fit } of audience({
    types: ['enterprise'],
    ...(fields?.length ? { fields } : {}),
  })) {
    if (fit !== 'fits') continue;
    // Closed or cancelled meanwhile: nobody more is told. Looked at now and then, for an audience may be large.
    if (told % 50 === 49 && !isOpen(await campaigns.get(id))) return;
    await tell(cause, {
      kind: 'need-campaign',
      to: { to: 'organisation', organisationId: organisation.id },
      subject: `需求征集${type === 'campaign.reopened' ? `延期至 ${until}` : ''}：${title}`,
      text: `${text}\n起止：${from} 至 ${until}。请登录牵线，填写技术需求时选择这次征集。`,
      link: `/campaigns/${id}`,
    });
    told++;
  }
  ports.log.info({ campaign: id, organisations: told }, 'a campaign was told');
}

/** Consumer of changes on `campaigns`: who fits is told that one has begun, or goes on longer. Idempotent. */
export function tellCampaigns(
  ports: TellingPorts,
  tell: Tell,
  audience: FindAudience,
): (changes: readonly Change[]) => Promise<void> {
  return async (changes) => {
    for (const { collection, id, events } of changes) {
      if (collection !== 'campaigns') continue;
      const last = events.findLast(({ type }) => toldOf.includes(type));
      if (last) await tellCampaign(ports, tell, audience, id, last.type);
    }
  };
}
