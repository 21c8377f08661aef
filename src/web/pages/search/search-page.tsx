import { useInfiniteQuery } from '@tanstack/react-query';
import { Button, Empty, Segmented, Select, Skeleton } from 'antd';
import { Link, useSearchParams } from 'react-router';
import { type Answer, call } from '../../api/client.ts';
import { useSession } from '../../app/session.tsx';
import { useCodes } from '../../parts/codes.ts';
import { MoreButton } from '../../parts/more-button.tsx';
import { usePageTitle } from '../../parts/page-title.ts';
import { ProblemAlert } from '../../parts/problem-alert.tsx';
import { recordPath, SuggestBox } from '../../parts/suggest-box.tsx';
import { dayOf } from '../../parts/times.ts';
import { SaveSearch } from '../saved-searches/save-search.tsx';
import './search.css';

type SearchPageView = Answer<'GET /api/v1/search'>;
type Hit = SearchPageView['hits'][number];
type Kind = Hit['kind'];

/** Which orders each kind has; the first is taken where none is named. */
const orders: Readonly<Record<Kind, readonly { readonly value: string; readonly label: string }[]>> = {
  need: [
    { value: '', label: '默认排序' },
    { value: 'newest', label: '最新发布' },
    { value: 'budget-high', label: '投入从高到低' },
    { value: 'budget-low', label: '投入从低到高' },
  ],
  achievement: [
    { value: '', label: '默认排序' },
    { value: 'newest', label: '最新发布' },
    { value: 'trl-high', label: '成熟度从高到低' },
    { value: 'price-low', label: '价格从低到高' },
  ],
};
/** What the address says besides facets. */
const own = new Set(['kind', 'text', 'sort']);
/** Values of a facet that are shown before the rest is asked for. */
const fewValues = 8;

/** Needs and achievements by words, facets and order; all of it stands in the address. */
export function SearchPage() {
  const [search, setSearch] = useSearchParams();
  const { session } = useSession();
  const kind: Kind = search.get('kind') === 'achievement' ? 'achievement' : 'need';
  const text = search.get('text') ?? '';
  const sort = search.get('sort') ?? '';
  const facets = [...search.keys()].filter((name) => !own.has(name));
  usePageTitle(text ? `${text}的搜索结果` : kind === 'need' ? '技术需求' : '科技成果');

  const list = useInfiniteQuery({
    queryKey: ['search', kind, search.toString(), session?.user.id ?? null],
    queryFn: ({ pageParam, signal }) =>
      call('GET /api/v1/search', {
        query: {
          ...Object.fromEntries([...new Set(facets)].map((name) => [name, search.getAll(name)])),
          kind,
          text,
          limit: 20,
          ...(sort ? { sort: sort as 'newest' } : {}),
          ...(pageParam ? { cursor: pageParam } : {}),
        },
        signal,
      }),
    initialPageParam: '',
    getNextPageParam: (last) => last.next,
    placeholderData: (before) => before,
  });
  const { data, error, refetch, isPlaceholderData } = list;
  const first = data?.pages[0];
  const hits = data?.pages.flatMap((page) => page.hits) ?? [];

  const change = (edit: (next: URLSearchParams) => void) => {
    const next = new URLSearchParams(search);
    edit(next);
    setSearch(next, { preventScrollReset: true });
  };
  const toggle = (name: string, value: string) =>
    change((next) => {
      const values = next.getAll(name);
      next.delete(name);
      for (const one of values.includes(value) ? values.filter((two) => two !== value) : [...values, value]) {
        next.append(name, one);
      }
    });

  return (
    <div className="page">
      <h1 className="only-read">搜索需求和成果</h1>
      <div className="search-head no-print">
        <SuggestBox
          initial={text}
          kind={kind}
          onSearch={(words) => change((next) => (words ? next.set('text', words) : next.delete('text')))}
        />
        <Segmented
          size="large"
          value={kind}
          aria-label="种类"
          options={[
            { value: 'need', label: '技术需求' },
            { value: 'achievement', label: '科技成果' },
          ]}
          // Facets of one kind mean nothing for the other.
          onChange={(value) => setSearch({ kind: value, ...(text ? { text } : {}) })}
        />
      </div>
      <div className="search-body">
        <aside className="facets no-print" aria-label="筛选">
          <details open={window.innerWidth > 760}>
            <summary>筛选{facets.length > 0 ? `（已选 ${facets.length}）` : ''}</summary>
            {facets.length > 0 ? (
              <Button size="small" onClick={() => change((next) => facets.forEach((name) => void next.delete(name)))}>
                清除筛选
              </Button>
            ) : null}
            {(first?.counts ?? [])
              .filter(({ values, name }) => values.length > 1 || search.has(name))
              .map((facet) => (
                <Facet key={facet.name} facet={facet} chosen={search.getAll(facet.name)} onToggle={toggle} />
              ))}
          </details>
        </aside>
        <section className="hits" aria-label="结果" aria-busy={!data || isPlaceholderData}>
          <ProblemAlert error={error} onRetry={() => void refetch()} />
          {first ? (
            <div className="hits-head">
              <p aria-live="polite">
                {first.relaxed ? '没有含全部词的记录，列出含一部分词的：' : ''}共 <strong>{first.total}</strong> 项
                {kind === 'need' ? '需求' : '成果'}
              </p>
              {session && !first.relaxed && (text !== '' || facets.length > 0) ? <SaveSearch search={search} /> : null}
              <Select
                className="no-print"
                value={sort}
                aria-label="排序"
                popupMatchSelectWidth={false}
                options={[...orders[kind]]}
                onChange={(value) => change((next) => (value ? next.set('sort', value) : next.delete('sort')))}
              />
            </div>
          ) : null}
          {!data && !error ? <Skeleton active paragraph={{ rows: 10 }} /> : null}
          {first && hits.length === 0 ? (
            <div className="card">
              <Empty
                description={
                  session
                    ? '没有找到。换几个词，或去掉一些筛选再试。'
                    : '没有找到公开的记录。许多记录登录后才能看到；也可以换几个词，或去掉一些筛选。'
                }
              >
                {session ? null : (
                  <Link to={`/login?next=${encodeURIComponent(`/search?${search}`)}`}>
                    <Button type="primary">登录</Button>
                  </Link>
                )}
              </Empty>
            </div>
          ) : null}
          <ol className="hit-list">
            {hits.map((hit) => (
              <FoundRecord key={hit.id} hit={hit} />
            ))}
          </ol>
          <MoreButton list={list} many="20 项" />
        </section>
      </div>
    </div>
  );
}

