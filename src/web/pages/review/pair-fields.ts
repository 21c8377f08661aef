import type { PairView } from '../../../http/contract/dockets.ts';
import type { Codes } from '../../parts/codes.ts';

export type NeedContent = NonNullable<PairView['need']>['content'];
export type AchievementContent = NonNullable<PairView['achievement']>['content'];

/** One line of the comparison: what the need says beside what the achievement says. */
export interface FieldRow {
  readonly need: FieldCell | null;
  readonly achievement: FieldCell | null;
}
export interface FieldCell {
  readonly label: string;
  /** Plain text, or the single texts of a list. */
  readonly text: string | readonly string[];
  /** How evidence names it; absent where it holds none. */
  readonly field?: string;
}

const cell = (label: string, text: string | readonly string[] | undefined, field?: string): FieldCell | null =>
  text === undefined || text.length === 0 ? null : { label, text, ...(field === undefined ? {} : { field }) };

const wan = (value: number): string => `${value.toLocaleString('zh-CN')} 万元`;

export function priceOf({ priceMinWan, priceMaxWan }: Pick<AchievementContent, 'priceMinWan' | 'priceMaxWan'>) {
  if (priceMinWan !== undefined && priceMaxWan !== undefined) {
    return priceMinWan === priceMaxWan
      ? wan(priceMinWan)
      : `${priceMinWan.toLocaleString('zh-CN')}—${wan(priceMaxWan)}`;
  }
  if (priceMinWan !== undefined) return `${wan(priceMinWan)}起`;
  return priceMaxWan === undefined ? undefined : `不超过 ${wan(priceMaxWan)}`;
}

/** The fields of both sides, those that answer each other in one line. */
export function fieldRows(need: NeedContent, achievement: AchievementContent, codes: Codes): readonly FieldRow[] {
  const { label, list } = codes;
  const maturity = [
    achievement.trl === undefined ? '' : `TRL ${achievement.trl}`,
    label('achievementStages', achievement.stage),
    achievement.maturityNote ?? '',
  ].filter(Boolean);
  const rights = [
    label('ipStatuses', achievement.ipStatus),
    ...(achievement.patents ?? []).map(({ number, type }) => `${label('patentTypes', type)} ${number}`),
  ].filter(Boolean);
  const rows: readonly (readonly [FieldCell | null, FieldCell | null])[] = [
    [cell('主要问题', need.problem, 'problem'), cell('成果摘要', achievement.abstract, 'abstract')],
    [
      cell('技术关键', need.keyTechnology, 'keyTechnology'),
      cell('相对现有技术的优势', achievement.advantage, 'advantage'),
    ],
    [cell('预期目标', need.goal, 'goal'), cell('应用场景', achievement.scenario, 'scenario')],
    [cell('关键字', need.keywords, 'keywords'), cell('关键词', achievement.keywords, 'keywords')],
    [cell('现有基础', need.background, 'background'), cell('成熟度', maturity.join('；'))],
    [
      cell('拟投入资金', need.budgetWan === undefined ? undefined : wan(need.budgetWan)),
      cell('价格', priceOf(achievement)),
    ],
    [
      cell('解决方式', list('solutionModes', need.solutionModes)),
      cell('合作方式', list('cooperationModes', achievement.cooperationModes)),
    ],
    [
      cell('技术领域', list('technologyFields', need.fields)),
      cell('技术领域', list('technologyFields', achievement.fields)),
    ],
    [cell('应用行业', label('industries', need.industry)), cell('应用行业', label('industries', achievement.industry))],
    [cell('学科', list('disciplines', need.disciplines)), cell('学科', list('disciplines', achievement.disciplines))],
    [
      cell('起止年', need.startYear === undefined ? undefined : `${need.startYear}—${need.endYear ?? ''}`),
      cell('转化阶段', label('transferStages', achievement.transferStage)),
    ],
    [
      cell('科技活动类型', label('activityTypes', need.activityType)),
      cell('成果类型', label('achievementTypes', achievement.achievementType)),
    ],
    [cell('合作意向单位', need.intendedPartner), cell('知识产权', rights.join('；'))],
    [cell('原始描述', need.description, 'description'), cell('团队', achievement.team)],
    [null, cell('成本比较', achievement.costComparison, 'costComparison')],
    [null, cell('成果水平', label('achievementLevels', achievement.level))],
  ];
  return rows.flatMap(([left, right]) => (left || right ? [{ need: left, achievement: right }] : []));
}

/** The text of a field as evidence names it, `keywords.3` included. */
export function textIn(content: Readonly<Record<string, unknown>>, field: string): string | undefined {
  const [name, index] = field.split('.') as [string, string | undefined];
  const value = content[name];
  if (typeof value === 'string') return value;
  if (!Array.isArray(value)) return undefined;
  return index === undefined ? value.join('\n') : (value[Number(index)] as string | undefined);
}
