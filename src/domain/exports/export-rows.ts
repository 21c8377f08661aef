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
import { type ImportField, type ImportKind, importFields } from '../import-fields.ts';
import type { Match } from '../match.ts';
import { matchStates } from '../match.ts';
import { wanOfFen } from '../money.ts';
import type { Need } from '../need.ts';
import { maskedAddress } from '../notices/masked-address.ts';
import type { Organisation } from '../organisation.ts';
import { organisationStates } from '../organisation.ts';
import type { Partnership } from '../partnership.ts';
import { paidFen, partnershipOrigins, partnershipStates } from '../partnership.ts';
import { dateIn } from '../week.ts';

/** Lists that can be exported. */
export const exportKinds = [
  { code: 'organisation', label: '机构' },
  { code: 'need', label: '需求' },
  { code: 'achievement', label: '成果' },
  { code: 'match', label: '匹配' },
  { code: 'docket', label: '每周清单' },
  { code: 'partnership', label: '合作' },
  { code: 'agreement', label: '战略合作协议' },
  { code: 'joint-body', label: '共建机构' },
] as const;
export type ExportKind = (typeof exportKinds)[number]['code'];

export const exportFormats = [
  { code: 'csv', label: 'CSV（UTF-8）' },
  { code: 'xlsx', label: 'Excel 工作簿' },
] as const;
export type ExportFormat = (typeof exportFormats)[number]['code'];

/** A value of a cell: numbers stay numbers. */
export type Cell = string | number | null;

/** Names that rows refer to by id. */
export interface ExportNames {
  readonly organisation: (id: string | null | undefined) => string;
  readonly need: (id: string | null | undefined) => string;
  readonly achievement: (id: string | null | undefined) => string;
}

/** One list as a table. */
export interface ExportTable<D> {
  readonly collection:
    | 'organisations'
    | 'needs'
    | 'achievements'
    | 'matches'
    | 'dockets'
    | 'partnerships'
    | 'agreements'
    | 'jointBodies';
  readonly headings: readonly string[];
  /** Ids whose names `rows` will ask for. */
  readonly refersTo: (document: D) => {
    readonly organisations?: readonly (string | null | undefined)[];
    readonly needs?: readonly (string | null | undefined)[];
    readonly achievements?: readonly (string | null | undefined)[];
  };
  readonly rows: (document: D, names: ExportNames) => readonly (readonly Cell[])[];
}

/** The first character of a name and stars for the others. */
function maskedName(name: string): string {
  const [first = '', ...rest] = [...name];
  return `${first}${'*'.repeat(Math.max(1, rest.length))}`;
}

function masked(path: string, value: string): string {
  return path === 'contact.name' ? maskedName(value) : maskedAddress(value.replace(/\s+/g, ''));
}

const isContact = (path: string) => path.startsWith('contact.');

function valueAt(content: object, path: string): unknown {
  let value: unknown = content;
  for (const part of path.split('.')) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, part)) return undefined;
    value = (value as Record<string, unknown>)[part];
  }
  return value;
}

/** One field of a form as people write it: labels for codes, lists joined. */
function cellOf(field: ImportField, content: object): Cell {
  const value = valueAt(content, field.path);
  if (value === undefined || value === null) return null;
  // The general e-mail of an organisation is a contact as well.
  if (isContact(field.path) || field.path === 'email') return masked(field.path, String(value));
  switch (field.shape) {
    case 'number':
      return Number(value);
    case 'flag':
      return value ? '是' : '否';
    case 'code':
      return labelOf(field.table, String(value));
    case 'codes':
      return (value as string[]).map((code) => labelOf(field.table, code)).join('；');
    case 'texts':
      return (value as string[]).join('、');
    case 'patents':
      return (value as { number: string; type?: string }[])
        .map(({ number, type }) => (type === undefined ? number : `${number} ${labelOf(field.table, type)}`))
        .join('；');
    case 'text':
      return String(value);
  }
}

const instant = (at: string | null | undefined): Cell =>
  at ? `${dateIn(new Date(at))} ${new Date(Date.parse(at) + 8 * 3600_000).toISOString().slice(11, 16)}` : null;

/** Columns of the form, without those that are no content. */
const formFields = (kind: ImportKind) =>
  importFields(kind).filter(({ path }) => path !== 'externalId' && path !== 'organisation');
const headingOf = ({ path, label }: ImportField) =>
  isContact(path) || path === 'email' ? `${label}（部分隐去）` : label;

function entryTable(
  kind: 'need' | 'achievement',
  collection: 'needs' | 'achievements',
): ExportTable<Need | Achievement> {
  const fields = formFields(kind);
  return {
    collection,
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
        names.organisation(entry.organisationId),
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
  parties.map(({ organisationId, name }) => name ?? names.organisation(organisationId)).join('；');

const wanOrNothing = (fen: number | undefined): Cell => (fen === undefined ? null : wanOfFen(fen));

const tables = {
  organisation: {
    collection: 'organisations',
    headings: ['编号', '状态', ...organisationFields.map(headingOf), '待补全', '代填', '最近修改'],
    refersTo: () => ({}),
    rows: (organisation) => [
      [
        organisation.id,
        organisationStates.states[organisation.state],
        ...organisationFields.map((field) => cellOf(field, organisation.content)),
        organisation.missing.length,
        organisation.enteredBy === undefined ? '否' : '是',
        instant(organisation.updatedAt),
      ],
    ],
  } satisfies ExportTable<Organisation>,
  need: entryTable('need', 'needs'),
  achievement: entryTable('achievement', 'achievements'),
  match: {
    collection: 'matches',
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
          names.need(match.needId),
          names.achievement(match.achievementId),
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
        one.needParty ?? names.organisation(one.needOrganisationId),
        one.achievementParty ?? names.organisation(one.achievementOrganisationId),
        names.need(one.needId),
        names.achievement(one.achievementId),
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
        (links.achievementIds ?? []).map((one) => names.achievement(one)).join('；'),
        instant(createdAt),
        instant(updatedAt),
      ],
    ],
  } satisfies ExportTable<Agreement>,
  'joint-body': {
    collection: 'jointBodies',
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
} as const;

/** The table of one list. */
export function exportTable(kind: ExportKind): ExportTable<unknown> {
  return tables[kind] as ExportTable<unknown>;
}

/** The states by which a list can be narrowed, code to label. */
export function exportStates(kind: ExportKind): Readonly<Record<string, string>> {
  switch (kind) {
    case 'organisation':
      return organisationStates.states;
    case 'need':
    case 'achievement':
      return entryStates.states;
    case 'agreement':
      return agreementStates.states;
    case 'joint-body':
      return jointBodyStates.states;
    case 'match':
      return matchStates.states;
    case 'docket':
      return docketStates.states;
    case 'partnership':
      return partnershipStates.states;
  }
}
