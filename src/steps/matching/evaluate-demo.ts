import { readdir } from 'node:fs/promises';
import type { AchievementDraft } from '../../domain/achievement.ts';
import { disciplines, industries } from '../../domain/codes/national-codes.ts';
import { type CodeRow, codeOf } from '../../domain/codes/table.ts';
import {
  achievementStages,
  activityTypes,
  cooperationModes,
  ipStatuses,
  solutionModes,
  technologyFields,
  transferStages,
} from '../../domain/codes/technology-codes.ts';
import { QianxianError } from '../../domain/errors.ts';
import { corpusCounter, corpusStatistics } from '../../domain/matching/corpus-statistics.ts';
import { rankPair } from '../../domain/matching/explanation.ts';
import { askingNeed, features } from '../../domain/matching/features.ts';
import { listContext } from '../../domain/matching/list-context.ts';
import { prepareRecord } from '../../domain/matching/prepared-record.ts';
import { recallAt } from '../../domain/matching/ranking-metrics.ts';
import { tabRows } from '../../domain/matching/relevance-set.ts';
import type { NeedDraft } from '../../domain/need.ts';
import type { Ports } from '../../ports/ports.ts';
import { dataFile } from './judged-pairs.ts';
import { shippedModel } from './model-files.ts';
import { type ProfileSource, segmentProfiles } from './segment-profiles.ts';

export interface DemoEvaluation {
  /**
   * Mean over needs of the share of their 强 and 较强 achievements that stand among the first five of all achievements;
   * a need with more than five is asked for five.
   */
  readonly recallAt5: number;
  /** Needs with at least one such achievement. */
  readonly needs: number;
  /** Labelled pairs. */
  readonly pairs: number;
  readonly achievements: number;
  readonly model: string;
  /** The labelled 强 and 较强 pairs that stand behind the fifth place. */
  readonly missed: readonly {
    readonly needId: string;
    readonly achievementId: string;
    readonly level: number;
    readonly place: number;
  }[];
  /** How often each level is given to the labelled pairs of a level: `levels[label][given]`, 1 无 … 4 强. */
  readonly levels: Readonly<Record<string, Readonly<Record<string, number>>>>;
}

type Row = Readonly<Record<string, unknown>>;

/**
 * Ranks all achievements of the demo data for each of its needs with the shipped model and compares with the labels beside
 * it (needId, achievementId, level, why). The labels were written before the ranker and play no part in its training.
 */
