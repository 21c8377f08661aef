import { z } from 'zod';
import { attachmentExtensions, attachmentLimits, attachmentTypes } from '../../domain/attachment.ts';
import {
  attachmentAction,
  attachmentForm,
  attachmentList,
  attachmentMoveBody,
  attachmentPage,
  attachmentsOf,
  attachmentView,
  offeredQuery,
} from '../contract/attachments.ts';
import { id } from '../contract/query-values.ts';
import { bureau, everybody, loggedIn, route } from '../route.ts';

const tag = '附件';
const params = z.strictObject({ id: id('附件编号') });
const accepts = attachmentExtensions.map((extension) => `.${extension}`).join('、');

export const attachmentRoutes = [
  route({
    method: 'get',
    path: '/api/v1/attachments',
    operationId: 'listAttachments',
    tag,
    summary: '一条记录的附件',
    description: '本机构和科技局看全部，其他能看这条记录的人看已公开的。',
    roles: everybody,
    query: attachmentsOf,
    refusals: [404],
    answer: { status: 200, description: '附件，按上传的位置排列', schema: attachmentList },
    handle: async ({ flow, principal, query }) => ({ items: await flow.listAttachments(principal, query) }),
  }),
  route({
    method: 'post',
    path: '/api/v1/attachments',
    operationId: 'addAttachment',
    tag,
    summary: '上传附件',
    description: `${accepts}，每个最大 ${attachmentLimits.fileBytes / 1024 / 1024} MB；以内容认定类型，须与扩展名一致，不收有密码或含宏的文件。缺省仅内部可见，offered 为 true 时待科技局审核后随记录公开。`,
    roles: loggedIn,
    limit: 'export',
    body: attachmentForm,
    upload: { field: 'file', maxBytes: attachmentLimits.fileBytes, accepts },
    refusals: [404],
    long: 'a file is taken in',
    answer: { status: 201, description: '已保存', schema: attachmentView },
    handle: ({ flow, principal, body, file, newId }) =>
      flow.addAttachment(principal, {
        id: newId,
        owner: { collection: body.collection, id: body.id },
        file: { name: file!.name, path: file!.path },
        offered: body.offered ?? false,
      }),
  }),
  route({
    method: 'get',
    path: '/api/v1/attachments/offered',
    operationId: 'listOfferedAttachments',
    tag,
    summary: '申请公开、等待科技局审核的附件',
    description: '最早的在前。随记录发布时自动公开，也可逐个公开或改回仅内部。',
    roles: bureau,
    query: offeredQuery,
    answer: { status: 200, description: '一页附件', schema: attachmentPage },
    handle: ({ flow, query: { limit, cursor } }) =>
      flow.offeredAttachments({
        ...(limit === undefined ? {} : { limit }),
        ...(cursor === undefined ? {} : { cursor }),
      }),
  }),
  route({
    method: 'get',
    path: '/api/v1/attachments/{id}/content',
    operationId: 'getAttachmentContent',
    tag,
    summary: '下载附件',
    roles: everybody,
    params,
    long: 'a file is sent, as fast as its reader takes it',
    answer: { status: 200, description: '文件', media: [...new Set(attachmentTypes.map(({ media }) => media))] },
    handle: async ({ flow, principal, params: { id: fileId } }) => {
      const { file, media, pieces } = await flow.readAttachment(principal, fileId);
      return { media, bytes: { pieces, size: file.size }, fileName: file.name };
    },
  }),
  route({
    method: 'post',
    path: '/api/v1/attachments/{id}/actions/{action}',
    operationId: 'moveAttachment',
    tag,
    summary: '申请公开、公开附件，或改为仅内部',
    roles: loggedIn,
    params: params.extend({ action: attachmentAction }),
    body: attachmentMoveBody,
    answer: { status: 200, description: '已办理', schema: attachmentView },
    handle: ({ flow, principal, params: { id: fileId, action }, body }) =>
      flow.moveAttachment(principal, fileId, body.version, action),
  }),
  route({
    method: 'delete',
    path: '/api/v1/attachments/{id}',
    operationId: 'removeAttachment',
    tag,
    summary: '删除附件',
    description: '删除后不能恢复。',
    roles: loggedIn,
    params,
    refusals: [409],
    answer: { status: 204, description: '已删除' },
    handle: ({ flow, principal, params: { id: fileId } }) => flow.removeAttachment(principal, fileId),
  }),
];
