import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Alert, App, Button, Popconfirm, Skeleton } from 'antd';
import { useSearchParams } from 'react-router';
import { call } from '../../api/client.ts';
import { bureauRoles, ForRoles } from '../../app/for-roles.tsx';
import { useSession } from '../../app/session.tsx';
import { usePageTitle } from '../../parts/page-title.ts';
import { ProblemAlert } from '../../parts/problem-alert.tsx';
import { today } from '../../parts/times.ts';
import { daysBetween, dayWithWeekday } from './day-words.ts';
import { type HolidayYear, holidaysKey } from './holiday-view.ts';
import { Remarks } from './remarks.tsx';
import { YearForm } from './year-form.tsx';
import '../../parts/form.css';
import './holidays.css';

export function HolidaysPage() {
  return (
    <ForRoles roles={bureauRoles}>
      <Holidays />
    </ForRoles>
  );
}

/** The State Council's yearly notices, by which all limits in working days are counted. Administrators enter the next one. */
function Holidays() {
  usePageTitle('放假与调休');
  const { session } = useSession();
  const [search, setSearch] = useSearchParams();
  const { data, error, refetch } = useQuery({ queryKey: holidaysKey, queryFn: () => call('GET /api/v1/holidays') });
  const mayEnter = session?.user.role === 'admin';
  const items = data?.items ?? [];
  const thisYear = Number(today().slice(0, 4));
  const lacking = [thisYear, thisYear + 1].filter((year) => !items.some((one) => one.year === year));
  const edited = Number(search.get('edit'));
  // Whoever comes by a link that names another year reads the list.
  const edits = mayEnter && (lacking.includes(edited) || items.some(({ year }) => year === edited));
  const edit = (year: number | null) => setSearch(year === null ? {} : { edit: String(year) });
  return (
    <div className="page">
      <div className="page-head">
        <div>
          <h1>放假与调休</h1>
          <p className="quiet">国务院办公厅每年的通知；答复、邀请等按工作日的期限照它推算</p>
        </div>
        {mayEnter && !edits && lacking.length > 0 ? (
          <div className="decision-buttons no-print">
            {lacking.map((year) => (
              <Button key={year} type="primary" onClick={() => edit(year)}>
                录入{year}年
              </Button>
            ))}
          </div>
        ) : null}
      </div>
      <ProblemAlert error={error} onRetry={() => void refetch()} />
      {!data && !error ? <Skeleton active paragraph={{ rows: 10 }} /> : null}
      {data?.warning ? <Alert className="form-section" type="warning" showIcon title={data.warning} /> : null}
      {data && edits ? (
        <YearForm
          key={edited}
          year={edited}
          known={items.find(({ year }) => year === edited) ?? null}
          onDone={() => edit(null)}
        />
      ) : null}
      {items
        .filter(({ year }) => !(edits && year === edited))
        .map((one) => (
          <YearCard key={one.year} shown={one} mayEnter={mayEnter && !edits} onEdit={() => edit(one.year)} />
        ))}
    </div>
  );
}

function YearCard({
  shown,
  mayEnter,
  onEdit,
}: {
  readonly shown: HolidayYear;
  readonly mayEnter: boolean;
  readonly onEdit: () => void;
}) {
  const client = useQueryClient();
  const { message } = App.useApp();
  const { year, notice, holidays, entered, remarks } = shown;
  const remove = useMutation({
    mutationFn: () => call('DELETE /api/v1/holidays/{year}', { params: { year: String(year) } }),
    onSuccess: () => void message.success(`已删除录入的${year}年`),
    onSettled: () => client.invalidateQueries({ queryKey: holidaysKey }),
  });
  return (
    <section className="card form-section" aria-labelledby={`year-${year}`}>
      <div className="holiday-head">
        <h2 id={`year-${year}`}>{year}年</h2>
        <span className={`tag ${entered ? 'accent' : ''}`}>{entered ? '本局录入' : '程序自带'}</span>
        <span className="quiet">{notice}</span>
        {mayEnter ? (
          <span className="line-tools no-print">
            <Button size="small" onClick={onEdit}>
              更正<span className="only-read">{year}年</span>
            </Button>
            {entered ? (
              <Popconfirm
                title={`删除录入的${year}年？`}
                description="程序自带的那一年重新有效；没有自带的，按周一至周五推算。"
                okText="删除"
                cancelText="不删"
                onConfirm={() => remove.mutate()}
              >
                <Button size="small" loading={remove.isPending}>
                  删除<span className="only-read">{year}年</span>
                </Button>
              </Popconfirm>
            ) : null}
          </span>
        ) : null}
      </div>
      <ProblemAlert error={remove.error} focus />
      <Remarks remarks={remarks} />
      <table className="holiday-table">
        <thead>
          <tr>
            <th scope="col">节日</th>
            <th scope="col">放假</th>
            <th scope="col">天数</th>
            <th scope="col">补班</th>
          </tr>
        </thead>
        <tbody>
          {holidays.map(({ name, from, to, worked }) => (
            <tr key={from}>
              <th scope="row">{name}</th>
              <td>{from === to ? dayWithWeekday(from) : `${dayWithWeekday(from)}—${dayWithWeekday(to)}`}</td>
              <td>{daysBetween(from, to)} 天</td>
              <td {...(worked?.length ? { 'data-label': '补班' } : {})}>
                {worked?.length ? worked.map(dayWithWeekday).join('、') : '不补班'}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
