import { z } from 'zod';
import { disciplines, industries } from './codes/national-codes.ts';
import {
  activityTypes,
  secrecyLevels,
  solutionModes,
  technologyFields,
  visibilities,
} from './codes/technology-codes.ts';
import type { Entry } from './entry.ts';
import type { FieldIssue } from './errors.ts';
import { contact } from './organisation.ts';
import { choice, list, number, text } from './validation.ts';

const year = (label: string) => number(label, { min: 2000, max: 2100 });

const keywords = (least: number) => list('关键字', text('关键字', 20), { min: least, max: 5 });
const solutionModeList = (least: number) => list('解决方式', choice('解决方式', solutionModes), { min: least, max: 6 });

const fields = z.strictObject({
  title: text('需求名称', 100, { min: 2 }),
  startYear: year('需求起始年'),
  endYear: year('需求截止年'),
  problem: text('主要问题', 500, { description: '需要解决的重大技术问题' }),
  keyTechnology: text('技术关键', 500, { description: '所需的关键技术、主要指标' }),
  goal: text('预期目标', 500, { description: '技术创新性、经济社会效益' }),
  keywords: keywords(1),
  budgetWan: number('拟投入资金（万元）', { min: 0, max: 10_000_000, digits: 4, unit: '万元' }).optional(),
  solutionModes: solutionModeList(1),
  intendedPartner: text('合作意向单位', 100).optional(),
  activityType: choice('科技活动类型', activityTypes),
  disciplines: list('学科分类', choice('学科分类', disciplines), { max: 3 }).optional(),
  fields: list('需求技术所属领域', choice('需求技术所属领域', technologyFields), { max: 6 }).optional(),
  industry: choice('应用行业', industries).optional(),
  background: text('现有基础', 500).optional(),
  /**
   * Figures that the service took for indicators and the author says are none, each as `formatIndicator` spells it: matching
   * does not check achievements against them.
   */
  notIndicators: list('不作指标的数值', text('不作指标的数值', 300), { max: 60 }).optional(),
  /** Only archive imports fill it: the text of an old record that fits none of the form's parts. */
  description: text('原始描述', 20_000).optional(),
  contact: contact.optional(),
  visibility: choice('公开范围', visibilities).optional(),
  hideOrganisation: z
    .boolean({ error: '应为是或否|请选择是否隐去企业名称' })
    .meta({ title: '隐去企业名称' })
    .optional(),
  secrecy: choice('密级', secrecyLevels).optional(),
});

/** A need while it is written: any field may be missing and any list empty, none may break its limits. */
export const needDraft = fields
  .extend({ keywords: keywords(0), solutionModes: solutionModeList(0) })
  .partial()
  .meta({ title: '需求内容' });
export type NeedDraft = z.output<typeof needDraft>;

/** Rules that bind fields of a need to each other; asked of drafts too, so fields that are absent break none of them. */
export function needRuleFaults(value: NeedDraft): { field: keyof NeedDraft; message: string }[] {
  const faults: { field: keyof NeedDraft; message: string }[] = [];
  if (value.startYear !== undefined && value.endYear !== undefined && value.endYear <= value.startYear) {
    faults.push({ field: 'endYear', message: '应大于起始年|请把截止年改为起始年之后的年份' });
  }
  if (value.activityType === 'basic') {
    if (!value.disciplines?.length) faults.push({ field: 'disciplines', message: '基础研究必须填写|请选择学科分类' });
  } else if (value.activityType !== undefined) {
    if (!value.fields?.length) {
      faults.push({ field: 'fields', message: '非基础研究必须填写|请选择需求技术所属领域' });
    }
    if (!value.industry) faults.push({ field: 'industry', message: '非基础研究必须填写|请选择应用行业' });
  }
  return faults;
}

/** A need that may be submitted: every rule of the 技术需求 form. The rule on the first year needs a clock and is `needYearFault`. */
export const needContent = fields.superRefine((value, context) => {
  for (const { field, message } of needRuleFaults(value)) context.addIssue({ code: 'custom', path: [field], message });
});
export type NeedContent = z.output<typeof needContent>;

export type Need = Entry<NeedDraft>;

/** 起始不早于当年, checked at the first submission only; `currentYear` is the year in Asia/Shanghai. */
export function needYearFault(content: NeedDraft, currentYear: number): FieldIssue | undefined {
  if (content.startYear === undefined || content.startYear >= currentYear) return undefined;
  return {
    field: 'startYear',
    label: '需求起始年',
    reason: `不能早于当年（${currentYear}年）`,
    mend: `请改为${currentYear}年或以后`,
  };
}
