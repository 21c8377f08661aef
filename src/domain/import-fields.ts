import { achievementDraft } from './achievement.ts';
import { contractTypes } from './codes/contract-codes.ts';
import { approvalLevels, jointBodyKinds } from './codes/cooperation-codes.ts';
import { disciplines, industries } from './codes/national-codes.ts';
import { organisationSizes, organisationTypes } from './codes/organisation-codes.ts';
import type { CodeRow } from './codes/table.ts';
import {
  achievementLevels,
  achievementStages,
  achievementTypes,
  activityTypes,
  cooperationModes,
  ipStatuses,
  novelties,
  patentTypes,
  secrecyLevels,
  solutionModes,
  technologyFields,
  transferStages,
  visibilities,
} from './codes/technology-codes.ts';
import { needDraft } from './need.ts';
import { organisationDraft } from './organisation.ts';
import {
  agreementRow,
  agreementStateCodes,
  jointBodyRow,
  jointBodyStateCodes,
  partnershipRow,
  partnershipStages,
} from './partnership-import.ts';
import { labelsOf } from './validation.ts';

/** What an import file holds: one kind of record a file. */
export type ImportKind = 'organisation' | 'need' | 'achievement' | 'partnership' | 'agreement' | 'joint-body';

export const importKinds = [
  { code: 'organisation', label: '机构' },
  { code: 'need', label: '技术需求' },
  { code: 'achievement', label: '科技成果' },
  { code: 'partnership', label: '合作项目' },
  { code: 'agreement', label: '战略合作协议' },
  { code: 'joint-body', label: '共建机构' },
] as const satisfies readonly CodeRow<ImportKind>[];

/** How the written value of a field is read; `codes` and `texts` are lists. */
export type ImportFieldShape = 'text' | 'number' | 'flag' | 'code' | 'codes' | 'texts' | 'patents';

export interface ImportField {
  /** Dotted path in the record's content, or `externalId` / `organisation`, which are no content. */
  readonly path: string;
  /** Heading of the template's column. */
  readonly label: string;
  /** Other headings that mean the same. */
  readonly aliases: readonly string[];
  readonly shape: ImportFieldShape;
  readonly table: readonly CodeRow[];
  /** A code or number of an identity: a spreadsheet must not have turned it into a rounded number. */
  readonly identifier: boolean;
  /** One line for the template: what may be written. */
  readonly hint: string;
}

const schemas = {
  organisation: organisationDraft,
  need: needDraft,
  achievement: achievementDraft,
  partnership: partnershipRow,
  agreement: agreementRow,
  'joint-body': jointBodyRow,
} as const;
const labels = {
  organisation: labelsOf(organisationDraft),
  need: labelsOf(needDraft),
  achievement: labelsOf(achievementDraft),
  partnership: labelsOf(partnershipRow),
  agreement: labelsOf(agreementRow),
  'joint-body': labelsOf(jointBodyRow),
} as const;

/** The draft schema that content of a kind is held to. */
export function draftSchemaOf<K extends ImportKind>(kind: K): (typeof schemas)[K] {
  return schemas[kind];
}

type Options = Partial<Pick<ImportField, 'label' | 'aliases' | 'table' | 'identifier' | 'hint'>>;

function field(kind: ImportKind, path: string, shape: ImportFieldShape, options: Options = {}): ImportField {
  return {
    path,
    label: options.label ?? labels[kind].get(path) ?? path,
    aliases: options.aliases ?? [],
    shape,
    table: options.table ?? [],
    identifier: options.identifier ?? false,
    hint: options.hint ?? '',
  };
}

const externalId = (kind: ImportKind) =>
  field(kind, 'externalId', 'text', {
    label: '编号',
    aliases: ['外部编号', '原编号', 'ID'],
    identifier: true,
    hint: '本表中每条记录自己的编号，再次导入时按它识别，不会重复',
  });

const recordNumber = '编号：系统里的编号，或用同一来源导入时表中的编号；别的来源写成 来源/编号';

/** Begins the hint of a column of which it or another one has to be filled in. */
const oneOfSeveral = '二者填一';

