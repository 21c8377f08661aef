import { PrinterOutlined } from '@ant-design/icons';
import { useInfiniteQuery, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { App, Button, Form, Input, Skeleton } from 'antd';
import { useState } from 'react';
import { Link, useParams } from 'react-router';
import { call, isProblem } from '../../api/client.ts';
import { organisationRoles } from '../../app/for-roles.tsx';
import { MissingPage } from '../../app/missing-page.tsx';
import { isBureau, useSession } from '../../app/session.tsx';
import { useCodes } from '../../parts/codes.ts';
import { DecisionBar } from '../../parts/decision-bar.tsx';
import { toFields } from '../../parts/form-problem.ts';
import { HistoryLines } from '../../parts/history-lines.tsx';
import { MoreButton } from '../../parts/more-button.tsx';
import { usePageTitle } from '../../parts/page-title.ts';
import { ProblemAlert } from '../../parts/problem-alert.tsx';
import { entryTones } from '../../parts/state-tones.ts';
import { dayAfter, today } from '../../parts/times.ts';
import { useOnce } from '../../parts/use-once.ts';
import { type CampaignView, campaignNames, campaignTones } from './campaign-view.ts';
import '../../parts/lines.css';
import '../../parts/form.css';

export function CampaignPage() {
  const { id = '' } = useParams();
  const { session } = useSession();
  const { data, error, refetch } = useQuery({
    queryKey: ['campaign', id, session?.user.id ?? null],
    queryFn: () => call('GET /api/v1/campaigns/{id}', { params: { id } }),
    enabled: session !== undefined,
  });
  usePageTitle(data?.content.title);
  if (isProblem(error, 404)) return <MissingPage />;
  return (
    <div className="page">
      <ProblemAlert error={error} onRetry={() => void refetch()} />
      {data ? <Loaded campaign={data} /> : error ? null : <Skeleton active paragraph={{ rows: 8 }} />}
    </div>
  );
}

/** One 征集 of needs: what is asked for and until when; the bureau sees what came in and moves it on. */
function Loaded({ campaign }: { readonly campaign: CampaignView }) {
  const codes = useCodes();
  const { session } = useSession();
  const bureau = isBureau(session);
  const { id, state, content, needs, history } = campaign;
  return (
    <>
      <div className="page-head">
        <div>
          <span className={`tag ${campaignTones[state]}`}>{codes.label('campaignStates', state)}</span>
          <h1>{content.title}</h1>
          <p className="quiet">
            {content.from} 至 {content.until}
            {content.fields && content.fields.length > 0 ? ` · ${codes.list('technologyFields', content.fields)}` : ''}
          </p>
        </div>
        {bureau && state !== 'cancelled' ? (
          <Link className="no-print" to={`/campaigns/${encodeURIComponent(id)}/edit`}>
            修改
          </Link>
        ) : null}
        <Button className="no-print" icon={<PrinterOutlined aria-hidden />} onClick={() => window.print()}>
          打印
        </Button>
      </div>
      <section className="card form-section">
        <p className="wrapped">{content.text}</p>
        {state === 'open' && !bureau ? (
          <p className="no-print">
            {session && organisationRoles.includes(session.user.role) ? (
              <Link to={`/my/needs/new?campaign=${encodeURIComponent(id)}`}>
                <Button type="primary">填写需求</Button>
              </Link>
            ) : (
              <Link to={`/login?next=${encodeURIComponent(`/my/needs/new?campaign=${id}`)}`}>
                <Button type="primary">登录后填写需求</Button>
              </Link>
            )}
          </p>
        ) : null}
      </section>
      {bureau ? (
        <>
          <Manage campaign={campaign} />
          {needs ? <Needs campaignId={id} counts={needs} /> : null}
          <HistoryLines history={history} states="campaignStates" />
        </>
      ) : null}
    </>
  );
}

type Move = 'open' | 'close' | 'reopen' | 'cancel';

function Manage({ campaign }: { readonly campaign: CampaignView }) {
  const client = useQueryClient();
  const { message, modal } = App.useApp();
  const { id, version, state, content } = campaign;
  const settle = () => Promise.all(campaignNames.map((name) => client.invalidateQueries({ queryKey: [name] })));
  const move = useMutation({
    mutationFn: ({ action, reason }: { readonly action: Move; readonly reason?: string | undefined }) =>
      call('POST /api/v1/campaigns/{id}/actions/{action}', {
        params: { id, action },
        body: { version, ...(reason ? { reason } : {}) },
      }),
    onSuccess: (_, { action }) =>
      void message.success(
        { open: '征集已开始', close: '征集已截止', reopen: '征集已延期', cancel: '征集已取消' }[action],
      ),
    onSettled: settle,
  });
  if (state === 'cancelled') return null;
  const cancel = { action: 'cancel' as const, label: '取消征集', ask: '取消的原因', note: '原因留在经过里' };
  return (
    <section className="card form-section no-print" aria-label="办理">
      {state === 'closed' ? null : (
        <DecisionBar<Move>
          accept={state === 'draft' ? { action: 'open', label: '开始征集' } : { action: 'close', label: '现在截止' }}
          refusals={[cancel]}
          sending={move.isPending}
          error={move.error}
          onDecide={async (action, reason) => {
            if (action !== 'open') return move.mutateAsync({ action, reason });
            modal.confirm({
              title: '现在开始这次征集？',
              content: '开始后企业看得到，所选领域的企业会收到通知。',
              okText: '开始',
              cancelText: '再看看',
              onOk: () => move.mutateAsync({ action }).catch(() => undefined),
            });
          }}
        />
      )}
      {state === 'draft' ? null : (
        <Extend key={state} campaign={campaign} closed={state === 'closed'} until={content.until} />
      )}
    </section>
  );
}

/** Puts the last day off; where the 征集 is over it is opened again, with a reason. */
function Extend({
  campaign,
  closed,
  until,
}: {
  readonly campaign: CampaignView;
  readonly closed: boolean;
  readonly until: string;
}) {
  const client = useQueryClient();
  const { message } = App.useApp();
  const once = useOnce();
  const [form] = Form.useForm<{ until: string; reason?: string }>();
  const [writing, setWriting] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const { id, content } = campaign;
  const extend = useMutation({
    mutationFn: async (written: { readonly until: string; readonly reason?: string }) => {
      // The last day is written first: an opening of a 征集 whose last day is over is refused.
      const edited =
        written.until === content.until
          ? campaign
          : await call('PUT /api/v1/campaigns/{id}', {
              params: { id },
              body: { version: campaign.version, content: { ...content, until: written.until } },
            });
      if (!closed) return edited;
      return call('POST /api/v1/campaigns/{id}/actions/{action}', {
        params: { id, action: 'reopen' },
        body: { version: edited.version, reason: written.reason?.trim() ?? '' },
      });
    },
    onMutate: () => setError(null),
    onSuccess: () => {
      setWriting(false);
      void message.success('已延期');
    },
    onError: (thrown) => setError(toFields(form, thrown, ['until', 'reason'], 'content.')),
    onSettled: () => Promise.all(campaignNames.map((name) => client.invalidateQueries({ queryKey: [name] }))),
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
      initialValues={{ until: dayAfter(until < today() ? today() : until, 14) }}
      onFinish={(written) => once(() => extend.mutateAsync(written))}
      scrollToFirstError={{ focus: true }}
    >
      <ProblemAlert error={error} focus />
      <Form.Item name="until" label="新的截止日" rules={[{ required: true, message: '请选择新的截止日' }]}>
        <Input type="date" min={today()} max="2100-12-31" />
      </Form.Item>
      {closed ? (
        <Form.Item
          name="reason"
          label="延期的原因"
          rules={[{ required: true, whitespace: true, message: '请填写延期的原因' }]}
        >
          <Input.TextArea rows={2} maxLength={500} />
        </Form.Item>
      ) : null}
      <div className="decision-buttons">
        <Button type="primary" htmlType="submit" loading={extend.isPending}>
          延期
        </Button>
        <Button onClick={() => setWriting(false)}>取消</Button>
      </div>
    </Form>
  );
}

/** What came in. */
function Needs({
  campaignId,
  counts,
}: {
  readonly campaignId: string;
  readonly counts: NonNullable<CampaignView['needs']>;
}) {
  const codes = useCodes();
  const list = useInfiniteQuery({
    queryKey: ['entries', 'need', 'campaign', campaignId],
    queryFn: ({ pageParam }) =>
      call('GET /api/v1/needs', {
        query: { campaignId, limit: 20, ...(pageParam ? { cursor: pageParam } : {}) },
      }),
    initialPageParam: '',
    getNextPageParam: (last) => last.next,
  });
  const { data, error, refetch } = list;
  const lines = data?.pages.flatMap((page) => page.items) ?? [];
  return (
    <section className="form-section" aria-labelledby="campaign-needs">
      <h2 id="campaign-needs">征得的需求</h2>
      <p className="quiet">
        共 {counts.total} 项，待审核 {counts.submitted} 项，已发布 {counts.published} 项
      </p>
      <ProblemAlert error={error} onRetry={() => void refetch()} />
      {lines.length > 0 ? (
        <ul className="card lines">
          {lines.map((line) => (
            <li key={line.id}>
              <span className="line-title">
                <Link to={`/needs/${encodeURIComponent(line.id)}`}>{line.content.title ?? '（没有名称）'}</Link>
              </span>
              <span className={`tag ${entryTones[line.state]}`}>{codes.label('entryStates', line.state)}</span>
            </li>
          ))}
        </ul>
      ) : null}
      <MoreButton list={list} many="20 项" />
    </section>
  );
}
