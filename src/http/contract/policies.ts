import { z } from 'zod';
import { policyContent, policyKinds, policyStates } from '../../domain/policies/policy.ts';
import { choice, text } from '../../domain/validation.ts';
import { cursor, id, instant, pageOf, pageSize, version } from './query-values.ts';
import { actionOf, historyLine, stateOf } from './record-parts.ts';

const state = stateOf('状态', policyStates.states);

export const policyView = z
  .object({
    id: z.string(),
    version: z.int(),
    state,
    content: policyContent,
    publishedAt: instant.nullable(),
    open: z.boolean().meta({ description: '是否还在有效期内' }),
    createdBy: z.string().optional(),
    history: z.array(historyLine).optional(),
  })
  .meta({ id: 'Policy' });
export const policyPage = pageOf(policyView).meta({ id: 'PolicyPage' });
export const policyQuery = z.strictObject({
  kind: choice('类别', policyKinds).optional(),
  state: state.optional(),
  limit: pageSize.optional(),
  cursor: cursor.optional(),
});
export const createPolicyBody = policyContent;
export const editPolicyBody = z.strictObject({ version, content: policyContent.meta({ title: '政策内容' }) });
export const policyAction = actionOf(policyStates.moves);
export const policyMoveBody = z.strictObject({ version, reason: text('原因', 500).optional() });

export const audienceQuery = z.strictObject({
  after: id('上一页最后的机构编号').optional(),
  limit: pageSize.optional(),
});
export const audiencePreview = z
  .object({
    fits: z.int().meta({ description: '适用的机构数' }),
    unknown: z.int().meta({ description: '资料不全、看不出是否适用的机构数' }),
    items: z.array(
      z.object({
        organisationId: z.string(),
        name: z.string(),
        toldAt: instant.nullable().meta({ description: '何时通知的；还没有为 null' }),
      }),
    ),
    next: z.string().optional().meta({ description: '下一页的 after；最后一页没有' }),
  })
  .meta({ id: 'AudiencePreview' });
