import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { App, Button, Popconfirm } from 'antd';
import { useState } from 'react';
import { Link } from 'react-router';
import { isPageAddress } from '../../../http/contract/pages.ts';
import { call } from '../../api/client.ts';
import { useCodes } from '../../parts/codes.ts';
import { ProblemAlert } from '../../parts/problem-alert.tsx';
import { kindNames } from '../../parts/suggest-box.tsx';
import { momentOf } from '../../parts/times.ts';
import { useOnce } from '../../parts/use-once.ts';
import { AnswerForm } from './answer-form.tsx';
import { InvitationHead, invitationKey, type WholeView } from './invitation-head.tsx';

type Side = 'need' | 'achievement';
type Said = NonNullable<WholeView[Side]['answer']>;

const actions: Readonly<Record<string, string>> = {
  invite: '邀请双方',
  answer: '一方答复愿意',
  'take-back': '一方撤回愿意',
  agree: '双方愿意',
  decline: '一方答复不愿意',
  remind: '催复',
  lapse: '到期无答复',
  void: '失效',
  cancel: '取消',
  'invite-again': '再次邀请',
};

/** The whole invitation for the bureau: what both have said and how, what was said on the phone, and asking once more. */
export function WholeInvitation({ invitation }: { readonly invitation: WholeView }) {
  const client = useQueryClient();
  const { message } = App.useApp();
  const { id, state, version, round, partnershipId, endReason } = invitation;
  const again = useMutation({
    mutationFn: () => call('POST /api/v1/invitations/{id}/invite-again', { params: { id }, body: { version } }),
    onSuccess: (next) => {
      client.setQueryData(invitationKey(id), next);
      void message.success('已再次邀请双方，期限重新计算');
    },
    onError: () => void client.invalidateQueries({ queryKey: invitationKey(id) }),
  });
  const once = useOnce();
  const remind = useMutation({
    mutationFn: () => call('POST /api/v1/invitations/{id}/remind', { params: { id }, body: { version } }),
    onSuccess: (next) => {
      client.setQueryData(invitationKey(id), next);
      void client.invalidateQueries({ queryKey: ['invitations'] });
      void message.success('已提醒还没有答复的一方');
    },
    onError: () => void client.invalidateQueries({ queryKey: invitationKey(id) }),
  });
  const place = `/partnerships/${partnershipId}`;
  return (
    <>
      <InvitationHead invitation={invitation} />
      <section className="card invitation-answer" aria-label="现在的情况">
        <h2>
          {state === 'open'
            ? invitation.overdue
              ? '期限已过，等待系统结束'
              : waiting(invitation)
            : state === 'agreed'
              ? '双方都愿意，开始接洽'
              : `这次邀请已结束${endReason ? `：${endReason}` : ''}`}
        </h2>
        <p className="quiet">
          第 {round} 轮
          {invitation.reminded.length > 0 ? ` · 邀请后第 ${invitation.reminded.join('、')} 个工作日提醒过` : ''}
        </p>
        <ProblemAlert error={again.error ?? remind.error} focus />
        {state === 'open' && !invitation.overdue ? (
          <Button loading={remind.isPending} onClick={() => once(() => remind.mutateAsync())} className="no-print">
            催复
          </Button>
        ) : null}
        {state === 'agreed' && isPageAddress(place) ? <Link to={place}>查看合作</Link> : null}
        {state !== 'open' && state !== 'agreed' ? (
          <Popconfirm
            title="再次邀请双方？"
            description="期限重新计算，双方收到新的邮件和链接；以前的答复只留在经过里"
            okText="再次邀请"
            cancelText="不邀请"
            onConfirm={() => again.mutate()}
          >
            <Button type="primary" loading={again.isPending} className="no-print">
              再次邀请……
            </Button>
          </Popconfirm>
        ) : null}
      </section>
      <div className="invitation-sides">
        <OneSide invitation={invitation} side="need" />
        <OneSide invitation={invitation} side="achievement" />
      </div>
      <section className="card">
        <h2>经过</h2>
        <ol className="invitation-history">
          {invitation.history.map((line) => (
            <li key={`${line.at}${line.action}`}>
              <span className="quiet">{momentOf(line.at)}</span> {actions[line.action] ?? line.action}
              {line.reason ? `：${line.reason}` : ''}
            </li>
          ))}
        </ol>
      </section>
    </>
  );
}

