import { z } from 'zod';
import { jobPage, jobQuery, parkedChangePage, parkedChangeQuery, replayAnswer } from '../contract/jobs.ts';
import { id } from '../contract/query-values.ts';
import { administrators, route } from '../route.ts';

const tag = '系统';
const params = z.strictObject({ id: id('任务编号') });
const parkedParams = z.strictObject({ id: id('搁置的变更编号') });

export const jobRoutes = [
  route({
    method: 'get',
    path: '/api/v1/jobs',
    operationId: 'listJobs',
    tag,
    summary: '后台任务',
    description: '没有做完的任务，最近变动的在前：等待的（何时运行）、运行中的、失败的（原因和次数）。做完的不保留。',
    roles: administrators,
    query: jobQuery,
    answer: { status: 200, description: '一页任务和全部任务的数目', schema: jobPage },
    handle: async ({ flow, query }) => {
      const [page, counts] = await Promise.all([flow.ports.queue.list(query), flow.ports.queue.counts()]);
      return { ...page, counts };
    },
  }),
  route({
    method: 'post',
    path: '/api/v1/jobs/{id}/retry',
    operationId: 'retryJob',
    tag,
    summary: '重试一个失败的任务',
    description: '重新排队，次数从头算。同一件事已另外排队时，由那一个任务做。',
    roles: administrators,
    params,
    answer: { status: 204, description: '已重新排队' },
    handle: ({ flow, params: { id: jobId } }) => flow.ports.queue.retry(jobId),
  }),
  route({
    method: 'delete',
    path: '/api/v1/jobs/{id}',
    operationId: 'discardJob',
    tag,
    summary: '丢弃一个失败的任务',
    description: '不再做它。只有失败的可以丢弃。',
    roles: administrators,
    params,
    answer: { status: 204, description: '已丢弃' },
    handle: ({ flow, params: { id: jobId } }) => flow.ports.queue.forget(jobId),
  }),
  route({
    method: 'get',
    path: '/api/v1/parked-changes',
    operationId: 'listParkedChanges',
    tag,
    summary: '搁置的变更',
    description: '后台处理某条记录反复出错时，把这一条搁置、其余照常进行；最早的在前。每小时自动再试。',
    roles: administrators,
    query: parkedChangeQuery,
    answer: { status: 200, description: '一页搁置的变更', schema: parkedChangePage },
    handle: ({ flow, principal, query }) => flow.listParkedChanges(principal, query),
  }),
  route({
    method: 'post',
    path: '/api/v1/parked-changes/{id}/replay',
    operationId: 'replayParkedChange',
    tag,
    summary: '重新处理一条搁置的变更',
    description: '按记录现在的样子处理它和它后面积下的变更；做成了就不再搁置，没有做成的答复里有原因。',
    roles: administrators,
    params: parkedParams,
    answer: { status: 200, description: '是否做成', schema: replayAnswer },
    handle: ({ flow, principal, params: { id: parkedId } }) => flow.replayParkedChange(principal, parkedId),
  }),
];
