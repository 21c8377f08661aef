import { z } from 'zod';
import { type InterestMove, type InterestState, interestInput, interestStates } from '../../domain/interest.ts';
import { cursor, instant, pageOf, pageSize, version, words } from './query-values.ts';
import { actionOf, historyLine, stateOf } from './record-parts.ts';

const state = stateOf<InterestState>('状态', interestStates.states);

export const interestView = z
  .object({
    id: z.string(),
    version: z.int(),
    needId: z.string(),
    needTitle: z.string(),
    organisationId: z.string(),
    organisationName: z.string(),
    achievementId: z.string().nullable(),
    achievementTitle: z.string().nullable(),
    text: z.string(),
    state,
    history: z.array(historyLine),
    createdAt: instant,
  })
  .meta({ id: 'Interest', description: '一个机构对一项需求感兴趣' });
export const interestPage = pageOf(interestView).meta({ id: 'InterestPage' });
export const signalInterestBody = interestInput;
export const interestQuery = z.strictObject({
  needId: words('需求编号', 64, { min: 1 }).optional(),
  state: state.optional(),
  limit: pageSize.optional(),
  cursor: cursor.optional(),
});
export const interestAction = actionOf<InterestMove>(
  interestStates.moves.flatMap(({ action, label }) => (action === 'signal' ? [] : [{ action, label }])),
);
export const moveInterestBody = z.strictObject({ version });
