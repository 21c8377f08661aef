import type { Answer } from '../../api/client.ts';
import type { Codes } from '../../parts/codes.ts';
import type { FieldLine } from '../../parts/facts.tsx';

type NeedContent = Answer<'GET /api/v1/needs/{id}'>['content'];
type AchievementContent = Answer<'GET /api/v1/achievements/{id}'>['content'];

const wan = (value: number | undefined): string => (value === undefined ? '' : `${value.toLocaleString('zh-CN')} 万元`);
const filled = (lines: readonly (readonly [string, string | undefined])[]): FieldLine[] =>
  lines.flatMap(([label, text]) => (text ? [{ label, text }] : []));

/** The long texts of a record, and its facts in the order of the forms; only what is filled in. */
export function recordFields(
  kind: 'need' | 'achievement',
  content: NeedContent | AchievementContent,
  codes: Codes,
): { readonly texts: readonly FieldLine[]; readonly facts: readonly FieldLine[] } {
  const { label, list } = codes;
  if (kind === 'need') {
    const need = content as NeedContent;
    return {
      texts: filled([
        ['主要问题', need.problem],
        ['技术关键', need.keyTechnology],
        ['预期目标', need.goal],
        ['现有基础', need.background],
        ['原始描述', need.description],
      ]),
      facts: filled([
        ['关键字', need.keywords?.join('、')],
        ['起止年', need.startYear === undefined ? '' : `${need.startYear}—${need.endYear ?? ''}`],
        ['拟投入资金', wan(need.budgetWan)],
        ['解决方式', list('solutionModes', need.solutionModes)],
        ['合作意向单位', need.intendedPartner],
        ['科技活动类型', label('activityTypes', need.activityType)],
        ['技术领域', list('technologyFields', need.fields)],
        ['学科', list('disciplines', need.disciplines)],
        ['应用行业', label('industries', need.industry)],
        ['公开范围', label('visibilities', need.visibility)],
      ]),
    };
  }
  const achievement = content as AchievementContent;
  return {
    texts: filled([
      ['成果摘要', achievement.abstract],
      ['相对现有技术的优势', achievement.advantage],
      ['应用场景', achievement.scenario],
      ['成熟度说明', achievement.maturityNote],
      ['成本比较', achievement.costComparison],
      ['已许可范围', achievement.licensedScope],
    ]),
    facts: filled([
      ['关键词', achievement.keywords?.join('、')],
      ['成果类型', label('achievementTypes', achievement.achievementType)],
      ['技术成熟度', achievement.trl === undefined ? '' : `TRL ${achievement.trl}`],
      ['成果阶段', label('achievementStages', achievement.stage)],
      ['知识产权', label('ipStatuses', achievement.ipStatus)],
      ['专利', achievement.patents?.map(({ number, type }) => `${label('patentTypes', type)} ${number}`).join('；')],
      ['合作方式', list('cooperationModes', achievement.cooperationModes)],
      ['价格下限', wan(achievement.priceMinWan)],
      ['价格上限', wan(achievement.priceMaxWan)],
      ['转化阶段', label('transferStages', achievement.transferStage)],
      ['团队', achievement.team],
      ['成果水平', label('achievementLevels', achievement.level)],
      ['技术领域', list('technologyFields', achievement.fields)],
      ['学科', list('disciplines', achievement.disciplines)],
      ['应用行业', label('industries', achievement.industry)],
      ['公开范围', label('visibilities', achievement.visibility)],
    ]),
  };
}
