import { PlusOutlined } from '@ant-design/icons';
import { useInfiniteQuery } from '@tanstack/react-query';
import { Button, Empty, Select, Skeleton } from 'antd';
import { Link, useSearchParams } from 'react-router';
import { ForRoles, organisationRoles } from '../../app/for-roles.tsx';
import { useSession } from '../../app/session.tsx';
import { useCodes } from '../../parts/codes.ts';
import { type EntryKind, type EntryLine, entryCalls, formPath, isEditable, myPath } from '../../parts/entry-calls.ts';
import { MoreButton } from '../../parts/more-button.tsx';
import { nextStepOf } from '../../parts/next-step.ts';
import { usePageTitle } from '../../parts/page-title.ts';
import { ProblemAlert } from '../../parts/problem-alert.tsx';
import { entryTones } from '../../parts/state-tones.ts';
import { kindNames, recordPath } from '../../parts/suggest-box.tsx';
import { dayOf } from '../../parts/times.ts';
import { Fitting } from './fitting.tsx';
import './my-entries.css';

export function MyNeedsPage() {
  return <MyEntriesPage kind="need" />;
}
export function MyAchievementsPage() {
  return <MyEntriesPage kind="achievement" />;
}

function MyEntriesPage({ kind }: { readonly kind: EntryKind }) {
  return (
    <ForRoles roles={organisationRoles}>
      <MyEntries key={kind} kind={kind} />
    </ForRoles>
  );
}

const empty: Readonly<Record<EntryKind, string>> = {
  need: '还没有需求。把要解决的技术问题写成需求，发布后每周自动和高校、院所的成果配对。',
  achievement: '还没有成果。把可以转化的成果写进来，发布后每周自动和企业的需求配对。',
};

/** The records of one's own organisation with their states and what happens next, the newest change first. */
function MyEntries({ kind }: { readonly kind: EntryKind }) {
  const name = kindNames[kind];
  usePageTitle(`我的${name}`);
  const codes = useCodes();
  const { session } = useSession();
  const [search, setSearch] = useSearchParams();
  const organisationId = session?.user.organisationId ?? '';
  const wanted = search.get('state') ?? '';
  const state = wanted in entryTones ? (wanted as EntryLine['state']) : undefined;
  const list = useInfiniteQuery({
    queryKey: ['my-entries', kind, organisationId, state ?? ''],
    queryFn: ({ pageParam }) =>
      entryCalls[kind].list({
        organisationId,
        limit: 20,
        ...(state ? { state } : {}),
        ...(pageParam ? { cursor: pageParam } : {}),
      }),
    initialPageParam: '',
    getNextPageParam: (last) => last.next,
    enabled: organisationId !== '',
    staleTime: 0,
  });
  const { data, error, refetch } = list;
  const lines = data?.pages.flatMap((page) => page.items) ?? [];
  return (
    <div className="page my-entries">
      <div className="page-head">
        <div>
          <h1>我的{name}</h1>
          <p className="quiet">贵单位的{name}和下一步，最近有变动的在前</p>
        </div>
        <div className="my-tools no-print">
          <Select
            className="my-state"
            aria-label="状态"
            value={state ?? ''}
            options={[
              { value: '', label: '全部状态' },
              ...codes.table('entryStates').map(({ code, label }) => ({ value: code, label })),
            ]}
            onChange={(value) => setSearch(value ? { state: value } : {})}
          />
          <Link to="/imports">从表格导入</Link>
          <Link to={formPath(kind)}>
            <Button type="primary" icon={<PlusOutlined aria-hidden />}>
              填写{name}
            </Button>
          </Link>
        </div>
      </div>
      <ProblemAlert error={error} onRetry={() => void refetch()} />
      {!data && !error ? <Skeleton active paragraph={{ rows: 8 }} /> : null}
      {data && lines.length === 0 ? (
        <div className="card">
          <Empty description={state ? `没有这个状态的${name}。` : empty[kind]}>
            {state ? (
              <Link to={myPath(kind)}>看全部状态</Link>
            ) : (
              <Link to={formPath(kind)}>
                <Button type="primary">填写第一条{name}</Button>
              </Link>
            )}
          </Empty>
        </div>
      ) : null}
      {lines.length > 0 ? (
        <ul className="card my-lines">
          {lines.map((line) => (
            <Line key={line.id} kind={kind} line={line} />
          ))}
        </ul>
      ) : null}
      <MoreButton list={list} many="20 条" />
      {lines.some((line) => line.state === 'published') ? <Fitting kind={kind} lines={lines} /> : null}
    </div>
  );
}

function Line({ kind, line }: { readonly kind: EntryKind; readonly line: EntryLine }) {
  const codes = useCodes();
  const { words, turn, action } = nextStepOf(line);
  const writing = action === 'write' || action === 'mend';
  return (
    <li>
      <div className="my-line-head">
        <Link to={writing && isEditable(line) ? formPath(kind, line.id) : recordPath(kind, line.id)}>
          {line.content.title ?? '（还没有名称）'}
        </Link>
        <span className={`tag ${entryTones[line.state]}`}>{codes.label('entryStates', line.state)}</span>
        {line.revision && line.revision !== 'none' ? (
          <span className="tag wait">{codes.label('revisionStates', line.revision)}</span>
        ) : null}
      </div>
      <p className={turn === 'own' ? 'my-next own' : 'my-next quiet'}>
        {turn === 'own' ? <strong>请您：</strong> : null}
        {words}
      </p>
      <p className="quiet my-dates">
        {line.updatedAt ? `${dayOf(line.updatedAt)} 变动` : ''}
        {line.expiresOn ? ` · 有效期至 ${line.expiresOn}` : ''}
        {line.enteredBy ? ' · 科技局代填' : ''}
      </p>
      <div className="my-line-action no-print">
        <Link to={writing ? formPath(kind, line.id) : recordPath(kind, line.id)}>
          {action === 'write' ? '继续填写' : action === 'mend' ? '继续修改' : action === 'renew' ? '去续期' : '查看'}
        </Link>
      </div>
    </li>
  );
}