const contactFields = (kind: ImportKind): ImportField[] => [
  field(kind, 'contact.name', 'text', {
    aliases: ['联系人姓名'],
    hint: kind === 'organisation' ? '必填，不对外公开' : '填写了电话或信箱的必须填写，不对外公开',
  }),
  field(kind, 'contact.phone', 'text', {
    aliases: ['固话', '联系电话', '办公电话'],
    identifier: true,
    hint: kind === 'organisation' ? `${oneOfSeveral}：固定电话或手机，例如 0518-12345678` : '例如 0518-12345678',
  }),
  field(kind, 'contact.mobile', 'text', {
    aliases: ['手机号', '手机号码', '移动电话'],
    identifier: true,
    hint: kind === 'organisation' ? `${oneOfSeveral}：固定电话或手机，11位手机号` : '11位手机号',
  }),
  field(kind, 'contact.fax', 'text', { identifier: true }),
  field(kind, 'contact.email', 'text', { aliases: ['联系人邮箱'] }),
];

const organisationOf = (kind: ImportKind) =>
  field(kind, 'organisation', 'text', {
    label: '所属机构',
    aliases: ['机构全称', '单位名称', '企业名称', '完成单位', '申报单位', '单位'],
    identifier: true,
    hint: '机构的全称、统一社会信用代码，或机构表中的编号',
  });

const day = '例如 2026-11-25，单元格须为文本格式';
const amount = '万元，只填数字';
const party = '机构的全称、统一社会信用代码，或机构表中的编号；没有注册的填写名称';
const partiesOf = (kind: ImportKind) =>
  field(kind, 'parties', 'texts', {
    aliases: ['合作单位', '依托单位', '参与单位', '签约各方'],
    hint: `必填，用“；”分开；${party}`,
  });

const visibilityHint = '公开、登录可见或仅科技局；不填按登录可见';

