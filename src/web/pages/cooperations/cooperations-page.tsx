import { PlusOutlined } from '@ant-design/icons';
import { useInfiniteQuery } from '@tanstack/react-query';
import { Button, Empty, Input, Select, Skeleton } from 'antd';
import { Link } from 'react-router';
import { ForRoles } from '../../app/for-roles.tsx';
import { isBureau, useSession } from '../../app/session.tsx';
import { useCodes } from '../../parts/codes.ts';
import { MoreButton } from '../../parts/more-button.tsx';
import { usePageTitle } from '../../parts/page-title.ts';
import { ProblemAlert } from '../../parts/problem-alert.tsx';
import { useNarrowed } from '../../parts/use-narrowed.ts';
import { insiders } from '../partnership/partnership-words.ts';
import {
  type CooperationKind,
  cooperationCalls,
  cooperationPath,
  cooperationTones,
  cooperationWords,
  endWords,
} from './cooperation-calls.ts';
import '../../parts/lines.css';

export function AgreementsPage() {
  return (
    <ForRoles roles={insiders}>
      <Cooperations key="agreement" kind="agreement" />
    </ForRoles>
  );
}
export function JointBodiesPage() {
  return (
    <ForRoles roles={insiders}>
      <Cooperations key="joint-body" kind="joint-body" />
    </ForRoles>
  );
}

/** Agreements or joint bodies, the newest change first; what they are narrowed by stands in the address. */
function Cooperations({ kind }: { readonly kind: CooperationKind }) {
  const words = cooperationWords[kind];
  usePageTitle(words.name);
  const codes = useCodes();
  const { session } = useSession();
  const bureau = isBureau(session);
  const [search, narrow] = useNarrowed();
  const known = (table: string, name: string) => {
    const value = search.get(name) ?? '';
    return codes.table(table).some(({ code }) => code === value) ? value : '';
  };
  const text = search.get('words') ?? '';
  const state = known(words.states, 'state');
  const bodyKind = kind === 'joint-body' ? known('jointBodyKinds', 'kind') : '';
  const level = kind === 'joint-body' ? known('approvalLevels', 'level') : '';
  const narrowed = [text, state, bodyKind, level].some((value) => value !== '');
  const list = useInfiniteQuery({
    queryKey: ['cooperations', kind, text, state, bodyKind, level],
    queryFn: ({ pageParam }) =>
      cooperationCalls[kind].list({
        limit: 20,
        ...(text ? { words: text } : {}),
        ...(state ? { state } : {}),
        ...(bodyKind ? { bodyKind } : {}),
        ...(level ? { level } : {}),
        ...(pageParam ? { cursor: pageParam } : {}),
      }),
    initialPageParam: '',
    getNextPageParam: (last) => last.next,
    enabled: codes.ready,
  });
  const { data, error, refetch } = list;
  const lines = data?.pages.flatMap((page) => page.items) ?? [];
  const choice = (table: string, all: string) => [
    { value: '', label: all },
    ...codes.table(table).map(({ code, label }) => ({ value: code, label })),
  ];
  return (
    <div className="page">
      <div className="page-head">
        <div>
          <h1>{words.name}</h1>
          <p className="quiet">{bureau ? words.about : `贵单位参加的${words.name}`}</p>
        </div>
        {bureau ? (
          <Link className="no-print" to={`${words.path}/new`}>
            <Button type="primary" icon={<PlusOutlined aria-hidden />}>
              登记
            </Button>
          </Link>
        ) : null}
      </div>
      <search className="line-filter no-print">
        <Input.Search
          key={text}
          defaultValue={text}
          placeholder="名称、领域或任一方的名称"
          aria-label="查找"
          maxLength={50}
          enterButton="查找"
          onSearch={(value) => narrow({ words: value.trim() })}
        />
        {kind === 'joint-body' ? (
          <>
            <Select
              value={bodyKind}
              aria-label="类别"
              options={choice('jointBodyKinds', '全部类别')}
              onChange={(value) => narrow({ kind: value })}
            />
            <Select
              value={level}
              aria-label="级别"
              options={choice('approvalLevels', '全部级别')}
              onChange={(value) => narrow({ level: value })}
            />
          </>
        ) : null}
        <Select
          value={state}
          aria-label="状态"
          options={choice(words.states, '全部状态')}
          onChange={(value) => narrow({ state: value })}
        />
      </search>
      <ProblemAlert error={error} onRetry={() => void refetch()} />
      {!data && !error ? <Skeleton active paragraph={{ rows: 8 }} /> : null}
      {data && lines.length === 0 ? (
        <div className="card">
          <Empty
            description={
              narrowed
                ? '没有符合的。请换几个字，或放宽条件。'
                : bureau
                  ? `${words.empty}登记一份，或从表格导入。`
                  : `${words.empty}贵单位参加的会由科技局登记在这里。`
            }
          >
            {bureau && !narrowed ? <Link to="/imports">从表格导入</Link> : null}
          </Empty>
        </div>
      ) : null}
      {lines.length > 0 ? (
        <ul className="card lines">
          {lines.map((line) => {
            const ending = endWords(kind, line);
            return (
              <li key={line.id}>
                <span className="line-title">
                  <Link to={cooperationPath(kind, line.id)}>{line.content.title}</Link>
                  <span className="quiet">{line.parties.map((party) => party.name).join(' — ')}</span>
                </span>
                <span className="quiet">
                  {'kind' in line.content ? `${codes.label('jointBodyKinds', line.content.kind)} ` : ''}
                  {ending ? (
                    <span className="tag wait">{ending}</span>
                  ) : line.content.until ? (
                    `至 ${line.content.until}`
                  ) : (
                    ''
                  )}
                </span>
                <span className={`tag ${cooperationTones[line.state]}`}>{codes.label(words.states, line.state)}</span>
              </li>
            );
          })}
        </ul>
      ) : null}
      <MoreButton list={list} many="20 项" />
    </div>
  );
}
