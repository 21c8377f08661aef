import { z } from 'zod';
import { disciplines, industries } from './codes/national-codes.ts';
import {
  achievementLevels,
  achievementStages,
  achievementTypes,
  cooperationModes,
  ipStatuses,
  novelties,
  patentTypes,
  secrecyLevels,
  technologyFields,
  transferStages,
  visibilities,
} from './codes/technology-codes.ts';
import type { Entry } from './entry.ts';
import { contact } from './organisation.ts';
import { choice, lengthOf, list, number, text } from './validation.ts';

/** Shorter than this it says nothing; a draft or an old record may still hold it. */
const shortestAbstract = 10;

const fields = z.strictObject({
  title: text('成果名称', 100, { min: 2 }),
  abstract: text('成果摘要', 3000),
  achievementType: choice('成果类型', achievementTypes).optional(),
  keywords: list('关键词', text('关键词', 30), { max: 10 }).optional(),
  fields: list('所属领域', choice('所属领域', technologyFields), { max: 6 }).optional(),
  disciplines: list('学科', choice('学科', disciplines), { max: 3 }).optional(),
  industry: choice('应用行业', industries).optional(),
  scenario: text('应用场景', 1000).optional(),
  trl: number('技术成熟度（TRL）', { min: 1, max: 9 }).optional(),
  maturityNote: text('成熟度说明', 500).optional(),
  stage: choice('成果阶段', achievementStages).optional(),
  ipStatus: choice('知识产权状态', ipStatuses).optional(),
  patents: list('专利', z.strictObject({ number: text('专利号', 30), type: choice('专利类型', patentTypes) }), {
    max: 50,
  }).optional(),
  cooperationModes: list('合作方式', choice('合作方式', cooperationModes), { max: 6 }).optional(),
  priceMinWan: number('价格下限（万元）', { min: 0, max: 10_000_000, digits: 4, unit: '万元' }).optional(),
  priceMaxWan: number('价格上限（万元）', { min: 0, max: 10_000_000, digits: 4, unit: '万元' }).optional(),
  transferStage: choice('转化阶段', transferStages).optional(),
  /** 团队/负责人: the group or laboratory; caps of the docket count by it. */
  team: text('团队', 100).optional(),
  level: choice('成果水平', achievementLevels).optional(),
  registrationNumber: text('登记号', 50).optional(),
  novelty: choice('属性', novelties).optional(),
  advantage: text('相对现有技术的优势', 1000).optional(),
  costComparison: text('成本比较', 500).optional(),
  licensedScope: text('已许可范围', 500).optional(),
  contact: contact.optional(),
  visibility: choice('公开范围', visibilities).optional(),
  secrecy: choice('密级', secrecyLevels).optional(),
});

/** An achievement while it is written. */
export const achievementDraft = fields.partial().meta({ title: '成果内容' });
export type AchievementDraft = z.output<typeof achievementDraft>;

/** Rules of submission beyond the limits of each field; asked of drafts too, so fields that are absent break none of them. */
export function achievementRuleFaults(value: AchievementDraft): { field: keyof AchievementDraft; message: string }[] {
  const faults: { field: keyof AchievementDraft; message: string }[] = [];
  const length = value.abstract === undefined ? shortestAbstract : lengthOf(value.abstract);
  if (length < shortestAbstract) {
    faults.push({
      field: 'abstract',
      message: `少于${shortestAbstract}个字（现在${length}个字）|请把成果摘要写得具体一些，至少${shortestAbstract}个字`,
    });
  }
  if (value.priceMinWan !== undefined && value.priceMaxWan !== undefined && value.priceMaxWan < value.priceMinWan) {
    faults.push({ field: 'priceMaxWan', message: '小于价格下限|请检查价格区间的上下限' });
  }
  if (value.stage === 'mature' && value.trl !== undefined && value.trl < 6) {
    faults.push({ field: 'trl', message: '与“成熟应用”不符|成熟应用一般不低于TRL 6，请核对成果阶段或成熟度' });
  }
  return faults;
}

/** An achievement that may be submitted: 名称 and 摘要 are demanded, the rest is asked for and shown as missing. */
export const achievementContent = fields.superRefine((value, context) => {
  for (const { field, message } of achievementRuleFaults(value)) {
    context.addIssue({ code: 'custom', path: [field], message });
  }
});
export type AchievementContent = z.output<typeof achievementContent>;

export type Achievement = Entry<AchievementDraft>;
