import type { EntryContent, EntryKind } from '../../parts/entry-calls.ts';
import { flat, nested } from '../../parts/form-errors.ts';

const contactLabels = {
  'contact.name': '联系人',
  'contact.phone': '固定电话',
  'contact.mobile': '手机',
  'contact.email': '联系人信箱',
} as const;

/** The fields of each form in its order, by their path in the content. */
export const entryLabels: Readonly<Record<EntryKind, Readonly<Record<string, string>>>> = {
  need: {
    title: '需求名称',
    problem: '主要问题',
    keyTechnology: '技术关键',
    goal: '预期目标',
    keywords: '关键字',
    startYear: '需求起始年',
    endYear: '需求截止年',
    budgetWan: '拟投入资金',
    solutionModes: '解决方式',
    intendedPartner: '合作意向单位',
    activityType: '科技活动类型',
    disciplines: '学科分类',
    fields: '需求技术所属领域',
    industry: '应用行业',
    background: '现有基础',
    ...contactLabels,
    visibility: '公开范围',
    hideOrganisation: '隐去企业名称',
    notIndicators: '不作指标的数值',
  },
  achievement: {
    title: '成果名称',
    abstract: '成果摘要',
    advantage: '相对现有技术的优势',
    achievementType: '成果类型',
    keywords: '关键词',
    fields: '所属领域',
    disciplines: '学科',
    industry: '应用行业',
    scenario: '应用场景',
    trl: '技术成熟度（TRL）',
    maturityNote: '成熟度说明',
    stage: '成果阶段',
    ipStatus: '知识产权状态',
    patents: '专利',
    cooperationModes: '合作方式',
    priceMinWan: '价格下限（万元）',
    priceMaxWan: '价格上限（万元）',
    costComparison: '成本比较',
    licensedScope: '已许可范围',
    transferStage: '转化阶段',
    team: '团队',
    level: '成果水平',
    registrationNumber: '登记号',
    novelty: '属性',
    ...contactLabels,
    visibility: '公开范围',
  },
};

export const entryNames = (kind: EntryKind): readonly string[] => Object.keys(entryLabels[kind]);

/** `contact.name` and the like, also a whole group or a part of a list. */
export function labelIn(kind: EntryKind): (name: string) => string {
  const labels = entryLabels[kind];
  return (name) => (name === 'contact' ? '联系方式' : (labels[name] ?? labels[name.split('.')[0]!] ?? name));
}

/** Which of the fields that go by 科技活动类型 the form of a need shows now, and which of them it demands. */
export function activityFields(activityType: unknown): {
  readonly shown: readonly string[];
  readonly demanded: readonly string[];
} {
  if (activityType === undefined || activityType === null) return { shown: [], demanded: [] };
  if (activityType === 'basic') return { shown: ['disciplines'], demanded: ['disciplines'] };
  return { shown: ['fields', 'industry', 'disciplines'], demanded: ['fields', 'industry'] };
}

const byActivity = ['disciplines', 'fields', 'industry'];

/**
 * The content of a record in the form's own order: what the form shows, and of the record what no field shows (the text of an
 * old import) as it is.
 */
export function contentOf(kind: EntryKind, values: Readonly<Record<string, unknown>>): EntryContent {
  const names = entryNames(kind);
  const { shown } = activityFields(values.activityType);
  const written = nested(
    Object.fromEntries(
      names
        .filter((name) => kind !== 'need' || !byActivity.includes(name) || shown.includes(name))
        .map((name) => [name, name === 'patents' ? wholePatents(values[name]) : values[name]]),
    ),
  );
  const others = Object.fromEntries(
    Object.entries(values).filter(([name]) => !names.includes(name) && !name.includes('.') && name !== 'contact'),
  );
  return { ...written, ...nested(others) };
}

/** A line of patents that nobody has written anything into is none. */
function wholePatents(value: unknown): unknown {
  if (!Array.isArray(value)) return value;
  return (value as (Record<string, string> | undefined)[]).flatMap((one) =>
    one && (one.number || one.type)
      ? [{ ...(one.number ? { number: one.number.trim() } : {}), ...(one.type ? { type: one.type } : {}) }]
      : [],
  );
}

/** The form's values of a content: one a field, with what no field shows beside them. */
export function valuesOf(kind: EntryKind, content: EntryContent): Record<string, unknown> {
  const names = entryNames(kind);
  const others = Object.fromEntries(
    Object.entries(content).filter(([name]) => !names.includes(name) && name !== 'contact'),
  );
  return { ...others, ...flat(content, names) };
}

/** A content of the service in the order in which the form would make it. */
export const normalisedContent =
  (kind: EntryKind) =>
  (content: EntryContent): EntryContent =>
    contentOf(kind, valuesOf(kind, content));
