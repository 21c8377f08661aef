import { z } from 'zod';
import { achievementDraft } from '../../domain/achievement.ts';
import {
  type EntryAction,
  type EntryState,
  entryStates,
  type RevisionAction,
  type RevisionState,
  revisionStates,
} from '../../domain/entry.ts';
import { type LikenessReason, likenessReasons } from '../../domain/near-duplicate.ts';
import { needDraft } from '../../domain/need.ts';
import { entryKinds } from '../../domain/search-input.ts';
import { choice, text } from '../../domain/validation.ts';
import { cursor, instant, pageOf, pageSize, version, words } from './query-values.ts';
import { actionOf, historyLine, provenanceView, stateOf } from './record-parts.ts';

const kind = choice('种类', entryKinds);
const state = stateOf<EntryState>('状态', entryStates.states);

export const questionView = z
  .object({
    id: z.string(),
    pairId: z.string().optional().meta({ description: '因哪一对提出；不经清单提出的没有' }),
    week: z.string().optional(),
    question: z.string(),
    askedBy: z.string(),
    askedAt: instant,
    answer: z.string().optional(),
    answeredBy: z.string().optional(),
    answeredAt: instant.optional(),
    notedBy: z.string().optional().meta({ description: '确认看过答复的工作人员' }),
    notedAt: instant.optional(),
  })
  .meta({ id: 'Question', description: '科技局请补充的问题' });

const clarityView = z
  .object({
    score: z.int().meta({ description: '0–100' }),
    parts: z.array(
      z.object({
        code: z.enum(['complete', 'indicators', 'substance', 'precise', 'budget', 'time']),
        label: z.string(),
        points: z.number(),
        most: z.number().meta({ description: '满分' }),
        advice: z.string().nullable().meta({ description: '怎样写得更清楚；已是满分时为 null' }),
      }),
    ),
  })
  .meta({ id: 'Clarity', description: '需求写得有多清楚；只有本机构和科技局可见' });

/** The shape of both kinds, around the content of one. */
function entryShape<C extends z.ZodObject>(content: C) {
  return {
    id: z.string(),
    version: z.int(),
    state,
    organisationId: z.string().nullable(),
    organisationHidden: z.boolean().meta({ description: '发布单位隐去了名称' }),
    content,
    publishedAt: instant.nullable(),
    publishedRevision: z.int().nullable(),
    expiresOn: z.string().optional(),
    revision: stateOf<RevisionState>('修改状态', revisionStates.states).optional(),
    missing: z.array(z.string()).optional().meta({ description: '待补全的字段' }),
    suspended: z.literal(true).optional().meta({ description: '机构已停用：机构恢复以前别人看不到这条记录' }),
    returnReason: z.string().optional(),
    firstSubmittedAt: instant.optional(),
    enteredBy: z.string().optional().meta({ description: '代填人' }),
    provenance: provenanceView.optional(),
    campaignId: z.string().optional().meta({ description: '需求所属的征集' }),
    callId: z.string().optional().meta({ description: '成果所应征的征集' }),
    createdAt: instant.optional(),
    updatedAt: instant.optional(),
  };
}

/** What only the bureau and the owner see, and only of one record. */
function insideShape<C extends z.ZodObject>(content: C) {
  return {
    published: z
      .object({ content, at: instant, by: z.string(), revision: z.int() })
      .nullable()
      .optional()
      .meta({ description: '公众看到的版本' }),
    toldBy: z.string().optional().meta({ description: '代填的内容由谁告知' }),
    questions: z.array(questionView).optional(),
    history: z.array(historyLine).optional(),
  };
}

const needShown = needDraft.strip();
const achievementShown = achievementDraft.strip();

export const needView = z
  .object({ kind, ...entryShape(needShown), ...insideShape(needShown), clarity: clarityView.optional() })
  .meta({ id: 'Need' });
export type NeedView = z.output<typeof needView>;
export const achievementView = z
  .object({ kind, ...entryShape(achievementShown), ...insideShape(achievementShown) })
  .meta({ id: 'Achievement' });
export type AchievementView = z.output<typeof achievementView>;

/** Lists show no contact, whoever asks. */
export const needPage = pageOf(
  z.object({ kind, ...entryShape(needShown.omit({ contact: true })) }).meta({ id: 'NeedLine' }),
).meta({ id: 'NeedPage' });
export const achievementPage = pageOf(
  z.object({ kind, ...entryShape(achievementShown.omit({ contact: true })) }).meta({ id: 'AchievementLine' }),
).meta({ id: 'AchievementPage' });

