import { DownloadOutlined } from '@ant-design/icons';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Alert, Button, Progress, Skeleton } from 'antd';
import { useRef } from 'react';
import { Link, useParams } from 'react-router';
import { call, isProblem } from '../../api/client.ts';
import { bureauRoles, ForRoles, organisationRoles } from '../../app/for-roles.tsx';
import { MissingPage } from '../../app/missing-page.tsx';
import { useCodes } from '../../parts/codes.ts';
import { usePageTitle } from '../../parts/page-title.ts';
import { ProblemAlert } from '../../parts/problem-alert.tsx';
import { momentOf } from '../../parts/times.ts';
import { sizeOf } from '../../parts/upload-rules.ts';
import { useOnce } from '../../parts/use-once.ts';
import { ImportRows } from './import-rows.tsx';
import { countsText, type ImportRun, importTones, isAtWork } from './import-words.ts';
import './imports.css';

/** For so long after somebody came or asked for something the page looks by itself: a request keeps a session alive. */
const livelyMs = 15 * 60_000;
const number = (value: number) => value.toLocaleString('zh-CN');

export function ImportRunPage() {
  return (
    <ForRoles roles={[...bureauRoles, ...organisationRoles]}>
      <OneRun />
    </ForRoles>
  );
}

function OneRun() {
  const { id = '' } = useParams();
  const lively = useRef(Date.now());
  const key = ['import-run', id];
  const { data, error, refetch } = useQuery({
    queryKey: key,
    queryFn: () => call('GET /api/v1/import-runs/{id}', { params: { id } }),
    refetchInterval: ({ state: { data: run } }) =>
      run && isAtWork(run) && Date.now() - lively.current < livelyMs ? 1_500 : false,
  });
  usePageTitle(data ? `导入 ${data.fileName}` : '导入');
  if (isProblem(error, 404)) return <MissingPage />;
  return (
    <div className="page imports">
      <p className="no-print">
        <Link to="/imports">← 全部导入</Link>
      </p>
      <ProblemAlert error={error} onRetry={() => void refetch()} />
      {data ? (
        <Loaded
          run={data}
          onAsked={() => {
            lively.current = Date.now();
          }}
        />
      ) : error ? null : (
        <Skeleton active paragraph={{ rows: 8 }} />
      )}
    </div>
  );
}

function Loaded({ run, onAsked }: { readonly run: ImportRun; readonly onAsked: () => void }) {
  const client = useQueryClient();
  const codes = useCodes();
  const once = useOnce();
  const { id, version, state, kind, source, fileName, fileBytes, by, byName, createdAt, report } = run;
  const act = useMutation({
    mutationFn: ({
      action,
      onlyValid,
    }: {
      readonly action: 'check' | 'import' | 'stop';
      readonly onlyValid?: boolean;
    }) =>
      call('POST /api/v1/import-runs/{id}/actions/{action}', {
        params: { id, action },
        body: { version, ...(onlyValid === undefined ? {} : { onlyValid }) },
      }),
    onMutate: onAsked,
    onSuccess: (next) => client.setQueryData(['import-run', id], next),
    onSettled: () =>
      Promise.all([
        client.invalidateQueries({ queryKey: ['import-run', id] }),
        client.invalidateQueries({ queryKey: ['import-runs'] }),
      ]),
  });
  const ask = (action: 'check' | 'import', onlyValid?: boolean) =>
    once(() => act.mutateAsync({ action, ...(onlyValid === undefined ? {} : { onlyValid }) }));
  return (
    <>
      <div className="page-head">
        <div>
          <span className={`tag ${importTones[state]}`}>{codes.label('importRunStates', state)}</span>
          <h1>{fileName}</h1>
          <p className="quiet">
            {codes.label('importKinds', kind)} · 来源“{source}” · {sizeOf(fileBytes)} · {momentOf(createdAt)}{' '}
            {byName || by} 交来
            {run.archive ? ' · 历史存档' : ''}
            {run.publish ? ' · 直接发布' : ''}
            {run.update ? ' · 更新已有的' : ''}
          </p>
        </div>
        {report && report.rows.length > 0 ? (
          <Button
            className="no-print"
            icon={<DownloadOutlined aria-hidden />}
            href={`/api/v1/import-runs/${encodeURIComponent(id)}/marked-file`}
            download={`${fileName.replace(/\.[^.]+$/, '')}（检查结果）.xlsx`}
          >
            下载标注过的文件
          </Button>
        ) : null}
      </div>
      <ProblemAlert error={act.error} focus />
      <section className="card" aria-labelledby="import-state" aria-live="polite">
        <h2 id="import-state">{headOf(run)}</h2>
        {isAtWork(run) ? (
          <AtWork run={run} stopping={act.isPending} onStop={() => act.mutate({ action: 'stop' })} />
        ) : null}
        {state === 'failed' && run.failure ? (
          <Alert
            type="error"
            showIcon
            title={run.failure.reason}
            description={
              run.failure.issues.length > 0 ? (
                <ul className="problem-list">
                  {run.failure.issues.map(({ field, label, reason, mend }) => (
                    <li key={`${field}${reason}`}>
                      <strong>{label}</strong>：{reason}。{mend}
                    </li>
                  ))}
                </ul>
              ) : undefined
            }
          />
        ) : null}
        {state === 'checked' && run.checked ? (
          <Decide run={run} pending={act.isPending} onImport={(onlyValid) => ask('import', onlyValid)} />
        ) : null}
        {state === 'imported' && run.imported ? <Done run={run} counts={run.imported} /> : null}
        {state === 'stopped' ? (
          <p>
            {run.imported ? countsText(run.imported, false) : '什么也没有写入'}
            。再导入会接着做，已写入的不会重复。
          </p>
        ) : null}
        {report && !isAtWork(run) ? (
          <ul className="import-notes quiet">
            {report.notes.map((note) => (
              <li key={note}>{note}</li>
            ))}
          </ul>
        ) : null}
        {run.emptied ? <p className="quiet">文件和逐行的结果保存30天，已经清除。</p> : null}
        {!isAtWork(run) && !run.emptied ? (
          <div className="import-buttons no-print">
            <Button loading={act.isPending} onClick={() => ask('check')}>
              重新检查
            </Button>
            <Link to="/imports">
              <Button tabIndex={-1}>换一个文件</Button>
            </Link>
          </div>
        ) : null}
      </section>
      {report && !isAtWork(run) && report.total > 0 ? <ImportRows key={run.version} report={report} /> : null}
    </>
  );
}

