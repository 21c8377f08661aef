import { z } from 'zod';
import { achievementDraft } from '../../domain/achievement.ts';
import { Invalid } from '../../domain/errors.ts';
import { text } from '../../domain/validation.ts';
import { actionRoute } from '../action-route.ts';
import {
  callAction,
  callPage,
  callQuery,
  callRequestPage,
  callRequestQuery,
  callRequestView,
  callView,
  campaignAction,
  campaignPage,
  campaignQuery,
  campaignView,
  createCampaignBody,
  editCallBody,
  editCampaignBody,
  moveWithReason,
  proposeCallBody,
  wantingList,
  wantingQuery,
} from '../contract/calls.ts';
import { id } from '../contract/query-values.ts';
import { bureau, everybody, loggedIn, route } from '../route.ts';

const campaigns = '需求征集';
const calls = '成果征集';
const campaignParams = z.strictObject({ id: id('征集编号') });
const callParams = z.strictObject({ id: id('征集编号') });
const requestParams = z.strictObject({ id: id('收到的征集的编号') });

/** Drops members that are undefined: the steps know absent from given. */
function given<T extends object>(query: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(query).filter(([, value]) => value !== undefined)) as never;
}

const answerBody = z.strictObject({
  achievementId: text('成果编号', 64).optional(),
  content: achievementDraft.optional(),
});

