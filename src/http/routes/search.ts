import { searchInputOf, searchPage, searchQuery, suggestions, suggestQuery } from '../contract/search.ts';
import { everybody, route } from '../route.ts';

const tag = '检索';

export const searchRoutes = [
  route({
    method: 'get',
    path: '/api/v1/search',
    operationId: 'searchRecords',
    tag,
    summary: '检索需求或成果',
    description:
      '含全部词的在前；没有时放宽到含一部分词（relaxed）。筛选项可重复给出，同一项内为“或”，不同项之间为“且”；范围写作 budgetWan.gte=10。',
    roles: everybody,
    limit: 'search',
    query: searchQuery,
    answer: { status: 200, description: '一页结果，附各筛选项的计数', schema: searchPage },
    handle: ({ flow, principal, query }) => flow.searchRecords(principal, searchInputOf(query)),
  }),
  route({
    method: 'get',
    path: '/api/v1/suggestions',
    operationId: 'suggestRecords',
    tag,
    summary: '边写边提示的标题',
    description: '可写汉字、全拼或拼音首字母。',
    roles: everybody,
    limit: 'search',
    query: suggestQuery,
    answer: { status: 200, description: '提示', schema: suggestions },
    handle: async ({ flow, principal, query }) => ({
      items: await flow.suggestRecords(principal, {
        text: query.text,
        ...(query.kind === undefined ? {} : { kinds: [query.kind] }),
        ...(query.limit === undefined ? {} : { limit: query.limit }),
      }),
    }),
  }),
];
