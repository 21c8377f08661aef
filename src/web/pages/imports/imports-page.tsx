import { useInfiniteQuery } from '@tanstack/react-query';
import { Button, Empty, Skeleton } from 'antd';
import { Link } from 'react-router';
import { call } from '../../api/client.ts';
import { bureauRoles, ForRoles, organisationRoles } from '../../app/for-roles.tsx';
import { useCodes } from '../../parts/codes.ts';
import { usePageTitle } from '../../parts/page-title.ts';
import { ProblemAlert } from '../../parts/problem-alert.tsx';
import { momentOf } from '../../parts/times.ts';
import { countsText, type ImportRunLine, importTones } from './import-words.ts';
import { NewImport } from './new-import.tsx';
import '../../parts/lines.css';
import '../../parts/form.css';
import './imports.css';

export function ImportsPage() {
  return (
    <ForRoles roles={[...bureauRoles, ...organisationRoles]}>
      <Imports />
    </ForRoles>
  );
}

/** Files are handed in here; below is what was handed in before, by whom, and what became of it. */
function Imports() {
  usePageTitle('导入');
  const { data, error, refetch, fetchNextPage, hasNextPage, isFetchingNextPage } = useInfiniteQuery({
    queryKey: ['import-runs'],
    queryFn: ({ pageParam }) =>
      call('GET /api/v1/import-runs', { query: { limit: 20, ...(pageParam ? { cursor: pageParam } : {}) } }),
    initialPageParam: '',
    getNextPageParam: (last) => last.next,
  });
  const runs = data?.pages.flatMap((page) => page.items) ?? [];
  return (
    <div className="page imports">
      <div className="page-head">
        <div>
          <h1>导入</h1>
          <p className="quiet">把表格里的记录一次录入：下载模板，填好，检查，导入</p>
        </div>
      </div>
      <NewImport />
      <section aria-labelledby="past-imports" className="imports-past">
        <h2 id="past-imports">导入过的文件</h2>
        <ProblemAlert error={error} onRetry={() => void refetch()} />
        {!data && !error ? <Skeleton active title={false} paragraph={{ rows: 4 }} /> : null}
        {data && runs.length === 0 ? (
          <div className="card">
            <Empty description="还没有导入过文件。下载一个模板，填好后在上面选择它。" />
          </div>
        ) : null}
        {runs.length > 0 ? (
          <ul className="card lines">
            {runs.map((run) => (
              <RunLine key={run.id} run={run} />
            ))}
          </ul>
        ) : null}
        {hasNextPage ? (
          <Button block className="lines-more" loading={isFetchingNextPage} onClick={() => void fetchNextPage()}>
            再列 20 个
          </Button>
        ) : null}
      </section>
    </div>
  );
}

function RunLine({ run }: { readonly run: ImportRunLine }) {
  const codes = useCodes();
  const { id, state, kind, source, fileName, by, byName, createdAt, checked, imported, failure } = run;
  return (
    <li>
      <span className="line-title">
        <Link to={`/imports/${encodeURIComponent(id)}`}>{fileName}</Link>
        <span className="quiet">
          {codes.label('importKinds', kind)} · 来源“{source}” · {momentOf(createdAt)} · {byName || by}
        </span>
        {imported ? (
          <span>{countsText(imported, false)}</span>
        ) : failure ? (
          <span className="line-problem">{failure.reason}</span>
        ) : checked ? (
          <span className="quiet">{countsText(checked, true)}</span>
        ) : null}
      </span>
      <span className={`tag ${importTones[state]}`}>{codes.label('importRunStates', state)}</span>
      <span />
    </li>
  );
}
