import { z } from 'zod';
import { attachmentLimits, attachmentOwners, extensionsOf } from '../../domain/attachment.ts';
import { Invalid } from '../../domain/errors.ts';
import { id } from '../contract/query-values.ts';
import {
  decisionBody,
  registrationDecision,
  registrationForm,
  registrationPage,
  registrationQuery,
  registrationVersion,
  registrationView,
  resubmitBody,
} from '../contract/registrations.ts';
import { bureau, route } from '../route.ts';

const tag = '机构登记';
const proofExtensions = extensionsOf(attachmentOwners.registrations.types);
const params = z.strictObject({ id: id('登记编号') });

function jsonOf(field: string, label: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new Invalid([{ field, label, reason: '不是完整的 JSON', mend: '请检查括号、引号和逗号' }]);
  }
}

export const registrationRoutes = [
  route({
    method: 'post',
    path: '/api/v1/registrations',
    operationId: 'registerOrganisation',
    tag,
    summary: '登记机构',
    description:
      '没有账号的机构自行登记：机构信息、第一位管理员的账号、一份证明文件（营业执照或法人证书的扫描件）。审核通过以前，这个账号登录后只能看到和修改这份登记。代码已由科技局代填或导入的，通过后由申请人认领；是不是这样，回答里看不出来。',
    roles: ['anonymous'],
    idempotent: false,
    limit: 'register',
    body: registrationForm,
    upload: { field: 'proof', maxBytes: attachmentLimits.fileBytes, accepts: proofExtensions },
    long: 'a file is taken in',
    answer: { status: 201, description: '已提交，等待审核', schema: registrationView },
    handle: ({ flow, body, file }) =>
      flow.registerOrganisation(
        {
          organisation: jsonOf('organisation', '机构信息', body.organisation),
          applicant: jsonOf('applicant', '申请人', body.applicant),
        },
        { name: file!.name, path: file!.path },
      ),
  }),
  route({
    method: 'get',
    path: '/api/v1/registrations/own',
    operationId: 'getOwnRegistration',
    tag,
    summary: '本机构正在审核的登记',
    description: '只有申请人有；通过以后就没有了。',
    roles: ['manager'],
    beforePasswordChange: true,
    refusals: [404],
    answer: { status: 200, description: '登记', schema: registrationView },
    handle: ({ flow, principal }) => flow.ownRegistration(principal),
  }),
  route({
    method: 'put',
    path: '/api/v1/registrations/own',
    operationId: 'resubmitRegistration',
    tag,
    summary: '修改退回的登记并重新提交',
    roles: ['manager'],
    beforePasswordChange: true,
    refusals: [404],
    body: resubmitBody,
    answer: { status: 200, description: '已重新提交', schema: registrationView },
    handle: ({ flow, principal, body }) => flow.resubmitRegistration(principal, body.version, body.content),
  }),
  route({
    method: 'post',
    path: '/api/v1/registrations/own/proofs',
    operationId: 'addProof',
    tag,
    summary: '给退回的登记补交证明文件',
    roles: ['manager'],
    beforePasswordChange: true,
    limit: 'register',
    refusals: [404],
    body: z.strictObject({}),
    upload: { field: 'proof', maxBytes: attachmentLimits.fileBytes, accepts: proofExtensions },
    long: 'a file is taken in',
    answer: { status: 204, description: '已保存' },
    handle: async ({ flow, principal, file, newId }) => {
      const { id: registrationId } = await flow.ownRegistration(principal);
      await flow.addAttachment(principal, {
        id: newId,
        owner: { collection: 'registrations', id: registrationId },
        file: { name: file!.name, path: file!.path },
      });
    },
  }),
  route({
    method: 'post',
    path: '/api/v1/registrations/own/withdrawal',
    operationId: 'withdrawRegistration',
    tag,
    summary: '撤回登记',
    description: '账号随之停用。',
    roles: ['manager'],
    beforePasswordChange: true,
    refusals: [404],
    body: registrationVersion,
    answer: { status: 200, description: '已撤回', schema: registrationView },
    handle: ({ flow, principal, body }) => flow.withdrawRegistration(principal, body.version),
  }),
  route({
    method: 'get',
    path: '/api/v1/registrations',
    operationId: 'listRegistrations',
    tag,
    summary: '机构登记列表',
    description: '最早的在前。证明文件见 /api/v1/attachments?collection=registrations&id=登记编号。',
    roles: bureau,
    query: registrationQuery,
    answer: { status: 200, description: '一页登记', schema: registrationPage },
    handle: ({ flow, principal, query }) => flow.listRegistrations(principal, query),
  }),
  route({
    method: 'get',
    path: '/api/v1/registrations/{id}',
    operationId: 'getRegistration',
    tag,
    summary: '一份机构登记',
    roles: bureau,
    params,
    answer: { status: 200, description: '登记', schema: registrationView },
    handle: ({ flow, principal, params: { id: registrationId } }) => flow.getRegistration(principal, registrationId),
  }),
  route({
    method: 'post',
    path: '/api/v1/registrations/{id}/actions/{action}',
    operationId: 'decideRegistration',
    tag,
    summary: '审核机构登记',
    description:
      '通过时须写明认领哪个已有的机构（读到的 claims.organisationId，没有时可以是 namesakes 中的一个）；自己代填的机构，认领由别人审核。',
    roles: bureau,
    params: params.extend({ action: registrationDecision }),
    body: decisionBody,
    answer: { status: 200, description: '已办理', schema: registrationView },
    handle: ({ flow, principal, params: { id: registrationId, action }, body }) =>
      flow.decideRegistration(principal, registrationId, body.version, {
        action,
        ...(body.reason === undefined ? {} : { reason: body.reason }),
        ...(body.claims === undefined ? {} : { claims: body.claims }),
      }),
  }),
];
