import { z } from 'zod';
import { markInput } from '../../domain/docket.ts';
import { batchInput } from '../../domain/docket-batch.ts';
import { type InterestState, interestStates } from '../../domain/interest.ts';
import { type MatchState, matchStates } from '../../domain/match.ts';
import { text } from '../../domain/validation.ts';
import { achievementView, needView } from './entries.ts';
import { organisationView } from './organisations.ts';
import { cursor, instant, pageOf, pageSize, version } from './query-values.ts';
import { historyLine, stateOf } from './record-parts.ts';

export const matchLevel = z
  .enum(['strong', 'fair', 'weak', 'none'])
  .meta({ title: '匹配程度', description: 'strong=强；fair=较强；weak=弱；none=无' });

const act = { by: z.string(), byName: z.string(), at: instant };
const [accept, reject, defer, ask] = markInput.options;
const markOptions = [
  accept.extend(act).strip(),
  reject.extend(act).strip(),
  defer.extend(act).strip(),
  ask.extend(act).strip(),
] as const;

export const markView = z.discriminatedUnion('kind', markOptions).meta({ id: 'Mark' });
const undone = { undone: z.object(act).optional() };
const earlierMark = z.discriminatedUnion('kind', [
  markOptions[0].extend(undone),
  markOptions[1].extend(undone),
  markOptions[2].extend(undone),
  markOptions[3].extend(undone),
]);

export const docketItem = z
  .object({
    pairId: z.string(),
    needId: z.string(),
    achievementId: z.string(),
    place: z.int(),
    origin: z.enum(['ranked', 'promise', 'exploration', 'carried', 'resumed']).meta({
      description: 'ranked=排序；promise=四周承诺；exploration=试探；carried=上期未定；resumed=暂缓或补充后再议',
    }),
    score: z.number(),
    level: matchLevel,
    drawProbability: z.number().optional(),
    carriedFrom: z.string().optional(),
    takenFrom: z.string().optional(),
    needTitle: z.string(),
    achievementTitle: z.string(),
    needOrganisation: z.string(),
    achievementOrganisation: z.string(),
    mark: markView.nullable(),
    markVersion: z.int().meta({ description: '标记时须原样交回' }),
    earlierMarks: z.array(earlierMark),
    reviewTwice: z.literal(true).optional().meta({ description: '“通过”须由另一位工作人员复核' }),
    agreed: z.object(act).optional().meta({ description: '复核通过的人和时间' }),
    carriedTo: z.string().optional(),
    keptFrom: z.array(z.string()).optional(),
    decidedOn: z.string().optional(),
    void: z.object({ at: instant, reason: z.string() }).optional(),
  })
  .meta({ id: 'DocketItem' });

const promise = z
  .object({
    due: z.int(),
    offered: z.int(),
    toAnswer: z.array(z.string()),
    short: z.int(),
  })
  .meta({ id: 'Promise', description: '四周承诺的执行情况' });

const docketState = z.enum(['open', 'closed']).meta({ description: 'open=审核中；closed=已关闭' });

const docketBase = {
  id: z.string(),
  version: z.int(),
  week: z.string(),
  state: docketState,
  closed: z.object(act).nullable(),
  includesArchive: z.boolean(),
  model: z.string(),
  createdAt: instant,
  updatedAt: instant,
};

export const correctionView = z
  .object({
    id: z.string(),
    pairId: z.string(),
    before: markView.nullable(),
    after: markView,
    reason: z.string(),
    at: instant,
    by: z.string(),
  })
  .meta({ id: 'Correction' });

const progress = {
  pairs: z.int(),
  marked: z.int(),
  undecided: z.int(),
  void: z.int(),
  elsewhere: z.int().meta({ description: '由别的清单决定的对数' }),
};

