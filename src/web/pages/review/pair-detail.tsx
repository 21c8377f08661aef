import { useQuery } from '@tanstack/react-query';
import { Skeleton } from 'antd';
import { useMemo, useState } from 'react';
import type { ExplanationView, PairView } from '../../../http/contract/dockets.ts';
import { call } from '../../api/client.ts';
import { useCodes } from '../../parts/codes.ts';
import { ProblemAlert } from '../../parts/problem-alert.tsx';
import { type DocketItem, describeMark, levelTones, originNames } from './docket-items.ts';
import { isShownTerm, type Span, spansOf } from './evidence.ts';
import { MarkedText } from './marked-text.tsx';
import { type FieldCell, fieldRows, textIn } from './pair-fields.ts';
import { PairHistory } from './pair-history.tsx';

/** Whether a correction that its docket tells of is not among the pair's decisions yet. */
function isCatchingUp({ appearances, match: { decisions } }: PairView): boolean {
  const applied = new Set(decisions.map(({ correctionId }) => correctionId));
  return appearances.some(({ corrections }) => corrections.some(({ id }) => !applied.has(id)));
}

export const pairQuery = (pairId: string) => ({
  queryKey: ['pair', pairId],
  queryFn: () => call('GET /api/v1/pairs/{pairId}', { params: { pairId } }),
  staleTime: 60_000,
});

const verdicts = {
  met: { label: '达到', tone: 'good', sign: '✓' },
  unmet: { label: '未达到', tone: 'bad', sign: '✕' },
  unknown: { label: '不明', tone: 'wait', sign: '？' },
} as const;

/** One pair: why it is here, what speaks against it, both records side by side with the evidence marked on each. */
export function PairDetail({ item }: { readonly item: DocketItem }) {
  const {
    data: pair,
    error,
    refetch,
  } = useQuery({
    ...pairQuery(item.pairId),
    // What was corrected takes effect on the pair a moment after the docket says so.
    refetchInterval: ({ state: { data } }) => (data && isCatchingUp(data) ? 700 : false),
  });
  if (error) return <ProblemAlert error={error} onRetry={() => void refetch()} />;
  if (!pair) {
    return (
      <div aria-busy="true">
        <Skeleton active paragraph={{ rows: 3 }} />
        <Skeleton active paragraph={{ rows: 8 }} />
      </div>
    );
  }
  return <LoadedPair item={item} pair={pair} />;
}

function LoadedPair({ item, pair }: { readonly item: DocketItem; readonly pair: PairView }) {
  const codes = useCodes();
  const [emphasised, setEmphasised] = useState<number | null>(null);
  const { explanation, level, probabilities } = pair.match.assessment;
  // What was matched is what was published; an author's later draft is not what staff decide on.
  const need = pair.need ? (pair.need.published?.content ?? pair.need.content) : null;
  const achievement = pair.achievement ? (pair.achievement.published?.content ?? pair.achievement.content) : null;
  const spans = useMemo(
    () => ({
      need: spansOf(explanation, 'need', (field) => (need ? textIn(need, field) : undefined)),
      achievement: spansOf(explanation, 'achievement', (field) =>
        achievement ? textIn(achievement, field) : undefined,
      ),
    }),
    [explanation, need, achievement],
  );
  if (!need || !achievement) {
    return <p className="quiet">这一对的{need ? '成果' : '需求'}已经不在，不能再审核。</p>;
  }
  const rows = fieldRows(need, achievement, codes);
  const likely = Math.round((probabilities.strong + probabilities.fair) * 100);
  const title = (side: 'need' | 'achievement', text: string) => (
    <MarkedText text={text} spans={spans[side].get('title')} emphasised={emphasised} />
  );
  return (
    <article className="pair" aria-label={`第 ${item.place} 对`}>
      <div className="pair-tags">
        <span className={`tag ${levelTones[level]}`}>匹配程度：{codes.label('matchLevels', level)}</span>
        <span className="tag">{originNames[item.origin]}</span>
        <span className="quiet">这样的对约 {likely}% 合适（强或较强）</span>
        {item.reviewTwice ? (
          <span className={`tag ${item.agreed ? 'good' : 'wait'}`}>
            {item.agreed ? `${item.agreed.byName}已复核` : '通过须两人审核'}
          </span>
        ) : null}
        {item.mark ? (
          <span className="quiet">
            {item.mark.byName} 已标记“{describeMark(item.mark, codes)}”
          </span>
        ) : null}
      </div>
      {item.void ? <p className="pair-void">这一对已失效：{item.void.reason}</p> : null}
      {item.carriedTo ? <p className="pair-void">这一对已转入 {item.carriedTo} 的清单。</p> : null}
      {item.decidedOn ? <p className="pair-void">这一对由 {item.decidedOn} 的清单决定。</p> : null}

      <div className="pair-why">
        <section>
          <h3>为什么推荐</h3>
          <p>{explanation.statement}</p>
        </section>
        {explanation.against.length > 0 ? (
          <section className="why-against">
            <h3>不利之处</h3>
            <ul>
              {explanation.against.map((text) => (
                <li key={text}>{text}</li>
              ))}
            </ul>
          </section>
        ) : null}
        {explanation.missing.length > 0 ? (
          <section className="why-missing">
            <h3>缺少的信息</h3>
            <ul>
              {explanation.missing.map((text) => (
                <li key={text}>{text}</li>
              ))}
            </ul>
          </section>
        ) : null}
      </div>

      {explanation.terms.some(({ term }) => isShownTerm(term)) ? (
        <fieldset className="pair-terms no-print">
          <legend>双方都有的词（点一下，两边突出显示）</legend>
          {explanation.terms.map(({ term, share }, index) =>
            isShownTerm(term) ? (
              <button
                key={term}
                type="button"
                className={`term hue-${(index % 6) + 1}`}
                aria-pressed={emphasised === index}
                onClick={() => setEmphasised(emphasised === index ? null : index)}
              >
                {term} <span className="term-share">{Math.round(share * 100)}%</span>
              </button>
            ) : null,
          )}
        </fieldset>
      ) : null}

      <div className="pair-columns">
        <header className="side-head need">
          <div className="side-name">需求</div>
          <h2>{title('need', need.title ?? '（没有名称）')}</h2>
          <Organisation view={pair.needOrganisation} />
        </header>
        <header className="side-head achievement">
          <div className="side-name">成果</div>
          <h2>{title('achievement', achievement.title ?? '（没有名称）')}</h2>
          <Organisation view={pair.achievementOrganisation} />
        </header>
        {rows.map((row) => (
          <Line
            key={`${row.need?.label ?? ''}/${row.achievement?.label ?? ''}`}
            need={row.need}
            achievement={row.achievement}
            spans={spans}
            emphasised={emphasised}
          />
        ))}
      </div>

      <Indicators explanation={explanation} />
      <PairHistory pair={pair} item={item} />
    </article>
  );
}

