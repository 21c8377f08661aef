import { z } from 'zod';
import type { CooperationKind } from '../../domain/cooperation/cooperation-kinds.ts';
import { actionRoute } from '../action-route.ts';
import {
  agreementAction,
  agreementPage,
  agreementQuery,
  agreementView,
  createAgreementBody,
  createJointBodyBody,
  editAgreementBody,
  editJointBodyBody,
  jointBodyAction,
  jointBodyPage,
  jointBodyQuery,
  jointBodyView,
  moveAgreementBody,
  moveJointBodyBody,
  peopleView,
  setPeopleBody,
} from '../contract/cooperations.ts';
import { id } from '../contract/query-values.ts';
import { bureau, loggedIn, type Route, route } from '../route.ts';

const agreements = { tag: '战略合作协议', path: '/api/v1/agreements' } as const;
const bodies = { tag: '共建机构', path: '/api/v1/joint-bodies' } as const;

/** People are asked for and written in the same way, whatever they work on. */
function peopleRows(
  kind: CooperationKind,
  { tag, path }: { readonly tag: string; readonly path: string },
  name: string,
): Route[] {
  const params = z.strictObject({ id: id(`${tag}的编号`) });
  return [
    route({
      method: 'get',
      path: `${path}/{id}/people`,
      operationId: `view${name}People`,
      tag,
      summary: '参与的人员和联系方式，只给各方和科技局；每次查看都有记录',
      roles: loggedIn,
      params,
      answer: { status: 200, description: '人员', schema: peopleView },
      handle: ({ flow, principal, params: { id: wanted } }) => flow.viewCooperationPeople(principal, kind, wanted),
    }),
    route({
      method: 'put',
      path: `${path}/{id}/people`,
      operationId: `set${name}People`,
      tag,
      summary: '登记参与的人员',
      description: '整体替换。',
      roles: bureau,
      params,
      body: setPeopleBody,
      answer: { status: 200, description: '已保存', schema: peopleView },
      handle: ({ flow, principal, params: { id: wanted }, body: { version, people } }) =>
        flow.setCooperationPeople(principal, kind, wanted, version, people),
    }),
  ];
}

const agreementParams = z.strictObject({ id: id('协议的编号') });
const bodyParams = z.strictObject({ id: id('共建机构的编号') });