export const docketView = z
  .object({
    ...docketBase,
    items: z.array(docketItem),
    promise,
    statistics: z.string(),
    settings: z.object({
      size: z.int(),
      capPerEnterprise: z.int(),
      capPerTeam: z.int(),
      capPerNeed: z.int(),
      explorationPlaces: z.int(),
      explorationFloor: z.number(),
      promiseWeeks: z.int(),
      secondReview: z
        .object({ levels: z.array(matchLevel), share: z.number() })
        .nullable()
        .optional()
        .meta({ description: '哪些对须两人审核；没有为 null 或缺省' }),
    }),
    corrections: z.array(correctionView),
    batches: z
      .array(
        z.object({
          id: z.string(),
          kind: z.enum(['accept', 'reject', 'defer', 'ask']),
          ...act,
          pairs: z.array(z.object({ pairId: z.string(), markVersion: z.int(), replaced: z.boolean() })),
          undone: z.object({ ...act, pairIds: z.array(z.string()) }).optional(),
        }),
      )
      .optional()
      .meta({ description: '批量标记，最早的在前；没有时缺省' }),
    progress: z.object(progress),
    needsToAnswer: z
      .array(
        z.object({
          needId: z.string(),
          title: z.string().nullable(),
          organisation: z.string().nullable(),
          answered: z.boolean(),
        }),
      )
      .meta({ description: '四周内没有合适成果、待答复“暂无合适成果”的需求；answered 为本期已答复' }),
  })
  .meta({ id: 'Docket' });
export type DocketView = z.output<typeof docketView>;

export const docketPage = pageOf(
  z
    .object({
      week: z.string(),
      version: z.int(),
      state: docketState,
      createdAt: instant,
      closed: z.object(act).nullable(),
      corrections: z.int(),
      promise,
      includesArchive: z.boolean(),
      ...progress,
    })
    .meta({ id: 'DocketSummary' }),
).meta({ id: 'DocketPage' });

export const docketQuery = z.strictObject({ limit: pageSize.optional(), cursor: cursor.optional() });

const markVersion = z
  .int({ error: '应是整数|请填写清单中这一对的 markVersion' })
  .min(0, '应是整数|请填写清单中这一对的 markVersion')
  .max(2_000_000_000, '应是整数|请填写清单中这一对的 markVersion')
  .meta({ title: '标记的版本', description: '清单中这一对的 markVersion；别人先标过时答 409' });

export const markBody = z.strictObject({ markVersion, mark: markInput });
export type MarkBody = z.output<typeof markBody>;
export const unmarkBody = z.strictObject({ markVersion });
export const closeBody = z.strictObject({ version });
export const correctionBody = z.strictObject({
  pairId: text('这一对', 100),
  mark: markInput,
  markVersion,
  reason: text('更正原因', 500, { min: 2 }),
});
export const correctionPreviewBody = correctionBody.omit({ reason: true });

export const evidenceView = z
  .object({ field: z.string(), text: z.string(), start: z.int(), end: z.int() })
  .meta({ id: 'Evidence' });

const figureEvidence = z.object({ written: z.string(), evidence: evidenceView });

export const explanationView = z
  .object({
    statement: z.string(),
    terms: z.array(
      z.object({
        term: z.string(),
        share: z.number(),
        need: z.array(evidenceView),
        achievement: z.array(evidenceView),
      }),
    ),
    needSentences: z.array(evidenceView),
    achievementSentences: z.array(evidenceView),
    indicators: z.array(
      z.object({
        name: z.string(),
        verdict: z.enum(['met', 'unmet', 'unknown']).meta({ description: 'met=达到；unmet=未达到；unknown=不明' }),
        target: figureEvidence,
        found: figureEvidence.nullable(),
        reason: z.string(),
      }),
    ),
    against: z.array(z.string()),
    missing: z.array(z.string()),
  })
  .meta({ id: 'Explanation' });
export type ExplanationView = z.output<typeof explanationView>;

export const probabilities = z.object({
  strong: z.number(),
  fair: z.number(),
  weak: z.number(),
  none: z.number(),
});

const assessment = z
  .object({
    week: z.string(),
    model: z.string(),
    statistics: z.string(),
    score: z.number(),
    level: matchLevel,
    probabilities,
    features: z.record(z.string(), z.number()),
    explanation: explanationView,
  })
  .meta({ id: 'Assessment' });

