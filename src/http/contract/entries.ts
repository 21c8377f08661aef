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
    pairId: z.string(),
    week: z.string(),
    question: z.string(),
    askedBy: z.string(),
    askedAt: instant,
    answer: z.string().optional(),
    answeredBy: z.string().optional(),
    answeredAt: instant.optional(),
  })
  .meta({ id: 'Question', description: '科技局请补充的问题' });

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
    returnReason: z.string().optional(),
    firstSubmittedAt: instant.optional(),
    enteredBy: z.string().optional().meta({ description: '代填人' }),
    provenance: provenanceView.optional(),
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
    questions: z.array(questionView).optional(),
    history: z.array(historyLine).optional(),
  };
}

const needShown = needDraft.strip();
const achievementShown = achievementDraft.strip();

export const needView = z.object({ kind, ...entryShape(needShown), ...insideShape(needShown) }).meta({ id: 'Need' });
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
export const createNeedBody = z.strictObject({ organisationId, content: needDraft });
export const createAchievementBody = z.strictObject({ organisationId, content: achievementDraft });
export const editNeedBody = z.strictObject({ version, organisationId, content: needDraft });
export const editAchievementBody = z.strictObject({ version, organisationId, content: achievementDraft });

/** 过期 is what the calendar does, nobody asks for it. */
export const entryAction = actionOf<EntryAction>(entryStates.moves, ['expire']);
/** A revision is begun by editing. */
export const revisionAction = actionOf<RevisionAction>(revisionStates.moves, ['edit']);
export const moveBody = z.strictObject({ version, reason: text('原因', 500).optional() });
export const answerBody = z.strictObject({ version, answer: text('回答', 2000) });

export const entryQuery = z.strictObject({
  state: state.optional(),
  organisationId: words('所属机构', 64, { min: 1 }).optional(),
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