export const cooperationRoutes = [
  route({
    method: 'get',
    path: agreements.path,
    operationId: 'listAgreements',
    tag: agreements.tag,
    summary: '战略合作协议的列表',
    description: '科技局看全部，机构看自己参与的；最近有变化的在前。',
    roles: loggedIn,
    query: agreementQuery,
    answer: { status: 200, description: '一页协议', schema: agreementPage },
    handle: ({ flow, principal, query }) => flow.listCooperations(principal, 'agreement', query),
  }),
  route({
    method: 'post',
    path: agreements.path,
    operationId: 'createAgreement',
    tag: agreements.tag,
    summary: '登记一份战略合作协议',
    description: '从“拟签”开始；各方给出机构或名称，可以关联合作项目和成果。',
    roles: bureau,
    body: createAgreementBody,
    answer: { status: 201, description: '已登记', schema: agreementView },
    handle: ({ flow, principal, body, newId }) => flow.createCooperation(principal, 'agreement', body, { id: newId }),
  }),
  route({
    method: 'get',
    path: `${agreements.path}/{id}`,
    operationId: 'getAgreement',
    tag: agreements.tag,
    summary: '一份战略合作协议，和它带来的合作、成果、共建机构',
    description: '附件用 GET /api/v1/attachments?collection=agreements。',
    roles: loggedIn,
    params: agreementParams,
    answer: { status: 200, description: '协议', schema: agreementView },
    handle: ({ flow, principal, params }) => flow.getCooperation(principal, 'agreement', params.id),
  }),
  route({
    method: 'put',
    path: `${agreements.path}/{id}`,
    operationId: 'editAgreement',
    tag: agreements.tag,
    summary: '修改协议的内容、各方和关联的记录',
    description: '整体替换；现在的状态所要求的不能少。',
    roles: bureau,
    params: agreementParams,
    body: editAgreementBody,
    answer: { status: 200, description: '已保存', schema: agreementView },
    handle: ({ flow, principal, params, body: { version, ...input } }) =>
      flow.editCooperation(principal, 'agreement', params.id, version, input),
  }),
  actionRoute({
    path: `${agreements.path}/{id}`,
    operationId: 'moveAgreement',
    tag: agreements.tag,
    summary: '签署、续签、到期结束、终止，或更正',
    description:
      '签署要求合作领域、约定内容、签订日期、有效期和至少两方；续签给出新的有效期止。终止和更正须写明原因。到期前 60 天提醒各方和科技局一次，到期的自动结束。',
    roles: bureau,
    params: agreementParams,
    action: agreementAction,
    body: moveAgreementBody,
    schema: agreementView,
    move: ({ flow, principal, id: wanted, version, action, input }) =>
      flow.moveCooperation(principal, 'agreement', wanted, version, action, input),
  }),
  ...peopleRows('agreement', agreements, 'Agreement'),

  route({
    method: 'get',
    path: bodies.path,
    operationId: 'listJointBodies',
    tag: bodies.tag,
    summary: '共建机构的列表',
    description: '科技局看全部，机构看自己参与的；最近有变化的在前。',
    roles: loggedIn,
    query: jointBodyQuery,
    answer: { status: 200, description: '一页共建机构', schema: jointBodyPage },
    handle: ({ flow, principal, query }) => flow.listCooperations(principal, 'joint-body', query),
  }),
  route({
    method: 'post',
    path: bodies.path,
    operationId: 'createJointBody',
    tag: bodies.tag,
    summary: '登记一个共建机构',
    description: '研究生工作站、工程技术研究中心、共建研究院、技术转移中心等；从“筹建”开始，可以关联协议和合作项目。',
    roles: bureau,
    body: createJointBodyBody,
    answer: { status: 201, description: '已登记', schema: jointBodyView },
    handle: ({ flow, principal, body, newId }) => flow.createCooperation(principal, 'joint-body', body, { id: newId }),
  }),
  route({
    method: 'get',
    path: `${bodies.path}/{id}`,
    operationId: 'getJointBody',
    tag: bodies.tag,
    summary: '一个共建机构',
    description: '附件用 GET /api/v1/attachments?collection=jointBodies。',
    roles: loggedIn,
    params: bodyParams,
    answer: { status: 200, description: '共建机构', schema: jointBodyView },
    handle: ({ flow, principal, params }) => flow.getCooperation(principal, 'joint-body', params.id),
  }),
  route({
    method: 'put',
    path: `${bodies.path}/{id}`,
    operationId: 'editJointBody',
    tag: bodies.tag,
    summary: '修改共建机构的内容、各方和关联的记录',
    description: '整体替换；现在的状态所要求的不能少。',
    roles: bureau,
    params: bodyParams,
    body: editJointBodyBody,
    answer: { status: 200, description: '已保存', schema: jointBodyView },
    handle: ({ flow, principal, params, body: { version, ...input } }) =>
      flow.editCooperation(principal, 'joint-body', params.id, version, input),
  }),
  actionRoute({
    path: `${bodies.path}/{id}`,
    operationId: 'moveJointBody',
    tag: bodies.tag,
    summary: '批准、暂停、恢复、撤销，或更正',
    description: '批准要求级别、批准部门和批准日期；暂停、撤销和更正须写明原因。建设期届满前 60 天提醒一次。',
    roles: bureau,
    params: bodyParams,
    action: jointBodyAction,
    body: moveJointBodyBody,
    schema: jointBodyView,
    move: ({ flow, principal, id: wanted, version, action, input }) =>
      flow.moveCooperation(principal, 'joint-body', wanted, version, action, input),
  }),
  ...peopleRows('joint-body', bodies, 'JointBody'),
];
