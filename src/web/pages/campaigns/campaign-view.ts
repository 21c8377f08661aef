import type { Answer } from '../../api/client.ts';

export type CampaignView = Answer<'GET /api/v1/campaigns/{id}'>;
export type CampaignState = CampaignView['state'];

export const campaignTones: Readonly<Record<CampaignState, string>> = {
  draft: '',
  open: 'good',
  closed: '',
  cancelled: 'bad',
};
export const campaignNames = ['campaign', 'campaigns', 'open-campaigns'] as const;
