import type { Achievement } from '../achievement.ts';
import { contractTypes } from '../codes/contract-codes.ts';
import { approvalLevels, jointBodyKinds } from '../codes/cooperation-codes.ts';
import { matchLevels } from '../codes/review-codes.ts';
import { labelOf } from '../codes/table.ts';
import { type Agreement, agreementStates } from '../cooperation/agreement.ts';
import { type JointBody, jointBodyStates } from '../cooperation/joint-body.ts';
import { type Party, registeredParties } from '../cooperation/party.ts';
import type { Docket } from '../docket.ts';
import { docketStates } from '../docket.ts';
import { describeMark } from '../docket-marks.ts';
import { entryStates, revisionStates } from '../entry.ts';
import type { Match } from '../match.ts';
import { matchStates } from '../match.ts';
import { wanOfFen } from '../money.ts';
import type { Need } from '../need.ts';
import type { Organisation } from '../organisation.ts';
import { organisationStates } from '../organisation.ts';
import type { Partnership } from '../partnership.ts';
import { paidFen, partnershipOrigins, partnershipStates } from '../partnership.ts';
import { courseTables } from './course-tables.ts';
import { deskTables } from './desk-tables.ts';
import type { ExportKind } from './export-kinds.ts';
import {
  cellOf,
  type ExportNames,
  type ExportTable,
  formFields,
  headingOf,
  instant,
  wanOrNothing,
} from './export-table.ts';
import { officeTables } from './office-tables.ts';
import { serviceTables } from './service-tables.ts';

function entryTable(
  kind: 'need' | 'achievement',
  collection: 'needs' | 'achievements',
): ExportTable<Need | Achievement> {
  const fields = formFields(kind);
  return {
    collection,
    states: entryStates.states,
    headings: [
      '编号',
      '所属机构',
      '状态',
      '修改',
      ...fields.map(headingOf),
      '待补全',
      '首次提交',
      '发布时间',
      '有效期至',
      '来源',
      '外部编号',
      '最近修改',
    ],
    refersTo: (entry) => ({ organisations: [entry.organisationId] }),
    rows: (entry, names) => [
      [
        entry.id,
        names.organisations(entry.organisationId),
        entryStates.states[entry.state],
        revisionStates.states[entry.revision],
        ...fields.map((field) => cellOf(field, entry.content)),
        entry.missing.length,
        instant(entry.firstSubmittedAt),
        instant(entry.published?.at),
        entry.expiresOn ?? null,
        entry.provenance?.source ?? null,
        entry.provenance?.externalId ?? null,
        instant(entry.updatedAt),
      ],
    ],
  };
}

const organisationFields = formFields('organisation');

const partyNames = (parties: readonly Party[], names: ExportNames) =>
  parties.map(({ organisationId, name }) => name ?? names.organisations(organisationId)).join('；');

