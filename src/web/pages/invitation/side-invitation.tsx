import { useMutation, useQueryClient } from '@tanstack/react-query';
import { Alert, App, Button, Popconfirm } from 'antd';
import { Link } from 'react-router';
import { isPageAddress } from '../../../http/contract/pages.ts';
import { call } from '../../api/client.ts';
import { useCodes } from '../../parts/codes.ts';
import { Facts } from '../../parts/facts.tsx';
import { ProblemAlert } from '../../parts/problem-alert.tsx';
import { kindNames } from '../../parts/suggest-box.tsx';
import { momentOf } from '../../parts/times.ts';
import { recordFields } from '../record/record-fields.ts';
import { AnswerForm } from './answer-form.tsx';
import { InvitationHead, invitationKey, type SideView } from './invitation-head.tsx';

/** What one of the two sides is asked: what the other one offers, its own answer, and what follows from it. */
export function SideInvitation({ invitation }: { readonly invitation: SideView }) {
  const client = useQueryClient();
  const { message } = App.useApp();
  const { id, side, other, title } = invitation;
  const codes = useCodes();
  const { texts, facts } = other.content ? recordFields(other.side, other.content, codes) : { texts: [], facts: [] };
  const name = other.organisationHidden ? '发布单位未公开' : (other.organisation ?? '');
  const changed = (next: unknown) => client.setQueryData(invitationKey(id), next);
  return (
    <>
      <InvitationHead invitation={invitation} />
      <section className="card invitation-ask" aria-label="邀请的内容">
        <p>科技局审核后认为，下面两项可以对接，请贵单位说明是否愿意与对方接洽。</p>
        <dl className="invitation-pair">
          <div>
            <dt>贵单位的{kindNames[side]}</dt>
            <dd>{title}</dd>
          </div>
          <div>
            <dt>对方的{kindNames[other.side]}</dt>
            <dd>
              {other.title}
              {name ? <span className="quiet"> {name}</span> : null}
            </dd>
          </div>
        </dl>
      </section>
      <section className="card invitation-answer no-print" aria-label="答复">
        <Standing
          invitation={invitation}
          onAnswer={async (answer) => {
            changed(await call('POST /api/v1/invitations/{id}/answer', { params: { id }, body: { side, answer } }));
            void message.success('答复已收到');
          }}
          onChanged={changed}
        />
      </section>
      {other.content || invitation.state === 'open' ? (
        <section aria-label="对方发布的内容">
          <h2 className="invitation-title">对方发布的内容</h2>
          {other.content ? (
            <div className="invitation-body">
              <article className="card">
                {texts.map((line) => (
                  <div key={line.label} className="invitation-text">
                    <h3>{line.label}</h3>
                    <p>{line.text}</p>
                  </div>
                ))}
              </article>
              <aside className="card">
                <Facts lines={facts.filter(({ label }) => label !== '公开范围')} />
              </aside>
            </div>
          ) : (
            <p className="card quiet">对方没有公开的内容。</p>
          )}
        </section>
      ) : null}
    </>
  );
}

/** Where the own answer stands: asked for, given, or no more to be given. */
function Standing({
  invitation,
  onAnswer,
  onChanged,
}: {
  readonly invitation: SideView;
  readonly onAnswer: Parameters<typeof AnswerForm>[0]['onSend'];
  readonly onChanged: (next: unknown) => void;
}) {
  const client = useQueryClient();
  const codes = useCodes();
  const { message } = App.useApp();
  const { id, side, state, answer, dueOn, overdue, partnershipId } = invitation;
  const takeBack = useMutation({
    mutationFn: () => call('POST /api/v1/invitations/{id}/take-back', { params: { id }, body: { side } }),
    onSuccess: (next) => {
      onChanged(next);
      void message.success('已撤回，可以重新答复');
    },
    onError: () => void client.invalidateQueries({ queryKey: invitationKey(id) }),
  });
  const said = answer ? (
    <p>
      贵单位已于 {momentOf(answer.at)} 答复“{answer.willing ? '愿意' : '不愿意'}”
      {answer.reason ? `，原因：${codes.label('refusalReasons', answer.reason)}` : ''}（
      {codes.label('consentWays', answer.way)}
      {answer.saidBy ? `，${answer.saidBy}` : ''}）。
      {answer.note ? <span className="invitation-note">说明：{answer.note}</span> : null}
    </p>
  ) : null;
  if (state === 'agreed') {
    const place = `/partnerships/${partnershipId}`;
    return (
      <>
        <h2>双方都愿意，开始接洽</h2>
        {said}
        <p>双方的联系人可以在合作里查看；接洽的进展也记在那里。</p>
        {partnershipId && isPageAddress(place) ? (
          <p>
            <Link to={place}>查看合作</Link>
          </p>
        ) : null}
      </>
    );
  }
  if (state === 'open' && overdue) {
    return (
      <>
        <h2>答复期限已过</h2>
        {said}
        <p>期限是 {dueOn}。仍有意向的，请与科技局联系，由工作人员重新邀请。</p>
      </>
    );
  }
  if (state === 'open' && answer) {
    return (
      <>
        <h2>等待对方答复</h2>
        {said}
        <ProblemAlert error={takeBack.error} focus />
        <p>对方最迟 {dueOn} 答复。对方也愿意，双方即进入接洽，能看到彼此的联系人；结果会通知贵单位。</p>
        <Popconfirm
          title="撤回“愿意”？"
          description="撤回后可以在期限内重新答复"
          okText="撤回"
          cancelText="不撤回"
          onConfirm={() => takeBack.mutate()}
        >
          <Button loading={takeBack.isPending}>撤回答复</Button>
        </Popconfirm>
      </>
    );
  }
  if (state === 'open') {
    return (
      <>
        <h2>请答复</h2>
        <AnswerForm onSend={onAnswer} />
        <Alert
          className="invitation-next"
          type="info"
          title="答复以后"
          description={
            <ul>
              <li>愿意：等对方答复；对方答复之前可以撤回。双方都愿意，即进入接洽，彼此能看到对方的联系人。</li>
              <li>不愿意：这次邀请结束，不能更改。</li>
              <li>在双方都愿意之前，不会把贵单位的联系方式和答复告诉对方。</li>
              <li>到期没有答复，这次邀请结束。</li>
            </ul>
          }
        />
      </>
    );
  }
  const ended = {
    declined: answer && !answer.willing ? '贵单位不愿意，这次邀请已结束' : '对方暂无合作意向，这次邀请已结束',
    lapsed: '到期没有答齐，这次邀请已结束',
    void: '其中一项已撤回或过期，这次邀请已失效',
    cancelled: '科技局已更正审核结果，这次邀请已取消',
  } as const;
  return (
    <>
      <h2>{ended[state]}</h2>
      {said}
      <p>{state === 'void' || state === 'cancelled' ? '不必再答复。' : '有变化或仍有意向的，请与科技局联系。'}</p>
    </>
  );
}
