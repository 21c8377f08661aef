import { type AccountLink, accountLinkStates } from '../account-link.ts';
import { type Attachment, attachmentOwners, attachmentTypeOf } from '../attachment.ts';
import { type AuditEntry, auditKinds } from '../audit.ts';
import { labelsOf } from '../audit-labels.ts';
import { industries } from '../codes/national-codes.ts';
import { organisationSizes, organisationTypes } from '../codes/organisation-codes.ts';
import { type CodeRow, labelOf } from '../codes/table.ts';
import { technologyFields } from '../codes/technology-codes.ts';
import type { ContactView } from '../contact-view.ts';
import { maskedAddress } from '../notices/masked-address.ts';
import type { Delivery, Notice } from '../notices/notice.ts';
import { deliveryStates } from '../notices/notice-delivery.ts';
import { noticeKinds } from '../notices/notice-kinds.ts';
import { type Policy, type PolicyAudience, policyKinds, policyStates } from '../policies/policy.ts';
import { type Registration, registrationStates } from '../registration.ts';
import { roles, type User, userStates } from '../user.ts';
import { exportFormats, exportKinds } from './export-kinds.ts';
import type { ExportLog } from './export-log.ts';
import { type Cell, cellOf, type ExportTable, formFields, headingOf, instant } from './export-table.ts';

/** Who there is, what was told to whom, who looked and who took what out. */

const organisationFields = formFields('organisation');
const exportStates: Readonly<Record<ExportLog['state'], string>> = {
  begun: '进行中',
  finished: '完成',
  broken: '中断',
};
const none = {};

function audienceOf({ types, industries: trades, fields, sizes, highTech, regions }: PolicyAudience): string {
  const labels = <C extends string>(rows: readonly CodeRow<C>[], codes: readonly C[] = []) =>
    codes.map((code) => labelOf(rows, code)).join('、');
  const parts = [
    labels(organisationTypes, types),
    labels(industries, trades),
    labels(technologyFields, fields),
    labels(organisationSizes, sizes),
    highTech === undefined ? '' : highTech ? '高新技术企业' : '非高新技术企业',
    (regions ?? []).join('、'),
  ].filter((part) => part !== '');
  return parts.length === 0 ? '全部' : parts.join('；');
}

/** How a notice went over one way: state, when, to where (masked), and why not. */
function deliveryCells(delivery: Delivery | null): Cell[] {
  if (!delivery) return ['不发', null, null, null];
  return [
    deliveryStates.states[delivery.state],
    instant(delivery.sentAt),
    delivery.to ?? null,
    delivery.reason ?? null,
  ];
}

