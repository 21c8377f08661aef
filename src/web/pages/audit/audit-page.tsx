import { useInfiniteQuery, useMutation } from '@tanstack/react-query';
import { Alert, Button, DatePicker, Empty, Input, Select, Skeleton } from 'antd';
import dayjs, { type Dayjs } from 'dayjs';
import { call } from '../../api/client.ts';
import { bureauRoles, ForRoles } from '../../app/for-roles.tsx';
import { MoreButton } from '../../parts/more-button.tsx';
import { usePageTitle } from '../../parts/page-title.ts';
import { ProblemAlert } from '../../parts/problem-alert.tsx';
import { dayAfter } from '../../parts/times.ts';
import { useNarrowed } from '../../parts/use-narrowed.ts';
import { auditKinds } from './audit-kinds.ts';
import { AuditLine } from './audit-line.tsx';
import '../../parts/lines.css';
import './audit.css';

export function AuditPage() {
  return (
    <ForRoles roles={bureauRoles}>
      <Audit />
    </ForRoles>
  );
}

const day = /^\d{4}-\d{2}-\d{2}$/;
const fields = ['by', 'action', 'recordId', 'ip'] as const;
const labels: Readonly<Record<(typeof fields)[number], string>> = {
  by: '操作人的编号',
  action: '事件，例如 need.published',
  recordId: '记录编号',
  ip: '网络地址',
};

/** Who did what, when and from where, with what was before and after; what is looked for stands in the address. */
function Audit() {
  usePageTitle('审计');
  const [search, look] = useNarrowed();
  const kind = auditKinds.find(([code]) => code === search.get('kind'))?.[0];
  const since = day.test(search.get('since') ?? '') ? search.get('since') : null;
  const until = day.test(search.get('until') ?? '') ? search.get('until') : null;
  const written = Object.fromEntries(fields.flatMap((name) => (search.get(name) ? [[name, search.get(name)!]] : [])));
  const list = useInfiniteQuery({
    queryKey: ['audit', search.toString()],
    queryFn: ({ pageParam, signal }) =>
      call('GET /api/v1/audit', {
        query: {
          limit: 50,
          ...written,
          ...(kind ? { kind } : {}),
          // Days are those of the bureau, both included.
          ...(since ? { since: `${since}T00:00:00+08:00` } : {}),
          ...(until ? { until: `${dayAfter(until, 1)}T00:00:00+08:00` } : {}),
          ...(pageParam ? { cursor: pageParam } : {}),
        },
        signal,
      }),
    initialPageParam: '',
    getNextPageParam: (last) => last.next,
  });
  const { data, error, refetch } = list;
  const entries = data?.pages.flatMap((page) => page.items) ?? [];
  return (
    <div className="page">
      <div className="page-head">
        <div>
          <h1>审计</h1>
          <p className="quiet">最近的在前；个人信息和正文只列字段名</p>
        </div>
        <ChainCheck />
      </div>
      <search className="line-filter no-print">
        <Select
          value={kind ?? ''}
          aria-label="种类"
          options={[
            { value: '', label: '全部种类' },
            ...auditKinds.map(([code, label]) => ({ value: code as string, label })),
          ]}
          onChange={(value) => look({ kind: value })}
        />
        <DatePicker.RangePicker
          aria-label="日期"
          allowEmpty={[true, true]}
          value={[since ? dayjs(since) : null, until ? dayjs(until) : null]}
          onChange={(range: readonly (Dayjs | null)[] | null) =>
            look({ since: range?.[0]?.format('YYYY-MM-DD') ?? '', until: range?.[1]?.format('YYYY-MM-DD') ?? '' })
          }
        />
        {fields.map((name) => (
          <Input.Search
            key={`${name}${search.get(name) ?? ''}`}
            className="audit-field"
            defaultValue={search.get(name) ?? ''}
            placeholder={labels[name]}
            aria-label={labels[name]}
            onSearch={(text) => look({ [name]: text.trim() })}
          />
        ))}
      </search>
      <ProblemAlert error={error} onRetry={() => void refetch()} />
      {!data && !error ? <Skeleton active paragraph={{ rows: 8 }} /> : null}
      {data && entries.length === 0 ? (
        <div className="card">
          <Empty description="没有符合的记录。请放宽条件。" />
        </div>
      ) : null}
      {entries.length > 0 ? (
        <ol className="card lines audit-lines">
          {entries.map((entry) => (
            <AuditLine key={entry.id} entry={entry} onLook={look} />
          ))}
        </ol>
      ) : null}
      <MoreButton list={list} many="50 条" />
    </div>
  );
}

/** Whether anything in the chain was changed, taken out, cut off or swapped. */
function ChainCheck() {
  const check = useMutation({ mutationFn: () => call('GET /api/v1/audit/check') });
  return (
    <div className="audit-check no-print">
      <Button loading={check.isPending} onClick={() => check.mutate()}>
        核对完整性
      </Button>
      <ProblemAlert error={check.error} focus />
      {check.data ? (
        <Alert
          type={check.data.findings.length === 0 ? 'success' : 'error'}
          showIcon
          role="status"
          title={
            check.data.findings.length === 0
              ? `${check.data.entries} 条完整无改动`
              : `${check.data.entries} 条中有 ${check.data.findings.length} 处问题`
          }
          description={check.data.findings.length === 0 ? undefined : check.data.findings.join('；')}
        />
      ) : null}
    </div>
  );
}
