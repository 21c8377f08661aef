import { useQuery } from '@tanstack/react-query';
import { Select, Skeleton } from 'antd';
import { useState } from 'react';
import { Link } from 'react-router';
import { call } from '../../api/client.ts';
import type { EntryKind, EntryLine } from '../../parts/entry-calls.ts';
import { kindNames, recordPath } from '../../parts/suggest-box.tsx';

/**
 * Records of the other side that speak of the same as one of one's own, by its title and keywords: what anybody may see who
 * searches for them. Pairs that the bureau weighs are not among what is told here.
 */
export function Fitting({ kind, lines }: { readonly kind: EntryKind; readonly lines: readonly EntryLine[] }) {
  const published = lines.filter((line) => line.state === 'published');
  const [chosen, setChosen] = useState(published[0]!.id);
  const own = published.find((line) => line.id === chosen) ?? published[0]!;
  const other: EntryKind = kind === 'need' ? 'achievement' : 'need';
  const text = [own.content.title, ...(own.content.keywords ?? [])].filter(Boolean).join(' ').slice(0, 200);
  const { data, error } = useQuery({
    queryKey: ['fitting', other, text],
    queryFn: () => call('GET /api/v1/search', { query: { kind: other, text, limit: 6 } }),
    enabled: text !== '',
    staleTime: 60_000,
  });
  return (
    <section className="card fitting no-print" aria-labelledby="fitting-title">
      <div className="fitting-head">
        <div>
          <h2 id="fitting-title">可能相关的{kindNames[other]}</h2>
          <p className="quiet">按名称和关键字查到的；科技局每周另作配对，合适的会发邀请。</p>
        </div>
        {published.length > 1 ? (
          <Select
            className="fitting-choice"
            aria-label={`为哪条${kindNames[kind]}`}
            value={own.id}
            options={published.map((line) => ({ value: line.id, label: line.content.title ?? '（没有名称）' }))}
            onChange={setChosen}
          />
        ) : null}
      </div>
      {error ? <p className="quiet">暂时查不到，请稍后再看。</p> : null}
      {!data && !error ? <Skeleton active title={false} paragraph={{ rows: 3 }} /> : null}
      {data && data.hits.length === 0 ? <p className="quiet">现在没有相关的{kindNames[other]}。</p> : null}
      <ul className="fitting-lines">
        {(data?.hits ?? []).map((hit) => (
          <li key={hit.id}>
            <Link to={recordPath(other, hit.id)}>{hit.title}</Link>
            <span className="quiet"> {hit.organisationHidden ? '单位未公开' : hit.organisationName}</span>
          </li>
        ))}
      </ul>
      <Link to={`/search?kind=${other}&text=${encodeURIComponent(text)}`}>查看全部结果</Link>
    </section>
  );
}
