import { PrinterOutlined } from '@ant-design/icons';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { App, Button, Form, Input, Skeleton } from 'antd';
import { type ReactNode, useState } from 'react';
import { Link, useParams } from 'react-router';
import { call, isProblem } from '../../api/client.ts';
import { ForRoles } from '../../app/for-roles.tsx';
import { MissingPage } from '../../app/missing-page.tsx';
import { isBureau, useSession } from '../../app/session.tsx';
import { useCodes } from '../../parts/codes.ts';
import { DecisionBar, type Refusal } from '../../parts/decision-bar.tsx';
import { Facts } from '../../parts/facts.tsx';
import { FileChoice } from '../../parts/file-choice.tsx';
import { toFields } from '../../parts/form-problem.ts';
import { HistoryLines } from '../../parts/history-lines.tsx';
import { usePageTitle } from '../../parts/page-title.ts';
import { ProblemAlert } from '../../parts/problem-alert.tsx';
import { ShownFiles, useFiles } from '../../parts/shown-files.tsx';
import { dayAfter, today } from '../../parts/times.ts';
import { refusalOf, rulesFor } from '../../parts/upload-rules.ts';
import { useOnce } from '../../parts/use-once.ts';
import { insiders, wan } from '../partnership/partnership-words.ts';
import {
  type CooperationKind,
  type CooperationView,
  cooperationCalls,
  cooperationPath,
  cooperationTones,
  cooperationWords,
  endWords,
} from './cooperation-calls.ts';
import '../../parts/form.css';
import './cooperations.css';

export const AgreementPage = () => <CooperationPage kind="agreement" />;
export const JointBodyPage = () => <CooperationPage kind="joint-body" />;

function CooperationPage({ kind }: { readonly kind: CooperationKind }) {
  const { id = '' } = useParams();
  return (
    <ForRoles roles={insiders}>
      <One key={id} kind={kind} id={id} />
    </ForRoles>
  );
}

const keyOf = (kind: CooperationKind, id: string) => ['cooperation', kind, id];

function One({ kind, id }: { readonly kind: CooperationKind; readonly id: string }) {
  const { data, error, refetch } = useQuery({
    queryKey: keyOf(kind, id),
    queryFn: () => cooperationCalls[kind].load(id),
  });
  usePageTitle(data?.content.title);
  if (isProblem(error, 404)) return <MissingPage />;
  return (
    <div className="page">
      <ProblemAlert error={error} onRetry={() => void refetch()} />
      {data ? <Loaded kind={kind} record={data} /> : error ? null : <Skeleton active paragraph={{ rows: 12 }} />}
    </div>
  );
}

interface Part {
  readonly kind: CooperationKind;
  readonly record: CooperationView;
}

