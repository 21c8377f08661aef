import { PrinterOutlined } from '@ant-design/icons';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Alert, App, Button, Form, Input, Skeleton } from 'antd';
import { useState } from 'react';
import { Link, useParams } from 'react-router';
import { call, isProblem } from '../../api/client.ts';
import { bureauRoles, ForRoles } from '../../app/for-roles.tsx';
import { MissingPage } from '../../app/missing-page.tsx';
import { useCodes } from '../../parts/codes.ts';
import { DecisionBar } from '../../parts/decision-bar.tsx';
import { toFields } from '../../parts/form-problem.ts';
import { HistoryLines } from '../../parts/history-lines.tsx';
import { usePageTitle } from '../../parts/page-title.ts';
import { ProblemAlert } from '../../parts/problem-alert.tsx';
import { entryTones } from '../../parts/state-tones.ts';
import { dayAfter, momentOf } from '../../parts/times.ts';
import { useOnce } from '../../parts/use-once.ts';
import { AddresseeList } from './addressee-list.tsx';
import { type CallView, callTones, requestPath, requestTones } from './call-view.ts';
import '../../parts/lines.css';
import '../../parts/form.css';
import './calls.css';

export function CallPage() {
  return (
    <ForRoles roles={bureauRoles}>
      <OneCall />
    </ForRoles>
  );
}

function OneCall() {
  const { id = '' } = useParams();
  const { data, error, refetch } = useQuery({
    queryKey: ['call', id],
    queryFn: () => call('GET /api/v1/calls/{id}', { params: { id } }),
    // A list that is being written is not exchanged under the hand.
    refetchOnWindowFocus: ({ state: { data: now } }) => now?.state !== 'draft',
    refetchOnReconnect: ({ state: { data: now } }) => now?.state !== 'draft',
  });
  usePageTitle(data ? `成果征集：${data.needTitle}` : undefined);
  if (isProblem(error, 404)) return <MissingPage />;
  return (
    <div className="page">
      <ProblemAlert error={error} onRetry={() => void refetch()} />
      {data ? <Loaded made={data} /> : error ? null : <Skeleton active paragraph={{ rows: 10 }} />}
    </div>
  );
}

/** One call: while it is drawn up its list, once it is sent who answered what. */
function Loaded({ made }: { readonly made: CallView }) {
  const codes = useCodes();
  const [changedOn, setChangedOn] = useState<number>();
  const { needId, needTitle, round, state, text, until, replies, addressees, proposalNote, history } = made;
  const nameOf = new Map(addressees.map((one) => [one.organisationId, one.organisationName]));
  const answered = replies.filter((one) => one.state === 'answered').length;
  return (
    <>
      <div className="page-head">
        <div>
          <span className={`tag ${callTones[state]}`}>{codes.label('callStates', state)}</span>
          <h1>{needTitle}</h1>
          <p className="quiet">
            成果征集{round > 1 ? ` · 第 ${round} 次` : ''} · {until} 截止 ·{' '}
            <Link to={`/needs/${encodeURIComponent(needId)}`}>看需求</Link>
          </p>
        </div>
        <Button className="no-print" icon={<PrinterOutlined aria-hidden />} onClick={() => window.print()}>
          打印
        </Button>
      </div>
      {state === 'draft' ? (
        <>
          {proposalNote ? <Alert className="form-section" type="info" showIcon title={proposalNote} /> : null}
          <AddresseeList key={made.version} made={made} onChange={() => setChangedOn(made.version)} />
        </>
      ) : (
        <section className="card form-section">
          <h2>征集说明</h2>
          <p className="wrapped">{text}</p>
        </section>
      )}
      <Manage made={made} unsaved={state === 'draft' && changedOn === made.version} />
      {replies.length > 0 ? (
        <section className="form-section" aria-labelledby="call-replies">
          <h2 id="call-replies">各家的答复</h2>
          <p className="quiet">
            发给 {replies.length} 家，{answered} 家应征
          </p>
          <ul className="card lines">
            {replies.map((reply) => (
              <li key={reply.requestId}>
                <span className="line-title">
                  <Link to={requestPath(reply.requestId)}>
                    {nameOf.get(reply.organisationId) ?? reply.organisationId}
                  </Link>
                  {reply.answers.map((one) => (
                    <span key={one.achievementId}>
                      <Link to={`/achievements/${encodeURIComponent(one.achievementId)}`}>
                        {one.title ?? '（还没有名称）'}
                      </Link>{' '}
                      {one.state ? (
                        <span className={`tag ${entryTones[one.state]}`}>{codes.label('entryStates', one.state)}</span>
                      ) : null}
                    </span>
                  ))}
                  {reply.declineReason ? <span className="quiet">{reply.declineReason}</span> : null}
                </span>
                <span className="quiet">
                  {reply.answeredAt
                    ? `${momentOf(reply.answeredAt)} 答复`
                    : reply.remindedAt
                      ? `${momentOf(reply.remindedAt)} 已提醒`
                      : ''}
                </span>
                <span className={`tag ${requestTones[reply.state]}`}>
                  {codes.label('callRequestStates', reply.state)}
                </span>
              </li>
            ))}
          </ul>
        </section>
      ) : null}
      <HistoryLines history={history} states="callStates" />
    </>
  );
}

