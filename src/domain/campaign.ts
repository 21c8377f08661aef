import { z } from 'zod';
import { technologyFields } from './codes/technology-codes.ts';
import { Conflict, type FieldIssue, Invalid, QianxianError } from './errors.ts';
import { derivedId } from './ids.ts';
import type { DomainEvent, HistoryEntry, Stored, Unstored } from './record.ts';
import { type Actor, historyOf, moveOf, type StateTable } from './state-table.ts';
import { choice, issuesOf, list, text } from './validation.ts';
import { dateIn } from './week.ts';

/** 征集: needs are collected until a day, for instance for next year's programme of a trade. */

export type CampaignState = 'draft' | 'open' | 'closed' | 'cancelled';
export type CampaignAction = 'open' | 'close' | 'reopen' | 'cancel';

export const campaignStates: StateTable<CampaignState, CampaignAction> = {
  states: { draft: '拟定中', open: '征集中', closed: '已截止', cancelled: '已取消' },
  initial: 'draft',
  moves: [
    { action: 'open', label: '开始征集', from: ['draft'], to: 'open', by: ['staff', 'admin'] },
    { action: 'close', label: '截止', from: ['open'], to: 'closed', by: ['staff', 'admin', 'system'] },
    { action: 'reopen', label: '延期', from: ['closed'], to: 'open', by: ['staff', 'admin'], demands: ['reason'] },
    {
      action: 'cancel',
      label: '取消征集',
      from: ['draft', 'open'],
      to: 'cancelled',
      by: ['staff', 'admin'],
      demands: ['reason'],
    },
  ],
};

const day = (label: string) =>
  z.iso
    .date({ error: `不是日期|请按 2026-12-31 的格式填写${label}` })
    .meta({ title: label, description: 'YYYY-MM-DD' });

const fields = z.strictObject({
  title: text('征集名称', 100, { min: 4 }),
  text: text('征集说明', 3000, { min: 10 }),
  from: day('起始日'),
  until: day('截止日'),
  fields: list('技术领域', choice('技术领域', technologyFields), { max: 12 }).optional(),
});

/** What staff write of a campaign. `until` is its last day. */
export const campaignContent = fields.superRefine((value, context) => {
  if (value.until < value.from) {
    context.addIssue({ code: 'custom', path: ['until'], message: '早于起始日|请把截止日改为起始日当天或之后' });
  }
});
export type CampaignContent = z.output<typeof campaignContent>;

export interface Campaign extends Stored {
  readonly state: CampaignState;
  readonly content: CampaignContent;
  /** The same for the same title and period, and unique: absent where it is cancelled. */
  readonly periodKey?: string;
  readonly createdBy: string;
  /** Fingerprint of the input that made it. */
  readonly madeFrom: string;
  readonly history: readonly HistoryEntry[];
}

/** What two campaigns may not have in common: the title, as people read it, and the period. */
export function campaignPeriodKey({ title, from, until }: Pick<CampaignContent, 'title' | 'from' | 'until'>): string {
  const folded = title.normalize('NFKC').replace(/\s/g, '').toLowerCase();
  return derivedId('campaign-period', folded, from, until);
}

/** Why a campaign is refused that is there already. */
export function campaignTwin({ title, from, until }: Pick<CampaignContent, 'title' | 'from' | 'until'>): Conflict {
  return new Conflict(
    `已有同名同期的征集《${title}》（${from} 至 ${until}）；请在那一次上修改，或改用别的名称或起止日`,
  );
}

/** Who may know of it: staff of all; others once it has begun. */
export function mayKnowCampaign(bureau: boolean, campaign: Pick<Campaign, 'state'>): boolean {
  return bureau || campaign.state === 'open' || campaign.state === 'closed';
}

/** Who does it, as whom, and when. */
interface Act {
  readonly at: Date;
  readonly by: string;
  readonly actor: Actor;
}

interface CampaignWrite {
  readonly document: Unstored<Campaign>;
  readonly events: readonly DomainEvent[];
}

