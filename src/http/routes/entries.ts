import { z } from 'zod';
import type { EntryKind } from '../../domain/entry.ts';
import {
  achievementPage,
  achievementView,
  answerBody,
  askBody,
  campaignChoiceBody,
  checkAchievementBody,
  checkNeedBody,
  createAchievementBody,
  createNeedBody,
  draftCheck,
  editAchievementBody,
  editNeedBody,
  entryAction,
  entryQuery,
  moveBody,
  needPage,
  needView,
  revisionAction,
  unaskBody,
} from '../contract/entries.ts';
import { id } from '../contract/query-values.ts';
import { bureau, everybody, loggedIn, type Route, route } from '../route.ts';

/** Needs and achievements are entered, moved and revised alike: one set of rows for each kind. */
function rowsOf<
  K extends EntryKind,
  View extends z.ZodType,
  Page extends z.ZodType,
  Create extends z.ZodType<{
    organisationId?: string | undefined;
    toldBy?: string | undefined;
    campaignId?: string | undefined;
    content: unknown;
  }>,
  Edit extends z.ZodType<{ version: number; organisationId?: string | undefined; content: unknown }>,
  Check extends z.ZodType<{ id?: string | undefined; content: unknown }>,
>(
  kind: K,
  names: { readonly path: string; readonly one: string; readonly many: string; readonly label: string },
  schemas: {
    readonly view: View;
    readonly page: Page;
    readonly create: Create;
    readonly edit: Edit;
    readonly check: Check;
  },
): Route[] {
  const { path, one, many, label } = names;
  const params = z.strictObject({ id: id(`${label}编号`) });
  const view = <const S extends 200 | 201>(status: S, description: string) => ({
    status,
    description,
    schema: schemas.view as unknown as typeof anyView,
  });
  return [
    route({
      method: 'get',
      path,
      operationId: `list${many}`,
      tag: label,
      summary: `${label}列表`,
      description: '各看各能看的：科技局看全部，机构成员看已发布的和本机构的，未登录者看公开的；不含联系方式。',
      roles: everybody,
      query: entryQuery,
      answer: { status: 200, description: `一页${label}`, schema: schemas.page as unknown as typeof anyPage },
      handle: ({ flow, principal, query }) => {
        const { order, direction, ...rest } = query;
        return flow.listEntries(principal, kind, {
          ...rest,
          ...(order === undefined && direction === undefined
            ? {}
            : { order: { by: order ?? 'updatedAt', direction: direction ?? 'desc' } }),
        });
      },
    }),
    route({
      method: 'post',
      path,
      operationId: `create${one}`,
      tag: label,
      summary: `新建${label}草稿`,
      description:
        '机构成员为本机构录入；科技局代填时须写明 organisationId，可以用 toldBy 写明由谁告知。草稿可以不完整。',
      roles: loggedIn,
      body: schemas.create,
      answer: view(201, '已保存草稿'),
      handle: ({ flow, principal, body, newId }) =>
        flow.createEntry(principal, kind, body.content, {
          id: newId,
          ...(body.organisationId === undefined ? {} : { organisationId: body.organisationId }),
          ...(body.toldBy === undefined ? {} : { toldBy: body.toldBy }),
          ...(body.campaignId === undefined ? {} : { campaignId: body.campaignId }),
        }),
    }),
    route({
      method: 'post',
      path: `${path}/check`,
      operationId: `check${one}`,
      tag: label,
      summary: `检查正在填写的${label}`,
      description: `不保存。说明提交前要改正什么、缺什么，有哪些内容相近的记录${kind === 'need' ? '，以及写得有多清楚、怎样更清楚' : ''}。`,
      roles: loggedIn,
      idempotent: false,
      limit: 'search',
      body: schemas.check,
      answer: { status: 200, description: '检查结果', schema: draftCheck },
      handle: ({ flow, principal, body }) => flow.checkDraft(principal, kind, body.content, body.id),
    }),
    route({
      method: 'get',
      path: `${path}/{id}`,
      operationId: `get${one}`,
      tag: label,
      summary: `一条${label}`,
      roles: everybody,
      params,
      answer: view(200, label),
      handle: ({ flow, principal, params: { id: entryId } }) => flow.getEntry(principal, kind, entryId),
    }),
    route({
      method: 'put',
      path: `${path}/{id}`,
      operationId: `edit${one}`,
      tag: label,
      summary: `修改${label}`,
      description: '内容整体替换。已发布的记录开始一次修改，审核通过前公众仍看到原来的版本。',
      roles: loggedIn,
      params,
      body: schemas.edit,
      answer: view(200, '已保存'),
      handle: ({ flow, principal, params: { id: entryId }, body }) =>
        flow.editEntry(
          principal,
          kind,
          entryId,
          body.version,
          body.content,
          body.organisationId === undefined ? {} : { organisationId: body.organisationId },
        ),
    }),
    route({
      method: 'post',
      path: `${path}/{id}/actions/{action}`,
      operationId: `move${one}`,
      tag: label,
      summary: `提交、退回、发布、撤回、续期${label}`,
      roles: loggedIn,
      params: params.extend({ action: entryAction }),
      body: moveBody,
      answer: view(200, '已办理'),
      handle: ({ flow, principal, params: { id: entryId, action }, body }) =>
        flow.moveEntry(principal, kind, entryId, body.version, action, body.reason),
    }),
    route({
      method: 'post',
      path: `${path}/{id}/revision/{action}`,
      operationId: `move${one}Revision`,
      tag: label,
      summary: `提交、退回、发布或放弃对已发布${label}的修改`,
      roles: loggedIn,
      params: params.extend({ action: revisionAction }),
      body: moveBody,
      answer: view(200, '已办理'),
      handle: ({ flow, principal, params: { id: entryId, action }, body }) =>
        flow.moveRevision(principal, kind, entryId, body.version, action, body.reason),
    }),
    route({
      method: 'post',
      path: `${path}/{id}/questions`,
      operationId: `ask${one}`,
      tag: label,
      summary: `请${label}一方补充`,
      description: '不经每周清单直接提问；对方在这条记录上回答。',
      roles: bureau,
      params,
      body: askBody,
      answer: view(201, '已提出'),
      handle: ({ flow, principal, params: { id: entryId }, body, newId }) =>
        flow.askEntry(principal, kind, entryId, body.version, { id: newId, question: body.question }),
    }),
    route({
      method: 'post',
      path: `${path}/{id}/questions/{questionId}/withdraw`,
      operationId: `unask${one}`,
      tag: label,
      summary: '收回还没有回答的问题',
      roles: bureau,
      params: params.extend({ questionId: id('问题编号') }),
      body: unaskBody,
      answer: view(200, '已收回'),
      handle: ({ flow, principal, params: { id: entryId, questionId }, body }) =>
        flow.unaskEntry(principal, kind, entryId, body.version, questionId),
    }),
    route({
      method: 'post',
      path: `${path}/{id}/questions/{questionId}/answer`,
      operationId: `answer${one}Question`,
      tag: label,
      summary: '回答科技局请补充的问题',
      roles: loggedIn,
      params: params.extend({ questionId: id('问题编号') }),
      body: answerBody,
      answer: view(200, '已回答'),
      handle: ({ flow, principal, params: { id: entryId, questionId }, body }) =>
        flow.answerQuestion(principal, kind, entryId, body.version, questionId, body.answer),
    }),
    route({
      method: 'post',
      path: `${path}/{id}/questions/{questionId}/note`,
      operationId: `note${one}Answer`,
      tag: label,
      summary: '确认已看过对方的答复',
      description: '工作台不再列出；发布或退回这条记录时自动确认。',
      roles: bureau,
      params: params.extend({ questionId: id('问题编号') }),
      body: unaskBody,
      answer: view(200, '已确认'),
      handle: ({ flow, principal, params: { id: entryId, questionId }, body }) =>
        flow.noteAnswer(principal, kind, entryId, body.version, questionId),
    }),
  ];
}

