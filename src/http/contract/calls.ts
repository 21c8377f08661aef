import { z } from 'zod';
import {
  type AddresseeState,
  addresseeStates,
  type CallAction,
  type CallState,
  callInput,
  callStates,
} from '../../domain/call.ts';
import { type CampaignAction, type CampaignState, campaignContent, campaignStates } from '../../domain/campaign.ts';
import { matchLevels } from '../../domain/codes/review-codes.ts';
import { type EntryState, entryStates } from '../../domain/entry.ts';
import { choice, list, text } from '../../domain/validation.ts';
import { needView } from './entries.ts';
import { cursor, flag, instant, pageOf, pageSize, version, words } from './query-values.ts';
import { actionOf, historyLine, stateOf } from './record-parts.ts';

const campaignState = stateOf<CampaignState>('征集状态', campaignStates.states);
const campaignShape = {
  id: z.string(),
  version: z.int(),
  state: campaignState,
  content: z.object(campaignContent.shape),
};
export const campaignView = z
  .object({
    ...campaignShape,
    needs: z
      .object({ total: z.int(), submitted: z.int(), published: z.int() })
      .optional()
      .meta({ description: '征得的需求数：全部、待审核、已发布；只有科技局可见' }),
    createdBy: z.string().optional(),
    history: z.array(historyLine).optional(),
  })
  .meta({ id: 'Campaign' });
export type CampaignViewShown = z.output<typeof campaignView>;
export const campaignPage = pageOf(z.object(campaignShape).meta({ id: 'CampaignLine' })).meta({ id: 'CampaignPage' });
export const createCampaignBody = z.strictObject({ content: campaignContent.meta({ title: '征集内容' }) });
export const editCampaignBody = z.strictObject({
  version,
  content: campaignContent.meta({ title: '征集内容' }),
});
export const campaignAction = actionOf<CampaignAction>(campaignStates.moves);
export const campaignQuery = z.strictObject({
  state: campaignState.optional(),
  limit: pageSize.optional(),
  cursor: cursor.optional(),
});
export const moveWithReason = z.strictObject({ version, reason: text('原因', 500).optional() });

const callState = stateOf<CallState>('征集状态', callStates.states);
const addresseeState = stateOf<AddresseeState>('答复状态', addresseeStates.states);

const addressee = z.object({
  organisationId: z.string(),
  organisationName: z.string(),
  score: z.number().meta({ description: '0–1，只用于排序' }),
  teams: z.array(z.string()).meta({ description: '成果最相近的团队' }),
  achievementIds: z.array(z.string()).meta({ description: '最相近的成果' }),
  reasons: z.array(z.string()).meta({ description: '为什么推荐' }),
  chosen: z.boolean().meta({ description: '在名单上' }),
  byHand: z.boolean().optional().meta({ description: '由工作人员加入' }),
});

const answer = z.object({
  achievementId: z.string(),
  title: z.string().nullable(),
  state: stateOf<EntryState>('成果状态', entryStates.states).nullable(),
});

const callShape = {
  id: z.string(),
  version: z.int(),
  needId: z.string(),
  round: z.int().meta({ description: '这项需求的第几次征集' }),
  needTitle: z.string(),
  state: callState,
  text: z.string(),
  until: z.string(),
  proposalNote: z.string().optional().meta({ description: '推荐的名单为什么没有更多' }),
  createdBy: z.string(),
  createdAt: instant,
  updatedAt: instant,
};

export const callView = z
  .object({
    ...callShape,
    addressees: z.array(addressee),
    replies: z.array(
      z.object({
        requestId: z.string(),
        organisationId: z.string(),
        state: addresseeState,
        declineReason: z.string().optional(),
        answeredAt: instant.optional(),
        remindedAt: instant.optional(),
        answers: z.array(answer),
      }),
    ),
    history: z.array(historyLine),
  })
  .meta({ id: 'Call', description: '为一项需求向高校和机构征集成果' });
export type CallViewShown = z.output<typeof callView>;
export const callPage = pageOf(z.object(callShape).meta({ id: 'CallLine' })).meta({ id: 'CallPage' });

export const callQuery = z.strictObject({
  needId: words('需求编号', 64, { min: 1 }).optional(),
  state: callState.optional(),
  limit: pageSize.optional(),
  cursor: cursor.optional(),
});
export const proposeCallBody = callInput.extend({ needId: text('需求编号', 64) });
export const editCallBody = callInput.extend({
  version,
  organisationIds: list('征集对象', text('征集对象', 64), { max: 200 }),
});
export const callAction = actionOf<CallAction>(callStates.moves);

export const wantingQuery = z.strictObject({ withOpenCalls: flag('含正在征集的').optional() });
export const wantingList = z
  .object({
    items: z.array(
      z.object({
        needId: z.string(),
        title: z.string(),
        organisationId: z.string().nullable(),
        week: z.string().meta({ description: '最近一次匹配的周' }),
        waitingSince: z.string().nullable(),
        best: choice('最好的候选', matchLevels).nullable(),
        call: z.object({ id: z.string(), state: callState }).nullable(),
      }),
    ),
  })
  .meta({ id: 'WantingNeeds' });

const requestShape = {
  id: z.string(),
  version: z.int(),
  callId: z.string(),
  needId: z.string(),
  needTitle: z.string(),
  organisationId: z.string(),
  teams: z.array(z.string()).meta({ description: '本机构成果最相近的团队' }),
  text: z.string(),
  until: z.string(),
  state: addresseeState,
  declineReason: z.string().optional(),
  answeredAt: instant.optional(),
  remindedAt: instant.optional(),
  sentAt: instant,
  answers: z.array(answer),
};
export const callRequestView = z
  .object({
    ...requestShape,
    need: needView.nullable().optional().meta({ description: '需求的已发布内容，不含联系方式；已不再公开时为 null' }),
    history: z.array(historyLine),
  })
  .meta({ id: 'CallRequest', description: '一个机构收到的征集' });
export type CallRequestShown = z.output<typeof callRequestView>;
export const callRequestPage = pageOf(z.object(requestShape).meta({ id: 'CallRequestLine' })).meta({
  id: 'CallRequestPage',
});
export const callRequestQuery = z.strictObject({
  organisationId: words('收到征集的机构', 64, { min: 1 }).optional(),
  state: addresseeState.optional(),
  limit: pageSize.optional(),
  cursor: cursor.optional(),
});