const organisationId = text('所属机构', 64).optional();
const toldBy = text('告知人', 100, {
  description: '科技局代填时：是机构的谁、怎样告知的，例如 王经理，11月25日电话',
}).optional();
const campaignId = text('所属征集', 64);
export const createNeedBody = z.strictObject({
  organisationId,
  toldBy,
  campaignId: campaignId.optional(),
  content: needDraft,
});
export const campaignChoiceBody = z.strictObject({
  version,
  campaignId: campaignId.nullable().meta({ title: '所属征集', description: '不属于任何征集时为 null' }),
});
export const createAchievementBody = z.strictObject({ organisationId, toldBy, content: achievementDraft });
export const editNeedBody = z.strictObject({ version, organisationId, content: needDraft });
export const editAchievementBody = z.strictObject({ version, organisationId, content: achievementDraft });

const suggestedCode = z.object({
  code: z.string(),
  label: z.string(),
  confidence: z.number().meta({ description: '把握，0–1' }),
});

const except = text('正在填写的记录', 64).optional();
export const checkNeedBody = z.strictObject({ id: except, content: needDraft });
export const checkAchievementBody = z.strictObject({ id: except, content: achievementDraft });
export const draftCheck = z
  .object({
    faults: z
      .array(z.object({ field: z.string(), label: z.string(), reason: z.string(), mend: z.string() }))
      .meta({ description: '提交前要改正的各项' }),
    missing: z.array(z.string()).meta({ description: '待补全的字段' }),
    clarity: clarityView.nullable().meta({ description: '成果为 null' }),
    indicators: z
      .array(z.object({ field: z.string(), text: z.string(), written: z.string() }))
      .meta({ description: '从文字中认出的数值指标；需求中认错的，把 text 填在 notIndicators 里' }),
    similar: z
      .array(
        z.object({
          kind,
          id: z.string(),
          title: z.string(),
          state,
          organisationId: z.string().nullable(),
          likeness: z.number().meta({ description: '相同的程度，0–1' }),
          reason: z.enum(Object.keys(likenessReasons) as [LikenessReason, ...LikenessReason[]]).meta({
            description: Object.entries(likenessReasons)
              .map(([code, label]) => `${code}=${label}`)
              .join('；'),
          }),
        }),
      )
      .nullable()
      .meta({ description: '内容相近的已有记录，最像的在前；只含查询者能看的；搜索暂不可用时为 null' }),
    suggested: z
      .object({
        disciplines: z.array(suggestedCode).meta({ description: '学科（GB/T 13745），最多三个，最可能的在前' }),
        technologyFields: z.array(suggestedCode).meta({ description: '所属领域，最多三个，最可能的在前' }),
      })
      .nullable()
      .meta({ description: '按文字推测的分类，供作者选用；文字太短时为空，推测不了时为 null' }),
  })
  .meta({ id: 'DraftCheck' });

/** 过期 is what the calendar does, nobody asks for it. */
export const entryAction = actionOf<EntryAction>(entryStates.moves, ['expire']);
/** A revision is begun by editing. */
export const revisionAction = actionOf<RevisionAction>(revisionStates.moves, ['edit']);
export const moveBody = z.strictObject({ version, reason: text('原因', 500).optional() });
export const askBody = z.strictObject({ version, question: text('要补充的内容', 500, { min: 4 }) });
export const unaskBody = z.strictObject({ version });
export const answerBody = z.strictObject({ version, answer: text('回答', 2000) });

export const entryQuery = z.strictObject({
  state: state.optional(),
  organisationId: words('所属机构', 64, { min: 1 }).optional(),
  campaignId: words('所属征集', 64, { min: 1 }).optional(),
  order: z
    .enum(['updatedAt', 'createdAt', 'expiresOn'], {
      error: '不能按这一项排序|请从 updatedAt（更新时间）、createdAt（录入时间）、expiresOn（到期日）中选择',
    })
    .meta({ title: '排序' })
    .optional(),
  direction: z
    .enum(['asc', 'desc'], { error: '不是可选的值|请从 asc（升序）、desc（降序）中选择' })
    .meta({ title: '升降' })
    .optional(),
  limit: pageSize.optional(),
  cursor: cursor.optional(),
});