/** An agreement or a joint body: who, what, until when, and what came of it. */
function Loaded({ kind, record }: Part) {
  const codes = useCodes();
  const { session } = useSession();
  const bureau = isBureau(session);
  const words = cooperationWords[kind];
  const { id, state, content, parties, links, cameOf } = record;
  const ending = endWords(kind, record);
  const span =
    content.from || content.until ? `${content.from ?? '（没有填写）'} 至 ${content.until ?? '（没有填写）'}` : '';
  const facts =
    'kind' in content
      ? [
          { label: '类别', text: codes.label('jointBodyKinds', content.kind) },
          { label: '所在镇街、园区', text: content.town ?? '' },
          { label: '级别', text: codes.label('approvalLevels', content.level) },
          {
            label: '批准',
            text: [content.approvedBy, content.approvalNumber, content.approvedOn].filter(Boolean).join('，'),
          },
          { label: '建设期', text: span },
        ]
      : [
          { label: '协议编号', text: content.number ?? '' },
          { label: '签订日期', text: content.signedOn ?? '' },
          { label: '有效期', text: span },
        ];
  const texts =
    'kind' in content
      ? [{ label: '建设内容', text: content.purpose ?? '' }]
      : [
          { label: '合作领域', text: content.subject ?? '' },
          { label: '约定内容', text: content.agreed ?? '' },
        ];
  const shown = texts.filter(({ text }) => text !== '');
  return (
    <>
      <div className="page-head">
        <div>
          <span className={`tag ${cooperationTones[state]}`}>{codes.label(words.states, state)}</span>{' '}
          {ending ? <span className="tag wait">{ending}</span> : null}
          <h1>{content.title}</h1>
          <p className="quiet">
            {words.name} · {codes.label('partnershipOrigins', record.origin)}
          </p>
        </div>
        {bureau ? (
          <Link className="no-print" to={`${cooperationPath(kind, id)}/edit`}>
            修改
          </Link>
        ) : null}
        <Button className="no-print" icon={<PrinterOutlined aria-hidden />} onClick={() => window.print()}>
          打印
        </Button>
      </div>
      {bureau ? <Manage key={state} kind={kind} record={record} /> : null}
      <div className="cooperation-body">
        <div>
          {shown.length > 0 ? (
            <article className="card">
              {shown.map(({ label, text }) => (
                <section key={label}>
                  <h2>{label}</h2>
                  <p className="wrapped cooperation-outcome">{text}</p>
                </section>
              ))}
            </article>
          ) : null}
          <section className="card" aria-labelledby="came-title">
            <h2 id="came-title">带来了什么</h2>
            <dl className="cooperation-figures">
              <Figure label="关联的合作" value={cameOf.partnerships} unit="项" />
              <Figure label="成交额" value={cameOf.amount} unit="万元" />
              <Figure label="已支付" value={cameOf.paid} unit="万元" />
              <Figure label="新增销售" value={cameOf.sales} unit="万元" />
              <Figure label="节约成本" value={cameOf.saved} unit="万元" />
              <Figure label="专利" value={cameOf.patents} unit="件" />
              <Figure label="新增就业" value={cameOf.jobs} unit="人" />
            </dl>
            {content.outcome ? <p className="wrapped cooperation-outcome">{content.outcome}</p> : null}
          </section>
          <section className="card" aria-labelledby="links-title">
            <h2 id="links-title">关联的记录</h2>
            <Linked title="合作项目">
              {links.partnerships.map((one) => (
                <li key={one.id}>
                  <Link to={`/partnerships/${encodeURIComponent(one.id)}`}>{one.title}</Link>{' '}
                  <span className="tag">{codes.label('partnershipStates', one.state)}</span>
                </li>
              ))}
            </Linked>
            <Linked title="成果">
              {links.achievements.map((one) => (
                <li key={one.id}>
                  <Link to={`/achievements/${encodeURIComponent(one.id)}`}>{one.title}</Link>
                </li>
              ))}
            </Linked>
            <Linked title="战略合作协议">
              {links.agreements.map((one) => (
                <li key={one.id}>
                  <Link to={cooperationPath('agreement', one.id)}>{one.title}</Link>{' '}
                  <span className="tag">{codes.label('agreementStates', one.state)}</span>
                </li>
              ))}
            </Linked>
            <Linked title="共建机构">
              {links.jointBodies.map((one) => (
                <li key={one.id}>
                  <Link to={cooperationPath('joint-body', one.id)}>{one.title}</Link>{' '}
                  <span className="tag">{codes.label('jointBodyStates', one.state)}</span>
                </li>
              ))}
            </Linked>
            {Object.values(links).every((list) => list.length === 0) ? (
              <p className="quiet">
                {bureau ? '还没有关联。在“修改”里关联合作项目，成交额和成效会合计在上面。' : '还没有关联的记录'}
              </p>
            ) : null}
          </section>
        </div>
        <aside>
          <section className="card" aria-labelledby="parties-title">
            <h2 id="parties-title">各方</h2>
            <ul className="cooperation-parties">
              {parties.map((party) => (
                <li key={party.organisationId ?? party.name}>
                  {bureau && party.organisationId ? (
                    <Link to={`/organisations/${encodeURIComponent(party.organisationId)}`}>{party.name}</Link>
                  ) : (
                    party.name
                  )}{' '}
                  {party.lead ? <span className="tag accent">{kind === 'agreement' ? '牵头' : '依托'}</span> : null}
                </li>
              ))}
            </ul>
            <Facts lines={facts.filter(({ text }) => text !== '')} />
          </section>
          <People kind={kind} record={record} />
          <Files kind={kind} id={id} editable={bureau} />
          <HistoryLines history={record.history} states={words.states} />
        </aside>
      </div>
    </>
  );
}

