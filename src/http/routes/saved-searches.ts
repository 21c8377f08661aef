import { z } from 'zod';
import { id } from '../contract/query-values.ts';
import { changeSearchBody, savedSearchList, savedSearchView, saveSearchBody } from '../contract/saved-searches.ts';
import { loggedIn, route } from '../route.ts';

const tag = '检索';
const params = z.strictObject({ id: id('搜索编号') });

export const savedSearchRoutes = [
  route({
    method: 'get',
    path: '/api/v1/saved-searches',
    operationId: 'listSavedSearches',
    tag,
    summary: '我保存的搜索',
    roles: loggedIn,
    answer: { status: 200, description: '按名称排列', schema: savedSearchList },
    handle: async ({ flow, principal }) => ({ items: await flow.listSavedSearches(principal) }),
  }),
  route({
    method: 'post',
    path: '/api/v1/saved-searches',
    operationId: 'saveSearch',
    tag,
    summary: '保存一个搜索',
    description: '可以每天或每周一得知其中新发布的记录；本机构自己的不算。',
    roles: loggedIn,
    body: saveSearchBody,
    answer: { status: 201, description: '已保存', schema: savedSearchView },
    handle: ({ flow, principal, body, newId }) => flow.saveSearch(principal, body, { id: newId }),
  }),
  route({
    method: 'put',
    path: '/api/v1/saved-searches/{id}',
    operationId: 'changeSavedSearch',
    tag,
    summary: '修改保存的搜索',
    roles: loggedIn,
    params,
    body: changeSearchBody,
    answer: { status: 200, description: '已修改', schema: savedSearchView },
    handle: ({ flow, principal, params: { id: searchId }, body: { version, ...content } }) =>
      flow.changeSavedSearch(principal, searchId, version, content),
  }),
  route({
    method: 'delete',
    path: '/api/v1/saved-searches/{id}',
    operationId: 'removeSavedSearch',
    tag,
    summary: '删除保存的搜索',
    roles: loggedIn,
    params,
    refusals: [409],
    answer: { status: 204, description: '已删除' },
    handle: ({ flow, principal, params: { id: searchId } }) => flow.removeSavedSearch(principal, searchId),
  }),
];
