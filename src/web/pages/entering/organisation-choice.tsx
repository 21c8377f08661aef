import { useQuery } from '@tanstack/react-query';
import { Button, Input, Skeleton } from 'antd';
import { Link } from 'react-router';
import { call } from '../../api/client.ts';
import { useCodes } from '../../parts/codes.ts';
import { ProblemAlert } from '../../parts/problem-alert.tsx';
import { useNarrowed } from '../../parts/use-narrowed.ts';

/** A 统一社会信用代码 as somebody types it. */
const isCode = (text: string) => /^[0-9A-Z]{18}$/i.test(text.replace(/[\s-]/g, ''));

/** Which organisation it is for: found by a part of its name or by its code, or entered now. */
export function OrganisationChoice({
  chosen,
  onChoose,
}: {
  readonly chosen: string;
  readonly onChoose: (id: string) => void;
}) {
  const codes = useCodes();
  const [search, look] = useNarrowed();
  const text = search.get('find') ?? '';
  const found = useQuery({
    queryKey: ['organisations', 'choice', text],
    queryFn: () =>
      call('GET /api/v1/organisations', {
        query: {
          limit: 20,
          ...(isCode(text) ? { creditCode: text.replace(/[\s-]/g, '').toUpperCase() } : { name: text }),
        },
      }),
    enabled: chosen === '' && text !== '',
  });
  const one = useQuery({
    queryKey: ['organisation', chosen],
    queryFn: () => call('GET /api/v1/organisations/{id}', { params: { id: chosen } }),
    enabled: chosen !== '',
  });
  if (chosen !== '') {
    return (
      <section className="card form-section" aria-labelledby="for-title">
        <h2 id="for-title">代哪家机构</h2>
        <ProblemAlert error={one.error} onRetry={() => void one.refetch()} />
        <div className="entering-chosen">
          {one.data ? (
            <span className="line-title">
              <Link to={`/organisations/${encodeURIComponent(chosen)}`}>{one.data.content.name}</Link>
              <span className="quiet">
                {[codes.label('organisationTypes', one.data.content.type), one.data.content.creditCode]
                  .filter(Boolean)
                  .join(' · ')}
              </span>
            </span>
          ) : one.error ? null : (
            <Skeleton active title={false} paragraph={{ rows: 1 }} />
          )}
          <Button onClick={() => onChoose('')}>换一家</Button>
        </div>
      </section>
    );
  }
  const items = found.data?.items ?? [];
  return (
    <section className="card form-section" aria-labelledby="for-title">
      <h2 id="for-title">代哪家机构</h2>
      <search className="line-filter">
        <Input.Search
          key={text}
          defaultValue={text}
          placeholder="名称里的几个字，或 18 位信用代码"
          aria-label="机构的名称或统一社会信用代码"
          maxLength={100}
          enterButton="查找"
          onSearch={(written) => look({ find: written.trim() })}
        />
      </search>
      <ProblemAlert error={found.error} onRetry={() => void found.refetch()} />
      {found.isLoading ? <Skeleton active title={false} paragraph={{ rows: 3 }} /> : null}
      {items.length > 0 ? (
        <ul className="lines entering-found">
          {items.map(({ id, state, content }) => (
            <li key={id}>
              <span className="line-title">
                <span>{content.name}</span>
                <span className="quiet">
                  {[codes.label('organisationTypes', content.type), content.creditCode].filter(Boolean).join(' · ')}
                </span>
              </span>
              <span className="quiet">{codes.label('organisationStates', state)}</span>
              <Button onClick={() => onChoose(id)}>
                选这家<span className="only-read">：{content.name}</span>
              </Button>
            </li>
          ))}
        </ul>
      ) : null}
      {found.data && items.length === 0 ? (
        <p>没有找到。请换几个字，或现在就登记这家机构，登记后在它的页面上按“代填”。</p>
      ) : null}
      {text === '' ? null : (
        <p>
          <Link to="/organisations/new">登记这家机构……</Link>
        </p>
      )}
    </section>
  );
}