export const callRoutes = [
  route({
    method: 'get',
    path: '/api/v1/campaigns',
    operationId: 'listCampaigns',
    tag: campaigns,
    summary: '需求征集的列表',
    description: '科技局看全部，其他人看已开始和已截止的；截止最晚的在前。',
    roles: everybody,
    query: campaignQuery,
    answer: { status: 200, description: '一页征集', schema: campaignPage },
    handle: ({ flow, principal, query }) => flow.listCampaigns(principal, given(query)),
  }),
  route({
    method: 'post',
    path: '/api/v1/campaigns',
    operationId: 'createCampaign',
    tag: campaigns,
    summary: '拟定一次需求征集',
    roles: bureau,
    body: createCampaignBody,
    answer: { status: 201, description: '已保存', schema: campaignView },
    handle: ({ flow, principal, body, newId }) => flow.createCampaign(principal, body.content, { id: newId }),
  }),
  route({
    method: 'get',
    path: '/api/v1/campaigns/{id}',
    operationId: 'getCampaign',
    tag: campaigns,
    summary: '一次需求征集',
    description: '征得的需求用 GET /api/v1/needs?campaignId= 查看。',
    roles: everybody,
    params: campaignParams,
    answer: { status: 200, description: '征集', schema: campaignView },
    handle: ({ flow, principal, params }) => flow.getCampaign(principal, params.id),
  }),
  route({
    method: 'put',
    path: '/api/v1/campaigns/{id}',
    operationId: 'editCampaign',
    tag: campaigns,
    summary: '修改需求征集',
    roles: bureau,
    params: campaignParams,
    body: editCampaignBody,
    answer: { status: 200, description: '已保存', schema: campaignView },
    handle: ({ flow, principal, params, body }) => flow.editCampaign(principal, params.id, body.version, body.content),
  }),
  actionRoute({
    path: '/api/v1/campaigns/{id}',
    operationId: 'moveCampaign',
    tag: campaigns,
    summary: '开始、截止、延期或取消需求征集',
    roles: bureau,
    params: campaignParams,
    action: campaignAction,
    body: moveWithReason,
    schema: campaignView,
    move: ({ flow, principal, id: campaignId, version, action, input }) =>
      flow.moveCampaign(principal, campaignId, version, action, input.reason),
  }),

  route({
    method: 'get',
    path: '/api/v1/calls/wanting',
    operationId: 'listWantingNeeds',
    tag: calls,
    summary: '没有较强候选成果、可以征集的需求',
    description: '按最近一次匹配；等得最久的在前，最多 200 项。',
    roles: bureau,
    query: wantingQuery,
    answer: { status: 200, description: '需求', schema: wantingList },
    handle: async ({ flow, principal, query }) => ({ items: await flow.wantingNeeds(principal, given(query)) }),
  }),
  route({
    method: 'get',
    path: '/api/v1/calls',
    operationId: 'listCalls',
    tag: calls,
    summary: '成果征集的列表',
    description: 'needId 给出时为一项需求的各次征集；最近有变化的在前。',
    roles: bureau,
    query: callQuery,
    answer: { status: 200, description: '一页征集', schema: callPage },
    handle: ({ flow, principal, query }) => flow.listCalls(principal, given(query)),
  }),
  route({
    method: 'post',
    path: '/api/v1/calls',
    operationId: 'proposeCall',
    tag: calls,
    summary: '为一项需求拟定成果征集',
    description: '按匹配所见的相近成果和技术领域推荐征集对象，并说明理由；修改名单后再发出。一项需求同时只有一次征集。',
    roles: bureau,
    limit: 'search',
    body: proposeCallBody,
    refusals: [404],
    long: 'the need is matched against all achievements',
    answer: { status: 201, description: '已拟定', schema: callView },
    handle: ({ flow, principal, body: { needId, ...input } }) => flow.proposeCall(principal, needId, input),
  }),
  route({
    method: 'get',
    path: '/api/v1/calls/{id}',
    operationId: 'getCall',
    tag: calls,
    summary: '一次成果征集和各家的答复',
    roles: bureau,
    params: callParams,
    answer: { status: 200, description: '征集', schema: callView },
    handle: ({ flow, principal, params }) => flow.getCall(principal, params.id),
  }),
  route({
    method: 'put',
    path: '/api/v1/calls/{id}',
    operationId: 'editCall',
    tag: calls,
    summary: '修改征集的说明、截止日和名单',
    description: 'organisationIds 为全部征集对象；发出后只能延后截止日。',
    roles: bureau,
    params: callParams,
    body: editCallBody,
    answer: { status: 200, description: '已保存', schema: callView },
    handle: ({ flow, principal, params, body: { version, ...input } }) =>
      flow.editCall(principal, params.id, version, input),
  }),
  actionRoute({
    path: '/api/v1/calls/{id}',
    operationId: 'moveCall',
    tag: calls,
    summary: '发出、结束或取消成果征集',
    roles: bureau,
    params: callParams,
    action: callAction,
    body: moveWithReason,
    schema: callView,
    move: ({ flow, principal, id: callId, version, action, input }) =>
      flow.moveCall(principal, callId, version, action, input.reason),
  }),

  route({
    method: 'get',
    path: '/api/v1/call-requests',
    operationId: 'listCallRequests',
    tag: calls,
    summary: '本机构收到的征集',
    description: '科技局看全部，或用 organisationId 看一个机构的；最近的在前。',
    roles: loggedIn,
    query: callRequestQuery,
    answer: { status: 200, description: '一页收到的征集', schema: callRequestPage },
    handle: ({ flow, principal, query }) => flow.listCallRequests(principal, given(query)),
  }),
  route({
    method: 'get',
    path: '/api/v1/call-requests/{id}',
    operationId: 'getCallRequest',
    tag: calls,
    summary: '收到的一次征集，含需求的已发布内容',
    roles: loggedIn,
    params: requestParams,
    answer: { status: 200, description: '收到的征集', schema: callRequestView },
    handle: ({ flow, principal, params }) => flow.getCallRequest(principal, params.id),
  }),
  route({
    method: 'post',
    path: '/api/v1/call-requests/{id}/answer',
    operationId: 'answerCall',
    tag: calls,
    summary: '用一项成果应征',
    description:
      '给 achievementId 用已有的成果，或给 content 新建一份成果草稿（照常提交、审核，发布后参加每周匹配）。可以先后用几项成果应征。',
    roles: loggedIn,
    params: requestParams,
    body: answerBody,
    answer: { status: 200, description: '已应征', schema: callRequestView },
    handle: ({ flow, principal, params, body: { achievementId, content }, newId }) => {
      if ((achievementId === undefined) === (content === undefined)) {
        throw new Invalid([
          {
            field: 'achievementId',
            label: '成果',
            reason: achievementId === undefined ? '没有选择' : '与新建的内容同时给出',
            mend: '请选择一项已有的成果，或填写一项新的，两者选一',
          },
        ]);
      }
      const answer = achievementId === undefined ? { content } : { achievementId };
      return flow.answerCall(principal, params.id, answer, newId);
    },
  }),
  route({
    method: 'post',
    path: '/api/v1/call-requests/{id}/decline',
    operationId: 'declineCall',
    tag: calls,
    summary: '谢绝征集并说明原因',
    roles: loggedIn,
    params: requestParams,
    body: moveWithReason,
    answer: { status: 200, description: '已谢绝', schema: callRequestView },
    handle: ({ flow, principal, params, body }) => flow.declineCall(principal, params.id, body.version, body.reason),
  }),
];
