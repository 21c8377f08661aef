import { assignBody, assignmentView, deskQuery, deskView } from '../contract/desk.ts';
import { bureau, route } from '../route.ts';

const tag = '工作台';

export const deskRoutes = [
  route({
    method: 'get',
    path: '/api/v1/desk',
    operationId: 'getDesk',
    tag,
    summary: '工作台：什么在等、等了多久、在谁手上',
    roles: bureau,
    query: deskQuery,
    answer: { status: 200, description: '数字与清单，等得最久的在前', schema: deskView },
    handle: ({ flow, principal, query }) => flow.readDesk(principal, query),
  }),
  route({
    method: 'post',
    path: '/api/v1/desk/assignments',
    operationId: 'assignWork',
    tag,
    summary: '分派、接手或交回一项工作',
    roles: bureau,
    body: assignBody,
    answer: { status: 200, description: '已分派', schema: assignmentView },
    handle: ({ flow, principal, body: { assignmentVersion, ...rest } }) =>
      flow.assignWork(principal, { ...rest, version: assignmentVersion }),
  }),
];
