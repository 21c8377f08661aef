import { z } from 'zod';
import { explanationView, matchLevel, probabilities } from './dockets.ts';
import { instant, week } from './query-values.ts';

export const matchingRunView = z
  .object({
    week: z.string(),
    state: z
      .enum(['running', 'finished', 'failed', 'cancelled'])
      .meta({ description: 'running=进行中；finished=已完成；failed=失败；cancelled=已取消' }),
    startedAt: instant,
    finishedAt: instant.optional(),
    includesArchive: z.boolean(),
    needs: z.int(),
    achievements: z.int(),
    newAchievements: z.int().meta({ description: '上次匹配以来新增或改过、也从成果一方召回的成果数' }),
    done: z.int().meta({ description: '已完成的需求数' }),
    pairsScored: z.int().meta({ description: '已打分的对数；从两方都召回的一对计两次' }),
    parts: z.int().meta({ description: '分成几份由各工作进程完成；统计语料时为0' }),
    partsDone: z.int().meta({ description: '已完成几份' }),
    model: z.string(),
    failure: z.string().optional(),
  })
  .meta({ id: 'MatchingRun' });
export type MatchingRunView = z.output<typeof matchingRunView>;

export const requestRunBody = z.strictObject({ week: week.optional() });
export const requestedRun = z.object({ week: z.string(), jobId: z.string() }).meta({ id: 'RequestedRun' });

export const candidateList = z
  .object({
    needId: z.string(),
    week: z.string().meta({ description: '算出这些候选的一周' }),
    model: z.string(),
    candidates: z.array(
      z.object({
        achievementId: z.string(),
        title: z.string().nullable().meta({ description: '成果现在的名称；不再公开时为空' }),
        score: z.number(),
        level: matchLevel,
        statement: z.string().meta({ description: '一两句推荐理由；只有最好的几项有' }),
      }),
    ),
    waitingSince: z.string().nullable().meta({ description: '从哪一周起等待推荐' }),
    offeredIn: z.array(z.string()).meta({ description: '在哪几周的清单上有过' }),
    answeredIn: z.array(z.string()).meta({ description: '在哪几周答复过暂无合适成果' }),
  })
  .meta({ id: 'CandidateList' });
export type CandidateListView = z.output<typeof candidateList>;

export const pairAssessment = z
  .object({
    needId: z.string(),
    achievementId: z.string(),
    model: z.string(),
    statistics: z.string(),
    score: z.number(),
    level: matchLevel,
    probabilities,
    features: z.record(z.string(), z.number()),
    explanation: explanationView,
  })
  .meta({ id: 'PairAssessment' });
export type PairAssessmentView = z.output<typeof pairAssessment>;