export const matchView = z
  .object({
    id: z.string(),
    version: z.int(),
    needId: z.string(),
    achievementId: z.string(),
    state: stateOf<MatchState>('状态', matchStates.states),
    assessment,
    decisions: z.array(
      z.object({
        week: z.string(),
        mark: markView,
        correction: z.boolean(),
        correctionId: z.string().optional(),
      }),
    ),
    deferredUntil: z.string().optional(),
    voidReason: z.string().optional(),
    history: z.array(historyLine),
    createdAt: instant,
    updatedAt: instant,
  })
  .meta({ id: 'Match' });

export const pairView = z
  .object({
    match: matchView,
    appearances: z.array(
      z.object({
        week: z.string(),
        state: docketState,
        item: docketItem,
        mark: markView.nullable(),
        corrections: z.array(correctionView),
      }),
    ),
    need: needView.nullable(),
    achievement: achievementView.nullable(),
    needOrganisation: organisationView.nullable(),
    achievementOrganisation: organisationView.nullable(),
    interest: z
      .object({
        text: z.string(),
        achievementId: z.string().nullable(),
        state: stateOf<InterestState>('状态', interestStates.states),
        at: instant,
      })
      .nullable()
      .meta({ description: '成果方对这项需求表示的兴趣；没有或已撤回为 null' }),
  })
  .meta({ id: 'Pair' });
export type PairView = z.output<typeof pairView>;

export const markedPair = z.object({ week: z.string(), version: z.int(), item: docketItem }).meta({ id: 'MarkedPair' });

export const batchBody = batchInput;
export const batchAnswer = z
  .object({
    week: z.string(),
    version: z.int(),
    batchId: z.string().meta({ description: '撤销时用' }),
    done: z.int().meta({ description: '标上（或撤销）的对数' }),
    left: z.int(),
    results: z.array(
      z.object({
        pairId: z.string(),
        done: z.boolean(),
        reason: z.string().optional().meta({ description: '没有标上的原因' }),
        item: docketItem.nullable().meta({ description: '现在的样子；清单上没有这一对为 null' }),
      }),
    ),
  })
  .meta({ id: 'MarkBatch' });

export const watchBody = z.strictObject({
  pairId: text('这一对', 100).nullable().meta({ title: '这一对', description: '正在看的一对；不再看为 null' }),
});
export const watchers = z
  .object({
    watchers: z
      .array(z.object({ pairId: z.string(), name: z.string() }))
      .meta({ description: '此刻在看这一期其他人，不含自己' }),
  })
  .meta({ id: 'Watchers' });

export const answeredNeed = z
  .object({
    needId: z.string(),
    answeredIn: z.array(z.string()).meta({ description: '在哪几周的清单上答复过' }),
  })
  .meta({ id: 'AnsweredNeed' });

const closing = {
  week: z.string(),
  version: z.int(),
  accept: z.int(),
  reject: z.int(),
  defer: z.int(),
  ask: z.int(),
  unconfirmed: z.int().meta({ description: '通过之中等待复核的对数；不为 0 时不能关闭' }),
  undecided: z.int().meta({ description: '没有标记、转入下一份清单的对数' }),
  void: z.int(),
  elsewhere: z.int(),
  judgements: z.int().meta({ description: '供排序学习的判断数' }),
  questions: z.object({ need: z.int(), achievement: z.int() }),
  reasons: z.record(z.string(), z.int()),
  watch: z.array(z.object({ until: z.string(), pairs: z.int() })),
};
export const closePreview = z.object(closing).meta({ id: 'ClosePreview' });
export const closeResult = z.object({ ...closing, closed: z.object(act) }).meta({ id: 'CloseResult' });

export const correctedPair = z
  .object({ week: z.string(), version: z.int(), markVersion: z.int(), correction: correctionView })
  .meta({ id: 'CorrectedPair' });

export const correctionPreview = z
  .object({
    week: z.string(),
    version: z.int(),
    follows: z.array(z.string()).meta({ description: '更正以后将会怎样，一句一条' }),
  })
  .meta({ id: 'CorrectionPreview' });