function headOf({ state, checked }: ImportRun): string {
  switch (state) {
    case 'receiving':
    case 'checking':
      return '正在检查，什么也没有写入';
    case 'importing':
      return '正在导入';
    case 'imported':
      return '导入完成';
    case 'stopped':
      return '已停止';
    case 'failed':
      return '没有做成';
    case 'checked':
      return checked && checked.invalid > 0 ? `检查完了：有 ${number(checked.invalid)} 行要改` : '检查完了：没有错误';
  }
}

function AtWork({ run, stopping, onStop }: { run: ImportRun; stopping: boolean; onStop: () => void }) {
  const { done = 0, total = 0, stopAsked } = run;
  const percent = total === 0 ? 0 : Math.floor((done / total) * 100);
  return (
    <>
      <div className="import-bar">
        <Progress percent={percent} status="active" aria-label="进度" />
      </div>
      <p className="quiet">
        {total === 0 ? '正在读取文件……' : `第 ${number(done)} 行，共 ${number(total)} 行`}
        ；可以离开这一页，完成后在“导入过的文件”里看结果。
      </p>
      <div className="import-buttons no-print">
        <Button loading={stopping} disabled={stopAsked === true} onClick={onStop}>
          {stopAsked ? '正在停下……' : '停止'}
        </Button>
      </div>
    </>
  );
}

/** What will happen, in figures, before it does. */
function Decide({
  run,
  pending,
  onImport,
}: {
  readonly run: ImportRun;
  readonly pending: boolean;
  readonly onImport: (onlyValid: boolean) => void;
}) {
  const counts = run.checked!;
  const { created, updated, unchanged, differing, invalid, withheld } = counts;
  const good = created + updated + withheld;
  return (
    <>
      <p>{countsText(counts, true)}。</p>
      <Known unchanged={unchanged} differing={differing} update={run.update} />
      {good === 0 ? (
        <p>没有要写入的行{invalid > 0 ? '：请下载标注过的文件，改正标红的格子后再导入' : '，系统里已经和文件一样'}。</p>
      ) : (
        <div className="import-buttons no-print">
          <Button type="primary" loading={pending} onClick={() => onImport(invalid > 0)}>
            {invalid > 0 ? `只导入无误的 ${number(good)} 行` : `导入 ${number(good)} 行`}
          </Button>
          {invalid > 0 ? (
            <p className="quiet">或者先下载标注过的文件，改正标红的格子，整个文件再导入：已写入的不会重复。</p>
          ) : null}
        </div>
      )}
    </>
  );
}

function Known({
  unchanged,
  differing,
  update,
}: {
  readonly unchanged: number;
  readonly differing: number;
  readonly update: boolean;
}) {
  if (unchanged === 0) return null;
  return (
    <p className="import-known">
      {number(unchanged)} 行系统里已有（来源和编号相同），不会重复导入
      {differing > 0
        ? `；其中 ${number(differing)} 行内容不同，${update ? '不能更新，原因见逐行的结果' : '不更新。要按文件更新的，请换用“已有的记录按文件更新”再上传'}`
        : ''}
      。
    </p>
  );
}

const listOf: Readonly<Record<ImportRun['kind'], readonly [to: string, label: string]>> = {
  need: ['/intake/needs', '去受理需求'],
  achievement: ['/intake/achievements', '去受理成果'],
  organisation: ['/organisations', '看机构'],
  partnership: ['/partnerships', '看合作项目'],
  agreement: ['/desk', '回工作台'],
  'joint-body': ['/desk', '回工作台'],
};

function Done({ run, counts }: { readonly run: ImportRun; readonly counts: NonNullable<ImportRun['imported']> }) {
  const mine = run.organisationId !== undefined;
  const [to, label] = mine
    ? ([run.kind === 'need' ? '/my/needs' : '/my/achievements', '看我的记录'] as const)
    : listOf[run.kind];
  return (
    <>
      <p>{countsText(counts, false)}。</p>
      <Known unchanged={counts.unchanged} differing={counts.differing} update={run.update} />
      {counts.invalid > 0 ? (
        <p>有误的 {number(counts.invalid)} 行没有写入：改正后整个文件再导入，已写入的不会重复。</p>
      ) : null}
      <p className="no-print">
        <Link to={to}>{label}</Link>
      </p>
    </>
  );
}