function Figure({ label, value, unit }: { readonly label: string; readonly value: number; readonly unit: string }) {
  const text = unit === '万元' ? wan(value).replace(' 万元', '') : value.toLocaleString('zh-CN');
  return (
    <div>
      <dt>{label}</dt>
      <dd>
        <strong>{text}</strong> {unit}
      </dd>
    </div>
  );
}

function Linked({ title, children }: { readonly title: string; readonly children: readonly ReactNode[] }) {
  if (children.length === 0) return null;
  return (
    <>
      <h3>{title}</h3>
      <ul className="cooperation-parties">{children}</ul>
    </>
  );
}

const correct: Refusal<string> = {
  action: 'correct',
  label: '更正',
  ask: '更正的原因',
  note: '回到登记错以前的状态；原因留在经过里',
};
const because = (action: string, label: string): Refusal<string> => ({
  action,
  label,
  ask: `${label}的原因`,
  note: '各方会看到原因',
});

/** What its state lets the bureau do. */
const moves: Readonly<
  Record<
    CooperationView['state'],
    {
      readonly accept?: { readonly action: string; readonly label: string };
      readonly refusals: readonly Refusal<string>[];
      readonly others?: readonly { readonly action: string; readonly label: string }[];
      readonly renews?: true;
    }
  >
> = {
  draft: { accept: { action: 'sign', label: '签署' }, refusals: [because('terminate', '终止')] },
  active: {
    refusals: [because('terminate', '终止'), correct],
    others: [{ action: 'end', label: '到期结束' }],
    renews: true,
  },
  ended: { refusals: [correct], renews: true },
  terminated: { refusals: [correct] },
  preparing: { accept: { action: 'approve', label: '批准' }, refusals: [because('close', '撤销')] },
  running: { refusals: [because('suspend', '暂停'), because('close', '撤销'), correct] },
  suspended: { accept: { action: 'resume', label: '恢复' }, refusals: [because('close', '撤销'), correct] },
  closed: { refusals: [correct] },
};

function Manage({ kind, record }: Part) {
  const client = useQueryClient();
  const { message } = App.useApp();
  const { id, version, state } = record;
  const { accept, refusals, others, renews } = moves[state];
  const move = useMutation({
    mutationFn: ({ action, reason }: { readonly action: string; readonly reason?: string | undefined }) =>
      cooperationCalls[kind].move(id, action, { version, ...(reason ? { reason } : {}) }),
    onSuccess: (next) => {
      client.setQueryData(keyOf(kind, id), next);
      void message.success('已登记');
    },
    onSettled: () =>
      Promise.all([
        client.invalidateQueries({ queryKey: keyOf(kind, id) }),
        client.invalidateQueries({ queryKey: ['cooperations', kind] }),
      ]),
  });
  return (
    <section className="card form-section no-print" aria-label="办理">
      <DecisionBar<string>
        accept={accept ?? null}
        refusals={refusals}
        {...(others ? { others } : {})}
        sending={move.isPending}
        error={move.error}
        onDecide={(action, reason) => move.mutateAsync({ action, reason })}
      />
      {isProblem(move.error, 422) || isProblem(move.error, 400) ? (
        <p className="cooperation-renew">
          <Link to={`${cooperationPath(kind, id)}/edit`}>
            <Button>去补全</Button>
          </Link>
        </p>
      ) : null}
      {renews ? <Renew kind={kind} record={record} /> : null}
    </section>
  );
}

