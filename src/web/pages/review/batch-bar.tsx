import { DownOutlined } from '@ant-design/icons';
import { Button, Dropdown } from 'antd';
import { useCodes } from '../../parts/codes.ts';
import { type DocketItem, isLive, isOpenItem } from './docket-items.ts';

const levels = ['strong', 'fair', 'weak', 'none'] as const;

/** Selects pairs that are to be marked together, and leads to what they are marked as. */
export function BatchBar({
  items,
  chosen,
  selected,
  onSelect,
  onMark,
}: {
  readonly items: readonly DocketItem[];
  readonly chosen: DocketItem | undefined;
  readonly selected: ReadonlySet<string>;
  readonly onSelect: (pairIds: readonly string[]) => void;
  readonly onMark: () => void;
}) {
  const codes = useCodes();
  const live = items.filter(isLive);
  const choices = [
    { key: 'open', label: '全部没有标记的', pairs: live.filter(isOpenItem) },
    ...(chosen
      ? [{ key: 'need', label: '与现在这项需求有关的', pairs: live.filter((one) => one.needId === chosen.needId) }]
      : []),
    ...levels.map((level) => ({
      key: level,
      label: `匹配程度“${codes.label('matchLevels', level)}”的`,
      pairs: live.filter((one) => one.level === level),
    })),
  ].filter(({ pairs }) => pairs.length > 0);
  return (
    <div className="batch-bar">
      <Dropdown
        trigger={['click']}
        menu={{
          items: choices.map(({ key, label, pairs }) => ({ key, label: `${label}（${pairs.length}）` })),
          onClick: ({ key }) =>
            onSelect(choices.find((one) => one.key === key)?.pairs.map(({ pairId }) => pairId) ?? []),
        }}
      >
        <Button size="small">
          选择 <DownOutlined aria-hidden />
        </Button>
      </Dropdown>
      {selected.size > 0 ? (
        <>
          <span className="batch-count" aria-live="polite">
            已选 {selected.size} 对
          </span>
          <Button size="small" type="primary" onClick={onMark}>
            批量标记……
          </Button>
          <Button size="small" type="text" onClick={() => onSelect([])}>
            清除
          </Button>
        </>
      ) : (
        <span className="quiet">可以几对一起标记</span>
      )}
    </div>
  );
}
