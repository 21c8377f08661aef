import { type Answer, answerKinds, answerStates } from '../answer.ts';
import { addresseeStates, type Call, type CallRequest, callStates } from '../call.ts';
import { type Campaign, campaignStates } from '../campaign.ts';
import { consentWays, refusalReasons } from '../codes/consent-codes.ts';
import { labelOf } from '../codes/table.ts';
import { technologyFields } from '../codes/technology-codes.ts';
import { type Invitation, type InvitedSide, invitationStates } from '../invitation.ts';
import { type Cell, type ExportTable, instant, maskedName } from './export-table.ts';

/** What the bureau asks of people, and what they answer. */

const answered = ['答复', '不愿意的原因', '说明', '答复方式', '电话里答复的人（部分隐去）', '答复时间'] as const;

function answerCells({ answer }: InvitedSide): Cell[] {
  if (!answer) return ['未答复', null, null, null, null, null];
  return [
    answer.willing ? '愿意' : '不愿意',
    answer.reason === undefined ? null : labelOf(refusalReasons, answer.reason),
    answer.note ?? null,
    labelOf(consentWays, answer.way),
    answer.saidBy === undefined ? null : maskedName(answer.saidBy),
    instant(answer.at),
  ];
}

const recordLabels = { need: '需求', achievement: '成果' } as const;

export const deskTables = {
  invitation: {
    collection: 'invitations',
    states: invitationStates.states,
    headings: [
      '编号',
      '状态',
      '第几轮',
      '需求',
      '需求方',
      ...answered.map((heading) => `需求方${heading}`),
      '成果',
      '成果方',
      ...answered.map((heading) => `成果方${heading}`),
      '邀请日期',
      '答复期限',
      '结束原因',
      '最近修改',
    ],
    refersTo: ({ need, achievement }) => ({ organisations: [need.organisationId, achievement.organisationId] }),
    rows: ({ id, state, round, need, achievement, invitedOn, dueOn, endReason, updatedAt }, names) => [
      [
        id,
        invitationStates.states[state],
        round,
        need.title,
        names.organisations(need.organisationId),
        ...answerCells(need),
        achievement.title,
        names.organisations(achievement.organisationId),
        ...answerCells(achievement),
        invitedOn,
        dueOn,
        endReason ?? null,
        instant(updatedAt),
      ],
    ],
  } satisfies ExportTable<Invitation>,
  answer: {
    collection: 'answers',
    states: answerStates.states,
    headings: [
      '编号',
      '状态',
      '种类',
      '机构',
      '记录种类',
      '记录名称',
      '记录编号',
      '周',
      '标题',
      '内容',
      '期限',
      '批准人',
      '发出时间',
      '发出人',
      '拟稿时间',
    ],
    refersTo: ({ organisationId, approvedBy, sentBy }) => ({
      organisations: [organisationId],
      users: [approvedBy, sentBy],
    }),
    rows: (one, names) => [
      [
        one.id,
        answerStates.states[one.state],
        labelOf(answerKinds, one.kind),
        names.organisations(one.organisationId),
        recordLabels[one.recordKind],
        one.facts.title,
        one.recordId,
        one.week,
        one.subject,
        one.text,
        one.dueOn,
        names.users(one.approvedBy),
        instant(one.sentAt),
        names.users(one.sentBy),
        instant(one.createdAt),
      ],
    ],
  } satisfies ExportTable<Answer>,
  campaign: {
    collection: 'campaigns',
    states: campaignStates.states,
    headings: [
      '编号',
      '状态',
      '征集名称',
      '征集说明',
      '技术领域',
      '起始日',
      '截止日',
      '拟定人',
      '登记时间',
      '最近修改',
    ],
    refersTo: ({ createdBy }) => ({ users: [createdBy] }),
    rows: ({ id, state, content, createdBy, createdAt, updatedAt }, names) => [
      [
        id,
        campaignStates.states[state],
        content.title,
        content.text,
        (content.fields ?? []).map((field) => labelOf(technologyFields, field)).join('；'),
        content.from,
        content.until,
        names.users(createdBy),
        instant(createdAt),
        instant(updatedAt),
      ],
    ],
  } satisfies ExportTable<Campaign>,
  call: {
    collection: 'calls',
    states: callStates.states,
    headings: [
      '编号',
      '状态',
      '需求',
      '需求编号',
      '第几次征集',
      '征集说明',
      '截止日',
      '征集对象',
      '征集对象（家）',
      '拟定人',
      '登记时间',
      '最近修改',
    ],
    refersTo: ({ addressees, createdBy }) => ({
      organisations: addressees.map(({ organisationId }) => organisationId),
      users: [createdBy],
    }),
    rows: (
      { id, state, needTitle, needId, round, text, until, addressees, createdBy, createdAt, updatedAt },
      names,
    ) => {
      const chosen = addressees.filter((one) => one.chosen);
      return [
        [
          id,
          callStates.states[state],
          needTitle,
          needId,
          round,
          text,
          until,
          chosen.map(({ organisationId }) => names.organisations(organisationId)).join('；'),
          chosen.length,
          names.users(createdBy),
          instant(createdAt),
          instant(updatedAt),
        ],
      ];
    },
  } satisfies ExportTable<Call>,
  'call-request': {
    collection: 'callRequests',
    states: addresseeStates.states,
    headings: [
      '编号',
      '征集编号',
      '需求',
      '机构',
      '状态',
      '应征的成果',
      '谢绝的原因',
      '截止日',
      '答复时间',
      '发出时间',
    ],
    refersTo: ({ organisationId, achievementIds }) => ({
      organisations: [organisationId],
      achievements: achievementIds,
    }),
    rows: (one, names) => [
      [
        one.id,
        one.callId,
        one.needTitle,
        names.organisations(one.organisationId),
        addresseeStates.states[one.state],
        one.achievementIds.map((id) => names.achievements(id)).join('；'),
        one.declineReason ?? null,
        one.until,
        instant(one.answeredAt),
        instant(one.createdAt),
      ],
    ],
  } satisfies ExportTable<CallRequest>,
} as const;
