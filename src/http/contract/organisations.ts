import { z } from 'zod';
import { organisationTypes } from '../../domain/codes/organisation-codes.ts';
import {
  type OrganisationAction,
  type OrganisationState,
  organisationDraft,
  organisationStates,
} from '../../domain/organisation.ts';
import { choice, text } from '../../domain/validation.ts';
import { cursor, instant, pageOf, pageSize, version, words } from './query-values.ts';
import { actionOf, historyLine, provenanceView, stateOf } from './record-parts.ts';

const state = stateOf<OrganisationState>('状态', organisationStates.states);

const shown = organisationDraft.strip();
const base = {
  id: z.string(),
  version: z.int(),
  state,
  missing: z.array(z.string()).optional().meta({ description: '待补全的字段' }),
  enteredBy: z.string().optional().meta({ description: '代填人' }),
  claimedAt: instant.optional().meta({ description: '由其本单位人员认领的时间' }),
  provenance: provenanceView.optional(),
  createdAt: instant.optional(),
  updatedAt: instant.optional(),
};

export const organisationView = z
  .object({ ...base, content: shown, history: z.array(historyLine).optional() })
  .meta({ id: 'Organisation' });
export type OrganisationView = z.output<typeof organisationView>;

/** Lists show no contact, whoever asks. */
export const organisationLine = z
  .object({ ...base, content: shown.omit({ contact: true, email: true }) })
  .meta({ id: 'OrganisationLine' });
export const organisationPage = pageOf(organisationLine).meta({ id: 'OrganisationPage' });

export const createOrganisationBody = z.strictObject({ content: organisationDraft });
export const editOrganisationBody = z.strictObject({ version, content: organisationDraft });

export const organisationAction = actionOf<Exclude<OrganisationAction, 'merge' | 'keep' | 'claim'>>(
  organisationStates.moves.filter(
    (move) => move.by.some((actor) => actor !== 'system') && move.action !== 'merge',
  ) as never,
);
export const organisationMoveBody = z.strictObject({ version, reason: text('原因', 500).optional() });

export const mergeBody = z.strictObject({
  version,
  into: words('并入的机构', 64, { min: 1 }).meta({ title: '并入的机构', description: '要保留的那个机构的编号' }),
  reason: text('原因', 500),
});
export const mergedOrganisation = z
  .object({ id: z.string(), into: z.string() })
  .meta({ id: 'MergedOrganisation', description: '原来的编号今后指保留的机构' });

export const organisationQuery = z.strictObject({
  state: state.optional(),
  type: choice('机构属性', organisationTypes).optional(),
  name: words('名称', 100).optional(),
  creditCode: words('统一社会信用代码', 40, { min: 1 })
    .meta({ title: '统一社会信用代码', description: '只供科技局使用：恰为这个代码的机构；空格、连字符和大小写不计' })
    .optional(),
  limit: pageSize.optional(),
  cursor: cursor.optional(),
});
