import { z } from 'zod';
import { achievementDraft } from '../../domain/achievement.ts';
import { consentWays, refusalReasons } from '../../domain/codes/consent-codes.ts';
import { personInput } from '../../domain/cooperation/person.ts';
import { sides } from '../../domain/docket.ts';
import { consentInput, type InvitationState, invitationStates } from '../../domain/invitation.ts';
import { needDraft } from '../../domain/need.ts';
import { contact } from '../../domain/organisation.ts';
import { choice, text } from '../../domain/validation.ts';
import { tokenBody } from './account-invitations.ts';
import { cursor, instant, pageOf, pageSize, version } from './query-values.ts';
import { historyLine, stateOf } from './record-parts.ts';

const state = stateOf<InvitationState>('状态', invitationStates.states);
export const sideChoice = choice('哪一方', sides);
const day = z.string().meta({ format: 'date' });
const way = choice('答复方式', consentWays);

const answered = {
  willing: z.boolean(),
  reason: choice('不愿意的原因', refusalReasons).optional(),
  note: z.string().optional(),
  at: instant,
  way,
  saidBy: z.string().optional().meta({ description: '电话答复时，对方是谁说的' }),
};

const offered = {
  title: z.string(),
  organisation: z.string().nullable(),
  organisationHidden: z.boolean(),
};
const offeredContent = '对方发布的内容，不含联系方式；没有发布过的，或邀请已经结束的，为空';

/** The other side's record as it was published, without contact and hidden name. */
const offeredRecord = z
  .discriminatedUnion('side', [
    z.object({
      side: z.literal('need'),
      ...offered,
      content: needDraft.omit({ contact: true }).strip().nullable().meta({ description: offeredContent }),
    }),
    z.object({
      side: z.literal('achievement'),
      ...offered,
      content: achievementDraft.omit({ contact: true }).strip().nullable().meta({ description: offeredContent }),
    }),
  ])
  .meta({ id: 'OfferedRecord' });

const dates = { invitedOn: day, dueOn: day.meta({ description: '答复的最后一天' }), overdue: z.boolean() };

export const sideInvitationView = z
  .object({
    id: z.string(),
    state,
    side: sideChoice,
    title: z.string(),
    ...dates,
    answer: z.object(answered).nullable(),
    other: offeredRecord,
    partnershipId: z.string().optional(),
  })
  .meta({ id: 'SideInvitation', description: '被邀请的一方看到的邀请' });

const invitedSide = z.object({
  organisationId: z.string().nullable(),
  title: z.string(),
  tokenUsedAt: instant.optional(),
  answer: z.object({ ...answered, by: z.string() }).nullable(),
  takenBack: z.array(z.object({ ...answered, by: z.string(), takenBackAt: instant, takenBackBy: z.string() })),
});

export const wholeInvitationView = z
  .object({
    id: z.string(),
    version: z.int(),
    state,
    pairId: z.string(),
    needId: z.string(),
    achievementId: z.string(),
    round: z.int(),
    ...dates,
    need: invitedSide,
    achievement: invitedSide,
    reminded: z.array(z.int()).meta({ description: '邀请后第几个工作日提醒过' }),
    endReason: z.string().optional(),
    partnershipId: z.string().optional(),
    history: z.array(historyLine),
    createdAt: instant,
    updatedAt: instant,
  })
  .meta({ id: 'WholeInvitation', description: '工作人员看到的邀请' });

export const invitationView = z.union([wholeInvitationView, sideInvitationView]).meta({ id: 'Invitation' });

export const invitationPage = pageOf(
  z
    .object({
      id: z.string(),
      version: z.int().optional().meta({ description: '只有科技局看得到' }),
      state,
      side: sideChoice.optional(),
      needTitle: z.string(),
      achievementTitle: z.string(),
      invitedOn: day,
      dueOn: day,
      answered: z.object({ need: z.boolean().optional(), achievement: z.boolean().optional() }),
    })
    .meta({ id: 'InvitationLine' }),
).meta({ id: 'InvitationPage' });

export const invitationQuery = z.strictObject({
  state: state.optional(),
  side: sideChoice.optional(),
  limit: pageSize.optional(),
  cursor: cursor.optional(),
});

export const answerInvitationBody = z.strictObject({ side: sideChoice.optional(), answer: consentInput });
export const phoneAnswerBody = z.strictObject({
  side: sideChoice,
  answer: consentInput,
  saidBy: text('答复人', 50, { description: '电话里是谁答复的' }),
});
export const takeBackBody = z.strictObject({ side: sideChoice.optional() });
export const inviteAgainBody = z.strictObject({ version });
export const remindBody = z.strictObject({ version });
export const linkAnswerBody = z.strictObject({ answer: consentInput });
export const linkTokenAnswerBody = tokenBody.extend({ answer: consentInput });

export const contactAgreementView = z
  .object({ partnershipId: z.string(), need: z.boolean(), achievement: z.boolean() })
  .meta({ id: 'ContactAgreement' });

export const contactsView = z
  .object({
    partnershipId: z.string(),
    contacts: z.array(
      z.object({
        side: sideChoice,
        organisationId: z.string().nullable(),
        organisation: z.string().nullable(),
        contact: contact.partial().strip().nullable(),
      }),
    ),
    people: z
      .array(z.object({ ...personInput.shape, side: sideChoice }))
      .meta({ description: '登记的人员；不显示对方时只有本方的' }),
    withheld: z.string().optional().meta({ description: '为什么不显示对方的联系人和人员；没有时双方都显示' }),
  })
  .meta({ id: 'PartnershipContacts' });

export const contactViewPage = pageOf(
  z
    .object({
      id: z.string(),
      by: z.string(),
      organisationId: z.string().nullable(),
      sides: z.array(sideChoice),
      createdAt: instant,
    })
    .meta({ id: 'ContactView' }),
).meta({ id: 'ContactViewPage' });

export const pageQuery = z.strictObject({ limit: pageSize.optional(), cursor: cursor.optional() });