const done: Readonly<Record<CampaignAction, string>> = {
  open: 'opened',
  close: 'closed',
  reopen: 'reopened',
  cancel: 'cancelled',
};

function unstored(campaign: Campaign): Unstored<Campaign> {
  const { version: _version, createdAt: _createdAt, updatedAt: _updatedAt, ...rest } = campaign;
  return rest;
}

const reasonText = text('原因', 500);

/** A move over `campaignStates`. */
export function movedCampaign(campaign: Campaign, action: CampaignAction, act: Act, reason?: string): CampaignWrite {
  const move = moveOf(campaignStates, campaign.state, action, act.actor);
  const why = move.demands?.includes('reason') ? reasonOf(reason) : undefined;
  const today = dateIn(act.at);
  if (move.to === 'open' && campaign.content.until < today) {
    throw new QianxianError('conflict', `截止日 ${campaign.content.until} 已过，请先把截止日改到今天或以后`);
  }
  const { periodKey, ...rest } = unstored(campaign);
  return {
    document: {
      ...rest,
      // A cancelled one stands in nobody's way.
      ...(periodKey === undefined || move.to === 'cancelled' ? {} : { periodKey }),
      state: move.to,
      history: [...campaign.history, historyOf(move, campaign.state, act.at.toISOString(), act.by, why)],
    },
    events: [
      {
        type: `campaign.${done[action]}`,
        at: act.at.toISOString(),
        by: act.by,
        data: { until: campaign.content.until },
      },
    ],
  };
}

/** A written reason; throws `invalid`. */
export function reasonOf(reason: string | undefined): string {
  const parsed = reasonText.safeParse(reason);
  if (parsed.success) return parsed.data;
  throw new Invalid(issuesOf(parsed.error).map((issue) => ({ ...issue, field: 'reason', label: '原因' })));
}

/** The campaign with other content. Once it has begun its last day may still move, but not before today. */
export function editedCampaign(campaign: Campaign, content: CampaignContent, act: Act): CampaignWrite {
  if (campaign.state === 'cancelled') throw new QianxianError('conflict', '征集已取消，不能再修改；请另建一次征集');
  const today = dateIn(act.at);
  if (campaign.state === 'open' && content.until < today) {
    throw new Invalid([
      {
        field: 'content.until',
        label: '截止日',
        reason: '早于今天',
        mend: '要立即截止，请用“截止”；否则请改为今天或以后',
      },
    ]);
  }
  return {
    document: { ...unstored(campaign), content, periodKey: campaignPeriodKey(content) },
    events: [{ type: 'campaign.edited', at: act.at.toISOString(), by: act.by, data: { until: content.until } }],
  };
}

/** Why a need cannot be entered for the campaign now, with the mend; undefined where it can. */
export function campaignFault(
  campaign: Pick<Campaign, 'state' | 'content'> | undefined,
  today: string,
): FieldIssue | undefined {
  const fault = (reason: string, mend: string): FieldIssue => ({
    field: 'campaignId',
    label: '所属征集',
    reason,
    mend,
  });
  if (!campaign || campaign.state === 'draft') return fault('没有这次征集', '请从正在进行的征集中选择');
  const { from, until } = campaign.content;
  if (campaign.state === 'cancelled') return fault('这次征集已取消', '请去掉所属征集，作为普通需求提交');
  if (campaign.state === 'closed' || until < today) {
    return fault(`征集已于${until}截止`, '请去掉所属征集，作为普通需求提交；确有原因的，请联系科技局延期');
  }
  if (from > today) return fault(`征集从${from}开始`, '请到那天再提交，或去掉所属征集，作为普通需求提交');
  return undefined;
}

/** Throws where a need is handed in for a campaign that takes none now. */
export function demandCampaignOpen(campaign: Pick<Campaign, 'state' | 'content'> | undefined, today: string): void {
  const fault = campaignFault(campaign, today);
  if (fault) throw new Conflict(`${fault.reason}；${fault.mend}`, { issues: [fault] });
}
