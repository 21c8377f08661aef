import { useQuery } from '@tanstack/react-query';
import { Alert, Button, Form, Input, Radio, Select, Skeleton } from 'antd';
import { useState } from 'react';
import { Link } from 'react-router';
import { type Answer, call, isProblem } from '../../api/client.ts';
import { useCodes } from '../../parts/codes.ts';
import { toFields } from '../../parts/form-problem.ts';
import { usePageTitle } from '../../parts/page-title.ts';
import { ProblemAlert } from '../../parts/problem-alert.tsx';
import { kindNames } from '../../parts/suggest-box.tsx';
import { recordFields } from '../record/record-fields.ts';
import { useLinkToken } from './link-token.ts';
import '../record/record.css';
import '../../parts/facts.css';
import './mail-links.css';

type Invitation = Answer<'POST /api/v1/invitation-links/lookup'>;
interface Written {
  readonly answer: 'willing' | 'unwilling';
  readonly reason?: string;
  readonly note?: string;
}

/**
 * What the link in an invitation leads to: the other side's record without its contact, and the answer. Looking changes
 * nothing, because programs that look through mails open links too; only the button answers.
 */
export function InvitationLinkPage() {
  usePageTitle('答复对接邀请');
  const token = useLinkToken('/invitation-links');
  return <InvitationByLink key={token} token={token} />;
}

function InvitationByLink({ token }: { readonly token: string }) {
  const [answered, setAnswered] = useState<Invitation | null>(null);
  const { data, error, refetch } = useQuery({
    queryKey: ['invitation link', token],
    queryFn: () => call('POST /api/v1/invitation-links/lookup', { body: { token } }),
    staleTime: Number.POSITIVE_INFINITY,
    enabled: answered === null,
  });
  if (answered) return <Answered invitation={answered} />;
  return (
    <div className="page record">
      <ProblemAlert
        error={error}
        title={isProblem(error, 409) ? '这个链接现在不能答复' : undefined}
        onRetry={() => void refetch()}
      />
      {error ? (
        <p>
          <Link to="/login">登录后答复</Link>
        </p>
      ) : null}
      {data ? (
        <Offered invitation={data} token={token} onAnswered={setAnswered} />
      ) : error ? null : (
        <Skeleton active paragraph={{ rows: 10 }} />
      )}
    </div>
  );
}

function Offered({
  invitation,
  token,
  onAnswered,
}: {
  readonly invitation: Invitation;
  readonly token: string;
  readonly onAnswered: (answered: Invitation) => void;
}) {
  const codes = useCodes();
  const { other } = invitation;
  const { texts, facts } = other.content
    ? recordFields(other.side, other.content, codes)
    : { texts: [] as const, facts: [] as const };
  // Who else may see it is the other side's affair.
  const told = facts.filter(({ label }) => label !== '公开范围');
  return (
    <>
      <div className="page-head">
        <div>
          <h1>有一项{kindNames[other.side]}可能适合贵单位</h1>
          <p className="quiet">
            为贵单位的{kindNames[invitation.side]}《{invitation.title}》推荐；请在 {invitation.dueOn} 前答复
            {invitation.overdue ? '（已过答复期限，请与科技局联系）' : ''}
          </p>
        </div>
      </div>
      <div className="record-body">
        <article className="card">
          <div className="record-tags">
            <span className={`tag ${other.side === 'need' ? 'accent' : 'good'}`}>{kindNames[other.side]}</span>
          </div>
          <h2 className="offered-title">{other.title}</h2>
          <p className="quiet">
            {other.organisationHidden ? '单位名称在双方都愿意后可见' : (other.organisation ?? '')}
          </p>
          {texts.map((line) => (
            <section key={line.label} className="record-text">
              <h3>{line.label}</h3>
              <p>{line.text}</p>
            </section>
          ))}
          <dl className="facts offered-facts">
            {told.map(({ label, text }) => (
              <div key={label}>
                <dt>{label}</dt>
                <dd>{text}</dd>
              </div>
            ))}
          </dl>
        </article>
        <aside className="record-side">
          <div className="card">
            <h2>贵单位愿意与对方接洽吗？</h2>
            <ConsentForm token={token} onAnswered={onAnswered} />
          </div>
          <p className="quiet consent-hint">
            双方都愿意后，才互相看到联系人；在此之前对方看不到贵单位的联系方式。答复后链接即失效。
          </p>
        </aside>
      </div>
    </>
  );
}

function ConsentForm({
  token,
  onAnswered,
}: {
  readonly token: string;
  readonly onAnswered: (answered: Invitation) => void;
}) {
  const codes = useCodes();
  const [form] = Form.useForm<Written>();
  const answer = Form.useWatch('answer', form);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  async function send(written: Written) {
    if (busy) return;
    setBusy(true);
    setError(null);
    const note = written.note?.trim();
    const said =
      written.answer === 'willing'
        ? { answer: 'willing' as const, ...(note ? { note } : {}) }
        : { answer: 'unwilling' as const, reason: written.reason as never, ...(note ? { note } : {}) };
    try {
      onAnswered(await call('POST /api/v1/invitation-links/answer', { body: { token, answer: said } }));
    } catch (thrown) {
      setError(toFields(form, thrown, ['answer', 'reason', 'note'], 'answer.'));
    } finally {
      setBusy(false);
    }
  }
  return (
    <Form form={form} layout="vertical" requiredMark={false} onFinish={send} scrollToFirstError={{ focus: true }}>
      <ProblemAlert error={error} focus />
      <Form.Item name="answer" label="答复" rules={[{ required: true, message: '请选择愿意或不愿意' }]}>
        <Radio.Group
          options={[
            { value: 'willing', label: '愿意接洽' },
            { value: 'unwilling', label: '不愿意' },
          ]}
        />
      </Form.Item>
      {answer === 'unwilling' ? (
        <Form.Item
          name="reason"
          label="不愿意的原因"
          extra="只告诉科技局，用来改进以后的推荐"
          rules={[{ required: true, message: '请选择原因' }]}
        >
          <Select
            placeholder="请选择"
            options={codes.table('refusalReasons').map(({ code, label }) => ({ value: code, label }))}
          />
        </Form.Item>
      ) : null}
      <Form.Item name="note" label="说明（可以不填）">
        <Input.TextArea rows={3} maxLength={500} showCount />
      </Form.Item>
      <Button type="primary" size="large" block htmlType="submit" loading={busy}>
        提交答复
      </Button>
    </Form>
  );
}

function Answered({ invitation }: { readonly invitation: Invitation }) {
  const willing = invitation.answer?.willing === true;
  const next = willing
    ? invitation.state === 'agreed'
      ? '对方也愿意。登录后在合作项目中可以看到对方的联系人，科技局会跟进。'
      : '已告诉科技局。对方也愿意时，双方会收到通知，并看到彼此的联系人。'
    : '已告诉科技局，不会再就这一项打扰贵单位。感谢说明原因，它让以后的推荐更合适。';
  return (
    <div className="page narrow">
      <Alert
        type="success"
        showIcon
        title={willing ? '已答复：愿意接洽' : '已答复：不愿意'}
        description={next}
        role="status"
      />
      <p className="foot">
        <Link to="/">去首页</Link>
      </p>
    </div>
  );
}
