import { z } from 'zod';
import { type AnswerState, answerKinds, answerStates, answerText } from '../../domain/answer.ts';
import { entryKinds } from '../../domain/search-input.ts';
import { choice, text } from '../../domain/validation.ts';
import { cursor, flag, instant, pageOf, pageSize, version, words } from './query-values.ts';
import { actionOf, historyLine, stateOf } from './record-parts.ts';

const state = stateOf<AnswerState>('状态', answerStates.states);
const kind = choice('答复种类', answerKinds);

export const answerView = z
  .object({
    id: z.string(),
    version: z.int(),
    state,
    kind,
    recordKind: choice('记录种类', entryKinds),
    recordId: z.string(),
    week: z.string().nullable(),
    subject: z.string(),
    text: z.string(),
    sentAt: instant.optional(),
    part: z.int().optional().meta({ description: '0 为首次答复；更正后再答复的依次为 1、2……' }),
    organisationId: z.string().nullable().optional(),
    dueOn: z.string().optional().meta({ format: 'date', description: '应在这一天前发出' }),
    overdue: z.boolean().optional(),
    editedBy: z.string().optional(),
    outdated: z.boolean().optional().meta({ description: '修改文字之后审核结果又有更正，须再核对' }),
    approvedBy: z.string().optional(),
    sentBy: z.string().optional(),
    history: z.array(historyLine).optional(),
  })
  .meta({ id: 'Answer' });
export const answerPage = pageOf(answerView).meta({ id: 'AnswerPage' });

export const answerQuery = z.strictObject({
  state: state.optional(),
  kind: kind.optional(),
  recordId: words('记录编号', 100, { min: 1 }).optional(),
  overdue: flag('只看逾期').optional(),
  limit: pageSize.optional(),
  cursor: cursor.optional(),
});

export const editAnswerBody = z.strictObject({ version, text: answerText });
export const answerAction = actionOf(answerStates.moves, ['edit', 'redraft']);
export const moveAnswerBody = z.strictObject({ version, reason: text('原因', 500).optional() });

/** Most answers of one request. */
export const mostAnswers = 100;
export const moveAnswersBody = z.strictObject({
  items: z
    .array(z.strictObject({ id: text('答复编号', 64), version }), { error: '应是列表|请列出要办理的答复' })
    .min(1, '没有填写|请至少选择一份答复')
    .max(mostAnswers, `最多${mostAnswers}份|请分几次办理`)
    .meta({ title: '答复' }),
});
export const answerOutcomes = z
  .object({
    outcomes: z.array(
      z.object({
        id: z.string(),
        done: z.boolean(),
        version: z.int().optional(),
        problem: z.string().optional(),
      }),
    ),
  })
  .meta({ id: 'AnswerOutcomes' });
export const manyAction = z
  .enum(['approve', 'send'], { error: '不是可选的操作|请从 approve（批准）、send（发出）中选择' })
  .meta({ title: '操作', description: 'approve=批准；send=发出' });
