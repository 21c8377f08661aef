import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Alert, App, Button, Form, Input, Select, Skeleton } from 'antd';
import { useRef, useState } from 'react';
import { Link, useNavigate, useParams } from 'react-router';
import { call, isProblem, randomKey } from '../../api/client.ts';
import { ForRoles, organisationRoles } from '../../app/for-roles.tsx';
import { MissingPage } from '../../app/missing-page.tsx';
import { isBureau, type Role, useSession } from '../../app/session.tsx';
import { useCodes } from '../../parts/codes.ts';
import { DecisionBar } from '../../parts/decision-bar.tsx';
import { formPath } from '../../parts/entry-calls.ts';
import { Facts } from '../../parts/facts.tsx';
import { toFields } from '../../parts/form-problem.ts';
import { HistoryLines } from '../../parts/history-lines.tsx';
import { usePageTitle } from '../../parts/page-title.ts';
import { ProblemAlert } from '../../parts/problem-alert.tsx';
import { entryTones } from '../../parts/state-tones.ts';
import { dayOf } from '../../parts/times.ts';
import { useOnce } from '../../parts/use-once.ts';
import { recordFields } from '../record/record-fields.ts';
import { type CallRequestView, callPath, requestTones } from './call-view.ts';
import '../../parts/lines.css';
import '../../parts/form.css';
import './calls.css';

const readers: readonly Role[] = [...organisationRoles, 'staff', 'admin'];

export function CallRequestPage() {
  return (
    <ForRoles roles={readers}>
      <OneRequest />
    </ForRoles>
  );
}

const requestKey = (id: string) => ['call-request', id];

function OneRequest() {
  const { id = '' } = useParams();
  const { data, error, refetch } = useQuery({
    queryKey: requestKey(id),
    queryFn: () => call('GET /api/v1/call-requests/{id}', { params: { id } }),
  });
  usePageTitle(data ? `征集：${data.needTitle}` : undefined);
  if (isProblem(error, 404)) return <MissingPage />;
  return (
    <div className="page">
      <ProblemAlert error={error} onRetry={() => void refetch()} />
      {data ? <Loaded request={data} /> : error ? null : <Skeleton active paragraph={{ rows: 10 }} />}
    </div>
  );
}

/** A call as an organisation received it: the need, and how it is answered. */
function Loaded({ request }: { readonly request: CallRequestView }) {
  const codes = useCodes();
  const { session } = useSession();
  const bureau = isBureau(session);
  const { needTitle, state, until, sentAt, text, teams, need, answers, declineReason, history } = request;
  const shown = need ? recordFields('need', need.content, codes) : null;
  return (
    <>
      <div className="page-head">
        <div>
          <span className={`tag ${requestTones[state]}`}>{codes.label('callRequestStates', state)}</span>
          <h1>{needTitle}</h1>
          <p className="quiet">
            {dayOf(sentAt)} 收到 · {until} 截止
            {teams.length > 0 ? ` · 相近的团队：${teams.join('、')}` : ''}
          </p>
        </div>
        {bureau ? (
          <Link className="no-print" to={callPath(request.callId)}>
            看整次征集
          </Link>
        ) : (
          <Link className="no-print" to="/call-requests">
            收到的征集
          </Link>
        )}
      </div>
      <section className="card form-section">
        <h2>科技局的说明</h2>
        <p className="wrapped">{text}</p>
        {declineReason ? <p className="quiet">谢绝的原因：{declineReason}</p> : null}
      </section>
      <div className="request-body">
        <div>
          {shown ? (
            <article className="card">
              {shown.texts.map((line) => (
                <section key={line.label} className="request-text">
                  <h2>{line.label}</h2>
                  <p className="wrapped">{line.text}</p>
                </section>
              ))}
              <Facts lines={shown.facts} />
            </article>
          ) : (
            <Alert type="info" showIcon title="这项需求已不再公开，内容看不到了" />
          )}
        </div>
        <div>
          <section className="card" aria-labelledby="request-answers">
            <h2 id="request-answers">{bureau ? '应征的成果' : '贵单位的答复'}</h2>
            {answers.length === 0 ? <p className="quiet">还没有用成果应征</p> : null}
            <ul className="plain-list">
              {answers.map((one) => (
                <li key={one.achievementId}>
                  <Link to={`/achievements/${encodeURIComponent(one.achievementId)}`}>
                    {one.title ?? '（还没有名称）'}
                  </Link>{' '}
                  {one.state ? (
                    <span className={`tag ${entryTones[one.state]}`}>{codes.label('entryStates', one.state)}</span>
                  ) : null}
                </li>
              ))}
            </ul>
          </section>
          {!bureau && (state === 'sent' || state === 'answered') ? <Answer request={request} /> : null}
          <HistoryLines history={history} states="callRequestStates" />
        </div>
      </div>
    </>
  );
}

