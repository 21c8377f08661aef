import { Button, Modal } from 'antd';
import { useCodes } from '../../parts/codes.ts';
import { momentOf } from '../../parts/times.ts';
import { describeMark } from './docket-items.ts';
import type { MarkConflict } from './use-marking.ts';

/** Two people marked one pair: both marks, and who decides. */
export function ConflictDialog({
  conflict,
  onResolve,
}: {
  readonly conflict: MarkConflict;
  readonly onResolve: (keep: 'theirs' | 'mine') => void;
}) {
  const codes = useCodes();
  const { theirs, mine, words } = conflict;
  const takesMarks = theirs.void === undefined && theirs.carriedTo === undefined && theirs.decidedOn === undefined;
  return (
    <Modal
      open
      title={`第 ${theirs.place} 对已有别人的标记`}
      mask={{ closable: false }}
      onCancel={() => onResolve('theirs')}
      footer={
        <>
          <Button onClick={() => onResolve('theirs')}>保留现有的</Button>
          {takesMarks ? (
            <Button type="primary" onClick={() => onResolve('mine')}>
              改为我的标记
            </Button>
          ) : null}
        </>
      }
    >
      <p>{words}</p>
      <p className="conflict-titles">
        {theirs.needTitle} × {theirs.achievementTitle}
      </p>
      <div className="conflict">
        <div>
          <h3>现有的标记</h3>
          {theirs.mark ? (
            <>
              <p>
                <strong>{describeMark(theirs.mark, codes)}</strong>
              </p>
              {theirs.mark.note ? <p>{theirs.mark.note}</p> : null}
              <p className="quiet">
                {theirs.mark.byName}，{momentOf(theirs.mark.at)}
              </p>
            </>
          ) : (
            <p>没有标记</p>
          )}
        </div>
        <div>
          <h3>我的标记</h3>
          <p>
            <strong>{mine ? describeMark(mine, codes) : '撤销标记'}</strong>
          </p>
          {mine?.note ? <p>{mine.note}</p> : null}
        </div>
      </div>
    </Modal>
  );
}
