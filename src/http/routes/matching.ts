import { z } from 'zod';
import { Invalid, NotFound } from '../../domain/errors.ts';
import { weekOf } from '../../domain/week.ts';
import { candidateList, matchingRunView, pairAssessment, requestedRun, requestRunBody } from '../contract/matching.ts';
import { id, week, weekOrCurrent } from '../contract/query-values.ts';
import { bureau, route } from '../route.ts';

const tag = '匹配';

export const matchingRoutes = [
  route({
    method: 'post',
    path: '/api/v1/matching-runs',
    operationId: 'requestRun',
    tag,
    summary: '请求运行本周的匹配',
    description: '在后台运行；本周已有清单时不会再做一份；取消过的接着做。',
    roles: bureau,
    body: requestRunBody,
    answer: { status: 202, description: '已排队', schema: requestedRun },
    handle: async ({ flow, principal, body }) => {
      const thisWeek = weekOf(flow.ports.clock.now());
      const asked = body.week ?? thisWeek;
      if (asked !== thisWeek) {
        throw new Invalid([
          {
            field: 'week',
            label: '周',
            reason: `不是本周（${thisWeek}）`,
            mend: '请去掉 week 或改为本周；其他周请管理员用命令 qianxian match --week 运行',
          },
        ]);
      }
      return { week: asked, jobId: await flow.requestWeek(asked, principal.userId) };
    },
  }),
  route({
    method: 'get',
    path: '/api/v1/matching-runs/{week}',
    operationId: 'getRun',
    tag,
    summary: '一周的匹配运行情况',
    description: '周写作 2026-W48；current 为最近一次。',
    roles: bureau,
    params: z.strictObject({ week: weekOrCurrent }),
    answer: { status: 200, description: '运行情况', schema: matchingRunView },
    handle: async ({ flow, principal, params }) => {
      const run = await flow.matchingRun(principal, params.week);
      if (!run) throw new NotFound('这一周还没有运行过匹配');
      return run;
    },
  }),
  route({
    method: 'post',
    path: '/api/v1/matching-runs/{week}/cancel',
    operationId: 'cancelRun',
    tag,
    summary: '取消正在进行的匹配',
    description: '做到一半的需求做完即停，不生成清单，也不会自动再运行；再请求运行时接着做。',
    roles: bureau,
    params: z.strictObject({ week }),
    answer: { status: 200, description: '已取消', schema: matchingRunView },
    handle: ({ flow, principal, params }) => flow.cancelRun(principal, params.week),
  }),
  route({
    method: 'get',
    path: '/api/v1/needs/{id}/candidates',
    operationId: 'getCandidates',
    tag,
    summary: '一条需求最好的候选成果',
    description: '取自最近一次参加的匹配。',
    roles: bureau,
    params: z.strictObject({ id: id('需求编号') }),
    answer: { status: 200, description: '候选成果，最好的在前', schema: candidateList },
    handle: ({ flow, principal, params: { id: needId } }) => flow.candidatesOf(principal, needId),
  }),
  route({
    method: 'get',
    path: '/api/v1/needs/{id}/explanations/{achievementId}',
    operationId: 'explainPair',
    tag,
    summary: '任一需求与任一成果为什么相配或不相配',
    description: '按现在的内容当场评估，与清单上冻结的理由可能不同。',
    roles: bureau,
    limit: 'search',
    params: z.strictObject({ id: id('需求编号'), achievementId: id('成果编号') }),
    long: 'a need is matched anew',
    answer: { status: 200, description: '程度与理由', schema: pairAssessment },
    handle: ({ flow, principal, params: { id: needId, achievementId } }) =>
      flow.explainPair(principal, { needId, achievementId }),
  }),
];