/** 续签: a new last day. */
function Renew({ kind, record }: Part) {
  const client = useQueryClient();
  const { message } = App.useApp();
  const once = useOnce();
  const [form] = Form.useForm<{ until: string }>();
  const [writing, setWriting] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const { id, version, content } = record;
  const renew = useMutation({
    mutationFn: ({ until }: { readonly until: string }) =>
      cooperationCalls[kind].move(id, 'renew', { version, content: { until } }),
    onMutate: () => setError(null),
    onSuccess: (next) => {
      setWriting(false);
      client.setQueryData(keyOf(kind, id), next);
      void message.success('已续签');
      return client.invalidateQueries({ queryKey: ['cooperations', kind] });
    },
    onError: (thrown) => {
      setError(toFields(form, thrown, ['until'], 'content.'));
      // Somebody else changed it: the next try goes on from there.
      if (isProblem(thrown, 409)) void client.invalidateQueries({ queryKey: keyOf(kind, id) });
    },
  });
  if (!writing) {
    return (
      <p className="cooperation-renew">
        <Button onClick={() => setWriting(true)}>续签……</Button>
      </p>
    );
  }
  return (
    <Form
      form={form}
      layout="vertical"
      className="cooperation-renew"
      initialValues={{ until: dayAfter(content.until ?? today(), 365) }}
      onFinish={(written) => once(() => renew.mutateAsync(written))}
    >
      <ProblemAlert error={error} focus />
      <Form.Item name="until" label="新的有效期止" rules={[{ required: true, message: '请选择新的有效期止' }]}>
        <Input type="date" min={today()} max="2100-12-31" />
      </Form.Item>
      <div className="decision-buttons">
        <Button type="primary" htmlType="submit" loading={renew.isPending}>
          续签
        </Button>
        <Button onClick={() => setWriting(false)}>取消</Button>
      </div>
    </Form>
  );
}

/** Who works on it: shown only when somebody asks, because each look is kept. */
function People({ kind, record }: Part) {
  // Kept nowhere: what was looked at once is not shown again without another look.
  const look = useMutation({ mutationFn: () => cooperationCalls[kind].people(record.id) });
  return (
    <section className="card" aria-labelledby="people-title">
      <h2 id="people-title">人员</h2>
      <p className="quiet">{record.people > 0 ? `登记了 ${record.people} 人` : '还没有登记人员'}</p>
      <ProblemAlert error={look.error} focus />
      {look.data ? (
        <ul className="cooperation-parties">
          {look.data.people.map((one) => (
            <li key={[one.name, one.phone, one.mobile, one.email].join()}>
              {[one.name, one.role, one.organisation, one.phone, one.mobile, one.email].filter(Boolean).join('，')}
            </li>
          ))}
        </ul>
      ) : record.people > 0 ? (
        <div className="no-print">
          <Button loading={look.isPending} onClick={() => look.mutate()}>
            查看人员和联系方式
          </Button>
          <p className="quiet">每次查看都有记录</p>
        </div>
      ) : null}
    </section>
  );
}

function Files({
  kind,
  id,
  editable,
}: {
  readonly kind: CooperationKind;
  readonly id: string;
  readonly editable: boolean;
}) {
  const client = useQueryClient();
  const { message } = App.useApp();
  const [fault, setFault] = useState<string | null>(null);
  const { collection } = cooperationWords[kind];
  const files = useFiles(collection, id);
  const add = useMutation({
    mutationFn: (file: File) => {
      const form = new FormData();
      form.append('collection', collection);
      form.append('id', id);
      form.append('file', file, file.name);
      return call('POST /api/v1/attachments', { form });
    },
    onSuccess: () => {
      void message.success('文件已上传');
      return client.invalidateQueries({ queryKey: ['attachments', collection, id] });
    },
  });
  return (
    <section className="card" aria-labelledby="files-title">
      <h2 id="files-title">文件</h2>
      <ShownFiles
        files={files.data?.items}
        error={files.error}
        onRetry={() => void files.refetch()}
        none="还没有文件"
      />
      <ProblemAlert error={add.error} focus />
      {fault ? <p role="alert">{fault}</p> : null}
      {editable ? (
        <div className="no-print">
          <FileChoice
            owner={collection}
            label="上传文件"
            describedBy="files-rules"
            loading={add.isPending}
            onChoose={(file) => {
              const refusal = refusalOf(file, collection);
              setFault(refusal);
              add.reset();
              if (!refusal && !add.isPending) add.mutate(file);
            }}
          />
          <p className="quiet" id="files-rules">
            {rulesFor(collection)}
          </p>
        </div>
      ) : null}
    </section>
  );
}