function Organisation({ view }: { readonly view: PairView['needOrganisation'] }) {
  if (!view) return <p className="quiet">没有所属机构</p>;
  return (
    <p className="quiet">
      {view.content.name}
      {view.content.region ? `（${view.content.region}）` : ''}
    </p>
  );
}

function Line({
  need,
  achievement,
  spans,
  emphasised,
}: {
  readonly need: FieldCell | null;
  readonly achievement: FieldCell | null;
  readonly spans: Readonly<Record<'need' | 'achievement', ReadonlyMap<string, readonly Span[]>>>;
  readonly emphasised: number | null;
}) {
  // What holds evidence is long; the rest is one line a side, its label before it.
  const long = need?.field !== undefined || achievement?.field !== undefined;
  const shown = (side: 'need' | 'achievement', given: FieldCell | null) => (
    <div className={`field ${side}${given ? '' : ' empty'}${long ? '' : ' short'}`}>
      {given ? (
        <>
          <div className="field-label">{given.label}</div>
          <div className="field-text">
            {typeof given.text === 'string' ? (
              <MarkedText
                text={given.text}
                spans={given.field === undefined ? undefined : spans[side].get(given.field)}
                emphasised={emphasised}
              />
            ) : (
              given.text.map((text, index) => (
                <span key={text} className="keyword">
                  <MarkedText text={text} spans={spans[side].get(`${given.field}.${index}`)} emphasised={emphasised} />
                </span>
              ))
            )}
          </div>
        </>
      ) : null}
    </div>
  );
  return (
    <>
      {shown('need', need)}
      {shown('achievement', achievement)}
    </>
  );
}

function Indicators({ explanation: { indicators } }: { readonly explanation: ExplanationView }) {
  if (indicators.length === 0) {
    return (
      <section className="pair-part">
        <h2>指标</h2>
        <p className="quiet">需求没有写明数值指标。</p>
      </section>
    );
  }
  const count = (verdict: keyof typeof verdicts) => indicators.filter((one) => one.verdict === verdict).length;
  return (
    <section className="pair-part">
      <h2>
        指标：{count('met')} 项达到，{count('unmet')} 项未达到，{count('unknown')} 项不明
      </h2>
      <div className="table-frame">
        <table className="indicators">
          <thead>
            <tr>
              <th scope="col">指标</th>
              <th scope="col">需求要求</th>
              <th scope="col">成果数值</th>
              <th scope="col">结论</th>
            </tr>
          </thead>
          <tbody>
            {indicators.map(({ name, verdict, target, found, reason }) => (
              <tr key={`${name}${target.written}`}>
                <th scope="row">{name}</th>
                <td title={target.evidence.text}>{target.written}</td>
                <td title={found?.evidence.text}>{found ? found.written : <span className="quiet">没有认出</span>}</td>
                <td>
                  <span className={`tag ${verdicts[verdict].tone}`}>
                    {verdicts[verdict].sign} {verdicts[verdict].label}
                  </span>
                  <span className="only-read">{reason}</span>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}
