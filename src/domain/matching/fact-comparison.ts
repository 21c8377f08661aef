import { disciplines, industries } from '../codes/national-codes.ts';
import { type CodeRow, labelOf } from '../codes/table.ts';
import { achievementStages, cooperationModes, solutionModes, technologyFields } from '../codes/technology-codes.ts';
import type { MatchFacts } from './match-profile.ts';

/** What the stated facts of both sides say to each other. */
export interface FactFinding {
  readonly about:
    | 'technology-field'
    | 'industry'
    | 'discipline'
    | 'modes'
    | 'price'
    | 'maturity'
    | 'licence'
    | 'transfer';
  /** What it adds to the linear score: above zero speaks for the pair, below against it. */
  readonly effect: number;
  /** Chinese, shown as is. */
  readonly text: string;
}

/**
 * Effects in units of the linear score (its spread over the judged pairs is about 0.6). Set by hand, because the judged pairs
 * hold no facts, and small, because words decide: all together at most a tenth up and half a unit down.
 */
const effects = {
  sameField: 0.05,
  otherField: -0.12,
  sameIndustry: 0.02,
  otherIndustry: -0.06,
  sameDiscipline: 0.05,
  noCommonMode: -0.06,
  overBudget: -0.1,
  immature: -0.1,
  exclusive: -0.25,
  signed: -0.12,
} as const;
export const adjustmentRange = { lowest: -0.5, highest: 0.1 } as const;

/** Ways in which an offer can meet a wish. 独立研发 and 其他 rule nothing out. */
const waysThatMeet: Readonly<Record<string, readonly string[]>> = {
  commissioned: ['commissioned', 'joint', 'service'],
  cooperative: ['joint', 'commissioned', 'service'],
  transfer: ['transfer', 'licence'],
  equity: ['equity'],
};

/** The findings about one pair; a fact that a side does not state gives none. */
export function compareFacts(need: MatchFacts, achievement: MatchFacts): FactFinding[] {
  const findings: FactFinding[] = [];
  const names = (table: readonly CodeRow[], codes: readonly string[]): string =>
    codes.map((code) => labelOf(table, code)).join('、');

  if (need.technologyFields.length > 0 && achievement.technologyFields.length > 0) {
    const common = need.technologyFields.filter((code) => achievement.technologyFields.includes(code));
    findings.push(
      common.length > 0
        ? {
            about: 'technology-field',
            effect: effects.sameField,
            text: `技术领域相同（${names(technologyFields, common)}）`,
          }
        : {
            about: 'technology-field',
            effect: effects.otherField,
            text: `技术领域不同：需求为${names(technologyFields, need.technologyFields)}，成果为${names(technologyFields, achievement.technologyFields)}`,
          },
    );
  }
  if (need.industry !== undefined && achievement.industry !== undefined) {
    findings.push(
      need.industry === achievement.industry
        ? {
            about: 'industry',
            effect: effects.sameIndustry,
            text: `应用行业相同（${labelOf(industries, need.industry)}）`,
          }
        : {
            about: 'industry',
            effect: effects.otherIndustry,
            text: `应用行业不同：需求为${labelOf(industries, need.industry)}，成果为${labelOf(industries, achievement.industry)}`,
          },
    );
  }
  const discipline = need.disciplines.filter((code) => achievement.disciplines.includes(code));
  if (discipline.length > 0) {
    findings.push({
      about: 'discipline',
      effect: effects.sameDiscipline,
      text: `学科相同（${names(disciplines, discipline)}）`,
    });
  }
  if (
    need.modes.length > 0 &&
    achievement.modes.length > 0 &&
    need.modes.every((mode) => waysThatMeet[mode]?.every((way) => !achievement.modes.includes(way)) ?? false)
  ) {
    findings.push({
      about: 'modes',
      effect: effects.noCommonMode,
      text: `合作方式不一致：需求希望${names(solutionModes, need.modes)}，成果提供${names(cooperationModes, achievement.modes)}`,
    });
  }
  const price = achievement.priceMinWan ?? achievement.priceMaxWan;
  if (need.budgetWan !== undefined && price !== undefined && price > need.budgetWan) {
    findings.push({
      about: 'price',
      effect: effects.overBudget,
      text: `成果价格${price}万元起，高于需求拟投入的${need.budgetWan}万元`,
    });
  }
  const immature =
    achievement.trl !== undefined
      ? achievement.trl <= 3
      : achievement.stage !== undefined && achievement.stage === 'early';
  if (immature && need.activityType !== 'basic') {
    const stated =
      achievement.trl !== undefined ? `TRL ${achievement.trl}` : labelOf(achievementStages, achievement.stage ?? '');
    findings.push({ about: 'maturity', effect: effects.immature, text: `成果成熟度偏低（${stated}），离应用尚有距离` });
  }
  if (achievement.licensedScope !== undefined && isExclusive(achievement.licensedScope)) {
    findings.push({
      about: 'licence',
      effect: effects.exclusive,
      text: `成果可能已独家许可，需先核实许可范围：${achievement.licensedScope.slice(0, 40)}`,
    });
  }
  if (achievement.transferStage === 'signed') {
    findings.push({ about: 'transfer', effect: effects.signed, text: '成果已签约，需先核实能否再合作' });
  }
  return findings;
}

/** Whether a scope of licences names an exclusive one that is not denied (非独占, 无独家, 未排他). */
function isExclusive(scope: string): boolean {
  return /(?<!非|无|未|不|没有|普通许可[，,、]?非)(独占|独家|排他)/u.test(scope);
}

/** What the findings add to the linear score, within `adjustmentRange`. */
export function factAdjustment(findings: readonly FactFinding[]): number {
  const sum = findings.reduce((total, finding) => total + finding.effect, 0);
  return Math.min(adjustmentRange.highest, Math.max(adjustmentRange.lowest, sum));
}