/** Answers with a new achievement (whose form follows), with one that is there already, or says no with a reason. */
function Answer({ request }: { readonly request: CallRequestView }) {
  const client = useQueryClient();
  const navigate = useNavigate();
  const { message } = App.useApp();
  const { session } = useSession();
  const codes = useCodes();
  const once = useOnce();
  const [form] = Form.useForm<{ title: string }>();
  const [error, setError] = useState<unknown>(null);
  const [picked, setPicked] = useState<string | null>(null);
  // The same title that is sent again after its answer was lost makes no second draft.
  const creation = useRef({ title: '', key: '' });
  const { id, version, state, answers } = request;
  const settle = () =>
    Promise.all(['call-requests', 'my-entries'].map((name) => client.invalidateQueries({ queryKey: [name] })));
  const own = useQuery({
    queryKey: ['my-entries', 'achievement', session?.user.organisationId ?? '', 'to-answer'],
    queryFn: () =>
      call('GET /api/v1/achievements', {
        query: { organisationId: session?.user.organisationId ?? '', limit: 100 },
      }),
    enabled: Boolean(session?.user.organisationId),
  });
  const used = answers.map((one) => one.achievementId);
  const usable = (own.data?.items ?? []).filter((one) => one.state !== 'withdrawn' && !used.includes(one.id));
  const begin = useMutation({
    mutationFn: async ({ title }: { readonly title: string }) => {
      const name = title.trim();
      if (creation.current.title !== name) creation.current = { title: name, key: randomKey() };
      return call('POST /api/v1/call-requests/{id}/answer', {
        params: { id },
        body: { content: { title: name } },
        key: creation.current.key,
      });
    },
    onMutate: () => setError(null),
    onSuccess: async (next) => {
      client.setQueryData(requestKey(id), next);
      void message.success('已作为应征的成果建好草稿，请接着填写、提交');
      const made = next.answers.find((one) => !used.includes(one.achievementId));
      await settle();
      if (made) await navigate(formPath('achievement', made.achievementId));
    },
    onError: (thrown) => setError(toFields(form, thrown, ['title'], 'content.')),
  });
  const use = useMutation({
    mutationFn: (achievementId: string) =>
      call('POST /api/v1/call-requests/{id}/answer', { params: { id }, body: { achievementId } }),
    onSuccess: (next) => {
      client.setQueryData(requestKey(id), next);
      setPicked(null);
      void message.success('已应征');
    },
    onSettled: settle,
  });
  const decline = useMutation({
    mutationFn: (reason: string) =>
      call('POST /api/v1/call-requests/{id}/decline', { params: { id }, body: { version, reason } }),
    onSuccess: (next) => {
      client.setQueryData(requestKey(id), next);
      void message.success('已谢绝，科技局会看到原因');
    },
    onSettled: () => Promise.all([settle(), client.invalidateQueries({ queryKey: requestKey(id) })]),
  });
  return (
    <section className="card call-answers no-print" aria-labelledby="answer-title">
      <h2 id="answer-title">答复：提交成果</h2>
      <p className="quiet">成果照常提交、审核，发布后参加每周配对；可以先后用几项成果应征。</p>
      <Form
        form={form}
        layout="vertical"
        requiredMark={false}
        onFinish={(written) => once(() => begin.mutateAsync(written))}
        scrollToFirstError={{ focus: true }}
      >
        <ProblemAlert error={error} focus />
        <Form.Item
          name="title"
          label="填写一项新成果"
          rules={[{ required: true, whitespace: true, message: '请填写成果名称' }]}
        >
          <Input maxLength={100} placeholder="成果名称" autoComplete="off" />
        </Form.Item>
        <Button type="primary" htmlType="submit" loading={begin.isPending}>
          去填写
        </Button>
      </Form>
      <div>
        <p className="addressee-add">或用已有的成果</p>
        <ProblemAlert error={own.error ?? use.error} focus />
        {own.data && usable.length === 0 ? (
          <p className="quiet">没有别的成果可用</p>
        ) : (
          <div className="line-tools">
            <Select
              className="form-wide"
              aria-label="已有的成果"
              placeholder="选一项成果"
              showSearch={{ optionFilterProp: 'label' }}
              value={picked}
              options={usable.map((one) => ({
                value: one.id,
                label: `${one.content.title ?? '（还没有名称）'} · ${codes.label('entryStates', one.state)}`,
              }))}
              onChange={setPicked}
            />
            <Button
              disabled={picked === null}
              loading={use.isPending}
              onClick={() => picked && once(() => use.mutateAsync(picked))}
            >
              用它应征
            </Button>
          </div>
        )}
      </div>
      {state === 'sent' ? (
        <DecisionBar<'decline'>
          accept={null}
          refusals={[
            {
              action: 'decline',
              label: '谢绝',
              ask: '谢绝的原因',
              note: '科技局会看到这段话',
              often: ['贵需求与本单位的研究方向不符。', '暂时没有可用的成果。'],
            },
          ]}
          sending={decline.isPending}
          error={decline.error}
          onDecide={(_, reason) => decline.mutateAsync(reason ?? '')}
        />
      ) : null}
    </section>
  );
}
