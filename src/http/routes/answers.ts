import { z } from 'zod';
import type { AnswerStep } from '../../domain/answer-life.ts';
import {
  answerAction,
  answerOutcomes,
  answerPage,
  answerQuery,
  answerView,
  editAnswerBody,
  manyAction,
  moveAnswerBody,
  moveAnswersBody,
} from '../contract/answers.ts';
import { id } from '../contract/query-values.ts';
import { bureau, loggedIn, route } from '../route.ts';

const tag = '对各方的答复';
const params = z.strictObject({ id: id('答复的编号') });

export const answerRoutes = [
  route({
    method: 'get',
    path: '/api/v1/answers',
    operationId: 'listAnswers',
    tag,
    summary: '答复：科技局看全部，机构看发给自己的',
    roles: loggedIn,
    query: answerQuery,
    answer: { status: 200, description: '一页答复；科技局按期限先后', schema: answerPage },
    handle: ({ flow, principal, query }) => flow.listAnswers(principal, query),
  }),
  route({
    method: 'get',
    path: '/api/v1/answers/{id}',
    operationId: 'getAnswer',
    tag,
    summary: '一份答复；机构只看得到已发出的',
    roles: loggedIn,
    params,
    answer: { status: 200, description: '答复', schema: answerView },
    handle: ({ flow, principal, params: { id: wanted } }) => flow.getAnswer(principal, wanted),
  }),
  route({
    method: 'put',
    path: '/api/v1/answers/{id}',
    operationId: 'editAnswer',
    tag,
    summary: '修改答复的文字，已批准的须重新批准',
    roles: bureau,
    params,
    body: editAnswerBody,
    answer: { status: 200, description: '已保存', schema: answerView },
    handle: ({ flow, principal, params: { id: wanted }, body }) =>
      flow.editAnswer(principal, wanted, body.version, body.text),
  }),
  route({
    method: 'post',
    path: '/api/v1/answers/{id}/actions/{action}',
    operationId: 'moveAnswer',
    tag,
    summary: '批准、退回修改、发出或不发',
    description: '发出只有一次。设置了两人办理时，修改的人不能批准，批准的人不能发出。',
    roles: bureau,
    params: params.extend({ action: answerAction }),
    body: moveAnswerBody,
    answer: { status: 200, description: '已办理', schema: answerView },
    handle: ({ flow, principal, params: given, body }) =>
      flow.moveAnswer(principal, given.id, body.version, given.action as AnswerStep, body.reason),
  }),
  route({
    method: 'post',
    path: '/api/v1/answer-batches/{action}',
    operationId: 'moveAnswers',
    tag,
    summary: '一次批准或发出多份答复，逐份说明结果',
    roles: bureau,
    params: z.strictObject({ action: manyAction }),
    body: moveAnswersBody,
    long: 'many answers are moved one by one',
    answer: { status: 200, description: '每份答复的结果', schema: answerOutcomes },
    handle: async ({ flow, principal, params: { action }, body }) => ({
      outcomes: await flow.moveAnswers(principal, action, body.items),
    }),
  }),
];
