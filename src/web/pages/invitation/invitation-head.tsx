import type { Answer } from '../../api/client.ts';
import { useCodes } from '../../parts/codes.ts';

export type InvitationView = Answer<'GET /api/v1/invitations/{id}'>;
export type SideView = Extract<InvitationView, { readonly other: unknown }>;
export type WholeView = Extract<InvitationView, { readonly pairId: string }>;

export const invitationKey = (id: string) => ['invitation', id] as const;

const stateTones: Readonly<Record<InvitationView['state'], string>> = {
  open: 'wait',
  agreed: 'good',
  declined: 'bad',
  lapsed: '',
  void: '',
  cancelled: '',
};

/** What it is, where it stands, and until when it can be answered. */
export function InvitationHead({ invitation }: { readonly invitation: InvitationView }) {
  const codes = useCodes();
  const { state, overdue, invitedOn, dueOn } = invitation;
  return (
    <div className="page-head">
      <div>
        <div className="invitation-tags">
          <span className={`tag ${stateTones[state]}`}>{codes.label('invitationStates', state)}</span>
          {overdue ? <span className="tag bad">已过答复期限</span> : null}
        </div>
        <h1>对接邀请</h1>
        <p className="quiet">
          {invitedOn} 邀请 · {state === 'open' ? '请在' : '答复期限'} {dueOn}
          {state === 'open' ? ' 前（含当天）答复' : ''}
        </p>
      </div>
    </div>
  );
}
