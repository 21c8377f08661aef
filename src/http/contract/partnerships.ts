import { z } from 'zod';
import { contractTypes } from '../../domain/codes/contract-codes.ts';
import { agreementSource } from '../../domain/contact-agreement.ts';
import { peopleInput } from '../../domain/cooperation/person.ts';
import { sides } from '../../domain/docket.ts';
import {
  type PartnershipAction,
  type PartnershipState,
  partnershipOrigins,
  partnershipStates,
} from '../../domain/partnership.ts';
import { factsInput } from '../../domain/partnership-facts.ts';
import { paymentInput, sidesInput } from '../../domain/partnership-life.ts';
import {
  logInput,
  logKinds,
  milestoneChangeInput,
  milestoneDoneInput,
  milestoneInput,
} from '../../domain/partnership-log.ts';
import { halfYear, resultInput } from '../../domain/partnership-results.ts';
import { choice, text } from '../../domain/validation.ts';
import { cursor, instant, pageOf, pageSize, version, words } from './query-values.ts';
import { actionOf, historyLine, provenanceView, stateOf } from './record-parts.ts';

const state = stateOf<PartnershipState>('合作阶段', partnershipStates.states);
const origin = choice('来源', partnershipOrigins);
const day = z.string().meta({ format: 'date' });
const money = z.number().meta({ description: '万元，精确到分' });

const lineShape = {
  id: z.string(),
  version: z.int(),
  state,
  origin,
  title: z.string(),
  needId: z.string().nullable(),
  achievementId: z.string().nullable(),
  needOrganisationId: z.string().nullable().meta({ description: '没有注册的机构为 null' }),
  achievementOrganisationId: z.string().nullable(),
  needParty: z.string().nullable().meta({ description: '需求方名称' }),
  achievementParty: z.string().nullable().meta({ description: '成果方名称' }),
  amount: money.nullable(),
  paid: money,
  signedOn: day.nullable(),
  updatedAt: instant,
};

export const partnershipView = z
  .object({
    ...lineShape,
    contract: z
      .object({
        type: choice('合同类型', contractTypes).optional(),
        signedOn: day.optional(),
        buyer: z.string().optional(),
        seller: z.string().optional(),
        amount: money.optional().meta({ description: '成交额，万元' }),
        technologyAmount: money.optional().meta({ description: '技术交易额，万元' }),
        from: day.optional(),
        until: day.optional(),
        registrationNumber: z.string().optional(),
      })
      .optional(),
    begunOn: day.optional(),
    acceptance: z
      .object({ opinion: z.string().optional(), on: day.optional(), attachmentId: z.string().optional() })
      .optional(),
    outcome: z.object({ statement: z.string().optional(), on: day.optional() }).optional(),
    payments: z.array(
      z.object({
        id: z.string(),
        on: day,
        amount: money,
        note: z.string().optional(),
        by: z.string(),
        at: instant,
      }),
    ),
    log: z.array(
      z.object({
        id: z.string(),
        on: day,
        kind: choice('方式', logKinds),
        who: z.string(),
        what: z.string(),
        next: z.object({ what: z.string(), by: day }).optional(),
        bureauOnly: z.boolean().optional(),
        by: z.string(),
        at: instant,
        remindedAt: instant.optional(),
      }),
    ),
    milestones: z.array(
      z.object({
        id: z.string(),
        title: z.string(),
        dueOn: day,
        doneOn: day.optional(),
        by: z.string(),
        at: instant,
        remindedAt: instant.optional(),
      }),
    ),
    people: z.int().meta({ description: '双方登记的人数；是谁与联系人一起查看' }),
    resultRequests: z.array(
      z.object({
        period: z.string(),
        askedAt: instant,
        dueOn: day,
        overdueAt: instant.optional().meta({ description: '何时提醒过逾期' }),
      }),
    ),
    results: z
      .array(
        z.object({
          period: z.string(),
          side: choice('哪一方', sides),
          sales: money,
          saved: money,
          patents: z.int(),
          jobs: z.int(),
          note: z.string().optional(),
          by: z.string(),
          at: instant,
        }),
      )
      .meta({ description: '按登记的先后；每一方每半年以最后一次为准' }),
    contactsAgreed: z
      .object({ need: z.boolean(), achievement: z.boolean() })
      .meta({ description: '哪一方同意对方看到自己的联系人；双方都同意才显示' }),
    invitationId: z.string().optional(),
    provenance: provenanceView.optional(),
    history: z.array(historyLine),
    createdAt: instant,
  })
  .meta({ id: 'Partnership', description: '两个机构的合作项目，不含联系方式' });
export type PartnershipShown = z.output<typeof partnershipView>;
export const partnershipPage = pageOf(z.object(lineShape).meta({ id: 'PartnershipLine' })).meta({
  id: 'PartnershipPage',
});

export const partnershipQuery = z.strictObject({
  state: state.optional(),
  origin: origin.optional(),
  organisationId: words('机构', 64, { min: 1 }).optional(),
  needId: words('需求编号', 64, { min: 1 }).optional(),
  limit: pageSize.optional(),
  cursor: cursor.optional(),
});
export const createPartnershipBody = z.strictObject(sidesInput);
export const editPartnershipBody = factsInput.extend({ version, title: sidesInput.title.optional() });
export const movePartnershipBody = factsInput.extend({ version, reason: text('原因', 500).optional() });
export const partnershipAction = actionOf<PartnershipAction>(partnershipStates.moves);
export const addPaymentBody = paymentInput;
export const addLogLineBody = logInput;
export const addMilestoneBody = milestoneInput;
export const changeMilestoneBody = milestoneChangeInput;
export const setPartnershipPeopleBody = z.strictObject({
  version,
  side: choice('哪一方', sides).optional(),
  people: peopleInput,
});
export const reachMilestoneBody = milestoneDoneInput;
export const answerResultsBody = resultInput.extend({ side: choice('哪一方', sides).optional() });
export const contactAgreementBody = z.strictObject({
  side: choice('哪一方', sides).optional(),
  source: agreementSource.optional(),
});
export const resultPeriod = halfYear;
export const removeWithReason = z.strictObject({ reason: text('原因', 500).optional() });