/** The schemas of both kinds are checked against what the steps answer where they are read, not here. */
const anyView = z.unknown();
const anyPage = z.unknown();

export const entryRoutes = [
  route({
    method: 'post',
    path: '/api/v1/needs/{id}/campaign',
    operationId: 'chooseCampaign',
    tag: '需求',
    summary: '选择或去掉需求所属的征集',
    description: '首次提交前可以改；征集截止后须去掉所属征集，才能作为普通需求提交。',
    roles: loggedIn,
    params: z.strictObject({ id: id('需求编号') }),
    body: campaignChoiceBody,
    answer: { status: 200, description: '已办理', schema: needView },
    handle: ({ flow, principal, params: { id: needId }, body }) =>
      flow.chooseCampaign(principal, needId, body.version, body.campaignId),
  }),
  ...rowsOf(
    'need',
    { path: '/api/v1/needs', one: 'Need', many: 'Needs', label: '需求' },
    { view: needView, page: needPage, create: createNeedBody, edit: editNeedBody, check: checkNeedBody },
  ),
  ...rowsOf(
    'achievement',
    { path: '/api/v1/achievements', one: 'Achievement', many: 'Achievements', label: '成果' },
    {
      view: achievementView,
      page: achievementPage,
      create: createAchievementBody,
      edit: editAchievementBody,
      check: checkAchievementBody,
    },
  ),
];
