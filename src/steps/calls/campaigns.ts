import {
  type Campaign,
  type CampaignAction,
  type CampaignContent,
  type CampaignState,
  campaignContent,
  campaignPeriodKey,
  campaignStates,
  campaignTwin,
  editedCampaign,
  mayKnowCampaign,
  movedCampaign,
} from '../../domain/campaign.ts';
import { canonicalJson } from '../../domain/canonical-json.ts';
import { Conflict, Duplicate, Withheld } from '../../domain/errors.ts';
import { derivedId, randomId } from '../../domain/ids.ts';
import type { HistoryEntry } from '../../domain/record.ts';
import { isStorableId } from '../../domain/storable.ts';
import { isBureau, type Principal } from '../../domain/user.ts';
import { check } from '../../domain/validation.ts';
import type { Ports } from '../../ports/ports.ts';
import type { Page } from '../../ports/record-store.ts';
import { actBy, demandBureau } from './call-actor.ts';

type StorePort = Pick<Ports, 'store'>;
type WritePorts = Pick<Ports, 'store' | 'clock'>;

/** A campaign as the asker may see it. How many needs there are, and who wrote it, are for the bureau. */
export interface CampaignView {
  readonly id: string;
  readonly version: number;
  readonly state: CampaignState;
  readonly content: CampaignContent;
  readonly needs?: { readonly total: number; readonly submitted: number; readonly published: number };
  readonly createdBy?: string;
  readonly history?: readonly HistoryEntry[];
}

function lineOf(campaign: Campaign): CampaignView {
  const { id, version, state, content } = campaign;
  return { id, version, state, content };
}

async function viewOf({ store }: StorePort, principal: Principal | null, campaign: Campaign): Promise<CampaignView> {
  if (principal === null || !isBureau(principal)) return lineOf(campaign);
  const count = (state?: string) =>
    store.collection('needs').count({ campaignId: campaign.id, ...(state === undefined ? {} : { state }) });
  const [total, submitted, published] = await Promise.all([count(), count('submitted'), count('published')]);
  const { createdBy, history } = campaign;
  return { ...lineOf(campaign), needs: { total, submitted, published }, createdBy, history };
}

async function loaded({ store }: StorePort, principal: Principal | null, id: string): Promise<Campaign> {
  const campaign = isStorableId(id) ? await store.collection('campaigns').get(id) : undefined;
  if (!campaign || !mayKnowCampaign(principal !== null && isBureau(principal), campaign)) {
    throw Withheld.orMissing(campaign);
  }
  return campaign;
}

/** A new campaign, not begun yet; for the bureau. Idempotent by `options.id`. */
export async function createCampaign(
  ports: WritePorts,
  principal: Principal,
  input: unknown,
  options: { readonly id?: string } = {},
): Promise<CampaignView> {
  demandBureau(principal);
  const content = check(campaignContent, input);
  const id = options.id ?? randomId();
  const madeFrom = derivedId('campaign-input', principal.userId, canonicalJson(content));
  const at = ports.clock.now().toISOString();
  const campaigns = ports.store.collection('campaigns');
  try {
    const made = await campaigns.insert(
      {
        id,
        state: campaignStates.initial,
        content,
        periodKey: campaignPeriodKey(content),
        createdBy: principal.userId,
        madeFrom,
        history: [{ at, by: principal.userId, action: 'create', from: '', to: campaignStates.initial }],
      },
      [{ type: 'campaign.created', at, by: principal.userId, data: { from: content.from, until: content.until } }],
    );
    return viewOf(ports, principal, made);
  } catch (error) {
    const twin = error instanceof Duplicate ? await campaigns.get(id) : undefined;
    if (!twin) throw error instanceof Duplicate ? campaignTwin(content) : error;
    if (twin.madeFrom === madeFrom) return viewOf(ports, principal, twin);
    throw new Conflict('同一个请求编号已经用于另一次征集，请刷新页面后重新提交');
  }
}

export async function editCampaign(
  ports: WritePorts,
  principal: Principal,
  id: string,
  seen: number,
  input: unknown,
): Promise<CampaignView> {
  const campaign = await loaded(ports, principal, id);
  demandBureau(principal);
  if (campaign.version !== seen) throw new Conflict();
  const content = check(campaignContent, input);
  const { document, events } = editedCampaign(campaign, content, actBy(ports, principal));
  try {
    return await viewOf(ports, principal, await ports.store.collection('campaigns').update(id, seen, document, events));
  } catch (error) {
    throw error instanceof Duplicate ? campaignTwin(content) : error;
  }
}

export async function moveCampaign(
  ports: WritePorts,
  principal: Principal,
  id: string,
  seen: number,
  action: CampaignAction,
  reason?: string,
): Promise<CampaignView> {
  const campaign = await loaded(ports, principal, id);
  demandBureau(principal);
  if (campaign.version !== seen) throw new Conflict();
  const { document, events } = movedCampaign(campaign, action, actBy(ports, principal), reason);
  return viewOf(ports, principal, await ports.store.collection('campaigns').update(id, seen, document, events));
}

export async function getCampaign(ports: StorePort, principal: Principal | null, id: string): Promise<CampaignView> {
  return viewOf(ports, principal, await loaded(ports, principal, id));
}

/** Campaigns that the asker may know of, those that end last first. */
export async function listCampaigns(
  { store }: StorePort,
  principal: Principal | null,
  options: { readonly state?: CampaignState; readonly limit?: number; readonly cursor?: string } = {},
): Promise<Page<CampaignView>> {
  const { state, ...rest } = options;
  const known = (Object.keys(campaignStates.states) as CampaignState[]).filter((one) =>
    mayKnowCampaign(principal !== null && isBureau(principal), { state: one }),
  );
  const shown = state === undefined ? known : known.filter((one) => one === state);
  if (shown.length === 0) return { items: [] };
  const page = await store.collection('campaigns').find({
    where: { state: { in: shown } },
    order: { by: 'content.until', direction: 'desc' },
    ...rest,
  });
  return { ...page, items: page.items.map(lineOf) };
}