const tables: { readonly [K in ExportKind]: unknown } = {
  ...deskTables,
  ...officeTables,
  ...courseTables,
  ...serviceTables,
  organisation: {
    collection: 'organisations',
    states: organisationStates.states,
    headings: ['编号', '状态', ...organisationFields.map(headingOf), '待补全', '代填', '最近修改'],
    refersTo: () => ({}),
    rows: (organisation) => [
      [
        organisation.id,
        organisationStates.states[organisation.state],
        ...organisationFields.map((field) => cellOf(field, organisation.content)),
        organisation.missing.length,
        // One that its own people took over is nobody's 代填 any more.
        organisation.enteredBy === undefined || organisation.claimedAt !== undefined ? '否' : '是',
        instant(organisation.updatedAt),
      ],
    ],
  } satisfies ExportTable<Organisation>,
  need: entryTable('need', 'needs'),
  achievement: entryTable('achievement', 'achievements'),
  match: {
    collection: 'matches',
    states: matchStates.states,
    headings: [
      '编号',
      '需求',
      '成果',
      '状态',
      '匹配程度',
      '周',
      '理由',
      '最近决定',
      '决定的周',
      '失效原因',
      '最近修改',
    ],
    refersTo: (match) => ({ needs: [match.needId], achievements: [match.achievementId] }),
    rows: (match, names) => {
      const decision = match.decisions.at(-1);
      return [
        [
          match.id,
          names.needs(match.needId),
          names.achievements(match.achievementId),
          matchStates.states[match.state],
          labelOf(matchLevels, match.assessment.level),
          match.assessment.week,
          match.assessment.explanation.statement,
          decision ? describeMark(decision.mark) : null,
          decision?.week ?? null,
          match.voidReason ?? null,
          instant(match.updatedAt),
        ],
      ];
    },
  } satisfies ExportTable<Match>,
  docket: {
    collection: 'dockets',
    states: docketStates.states,
    headings: ['周', '清单状态', '序号', '需求', '需求方', '成果', '成果方', '匹配程度', '标记', '标记人', '标记时间'],
    refersTo: () => ({}),
    rows: (docket) =>
      docket.items.map((item) => [
        docket.week,
        docketStates.states[docket.state],
        item.place,
        item.needTitle,
        item.needOrganisation,
        item.achievementTitle,
        item.achievementOrganisation,
        labelOf(matchLevels, item.level),
        item.void ? `已失效：${item.void.reason}` : item.mark ? describeMark(item.mark) : null,
        item.mark?.byName ?? null,
        instant(item.mark?.at),
      ]),
  } satisfies ExportTable<Docket>,
  partnership: {
    collection: 'partnerships',
    states: partnershipStates.states,
    headings: [
      '编号',
      '名称',
      '阶段',
      '来源',
      '需求方',
      '成果方',
      '需求',
      '成果',
      '合同类型',
      '合同登记编号',
      '签订日期',
      '有效期起',
      '有效期止',
      '成交额（万元）',
      '技术交易额（万元）',
      '已支付（万元）',
      '登记时间',
      '最近修改',
    ],
    refersTo: (one) => ({
      organisations: [one.needOrganisationId, one.achievementOrganisationId],
      needs: [one.needId],
      achievements: [one.achievementId],
    }),
    rows: (one, names) => [
      [
        one.id,
        one.title,
        partnershipStates.states[one.state],
        labelOf(partnershipOrigins, one.origin),
        one.needParty ?? names.organisations(one.needOrganisationId),
        one.achievementParty ?? names.organisations(one.achievementOrganisationId),
        names.needs(one.needId),
        names.achievements(one.achievementId),
        one.contract?.type === undefined ? '' : labelOf(contractTypes, one.contract.type),
        one.contract?.registrationNumber ?? '',
        one.contract?.signedOn ?? '',
        one.contract?.from ?? '',
        one.contract?.until ?? '',
        wanOrNothing(one.contract?.amountFen),
        wanOrNothing(one.contract?.technologyAmountFen),
        wanOfFen(paidFen(one)),
        instant(one.createdAt),
        instant(one.updatedAt),
      ],
    ],
  } satisfies ExportTable<Partnership>,
  agreement: {
    collection: 'agreements',
    states: agreementStates.states,
    headings: [
      '编号',
      '协议名称',
      '协议编号',
      '状态',
      '来源',
      '各方',
      '合作领域',
      '约定内容',
      '签订日期',
      '有效期起',
      '有效期止',
      '取得的成效',
      '关联的合作',
      '关联的成果',
      '登记时间',
      '最近修改',
    ],
    refersTo: ({ parties, links }) => ({
      organisations: registeredParties(parties),
      ...(links.achievementIds ? { achievements: links.achievementIds } : {}),
    }),
    rows: ({ id, state, origin, content, parties, links, createdAt, updatedAt }, names) => [
      [
        id,
        content.title,
        content.number ?? '',
        agreementStates.states[state],
        labelOf(partnershipOrigins, origin),
        partyNames(parties, names),
        content.subject ?? '',
        content.agreed ?? '',
        content.signedOn ?? '',
        content.from ?? '',
        content.until ?? '',
        content.outcome ?? '',
        links.partnershipIds?.length ?? 0,
        (links.achievementIds ?? []).map((one) => names.achievements(one)).join('；'),
        instant(createdAt),
        instant(updatedAt),
      ],
    ],
  } satisfies ExportTable<Agreement>,
  'joint-body': {
    collection: 'jointBodies',
    states: jointBodyStates.states,
    headings: [
      '编号',
      '机构名称',
      '类别',
      '状态',
      '来源',
      '依托和合作单位',
      '所在镇街、园区',
      '级别',
      '批准部门',
      '批准文号',
      '批准日期',
      '建设期起',
      '建设期止',
      '建设内容',
      '取得的成效',
      '关联的协议',
      '关联的合作',
      '登记人数',
      '登记时间',
      '最近修改',
    ],
    refersTo: ({ parties }) => ({ organisations: registeredParties(parties) }),
    rows: ({ id, state, origin, content, parties, links, people, createdAt, updatedAt }, names) => [
      [
        id,
        content.title,
        labelOf(jointBodyKinds, content.kind),
        jointBodyStates.states[state],
        labelOf(partnershipOrigins, origin),
        partyNames(parties, names),
        content.town ?? '',
        content.level === undefined ? '' : labelOf(approvalLevels, content.level),
        content.approvedBy ?? '',
        content.approvalNumber ?? '',
        content.approvedOn ?? '',
        content.from ?? '',
        content.until ?? '',
        content.purpose ?? '',
        content.outcome ?? '',
        links.agreementIds?.length ?? 0,
        links.partnershipIds?.length ?? 0,
        people?.length ?? 0,
        instant(createdAt),
        instant(updatedAt),
      ],
    ],
  } satisfies ExportTable<JointBody>,
};

/** The table of one list. */
export function exportTable(kind: ExportKind): ExportTable<unknown> {
  return tables[kind] as ExportTable<unknown>;
}
