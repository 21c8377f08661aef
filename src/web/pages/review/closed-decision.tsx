import { Button } from 'antd';
import { Link } from 'react-router';
import type { PairView } from '../../../http/contract/dockets.ts';
import { useCodes } from '../../parts/codes.ts';
import { momentOf, weekName } from '../../parts/times.ts';
import { type DocketItem, describeMark } from './docket-items.ts';

/** Under a pair of a closed docket: what was decided, and the way to correct it, or to the docket that decides now. */
export function ClosedDecision({
  week,
  item,
  pair,
  onCorrect,
}: {
  readonly week: string;
  readonly item: DocketItem;
  readonly pair: PairView | undefined;
  readonly onCorrect: () => void;
}) {
  const codes = useCodes();
  const { mark } = item;
  if (!mark) return null;
  const later = pair?.appearances.find((one) => one.week > week)?.week;
  const corrected = pair?.appearances.find((one) => one.week === week)?.corrections.at(-1);
  return (
    <div className="closed-bar no-print">
      <div className="closed-decision">
        <p aria-live="polite">
          {corrected ? '更正后的决定' : '决定'}：<strong>{describeMark(mark, codes)}</strong>
          {mark.note ? `（${mark.note}）` : ''}
          <span className="quiet">
            {' '}
            {mark.byName}，{momentOf(mark.at)}
          </span>
          {corrected ? <span className="quiet"> 原因：{corrected.reason}</span> : null}
        </p>
        {later === undefined ? (
          <Button onClick={onCorrect}>更正……</Button>
        ) : (
          <Link to={`/review/${later}/${encodeURIComponent(item.pairId)}`}>
            这一对已再次列入{weekName(later)}清单，到那里看
          </Link>
        )}
      </div>
    </div>
  );
}
