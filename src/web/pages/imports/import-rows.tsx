import { Button, Radio } from 'antd';
import { useState } from 'react';
import type { Answer } from '../../api/client.ts';
import { type ImportRow, outcomeWord } from './import-words.ts';

type Report = NonNullable<Answer<'GET /api/v1/import-runs/{id}'>['report']>;
const atOnce = 100;
const shownWays = {
  invalid: '有误',
  noted: '有提示',
  all: '全部',
} as const;
type Shown = keyof typeof shownWays;

const fits: Readonly<Record<Shown, (row: ImportRow) => boolean>> = {
  invalid: ({ outcome }) => outcome === 'invalid',
  noted: ({ outcome, issues }) => outcome !== 'invalid' && issues.length > 0,
  all: () => true,
};

/** Row by row what is wrong with it, in which column, and how to mend it. */
export function ImportRows({ report }: { readonly report: Report }) {
  const { rows, rowsOmitted, dryRun, remarks } = report;
  const [chosen, choose] = useState<Shown | null>(null);
  const [most, setMost] = useState(atOnce);
  const count = (way: Shown) => rows.filter(fits[way]).length;
  const shown = chosen ?? (count('invalid') > 0 ? 'invalid' : count('noted') > 0 ? 'noted' : 'all');
  const found = rows.filter(fits[shown]);
  return (
    <section className="card" aria-labelledby="import-rows">
      <h2 id="import-rows">逐行的结果</h2>
      {remarks.length > 1 ? (
        <details className="import-more">
          <summary>按毛病归类（{remarks.length} 种）</summary>
          <ul className="import-remarks">
            {remarks.slice(0, 30).map(({ field, label, reason, count: times }) => (
              <li key={`${field}${reason}`}>
                <strong>{times} 行</strong> {label}：{reason}
              </li>
            ))}
          </ul>
        </details>
      ) : null}
      <Radio.Group
        className="import-filter no-print"
        value={shown}
        onChange={({ target }) => {
          choose(target.value as Shown);
          setMost(atOnce);
        }}
        options={(Object.keys(shownWays) as Shown[]).map((way) => ({
          value: way,
          label: `${shownWays[way]} ${count(way).toLocaleString('zh-CN')}`,
        }))}
      />
      {found.length === 0 ? <p className="quiet">没有这样的行。</p> : null}
      <ol className="import-rows">
        {found.slice(0, most).map((row) => (
          <RowLine key={row.row} row={row} dryRun={dryRun} />
        ))}
      </ol>
      {found.length > most ? (
        <Button block className="lines-more" onClick={() => setMost(most + atOnce)}>
          再列 {Math.min(atOnce, found.length - most)} 行（还有 {found.length - most} 行）
        </Button>
      ) : null}
      {rowsOmitted > 0 ? (
        <p className="quiet import-note">
          还有 {rowsOmitted.toLocaleString('zh-CN')} 行没有列出：有误的和其余的各列前 1,000 行。
        </p>
      ) : null}
    </section>
  );
}

function RowLine({ row, dryRun }: { readonly row: ImportRow; readonly dryRun: boolean }) {
  const [word, tone] = outcomeWord(row.outcome, dryRun);
  return (
    <li>
      <span className="import-row-head">
        <strong>第 {row.row} 行</strong>
        {row.externalId ? <span className="quiet">编号 {row.externalId}</span> : null}
        <span className={`tag ${tone}`}>{word}</span>
      </span>
      {row.issues.length > 0 ? (
        <ul>
          {row.issues.map(({ field, label, reason, mend }) => (
            <li key={`${field}${reason}`}>
              <strong>{label}</strong>：{reason}。<span className="quiet">{mend}</span>
            </li>
          ))}
        </ul>
      ) : null}
    </li>
  );
}