type Move = 'send' | 'close' | 'cancel';

function Manage({ made, unsaved }: { readonly made: CallView; readonly unsaved: boolean }) {
  const client = useQueryClient();
  const { message, modal } = App.useApp();
  const { id, version, state, addressees } = made;
  const chosen = addressees.filter((one) => one.chosen).length;
  const move = useMutation({
    mutationFn: ({ action, reason }: { readonly action: Move; readonly reason?: string | undefined }) =>
      call('POST /api/v1/calls/{id}/actions/{action}', {
        params: { id, action },
        body: { version, ...(reason ? { reason } : {}) },
      }),
    onSuccess: (_, { action }) =>
      void message.success({ send: '已发出', close: '征集已结束', cancel: '征集已取消' }[action]),
    onSettled: () =>
      Promise.all(['call', 'calls', 'wanting-needs'].map((name) => client.invalidateQueries({ queryKey: [name] }))),
  });
  if (state === 'closed' || state === 'cancelled') return null;
  return (
    <section className="card form-section no-print" aria-label="办理">
      {state === 'draft' ? (
        <p className="call-send">
          <Button
            type="primary"
            size="large"
            disabled={chosen === 0 || unsaved}
            loading={move.isPending}
            onClick={() =>
              modal.confirm({
                title: `向 ${chosen} 家发出征集？`,
                content: '发出后只能把截止日延后；要改名单或说明，须取消后另发。',
                okText: '发出',
                cancelText: '再看看',
                onOk: () => move.mutateAsync({ action: 'send' }).catch(() => undefined),
              })
            }
          >
            向 {chosen} 家发出……
          </Button>
          <span className="quiet">
            {unsaved
              ? '名单或说明改过了，请先按“保存名单和说明”'
              : chosen === 0
                ? '名单上还没有征集对象，请先选上至少一家并保存'
                : '按已保存的名单发出'}
          </span>
        </p>
      ) : null}
      <DecisionBar<Move>
        accept={null}
        refusals={[
          { action: 'cancel', label: '取消征集', ask: '取消的原因', note: '还没有答复的征集对象会被告知征集已取消' },
        ]}
        others={state === 'open' ? [{ action: 'close', label: '现在结束' }] : []}
        sending={move.isPending}
        error={move.error}
        onDecide={async (action, reason) => {
          if (action !== 'close') return move.mutateAsync({ action, reason });
          modal.confirm({
            title: '现在结束这次征集？',
            content: '结束后不能再开始；还没有答复的记为逾期未答复。',
            okText: '结束征集',
            cancelText: '不结束',
            onOk: () => move.mutateAsync({ action }).catch(() => undefined),
          });
        }}
      />
      {state === 'open' ? <Extend key={made.until} made={made} /> : null}
    </section>
  );
}

/** Gives a call that was sent more time. */
function Extend({ made }: { readonly made: CallView }) {
  const client = useQueryClient();
  const { message } = App.useApp();
  const once = useOnce();
  const [form] = Form.useForm<{ until: string }>();
  const [writing, setWriting] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const { id, version, text, until, addressees } = made;
  const extend = useMutation({
    mutationFn: (written: { readonly until: string }) =>
      call('PUT /api/v1/calls/{id}', {
        params: { id },
        body: {
          version,
          text,
          until: written.until,
          organisationIds: addressees.filter((one) => one.chosen).map((one) => one.organisationId),
        },
      }),
    onMutate: () => setError(null),
    onSuccess: () => void message.success('已延期，征集对象会看到新的截止日'),
    onError: (thrown) => setError(toFields(form, thrown, ['until'])),
    onSettled: () => Promise.all(['call', 'calls'].map((name) => client.invalidateQueries({ queryKey: [name] }))),
  });
  if (!writing) {
    return (
      <p>
        <Button onClick={() => setWriting(true)}>延期……</Button>
      </p>
    );
  }
  return (
    <Form
      form={form}
      layout="vertical"
      initialValues={{ until: dayAfter(until, 14) }}
      onFinish={(written) => once(() => extend.mutateAsync(written))}
    >
      <ProblemAlert error={error} focus />
      <Form.Item name="until" label="新的截止日" rules={[{ required: true, message: '请选择新的截止日' }]}>
        <Input type="date" min={until} max="2100-12-31" />
      </Form.Item>
      <div className="decision-buttons">
        <Button type="primary" htmlType="submit" loading={extend.isPending}>
          延期
        </Button>
        <Button onClick={() => setWriting(false)}>取消</Button>
      </div>
    </Form>
  );
}
