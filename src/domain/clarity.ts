import { formatIndicator, type Indicator, parseIndicators } from './indicator.ts';
import { bigram, characterRuns } from './matching/character-grams.ts';
import type { NeedDraft } from './need.ts';
import { splitSentences } from './plain-text.ts';
import { vagueWords } from './vague-words.ts';

/**
 * How clear a need is to somebody who is to answer it: 0–100, in parts, each with the sentence that says what would raise
 * it. Nothing is judged here that the author could not mend.
 *
 * Doing what a part asks for never lowers the whole: every part counts what is there and takes nothing off for what else is
 * written, but for vague sentences, and there a sentence that is not vague raises the share of those that are sound.
 */

export type ClarityCode = 'complete' | 'indicators' | 'substance' | 'precise' | 'budget' | 'time';

export interface ClarityPart {
  readonly code: ClarityCode;
  /** Chinese name. */
  readonly label: string;
  /** 0 to `most`, one decimal. */
  readonly points: number;
  readonly most: number;
  /** What would raise it, in one Chinese sentence; null where nothing is left to ask. */
  readonly advice: string | null;
}

export interface Clarity {
  /** 0–100, a whole number. */
  readonly score: number;
  readonly parts: readonly ClarityPart[];
}

const most: Readonly<Record<ClarityCode, number>> = {
  complete: 20,
  indicators: 20,
  substance: 25,
  precise: 15,
  budget: 10,
  time: 10,
};

const labels: Readonly<Record<ClarityCode, string>> = {
  complete: '填写完整',
  indicators: '数值指标',
  substance: '内容具体',
  precise: '用词明确',
  budget: '投入资金',
  time: '起止时间',
};

/** The three parts of the form that say what is needed, with the pairs of characters that make one full. */
const texts = [
  { field: 'problem', label: '主要问题', full: 70, ask: '现在是怎样做的、卡在哪里、造成什么损失' },
  { field: 'keyTechnology', label: '技术关键', full: 50, ask: '要攻克的技术、使用的条件和要达到的指标' },
  { field: 'goal', label: '预期目标', full: 25, ask: '做成之后的产品、产量和效益' },
] as const;

/** What the whole text says counts up to here, in different pairs of characters. */
const fullText = 140;

/** Indicators from which nothing more is asked. */
const enoughIndicators = 3;

/** Fewer sentences than this leave something unsaid, however sound each of them is. */
const enoughSentences = 3;

function part(code: ClarityCode, share: number, advice: string | null): ClarityPart {
  const points = Math.round(Math.min(1, Math.max(0, share)) * most[code] * 10) / 10;
  return { code, label: labels[code], points, most: most[code], advice: points >= most[code] ? null : advice };
}

const filled = (value: unknown): boolean =>
  value !== undefined &&
  (typeof value === 'string' ? value.trim() !== '' : Array.isArray(value) ? value.length > 0 : true);

/** The form's required fields. What is asked besides goes by 科技活动类型; it counts as one. */
function completePart(content: NeedDraft): ClarityPart {
  const asked: readonly (readonly [label: string, there: boolean])[] = [
    ['需求名称', filled(content.title)],
    ['需求起始年', filled(content.startYear)],
    ['需求截止年', filled(content.endYear)],
    ['主要问题', filled(content.problem)],
    ['技术关键', filled(content.keyTechnology)],
    ['预期目标', filled(content.goal)],
    ['关键字', filled(content.keywords)],
    ['解决方式', filled(content.solutionModes)],
    ['科技活动类型', filled(content.activityType)],
    content.activityType === 'basic'
      ? ['学科分类', filled(content.disciplines)]
      : ['需求技术所属领域和应用行业', filled(content.fields) && filled(content.industry)],
  ];
  const missing = asked.filter(([, there]) => !there).map(([label]) => label);
  return part(
    'complete',
    1 - missing.length / asked.length,
    `请填写${missing.join('、')}；这些是必填的，也便于高校按领域查找`,
  );
}

/** What an indicator demands, so that the same one written twice counts once. */
const demand = ({ name, kind, comparator, min, max, unit }: Indicator): string =>
  JSON.stringify([name, kind, comparator, min, max, unit?.symbol]);

function indicatorsPart(content: NeedDraft): ClarityPart {
  const found = new Set<string>();
  for (const field of ['keyTechnology', 'goal', 'problem', 'description', 'background'] as const) {
    for (const one of parseIndicators(content[field] ?? '')) {
      if (one.role === 'stated' && !content.notIndicators?.includes(formatIndicator(one))) found.add(demand(one));
    }
  }
  return part(
    'indicators',
    [0, 0.5, 0.75, 1][Math.min(found.size, enoughIndicators)]!,
    found.size === 0
      ? '没有可以核对的数值指标；请在“技术关键”里写明名称、界限、数值和单位，例如“粒度≥67%”“能耗降低15%以上”'
      : `只有${found.size}项数值指标；请把验收时要检验的各项都写上，一般不少于${enoughIndicators}项，例如处理能力、精度、成本`,
  );
}