const tables: Readonly<Record<ImportKind, readonly ImportField[]>> = {
  organisation: [
    externalId('organisation'),
    field('organisation', 'name', 'text', {
      aliases: ['名称', '机构名称', '单位名称', '企业名称'],
      hint: '必填，与证照一致',
    }),
    field('organisation', 'type', 'code', {
      table: organisationTypes,
      aliases: ['机构类型'],
      hint: '必填，从下拉列表选择',
    }),
    field('organisation', 'creditCode', 'text', {
      aliases: ['信用代码', '社会信用代码', '统一信用代码'],
      identifier: true,
      hint: '必填，18位，单元格须为文本格式',
    }),
    field('organisation', 'department', 'text', { hint: '不超过100字' }),
    field('organisation', 'address', 'text', { aliases: ['地址'], hint: '必填，不超过200字' }),
    field('organisation', 'region', 'text', { aliases: ['所在地', '地域'], hint: '必填，例如所在的镇、街道或园区' }),
    field('organisation', 'website', 'text', { aliases: ['网站'], hint: '以 http:// 或 https:// 开头' }),
    field('organisation', 'email', 'text', { aliases: ['邮箱', '电子邮箱'], hint: '必填' }),
    field('organisation', 'legalRepresentative', 'text', { aliases: ['法定代表人'], hint: '必填' }),
    field('organisation', 'postcode', 'text', { aliases: ['邮政编码'], identifier: true, hint: '6位数字' }),
    ...contactFields('organisation'),
    field('organisation', 'profile', 'text', { aliases: ['简介', '单位简介', '企业简介'], hint: '必填，不超过500字' }),
    field('organisation', 'size', 'code', {
      table: organisationSizes,
      aliases: ['规模'],
      hint: '从下拉列表选择；企业填写，用于匹配适用的政策',
    }),
    field('organisation', 'industry', 'code', { table: industries, aliases: ['行业'], hint: '从下拉列表选择' }),
    field('organisation', 'fields', 'codes', { table: technologyFields, hint: '可多选，用“、”分开' }),
    field('organisation', 'highTechNumber', 'text', {
      aliases: ['高企证书编号'],
      identifier: true,
      hint: '高新技术企业填写',
    }),
    field('organisation', 'highTechOn', 'text', {
      aliases: ['高企发证日期'],
      hint: '例如 2026-11-25，单元格须为文本格式',
    }),
  ],
  need: [
    externalId('need'),
    organisationOf('need'),
    field('need', 'title', 'text', { aliases: ['名称', '标题', '技术需求名称'], hint: '必填，不超过100字' }),
    field('need', 'startYear', 'number', { aliases: ['起始年'], hint: '必填，不早于当年' }),
    field('need', 'endYear', 'number', { aliases: ['截止年'], hint: '必填，大于起始年' }),
    field('need', 'problem', 'text', { aliases: ['拟解决难题'], hint: '必填，需要解决的重大技术问题，不超过500字' }),
    field('need', 'keyTechnology', 'text', {
      aliases: ['关键技术', '技术指标', '所需关键技术'],
      hint: '必填，所需的关键技术、主要指标，不超过500字',
    }),
    field('need', 'goal', 'text', { hint: '必填，技术创新性、经济社会效益，不超过500字' }),
    field('need', 'keywords', 'texts', { aliases: ['关键词'], hint: '必填，1到5个，用“、”分开' }),
    field('need', 'budgetWan', 'number', { aliases: ['拟投入资金'], hint: '万元，只填数字' }),
    field('need', 'solutionModes', 'codes', {
      table: solutionModes,
      aliases: ['技术需求解决方式'],
      hint: '必填，可多选，用“、”分开',
    }),
    field('need', 'intendedPartner', 'text', { hint: '不超过100字' }),
    field('need', 'activityType', 'code', { table: activityTypes, hint: '必填，从下拉列表选择' }),
    field('need', 'disciplines', 'codes', { table: disciplines, hint: '基础研究必填，最多3个，用“；”分开' }),
    field('need', 'fields', 'codes', { table: technologyFields, hint: '非基础研究必填，可多选，用“、”分开' }),
    field('need', 'industry', 'code', { table: industries, hint: '非基础研究必填，从下拉列表选择' }),
    field('need', 'background', 'text', { hint: '不超过500字' }),
    field('need', 'notIndicators', 'texts', { hint: '可不填；从文字中认错的指标，例如 粒度≥67%，用“、”分开' }),
    field('need', 'description', 'text', { aliases: ['需求描述', '需求详情'], hint: '只用于历史存档，不超过20000字' }),
    ...contactFields('need'),
    field('need', 'visibility', 'code', { table: visibilities, hint: visibilityHint }),
    field('need', 'hideOrganisation', 'flag', { aliases: ['是否隐去企业名称'], hint: '是或否' }),
    field('need', 'secrecy', 'code', { table: secrecyLevels, hint: '只能是公开，涉密内容不得录入' }),
  ],
  achievement: [
    externalId('achievement'),
    organisationOf('achievement'),
    field('achievement', 'title', 'text', { aliases: ['名称', '标题', '科技成果名称'], hint: '必填，不超过100字' }),
    field('achievement', 'abstract', 'text', { aliases: ['摘要', '成果简介'], hint: '必填，10到3000字' }),
    field('achievement', 'achievementType', 'code', { table: achievementTypes, hint: '从下拉列表选择' }),
    field('achievement', 'keywords', 'texts', { aliases: ['关键字'], hint: '最多10个，用“、”分开' }),
    field('achievement', 'fields', 'codes', {
      table: technologyFields,
      aliases: ['技术领域'],
      hint: '可多选，用“、”分开',
    }),
    field('achievement', 'disciplines', 'codes', {
      table: disciplines,
      aliases: ['学科分类'],
      hint: '最多3个，用“；”分开',
    }),
    field('achievement', 'industry', 'code', { table: industries, hint: '从下拉列表选择' }),
    field('achievement', 'scenario', 'text', { hint: '不超过1000字' }),
    field('achievement', 'trl', 'number', { aliases: ['技术成熟度', 'TRL'], hint: '1到9的整数' }),
    field('achievement', 'maturityNote', 'text', { hint: '不超过500字' }),
    field('achievement', 'stage', 'code', { table: achievementStages, hint: '从下拉列表选择' }),
    field('achievement', 'ipStatus', 'code', { table: ipStatuses, hint: '从下拉列表选择' }),
    field('achievement', 'patents', 'patents', {
      table: patentTypes,
      aliases: ['专利号'],
      hint: '专利号加类型，例如 ZL202010000000.0 发明专利；多件用“；”分开',
    }),
    field('achievement', 'cooperationModes', 'codes', { table: cooperationModes, hint: '可多选，用“、”分开' }),
    field('achievement', 'priceMinWan', 'number', { aliases: ['价格下限'], hint: '万元，只填数字；面议不填' }),
    field('achievement', 'priceMaxWan', 'number', { aliases: ['价格上限'], hint: '万元，只填数字；面议不填' }),
    field('achievement', 'transferStage', 'code', { table: transferStages, hint: '从下拉列表选择' }),
    field('achievement', 'team', 'text', { aliases: ['团队', '课题组', '负责人'], hint: '不超过100字' }),
    field('achievement', 'level', 'code', { table: achievementLevels, hint: '从下拉列表选择' }),
    field('achievement', 'registrationNumber', 'text', {
      aliases: ['成果登记号'],
      identifier: true,
      hint: '不超过50字',
    }),
    field('achievement', 'novelty', 'code', { table: novelties, aliases: ['成果属性'], hint: '从下拉列表选择' }),
    field('achievement', 'advantage', 'text', { hint: '不超过1000字' }),
    field('achievement', 'costComparison', 'text', { hint: '不超过500字' }),
    field('achievement', 'licensedScope', 'text', { hint: '不超过500字' }),
    ...contactFields('achievement'),
    field('achievement', 'visibility', 'code', { table: visibilities, hint: visibilityHint }),
    field('achievement', 'secrecy', 'code', { table: secrecyLevels, hint: '只能是公开，涉密内容不得录入' }),
  ],
  partnership: [
    externalId('partnership'),
    field('partnership', 'title', 'text', { aliases: ['项目名称', '名称'], hint: '必填，不超过200字' }),
    field('partnership', 'needParty', 'text', {
      aliases: ['企业', '甲方'],
      identifier: true,
      hint: `必填；${party}`,
    }),
    field('partnership', 'achievementParty', 'text', {
      aliases: ['高校', '合作高校', '乙方'],
      identifier: true,
      hint: `必填；${party}`,
    }),
    field('partnership', 'needNumber', 'text', { identifier: true, hint: `选填；需求的${recordNumber}` }),
    field('partnership', 'achievementNumber', 'text', { identifier: true, hint: `选填；成果的${recordNumber}` }),
    field('partnership', 'stage', 'code', {
      table: partnershipStages,
      aliases: ['阶段'],
      hint: '从下拉列表选择；不填为接洽；其他阶段须填那一步要求的各项',
    }),
    field('partnership', 'contract.type', 'code', { table: contractTypes, hint: '签约起必填，从下拉列表选择' }),
    field('partnership', 'contract.signedOn', 'text', { aliases: ['签约日期'], hint: `签约起必填，${day}` }),
    field('partnership', 'contract.buyer', 'text', { hint: '不填为需求方' }),
    field('partnership', 'contract.seller', 'text', { hint: '不填为成果方' }),
    field('partnership', 'contract.amount', 'number', {
      aliases: ['合同金额', '合同额'],
      hint: `签约起必填，${amount}`,
    }),
    field('partnership', 'contract.technologyAmount', 'number', { hint: `签约起必填，${amount}，不超过成交额` }),
    field('partnership', 'paid', 'number', { aliases: ['已支付金额'], hint: `${amount}，累计数` }),
    field('partnership', 'contract.from', 'text', { hint: `签约起必填，${day}` }),
    field('partnership', 'contract.until', 'text', { hint: `签约起必填，${day}` }),
    field('partnership', 'contract.registrationNumber', 'text', {
      aliases: ['登记编号'],
      identifier: true,
      hint: '可以后补',
    }),
    field('partnership', 'begunOn', 'text', { hint: `履约起必填，${day}` }),
    field('partnership', 'acceptance.opinion', 'text', { hint: '验收起必填' }),
    field('partnership', 'acceptance.on', 'text', { hint: `验收起必填，${day}` }),
    field('partnership', 'outcome.statement', 'text', { aliases: ['成效'], hint: '结项必填' }),
    field('partnership', 'outcome.on', 'text', { hint: `结项必填，${day}` }),
    field('partnership', 'terminatedFor', 'text', { hint: '已终止的必填' }),
  ],
  agreement: [
    externalId('agreement'),
    field('agreement', 'title', 'text', { aliases: ['名称'], hint: '必填，不超过200字' }),
    partiesOf('agreement'),
    field('agreement', 'state', 'code', {
      table: agreementStateCodes,
      aliases: ['状态'],
      hint: '从下拉列表选择；不填为拟签',
    }),
    field('agreement', 'number', 'text', { identifier: true, hint: '协议自己的编号' }),
    field('agreement', 'subject', 'text', { hint: '执行中和已到期的必填' }),
    field('agreement', 'agreed', 'text', { aliases: ['合作内容'], hint: '执行中和已到期的必填' }),
    field('agreement', 'signedOn', 'text', { hint: `执行中和已到期的必填，${day}` }),
    field('agreement', 'from', 'text', { hint: `执行中和已到期的必填，${day}` }),
    field('agreement', 'until', 'text', { hint: `执行中和已到期的必填，${day}` }),
    field('agreement', 'outcome', 'text', { aliases: ['成效'], hint: '不超过5000字' }),
  ],
  'joint-body': [
    externalId('joint-body'),
    field('joint-body', 'title', 'text', { aliases: ['名称', '平台名称'], hint: '必填，不超过200字' }),
    field('joint-body', 'kind', 'code', { table: jointBodyKinds, aliases: ['类型'], hint: '必填，从下拉列表选择' }),
    partiesOf('joint-body'),
    field('joint-body', 'state', 'code', {
      table: jointBodyStateCodes,
      aliases: ['状态'],
      hint: '从下拉列表选择；不填为筹建',
    }),
    field('joint-body', 'town', 'text', { aliases: ['所在镇街', '镇街', '所在地'], hint: '不超过100字' }),
    field('joint-body', 'level', 'code', { table: approvalLevels, hint: '运行和暂停的必填，从下拉列表选择' }),
    field('joint-body', 'approvedBy', 'text', { hint: '运行和暂停的必填' }),
    field('joint-body', 'approvalNumber', 'text', { identifier: true, hint: '不超过100字' }),
    field('joint-body', 'approvedOn', 'text', { hint: `运行和暂停的必填，${day}` }),
    field('joint-body', 'from', 'text', { hint: day }),
    field('joint-body', 'until', 'text', { hint: day }),
    field('joint-body', 'purpose', 'text', { hint: '不超过5000字' }),
    field('joint-body', 'outcome', 'text', { aliases: ['成效'], hint: '不超过5000字' }),
  ],
};

