import { useEffect, useRef } from 'react';
import { useCodes } from '../../parts/codes.ts';
import { type DocketItem, describeMark, isLive, levelTones, markSigns, markTones } from './docket-items.ts';

/** The pairs of the week; the chosen one is kept in sight. */
export function DocketList({
  items,
  chosen,
  onChoose,
}: {
  readonly items: readonly DocketItem[];
  readonly chosen: string | undefined;
  readonly onChoose: (item: DocketItem) => void;
}) {
  const codes = useCodes();
  const list = useRef<HTMLOListElement>(null);
  // biome-ignore lint/correctness/useExhaustiveDependencies: another choice is the occasion
  useEffect(() => {
    list.current?.querySelector('[aria-current="true"]')?.scrollIntoView({ block: 'nearest' });
  }, [chosen]);
  if (items.length === 0) return <p className="quiet list-empty">没有符合的对。</p>;
  return (
    <ol className="docket-list" ref={list}>
      {items.map((item) => (
        <li key={item.pairId}>
          <button
            type="button"
            className="docket-item"
            aria-current={item.pairId === chosen ? 'true' : undefined}
            onClick={() => onChoose(item)}
          >
            <span className={`place ${item.mark ? markTones[item.mark.kind] : ''}`}>
              {item.mark ? <span aria-hidden="true">{markSigns[item.mark.kind]}</span> : item.place}
            </span>
            <span className="titles">
              <span className="need-title">{item.needTitle}</span>
              <span className="achievement-title">{item.achievementTitle}</span>
              <span className="docket-facts">
                <span className={`level ${levelTones[item.level]}`}>{codes.label('matchLevels', item.level)}</span>
                <span className="quiet">
                  {item.mark
                    ? describeMark(item.mark, codes)
                    : isLive(item)
                      ? item.needOrganisation
                      : item.void
                        ? '已失效'
                        : '由别的清单决定'}
                </span>
              </span>
            </span>
          </button>
        </li>
      ))}
    </ol>
  );
}
