import { PrinterOutlined } from '@ant-design/icons';
import { useQuery } from '@tanstack/react-query';
import { Alert, Button, Skeleton } from 'antd';
import { Link, useParams } from 'react-router';
import { type Answer, call, isProblem } from '../../api/client.ts';
import { MissingPage } from '../../app/missing-page.tsx';
import { isBureau, useSession } from '../../app/session.tsx';
import { useCodes } from '../../parts/codes.ts';
import { Facts } from '../../parts/facts.tsx';
import { usePageTitle } from '../../parts/page-title.ts';
import { ProblemAlert } from '../../parts/problem-alert.tsx';
import { RecordFiles } from '../../parts/record-files.tsx';
import { entryTones } from '../../parts/state-tones.ts';
import { kindNames, recordPath } from '../../parts/suggest-box.tsx';
import { dayOf } from '../../parts/times.ts';
import { InterestSection } from './interest-section.tsx';
import { OwnerActions } from './owner-actions.tsx';
import { QuestionList } from './question-list.tsx';
import { recordFields } from './record-fields.ts';
import type { RecordView } from './record-view.ts';
import { StaffActions } from './staff-actions.tsx';
import './record.css';

export function NeedPage() {
  return <RecordPage kind="need" />;
}
export function AchievementPage() {
  return <RecordPage kind="achievement" />;
}

/** A need or an achievement, for whoever is logged in. */
export function useRecord(kind: 'need' | 'achievement', id: string) {
  const { session } = useSession();
  return useQuery({
    queryKey: ['record', kind, id, session?.user.id ?? null],
    queryFn: (): Promise<RecordView> =>
      kind === 'need'
        ? call('GET /api/v1/needs/{id}', { params: { id } })
        : call('GET /api/v1/achievements/{id}', { params: { id } }),
    enabled: session !== undefined,
  });
}

/** One need or achievement, as much of it as the reader may see. */
function RecordPage({ kind }: { readonly kind: 'need' | 'achievement' }) {
  const { id = '' } = useParams();
  const { data, error, refetch } = useRecord(kind, id);
  usePageTitle(data?.content.title);
  if (isProblem(error, 404)) return <MissingPage />;
  return (
    <div className="page record">
      <ProblemAlert error={error} onRetry={() => void refetch()} />
      {data ? <LoadedRecord record={data} /> : error ? null : <Skeleton active paragraph={{ rows: 12 }} />}
    </div>
  );
}

/** A record with what the reader may do to it. `queue` where the bureau works through many of them. */
export function LoadedRecord({
  record,
  queue,
}: {
  readonly record: RecordView;
  readonly queue?: { readonly onDone: () => void };
}) {
  // In a queue the page has a heading of its own.
  const Title = queue ? 'h2' : 'h1';
  const codes = useCodes();
  const { session } = useSession();
  const bureau = isBureau(session);
  const organisation = useQuery({
    queryKey: ['organisation', record.organisationId],
    queryFn: () => call('GET /api/v1/organisations/{id}', { params: { id: record.organisationId ?? '' } }),
    enabled: record.organisationId !== null && session !== null && session !== undefined,
    staleTime: 300_000,
  });
  // Somebody who examines a change sees the change; the published text stands beside it.
  const { texts, facts } = recordFields(record.kind, record.content, codes);
  const contact = record.content.contact;
  const own = record.history !== undefined;
  const clarity = 'clarity' in record ? record.clarity : undefined;
  return (
    <>
      <div className="page-head">
        <div>
          <div className="record-tags">
            <span className={`tag ${record.kind === 'need' ? 'accent' : 'good'}`}>{kindNames[record.kind]}</span>
            {own ? (
              <span className={`tag ${entryTones[record.state]}`}>{codes.label('entryStates', record.state)}</span>
            ) : null}
            {own && record.revision && record.revision !== 'none' ? (
              <span className="tag wait">{codes.label('revisionStates', record.revision)}</span>
            ) : null}
          </div>
          <Title>{record.content.title ?? '（没有名称）'}</Title>
          <p className="quiet">
            {record.organisationHidden && !own ? '发布单位未公开' : (organisation.data?.content.name ?? '')}
            {record.publishedAt ? ` · ${dayOf(record.publishedAt)} 发布` : ''}
            {record.expiresOn ? ` · 有效期至 ${record.expiresOn}` : ''}
          </p>
        </div>
        {queue ? (
          <Link className="no-print" to={recordPath(record.kind, record.id)}>
            单独打开
          </Link>
        ) : (
          <Button className="no-print" icon={<PrinterOutlined aria-hidden />} onClick={() => window.print()}>
            打印
          </Button>
        )}
      </div>
      {record.suspended ? (
        <Alert
          className="record-note"
          type="warning"
          showIcon
          title="机构已停用，别人看不到这条记录，也不参加配对；恢复机构后照旧"
        />
      ) : null}
      {record.returnReason && bureau ? (
        <Alert className="record-note" type="warning" showIcon title="退回的原因" description={record.returnReason} />
      ) : null}
      {bureau && record.missing && record.missing.length > 0 ? (
        <Alert className="record-note" type="info" showIcon title={`还有 ${record.missing.length} 项没有填写`} />
      ) : null}
      {bureau ? (
        <StaffActions record={record} {...(queue ? { keys: true, onDone: queue.onDone } : {})} />
      ) : own ? (
        <OwnerActions record={record} />
      ) : null}
      {record.kind === 'need' &&
      record.state === 'published' &&
      session &&
      (bureau || (!own && session.user.organisationId)) &&
      !queue ? (
        <InterestSection needId={record.id} />
      ) : null}
      <div className="record-body">
        <article className="card">
          {texts.map((line) => (
            <section key={line.label} className="record-text">
              <h2>{line.label}</h2>
              <p>{line.text}</p>
            </section>
          ))}
        </article>
        <aside className="record-side">
          <div className="card">
            <Facts lines={facts} />
          </div>
          {contact ? (
            <div className="card">
              <h2>联系人</h2>
              <Facts
                lines={[
                  { label: '姓名', text: contact.name ?? '' },
                  { label: '电话', text: [contact.phone, contact.mobile].filter(Boolean).join('，') },
                  { label: '电子信箱', text: contact.email ?? '' },
                ].filter(({ text }) => text !== '')}
              />
            </div>
          ) : null}
          {clarity ? <Clarity clarity={clarity} /> : null}
        </aside>
      </div>
      {record.questions && record.questions.length > 0 ? (
        <QuestionList record={record} answerable={own && !bureau} notable={bureau} />
      ) : null}
      <RecordFiles kind={record.kind} id={record.id} editable={own && !bureau && record.state !== 'withdrawn'} />
      {session === null ? (
        <p className="quiet no-print">
          登录后可以看到更多内容。
          <Link to={`/login?next=${encodeURIComponent(window.location.pathname)}`}>登录</Link>
        </p>
      ) : null}
    </>
  );
}

function Clarity({ clarity }: { readonly clarity: NonNullable<Answer<'GET /api/v1/needs/{id}'>['clarity']> }) {
  const advice = clarity.parts.filter((part) => part.advice !== null);
  return (
    <div className="card no-print">
      <h2>写得有多清楚：{clarity.score} 分</h2>
      {advice.length === 0 ? (
        <p className="quiet">各项都写得清楚。</p>
      ) : (
        <ul className="advice">
          {advice.map(({ code, label, advice: text }) => (
            <li key={code}>
              <strong>{label}</strong>：{text}
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}