/** Whether a complete record needs the field: always, or it or another one; `optional` may still be needed by the value of another. */
export function importDemandOf(asked: Pick<ImportField, 'hint'>): 'required' | 'one of several' | 'optional' {
  if (asked.hint.startsWith('必填')) return 'required';
  return asked.hint.startsWith(oneOfSeveral) ? 'one of several' : 'optional';
}

/** The fields that a file of this kind may fill, in the order of the template. */
export function importFields(kind: ImportKind): readonly ImportField[] {
  return tables[kind];
}

/** How a heading is compared: width folded, spaces and the marks of required columns dropped, lower case. */
export function plainHeading(written: string): string {
  return written
    .normalize('NFKC')
    .replace(/[\s*※:_"“”]/g, '')
    .toLowerCase();
}

/** The field that a heading or a mapping names: its path, its label or one of its other headings. */
export function importFieldOf(kind: ImportKind, named: string): ImportField | undefined {
  const wanted = plainHeading(named);
  const rows = tables[kind];
  return (
    rows.find((row) => row.path === named.trim()) ??
    rows.find((row) => plainHeading(row.label) === wanted) ??
    rows.find((row) => plainHeading(row.path) === wanted || row.aliases.some((alias) => plainHeading(alias) === wanted))
  );
}

/** Version of the spreadsheet template; a template of another version is refused with a reason. */
export const templateVersion = 1;

/** The line above the headings of a template. */
export function templateTitle(kind: ImportKind): string {
  const label = importKinds.find((row) => row.code === kind)!.label;
  return `牵线导入模板：${label} 第${templateVersion}版（请保留本行）`;
}

/** What a first cell says when it is the line of a template, else undefined. */
export function readTemplateTitle(
  cell: string,
): { readonly kind: ImportKind | undefined; readonly version: number } | undefined {
  const match = /^牵线导入模板[:：](.+?) 第(\d{1,6})版/.exec(cell.trim());
  if (!match) return undefined;
  return { kind: importKinds.find((row) => row.label === match[1])?.code, version: Number(match[2]) };
}

/** Marks the cells of the template's line of notes. */
export const noteMark = '※';
