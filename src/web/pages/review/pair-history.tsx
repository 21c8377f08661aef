import { Link } from 'react-router';
import type { PairView } from '../../../http/contract/dockets.ts';
import { useCodes } from '../../parts/codes.ts';
import { momentOf, weekName } from '../../parts/times.ts';
import { type DocketItem, describeMark } from './docket-items.ts';

const actions: Readonly<Record<string, string>> = {
  create: '录入',
  import: '导入',
  edit: '修改',
  submit: '提交',
  return: '退回',
  publish: '发布',
  withdraw: '撤回',
  expire: '过期',
  renew: '续期',
  complete: '补全',
  discard: '放弃修改',
  ask: '请补充',
  answer: '答复',
};

/** What was said and done about the pair and about each side before. */
export function PairHistory({ pair, item }: { readonly pair: PairView; readonly item: DocketItem }) {
  const codes = useCodes();
  const { decisions } = pair.match;
  const earlier = item.earlierMarks;
  const reasons = new Map(
    pair.appearances.flatMap(({ corrections }) => corrections.map(({ id, reason }) => [id, reason])),
  );
  const records = [
    { name: '需求', record: pair.need },
    { name: '成果', record: pair.achievement },
  ];
  return (
    <details className="pair-part pair-history">
      <summary>
        <h2>来龙去脉</h2>
        <span className="quiet">
          这一对决定过 {decisions.length} 次，本期改过 {earlier.length} 次标记
        </span>
      </summary>
      {pair.interest ? (
        <p>
          <time>{momentOf(pair.interest.at)}</time> 成果方对这项需求表示感兴趣：{pair.interest.text}
          {pair.interest.achievementId === pair.match.achievementId ? '（指的就是这项成果）' : ''}
        </p>
      ) : null}
      {decisions.length + earlier.length > 0 ? (
        <ul className="history">
          {decisions.map((decision) => (
            <li key={`${decision.week}${decision.mark.at}`}>
              <time>{momentOf(decision.mark.at)}</time> {decision.mark.byName} 在
              <Link to={`/review/${decision.week}/${encodeURIComponent(item.pairId)}`}>{weekName(decision.week)}</Link>
              {decision.correction ? '更正为' : '决定'}“{describeMark(decision.mark, codes)}”
              {decision.mark.note ? `（${decision.mark.note}）` : ''}
              {decision.correctionId !== undefined && reasons.has(decision.correctionId)
                ? `，原因：${reasons.get(decision.correctionId)}`
                : ''}
            </li>
          ))}
          {earlier.map((mark) => (
            <li key={mark.at}>
              <time>{momentOf(mark.at)}</time> {mark.byName} 标记“{describeMark(mark, codes)}”
              {mark.undone ? `，${mark.undone.byName} 于 ${momentOf(mark.undone.at)} 撤销` : ''}
            </li>
          ))}
        </ul>
      ) : null}
      <div className="history-columns">
        {records.map(({ name, record }) => (
          <div key={name}>
            <h3>{name}</h3>
            <ul className="history">
              {(record?.history ?? []).map((line) => (
                <li key={`${line.at}${line.action}`}>
                  <time>{momentOf(line.at)}</time> {actions[line.action] ?? line.action}
                  {line.reason ? `：${line.reason}` : ''}
                </li>
              ))}
              {(record?.questions ?? []).map((question) => (
                <li key={question.id}>
                  <time>{momentOf(question.askedAt)}</time> 请补充：{question.question}
                  {question.answer ? <div>答复：{question.answer}</div> : <div className="quiet">还没有答复</div>}
                </li>
              ))}
            </ul>
          </div>
        ))}
      </div>
    </details>
  );
}