function pairsOf(text: string | undefined): Set<number> {
  const pairs = new Set<number>();
  for (const run of characterRuns(text ?? '')) for (let at = 0; at + 1 < run.length; at++) pairs.add(bigram(run, at));
  return pairs;
}

/** Different pairs of characters, not length: padding and copying one part into another add nothing. */
function substancePart(content: NeedDraft): ClarityPart {
  const own = texts.map(({ field, full, label, ask }) => ({
    label,
    ask,
    pairs: pairsOf(content[field]),
    share: Math.min(1, pairsOf(content[field]).size / full),
  }));
  const all = new Set(own.flatMap(({ pairs }) => [...pairs]));
  const together = Math.min(1, all.size / fullText);
  const thin = [...own].sort((a, b) => a.share - b.share)[0]!;
  return part(
    'substance',
    0.6 * (own.reduce((sum, { share }) => sum + share, 0) / own.length) + 0.4 * together,
    thin.share < 1
      ? `“${thin.label}”写得${thin.share === 0 ? '空' : '简单'}；请写明${thin.ask}`
      : '三部分的内容多有重复；请各写各的，把现有条件、已试过的办法也写上',
  );
}

/** A number that says how much: 3D, 5G and Q235 do not. */
const figure =
  /(?<![A-Za-z\d.])\d+(?:\.\d+)?(?![A-Za-z]*[A-Z]{2,}|[DGd](?![a-z]))|[一二三四五六七八九十百]+(?:倍|成|分之)/;
/** Shorter than this no sentence says anything, a heading for instance. */
const shortest = 6;

interface VagueSentence {
  readonly text: string;
  readonly word: string;
  readonly ask: string;
}

function precisePart(content: NeedDraft): ClarityPart {
  let sentences = 0;
  const vague: VagueSentence[] = [];
  for (const { field } of texts) {
    for (const { text } of splitSentences(content[field] ?? '')) {
      const plain = text.trim();
      if (plain.length < shortest) continue;
      sentences++;
      if (figure.test(plain.normalize('NFKC'))) continue;
      const found = vagueWords.find(({ word }) => plain.includes(word));
      if (found) vague.push({ text: plain, ...found });
    }
  }
  const first = vague[0];
  return part(
    'precise',
    (sentences - vague.length) / Math.max(sentences, enoughSentences),
    first
      ? `“${shortened(first.text, first.word)}”里的“${first.word}”没有数值；请${first.ask}`
      : `只有${sentences}句话说明需求；请分句写清楚问题、要求和目标`,
  );
}

/** The sentence, or the stretch of it around the word. */
function shortened(text: string, word: string): string {
  if (text.length <= 30) return text.replace(/[。；;！!]$/, '');
  const at = text.indexOf(word);
  const from = Math.max(0, at - 12);
  const to = Math.min(text.length, at + word.length + 12);
  return `${from > 0 ? '…' : ''}${text.slice(from, to)}${to < text.length ? '…' : ''}`;
}

function budgetPart({ budgetWan }: NeedDraft): ClarityPart {
  return part(
    'budget',
    budgetWan !== undefined && budgetWan > 0 ? 1 : 0,
    budgetWan === 0
      ? '拟投入资金填的是0；请填写大致的数目（万元），高校据此判断能不能做'
      : '没有填写拟投入资金；请填写大致的数目（万元），高校据此判断能不能做',
  );
}

function timePart({ startYear, endYear }: NeedDraft): ClarityPart {
  const both = startYear !== undefined && endYear !== undefined && endYear > startYear;
  const one = startYear !== undefined || endYear !== undefined;
  return part(
    'time',
    both ? 1 : one ? 0.5 : 0,
    startYear !== undefined && endYear !== undefined
      ? '需求截止年不晚于起始年；请核对起止年份'
      : `没有填写需求${startYear === undefined ? (endYear === undefined ? '起止年' : '起始年') : '截止年'}；请填写，以便安排进度`,
  );
}

/** The clarity of a need as it is written now; any field may be missing. */
export function needClarity(content: NeedDraft): Clarity {
  const parts = [
    completePart(content),
    indicatorsPart(content),
    substancePart(content),
    precisePart(content),
    budgetPart(content),
    timePart(content),
  ];
  return { score: Math.round(parts.reduce((sum, { points }) => sum + points, 0)), parts };
}