function Facet({
  facet,
  chosen,
  onToggle,
}: {
  readonly facet: SearchPageView['counts'][number];
  readonly chosen: readonly string[];
  readonly onToggle: (name: string, value: string) => void;
}) {
  const line = ({ value, label, count }: { value: string; label: string; count: number }) => (
    <label key={value} className="facet-value">
      <input type="checkbox" checked={chosen.includes(value)} onChange={() => onToggle(facet.name, value)} />
      <span>{label}</span>
      <span className="quiet">{count}</span>
    </label>
  );
  const rest = facet.values.slice(fewValues);
  return (
    <fieldset className="facet">
      <legend>{facet.label}</legend>
      {facet.values.slice(0, fewValues).map(line)}
      {rest.length > 0 ? (
        <details>
          <summary>还有 {rest.length} 项</summary>
          {rest.map(line)}
        </details>
      ) : null}
    </fieldset>
  );
}

function Segments({ of }: { readonly of: Hit['titleSegments'] }) {
  let at = 0;
  return (
    <>
      {of.map(({ text, hit }) => {
        const key = at;
        at += text.length;
        return hit ? <mark key={key}>{text}</mark> : <span key={key}>{text}</span>;
      })}
    </>
  );
}

export function FoundRecord({ hit }: { readonly hit: Hit }) {
  const codes = useCodes();
  const facts = [
    hit.budgetWan === null ? '' : `拟投入 ${hit.budgetWan.toLocaleString('zh-CN')} 万元`,
    hit.trl === null ? '' : `TRL ${hit.trl}`,
    codes.list('technologyFields', hit.fields),
    hit.publishedAt ? `${dayOf(hit.publishedAt)} 发布` : '',
  ].filter(Boolean);
  return (
    <li className="hit">
      <h2>
        <Link to={recordPath(hit.kind, hit.id)}>
          <Segments of={hit.titleSegments} />
        </Link>
      </h2>
      <p className="quiet">
        {hit.organisationHidden ? '发布单位未公开' : (hit.organisationName ?? '')}
        {facts.map((fact) => (
          <span key={fact}> · {fact}</span>
        ))}
      </p>
      {hit.fragments.slice(0, 2).map((fragment) => (
        <p key={fragment.field} className="fragment">
          <span className="quiet">{fragment.label}：</span>
          {fragment.cutBefore ? '…' : ''}
          <Segments of={fragment.segments} />
          {fragment.cutAfter ? '…' : ''}
        </p>
      ))}
    </li>
  );
}
