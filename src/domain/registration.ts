import { z } from 'zod';
import { type Organisation, type OrganisationContent, organisationContent } from './organisation.ts';
import type { HistoryEntry, Stored } from './record.ts';
import type { StateTable } from './state-table.ts';
import { userContent } from './user.ts';
import { text } from './validation.ts';

/** What somebody gives who registers his organisation: its form, and the account of its first manager. */
export const registrationContent = z.strictObject({
  organisation: organisationContent,
  applicant: z.strictObject({
    login: userContent.shape.login,
    name: userContent.shape.name,
    email: userContent.shape.email.unwrap(),
    /** Judged by the policy of passwords, not here. */
    password: z
      .string({ error: '没有填写|请填写密码' })
      .min(1, '没有填写|请填写密码')
      .max(1_000, '超过128个字符|请用128个以内的字符')
      .meta({ title: '密码', format: 'password' }),
  }),
});
export type RegistrationContent = z.output<typeof registrationContent>;

export type RegistrationState = 'submitted' | 'returned' | 'approved' | 'refused' | 'withdrawn';
export type RegistrationAction = 'return' | 'resubmit' | 'approve' | 'refuse' | 'withdraw';

export const registrationStates: StateTable<RegistrationState, RegistrationAction> = {
  states: { submitted: '待审核', returned: '已退回', approved: '已通过', refused: '不予登记', withdrawn: '已撤回' },
  initial: 'submitted',
  moves: [
    { action: 'approve', label: '通过审核', from: ['submitted'], to: 'approved', by: ['staff', 'admin'] },
    {
      action: 'return',
      label: '退回',
      from: ['submitted'],
      to: 'returned',
      by: ['staff', 'admin'],
      demands: ['reason'],
    },
    {
      action: 'resubmit',
      label: '重新提交',
      from: ['returned'],
      to: 'submitted',
      by: ['owner'],
      demands: ['complete'],
    },
    {
      action: 'refuse',
      label: '不予登记',
      from: ['submitted', 'returned'],
      to: 'refused',
      by: ['staff', 'admin'],
      demands: ['reason'],
    },
    // The program withdraws for an applicant whose account is erased: nobody would be left to be admitted.
    { action: 'withdraw', label: '撤回', from: ['submitted', 'returned'], to: 'withdrawn', by: ['owner', 'system'] },
  ],
};

/**
 * The registration of an organisation by its own people. Where an organisation of the same credit code is there already (a
 * clerk or an import entered it), its approval hands that one over to them: they claim it. Nobody but the bureau learns
 * which of the two it is before it is approved.
 */
export interface Registration extends Stored {
  readonly state: RegistrationState;
  readonly content: OrganisationContent;
  /** The account that becomes its first manager's. */
  readonly applicantId: string;
  readonly returnReason?: string;
  /** The organisation that it became, or that was claimed, once it is approved. */
  readonly organisationId?: string;
  readonly history: readonly HistoryEntry[];
}

/** What the bureau is told of an organisation that the applicant's may be: it has the credit code already, or the name without one. */
export interface ClaimedOrganisation {
  readonly organisationId: string;
  readonly name: string;
  readonly state: Organisation['state'];
  /** Who entered it for its people. */
  readonly enteredBy: string | null;
  readonly users: number;
}

export const moveReason = text('原因', 500);
