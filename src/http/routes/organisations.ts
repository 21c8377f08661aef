import { z } from 'zod';
import {
  createOrganisationBody,
  editOrganisationBody,
  mergeBody,
  mergedOrganisation,
  organisationAction,
  organisationMoveBody,
  organisationPage,
  organisationQuery,
  organisationView,
} from '../contract/organisations.ts';
import { id } from '../contract/query-values.ts';
import { administrators, bureau, everybody, loggedIn, route } from '../route.ts';

const tag = '机构';
const params = z.strictObject({ id: id('机构编号') });

export const organisationRoutes = [
  route({
    method: 'get',
    path: '/api/v1/organisations',
    operationId: 'listOrganisations',
    tag,
    summary: '机构列表',
    description: '科技局看全部，其他人看已通过审核的；不含联系方式。按名称查找时，一页可能不满而仍有下一页。',
    roles: everybody,
    query: organisationQuery,
    answer: { status: 200, description: '一页机构', schema: organisationPage },
    handle: ({ flow, principal, query }) => flow.listOrganisations(principal, query),
  }),
  route({
    method: 'post',
    path: '/api/v1/organisations',
    operationId: 'createOrganisation',
    tag,
    summary: '代为登记机构',
    description: '由科技局代填，登记后即通过审核。',
    roles: bureau,
    body: createOrganisationBody,
    answer: { status: 201, description: '已登记', schema: organisationView },
    handle: ({ flow, principal, body, newId }) => flow.createOrganisation(principal, body.content, { id: newId }),
  }),
  route({
    method: 'get',
    path: '/api/v1/organisations/{id}',
    operationId: 'getOrganisation',
    tag,
    summary: '一个机构',
    roles: everybody,
    params,
    answer: { status: 200, description: '机构', schema: organisationView },
    handle: ({ flow, principal, params: { id: organisationId } }) => flow.getOrganisation(principal, organisationId),
  }),
  route({
    method: 'put',
    path: '/api/v1/organisations/{id}',
    operationId: 'editOrganisation',
    tag,
    summary: '修改机构信息',
    description: '内容整体替换。',
    roles: loggedIn,
    params,
    body: editOrganisationBody,
    answer: { status: 200, description: '已修改', schema: organisationView },
    handle: ({ flow, principal, params: { id: organisationId }, body }) =>
      flow.editOrganisation(principal, organisationId, body.version, body.content),
  }),
  route({
    method: 'post',
    path: '/api/v1/organisations/{id}/merge',
    operationId: 'mergeOrganisation',
    tag,
    summary: '把重复登记的机构并入另一个',
    description: '账号、需求、成果、合作随之转到保留的机构；原来的编号今后指保留的机构。两个都有代码而不同的不能合并。',
    roles: administrators,
    params,
    body: mergeBody,
    answer: { status: 200, description: '已合并', schema: mergedOrganisation },
    handle: ({ flow, principal, params: { id: organisationId }, body }) =>
      flow.mergeOrganisation(principal, organisationId, body.version, { into: body.into, reason: body.reason }),
  }),
  route({
    method: 'post',
    path: '/api/v1/organisations/{id}/actions/{action}',
    operationId: 'moveOrganisation',
    tag,
    summary: '机构审核、停用与恢复',
    roles: loggedIn,
    params: params.extend({ action: organisationAction }),
    body: organisationMoveBody,
    answer: { status: 200, description: '已办理', schema: organisationView },
    handle: ({ flow, principal, params: { id: organisationId, action }, body }) =>
      flow.moveOrganisation(principal, organisationId, body.version, action, body.reason),
  }),
];