function waiting({ need, achievement }: WholeView): string {
  if (!need.answer && !achievement.answer) return '等待双方答复';
  return need.answer ? '等待成果方答复' : '等待需求方答复';
}

/** One side: its record, what it said and how, and what the bureau may write down for it. */
function OneSide({ invitation, side }: { readonly invitation: WholeView; readonly side: Side }) {
  const client = useQueryClient();
  const codes = useCodes();
  const { message } = App.useApp();
  const [phoning, setPhoning] = useState(false);
  const { id } = invitation;
  const { title, organisationId, answer, takenBack, tokenUsedAt } = invitation[side];
  const organisation = useQuery({
    queryKey: ['organisation', organisationId],
    queryFn: () => call('GET /api/v1/organisations/{id}', { params: { id: organisationId ?? '' } }),
    enabled: organisationId !== null,
    staleTime: 300_000,
  });
  const takeBack = useMutation({
    mutationFn: () => call('POST /api/v1/invitations/{id}/take-back', { params: { id }, body: { side } }),
    onSuccess: (next) => {
      client.setQueryData(invitationKey(id), next);
      void message.success('已代为撤回');
    },
    onError: () => void client.invalidateQueries({ queryKey: invitationKey(id) }),
  });
  const name = codes.label('sides', side);
  const answerable = invitation.state === 'open' && !invitation.overdue;
  return (
    <section className="card" aria-label={name}>
      <div className="invitation-side-head">
        <h2>{name}</h2>
        <span className={`tag ${answer ? (answer.willing ? 'good' : 'bad') : 'wait'}`}>
          {answer ? (answer.willing ? '愿意' : '不愿意') : '没有答复'}
        </span>
      </div>
      <p className="invitation-record">
        {kindNames[side]}：
        <Link to={side === 'need' ? `/needs/${invitation.needId}` : `/achievements/${invitation.achievementId}`}>
          {title}
        </Link>
      </p>
      <p className="quiet">
        {organisationId === null ? '没有注册的机构，只能电话联系' : (organisation.data?.content.name ?? '')}
      </p>
      {answer ? <SaidLine said={answer} /> : null}
      {tokenUsedAt ? <p className="quiet">邮件链接已于 {momentOf(tokenUsedAt)} 使用</p> : null}
      {takenBack.map((said) => (
        <div key={said.takenBackAt} className="quiet">
          <SaidLine said={said} /> {momentOf(said.takenBackAt)} 撤回
        </div>
      ))}
      <ProblemAlert error={takeBack.error} focus />
      {!answerable ? null : answer ? (
        <Popconfirm
          title={`代${name}撤回“愿意”？`}
          description="只在对方要求撤回时使用，会记在经过里"
          okText="撤回"
          cancelText="不撤回"
          onConfirm={() => takeBack.mutate()}
        >
          <Button loading={takeBack.isPending} className="no-print">
            代{name}撤回……
          </Button>
        </Popconfirm>
      ) : phoning ? (
        <AnswerForm
          phoned
          onCancel={() => setPhoning(false)}
          onSend={async (said, saidBy) => {
            const next = await call('POST /api/v1/invitations/{id}/phone-answer', {
              params: { id },
              body: { side, answer: said, saidBy },
            });
            setPhoning(false);
            client.setQueryData(invitationKey(id), next);
            void message.success('答复已记录');
          }}
        />
      ) : (
        <Button className="no-print" onClick={() => setPhoning(true)}>
          记录{name}的电话答复……
        </Button>
      )}
    </section>
  );
}

function SaidLine({ said }: { readonly said: Said }) {
  const codes = useCodes();
  return (
    <p className="invitation-said">
      {momentOf(said.at)} 答复“{said.willing ? '愿意' : '不愿意'}”
      {said.reason ? `，原因：${codes.label('refusalReasons', said.reason)}` : ''}（
      {codes.label('consentWays', said.way)}
      {said.saidBy ? `，答复人 ${said.saidBy}` : ''}）
      {said.note ? <span className="invitation-note">说明：{said.note}</span> : null}
    </p>
  );
}
