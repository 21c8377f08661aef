import { useEffect, useRef } from 'react';
import { useCodes } from '../../parts/codes.ts';
import {
  type DocketItem,
  describeMark,
  isLive,
  isUnconfirmed,
  levelTones,
  markSigns,
  markTones,
} from './docket-items.ts';
import type { Watcher } from './use-watchers.ts';

/** The pairs of the week; the chosen one is kept in sight. */
export function DocketList({
  items,
  chosen,
  onChoose,
  watchers = [],
  selection,
}: {
  readonly items: readonly DocketItem[];
  readonly chosen: string | undefined;
  readonly onChoose: (item: DocketItem) => void;
  /** Who else looks at which pair. */
  readonly watchers?: readonly Watcher[];
  /** Pairs that are to be marked together; absent where nothing can be marked. */
  readonly selection?: {
    readonly pairIds: ReadonlySet<string>;
    /** `range` from the one that was selected before. */
    readonly onSelect: (item: DocketItem, range: boolean) => void;
  };
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
        <li key={item.pairId} className={selection?.pairIds.has(item.pairId) ? 'docket-line selected' : 'docket-line'}>
          {selection ? (
            <label className="docket-select">
              <input
                type="checkbox"
                aria-label={`选择第 ${item.place} 对`}
                disabled={!isLive(item)}
                checked={selection.pairIds.has(item.pairId)}
                onChange={(event) => selection.onSelect(item, (event.nativeEvent as MouseEvent).shiftKey)}
              />
            </label>
          ) : null}
          <button
            type="button"
            className="docket-item"
            aria-current={item.pairId === chosen ? 'true' : undefined}
            onClick={(event) => (event.shiftKey && selection ? selection.onSelect(item, true) : onChoose(item))}
          >
            <span className={`place ${item.mark ? markTones[item.mark.kind] : ''}`}>
              {item.mark ? <span aria-hidden="true">{markSigns[item.mark.kind]}</span> : item.place}
            </span>
            <span className="titles">
              <span className="need-title">{item.needTitle}</span>
              <span className="achievement-title">{item.achievementTitle}</span>
              <span className="docket-facts">
                <Watched names={watchers.filter((one) => one.pairId === item.pairId).map(({ name }) => name)} />
                <span className={`level ${levelTones[item.level]}`}>{codes.label('matchLevels', item.level)}</span>
                {isUnconfirmed(item) ? <span className="second-mark">待复核</span> : null}
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

function Watched({ names }: { readonly names: readonly string[] }) {
  if (names.length === 0) return null;
  const words = `${names.join('、')} 在看`;
  return (
    <span className="watched" title={words}>
      <span className="only-read">{words}</span>
    </span>
  );
}