export async function evaluateDemo(
  ports: Pick<Ports, 'segmenter'>,
  { folder }: { readonly folder: string },
): Promise<DemoEvaluation> {
  const { model, background, encoder } = await shippedModel();
  const names = (await readdir(folder).catch(() => [])).sort();
  const rows = async (prefix: string): Promise<Row[]> => {
    const files = names.filter((name) => name.startsWith(prefix) && name.endsWith('.jsonl'));
    const contents = await Promise.all(files.map((name) => dataFile(folder, name)));
    return contents.flatMap((content) =>
      content
        .split(/\r?\n/)
        .filter((line) => line.trim() !== '')
        .map((line) => JSON.parse(line) as Row),
    );
  };
  const [needRows, achievementRows] = await Promise.all([rows('needs-'), rows('achievements-')]);
  const labels = (
    await Promise.all(names.filter((name) => /^labels-.*\.tsv$/.test(name)).map((name) => dataFile(folder, name)))
  ).flatMap((content) =>
    tabRows(content)
      .slice(1)
      .map(({ columns: [needId = '', achievementId = '', level = ''] }) => ({
        needId,
        achievementId,
        level: Number(level),
      })),
  );
  if (needRows.length === 0 || achievementRows.length === 0 || labels.length === 0) {
    throw new QianxianError(
      'not_found',
      `“${folder}”中没有完整的演示数据（needs-*.jsonl、achievements-*.jsonl、labels-*.tsv）`,
    );
  }
  const [needs, achievements] = await Promise.all([
    segmentProfiles(ports.segmenter, needRows.map(demoNeed)),
    segmentProfiles(ports.segmenter, achievementRows.map(demoAchievement)),
  ]);
  const known = new Set([...needs, ...achievements].map(({ id }) => id));
  const stranger = labels.find(({ needId, achievementId }) => !known.has(needId) || !known.has(achievementId));
  if (stranger) {
    throw new QianxianError(
      'malformed',
      `标注中的 ${stranger.needId} 或 ${stranger.achievementId} 不在演示数据里，请检查标注文件`,
    );
  }
  const counter = corpusCounter();
  for (const profile of [...needs, ...achievements]) counter.add(profile);
  const statistics = corpusStatistics(counter.counted(), background);
  const offers = achievements.map((profile) => prepareRecord(profile, statistics, encoder));
  const missed: DemoEvaluation['missed'][number][] = [];
  const levels: Record<string, Record<string, number>> = {};
  const recalls: number[] = [];
  for (const profile of needs) {
    const own = labels.filter(({ needId }) => needId === profile.id);
    if (own.length === 0) continue;
    const need = askingNeed(prepareRecord(profile, statistics, encoder));
    const listed = offers.map((record) => ({ record, vector: features(need, record) }));
    const context = listContext(listed);
    const ranked = listed
      .map(({ record, vector }) => ({ id: record.profile.id, ...rankPair(model, need, record, context, vector) }))
      .sort((a, b) => b.score - a.score || (a.id < b.id ? -1 : 1));
    const order = ranked.map(({ id }) => id);
    const good = own.filter(({ level }) => level >= 3);
    const recall = recallAt(5, order, new Set(good.map(({ achievementId }) => achievementId)));
    if (recall !== undefined) recalls.push(recall);
    for (const { achievementId, level } of good) {
      const place = order.indexOf(achievementId) + 1;
      if (place > 5) missed.push({ needId: profile.id, achievementId, level, place });
    }
    for (const { achievementId, level } of own) {
      const given = ranked.find(({ id }) => id === achievementId)!.level;
      levels[level] ??= {};
      levels[level][given] = (levels[level][given] ?? 0) + 1;
    }
  }
  return {
    recallAt5: recalls.reduce((sum, value) => sum + value, 0) / recalls.length,
    needs: recalls.length,
    pairs: labels.length,
    achievements: offers.length,
    model: model.id,
    missed,
    levels,
  };
}

const text = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);
const figure = (value: unknown): number | undefined => (typeof value === 'number' ? value : undefined);
const texts = (value: unknown): string[] => (Array.isArray(value) ? value.map(String) : []);
const code = <C extends string>(table: readonly CodeRow<C>[], value: unknown): C | undefined =>
  typeof value === 'string' ? codeOf(table, value) : undefined;
const codes = <C extends string>(table: readonly CodeRow<C>[], value: unknown): C[] =>
  texts(value).flatMap((one) => codeOf(table, one) ?? []);

function demoNeed(row: Row): ProfileSource {
  const content: NeedDraft = {
    title: text(row.title),
    problem: text(row.problem),
    keyTechnology: text(row.keyTechnology),
    goal: text(row.goal),
    keywords: texts(row.keywords),
    background: text(row.background),
    budgetWan: figure(row.budgetWan),
    solutionModes: codes(solutionModes, row.solutionModes),
    activityType: code(activityTypes, row.activityType),
    fields: codes(technologyFields, row.fields),
    industry: code(industries, row.industry),
    disciplines: codes(disciplines, row.disciplines),
  };
  return { kind: 'need', id: String(row.externalId), content };
}

function demoAchievement(row: Row): ProfileSource {
  const content: AchievementDraft = {
    title: text(row.title),
    abstract: text(row.abstract),
    keywords: texts(row.keywords),
    scenario: text(row.scenario),
    advantage: text(row.advantage),
    fields: codes(technologyFields, row.fields),
    industry: code(industries, row.industry),
    disciplines: codes(disciplines, row.disciplines),
    trl: figure(row.trl),
    stage: code(achievementStages, row.stage),
    maturityNote: text(row.maturityNote),
    ipStatus: code(ipStatuses, row.ipStatus),
    cooperationModes: codes(cooperationModes, row.cooperationModes),
    priceMinWan: figure(row.priceMinWan),
    priceMaxWan: figure(row.priceMaxWan),
    transferStage: code(transferStages, row.transferStage),
    licensedScope: text(row.licensedScope),
  };
  return { kind: 'achievement', id: String(row.externalId), content };
}