export const officeTables = {
  registration: {
    collection: 'registrations',
    states: registrationStates.states,
    headings: [
      '登记编号',
      '状态',
      ...organisationFields.map(headingOf),
      '退回原因',
      '成为的机构',
      '申请时间',
      '最近修改',
    ],
    refersTo: ({ organisationId }) => ({ organisations: [organisationId] }),
    rows: ({ id, state, content, returnReason, organisationId, createdAt, updatedAt }, names) => [
      [
        id,
        registrationStates.states[state],
        ...organisationFields.map((field) => cellOf(field, content)),
        returnReason ?? null,
        names.organisations(organisationId),
        instant(createdAt),
        instant(updatedAt),
      ],
    ],
  } satisfies ExportTable<Registration>,
  user: {
    collection: 'users',
    states: userStates.states,
    headings: [
      '账号编号',
      '登录名',
      '姓名',
      '角色',
      '机构',
      '状态',
      '电子信箱（部分隐去）',
      '手机（部分隐去）',
      '两步验证',
      '审计权限',
      '建立时间',
      '最近修改',
    ],
    refersTo: ({ organisationId }) => ({ organisations: [organisationId] }),
    rows: (user, names) => [
      [
        user.id,
        // Many take their address or number for a login.
        /[@]|\d{7}/.test(user.login) ? maskedAddress(user.login) : user.login,
        user.name,
        labelOf(roles, user.role),
        names.organisations(user.organisationId),
        userStates.states[user.state],
        user.email === undefined ? null : maskedAddress(user.email),
        user.mobile === undefined ? null : maskedAddress(user.mobile),
        user.totp?.confirmedAt === undefined ? '否' : '是',
        user.role === 'admin' || user.mayAudit ? '是' : '否',
        instant(user.createdAt),
        instant(user.updatedAt),
      ],
    ],
  } satisfies ExportTable<User>,
  'account-invitation': {
    collection: 'accountLinks',
    only: { kind: 'invitation' },
    states: accountLinkStates.states,
    headings: [
      '编号',
      '状态',
      '姓名',
      '电子信箱（部分隐去）',
      '角色',
      '机构',
      '邀请人',
      '发出次数',
      '有效期至',
      '成为的账号',
      '邀请时间',
      '最近修改',
    ],
    refersTo: ({ organisationId, invitedBy, userId }) => ({
      organisations: [organisationId],
      users: [invitedBy, userId],
    }),
    rows: (one, names) => [
      [
        one.id,
        accountLinkStates.states[one.state],
        one.name ?? null,
        maskedAddress(one.email),
        one.role === undefined ? null : labelOf(roles, one.role),
        names.organisations(one.organisationId),
        names.users(one.invitedBy),
        one.sentEpoch,
        instant(one.expiresAt),
        names.users(one.userId),
        instant(one.createdAt),
        instant(one.updatedAt),
      ],
    ],
  } satisfies ExportTable<AccountLink>,
  /** Files that their people want shown and the bureau has not looked at; not what is in them. */
  'offered-file': {
    collection: 'attachments',
    only: { audience: 'offered', stored: true },
    states: none,
    headings: [
      '附件编号',
      '文件名',
      '文件种类',
      '大小（字节）',
      '记录种类',
      '记录名称',
      '记录编号',
      '上传人',
      '申请公开时间',
      '上传时间',
    ],
    refersTo: ({ owner, addedBy }) => ({
      ...(owner.collection === 'needs' || owner.collection === 'achievements'
        ? { [owner.collection]: [owner.id] }
        : {}),
      users: [addedBy],
    }),
    rows: ({ id, name, type, size, owner, addedBy, offeredAt, createdAt }, names) => [
      [
        id,
        name,
        attachmentTypeOf(type).label,
        size,
        attachmentOwners[owner.collection].label,
        owner.collection === 'needs' || owner.collection === 'achievements' ? names[owner.collection](owner.id) : null,
        owner.id,
        names.users(addedBy),
        instant(offeredAt),
        instant(createdAt),
      ],
    ],
  } satisfies ExportTable<Attachment>,
  policy: {
    collection: 'policies',
    states: policyStates.states,
    headings: [
      '编号',
      '状态',
      '类别',
      '标题',
      '正文',
      '发文单位',
      '文号',
      '原文网址',
      '适用对象',
      '截止日期',
      '发布时间',
    ],
    refersTo: () => none,
    rows: ({ id, state, content, publishedAt }) => [
      [
        id,
        policyStates.states[state],
        labelOf(policyKinds, content.kind),
        content.title,
        content.text,
        content.issuer ?? null,
        content.number ?? null,
        content.url ?? null,
        audienceOf(content.audience),
        content.openUntil ?? null,
        instant(publishedAt),
      ],
    ],
  } satisfies ExportTable<Policy>,
  /** Without the texts: an invitation's contacts are in some of them. */
  notice: {
    collection: 'notices',
    states: none,
    order: 'createdAt',
    headings: [
      '编号',
      '时间',
      '种类',
      '收件人',
      '机构',
      '标题',
      '在系统内看过',
      '邮件',
      '邮件发出时间',
      '邮件地址（部分隐去）',
      '邮件未发出的原因',
      '短信',
      '短信发出时间',
      '短信号码（部分隐去）',
      '短信未发出的原因',
    ],
    refersTo: ({ userId, organisationId }) => ({ users: [userId], organisations: [organisationId] }),
    rows: (notice, names) => [
      [
        notice.id,
        instant(notice.createdAt),
        labelOf(noticeKinds, notice.kind),
        notice.userId === null ? '系统之外的地址' : names.users(notice.userId),
        names.organisations(notice.organisationId),
        notice.subject,
        instant(notice.readAt),
        ...deliveryCells(notice.mail),
        ...deliveryCells(notice.sms),
      ],
    ],
  } satisfies ExportTable<Notice>,
  'contact-view': {
    collection: 'contactViews',
    states: none,
    headings: ['编号', '时间', '合作', '合作编号', '查看人', '查看人编号', '查看人的机构', '看的是谁的', '登记时间'],
    refersTo: ({ partnershipId, by, organisationId }) => ({
      partnerships: [partnershipId],
      users: [by],
      organisations: [organisationId],
    }),
    rows: ({ id, createdAt, updatedAt, partnershipId, by, organisationId, sides }, names) => [
      [
        id,
        instant(createdAt),
        names.partnerships(partnershipId),
        partnershipId,
        names.users(by),
        by,
        organisationId === null ? '科技局' : names.organisations(organisationId),
        sides.map((side) => (side === 'need' ? '需求方' : '成果方')).join('、'),
        instant(updatedAt),
      ],
    ],
  } satisfies ExportTable<ContactView>,
  export: {
    collection: 'exports',
    states: exportStates,
    headings: [
      '编号',
      '时间',
      '列表',
      '格式',
      '只导出的状态',
      '起始日',
      '截止日',
      '行数',
      '结果',
      '导出人',
      '导出人编号',
    ],
    refersTo: ({ by }) => ({ users: [by] }),
    rows: ({ id, createdAt, kind, format, where, since, until, rows, state, by }, names) => [
      [
        id,
        instant(createdAt),
        labelOf(exportKinds, kind),
        labelOf(exportFormats, format),
        where ?? null,
        since ?? null,
        until ?? null,
        rows ?? null,
        exportStates[state],
        names.users(by),
        by,
      ],
    ],
  } satisfies ExportTable<ExportLog>,
  audit: {
    collection: 'audit',
    states: none,
    order: 'sequence',
    right: 'audit',
    headings: [
      '序号',
      '时间',
      '种类',
      '事件',
      '事件代码',
      '操作人',
      '操作人编号',
      '来自地址',
      '命令行账号',
      '记录种类',
      '记录编号',
      '改动的字段',
      '改动前后',
      '事实',
      '散列',
    ],
    refersTo: ({ by }) => ({ users: [by] }),
    rows: ({ sequence, at, kind, action, by, from, subject, changed, facts, hash }, names) => {
      const labels = labelsOf({ action, subject, changed, facts });
      const named = (field: string) => labels.changed[field] ?? field;
      return [
        [
          sequence,
          instant(at),
          labelOf(auditKinds, kind),
          labels.action ?? action,
          action,
          names.users(by),
          by,
          from.ip ?? null,
          from.shell ?? null,
          labels.collection ?? subject?.collection ?? null,
          subject?.id ?? null,
          Object.keys(changed).map(named).join('、'),
          Object.entries(changed)
            .flatMap(([field, values]) =>
              values ? [`${named(field)}：${values[0] ?? '（空）'} → ${values[1] ?? '（空）'}`] : [],
            )
            .join('；'),
          Object.keys(facts).length === 0 ? null : JSON.stringify(facts),
          hash,
        ],
      ];
    },
  } satisfies ExportTable<AuditEntry>,
} as const;
