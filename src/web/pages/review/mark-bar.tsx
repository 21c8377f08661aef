import { Button, Form, Input, Radio } from 'antd';
import { useEffect, useRef, useState } from 'react';
import { useCodes } from '../../parts/codes.ts';
import { dayAfter, today } from '../../parts/times.ts';
import { type DocketItem, describeMark, type MarkInput, markNames, markSigns, markTones } from './docket-items.ts';

export type Panel = 'reject' | 'defer' | 'ask' | null;

/** Days that one key chooses. */
export const deferChoices = [
  { label: '两周后', days: 14 },
  { label: '一个月后', days: 30 },
  { label: '三个月后', days: 91 },
  { label: '半年后', days: 182 },
] as const;

const kinds = ['accept', 'reject', 'defer', 'ask'] as const;

/** The four marks with their keys, and what a mark still has to say: a reason, a day, a question. */
export function MarkBar({
  item,
  panel,
  missing,
  canUndo,
  second,
  onPanel,
  onMark,
  onUnmark,
}: {
  readonly item: DocketItem;
  readonly panel: Panel;
  /** What the explanation says is missing: the beginning of a question. */
  readonly missing: readonly string[];
  readonly canUndo: boolean;
  /** Where 通过 waits for a second person: whether it is the reader's own mark. */
  readonly second: 'mine' | 'theirs' | null;
  readonly onPanel: (panel: Panel) => void;
  readonly onMark: (mark: MarkInput) => void;
  readonly onUnmark: () => void;
}) {
  const codes = useCodes();
  return (
    <div className="mark-bar no-print">
      {panel === 'reject' ? <RejectPanel key={item.pairId} onMark={onMark} onClose={() => onPanel(null)} /> : null}
      {panel === 'defer' ? <DeferPanel key={item.pairId} onMark={onMark} onClose={() => onPanel(null)} /> : null}
      {panel === 'ask' ? (
        <AskPanel key={item.pairId} missing={missing} onMark={onMark} onClose={() => onPanel(null)} />
      ) : null}
      <div className="mark-buttons">
        {kinds.map((kind, index) => {
          const chosen = item.mark?.kind === kind;
          return (
            <button
              key={kind}
              type="button"
              className={`mark-button ${markTones[kind]}${chosen ? ' chosen' : ''}`}
              aria-pressed={kind === 'accept' && second === 'theirs' ? undefined : chosen}
              aria-expanded={kind === 'accept' ? undefined : panel === kind}
              onClick={() => (kind === 'accept' ? onMark({ kind }) : onPanel(panel === kind ? null : kind))}
            >
              <kbd className="only-wide">{index + 1}</kbd>
              <span aria-hidden="true">{markSigns[kind]}</span>{' '}
              {kind === 'accept' && second === 'theirs' ? '复核通过' : markNames[kind]}
            </button>
          );
        })}
        <div className="mark-now" aria-live="polite">
          {item.mark
            ? `现在的标记：${describeMark(item.mark, codes)}${item.mark.note ? `（${item.mark.note}）` : ''}${secondWords(item, second)}`
            : ''}
        </div>
        <button type="button" className="mark-button undo" disabled={!item.mark && !canUndo} onClick={onUnmark}>
          <kbd className="only-wide">U</kbd>
          <span>撤销</span>
        </button>
      </div>
    </div>
  );
}

function secondWords(item: DocketItem, second: 'mine' | 'theirs' | null): string {
  if (second === 'mine') return '，等待另一位工作人员复核';
  if (second === 'theirs') return `（${item.mark?.byName}），等待您复核`;
  return item.agreed ? `，${item.agreed.byName}已复核` : '';
}

/** The last digit of the row chooses the tenth. */
export const digitOf = (index: number): string => String((index + 1) % 10);

function RejectPanel({
  onMark,
  onClose,
}: {
  readonly onMark: (mark: MarkInput) => void;
  readonly onClose: () => void;
}) {
  const codes = useCodes();
  const [note, setNote] = useState('');
  return (
    <section className="mark-panel" aria-label="不通过的原因">
      <PanelHead title="不通过的原因（按数字选择）" onClose={onClose} />
      <div className="choices">
        {codes.table('rejectionReasons').map(({ code, label }, index) => (
          <button
            key={code}
            type="button"
            className="choice"
            onClick={() =>
              onMark({
                kind: 'reject',
                reason: code as Extract<MarkInput, { kind: 'reject' }>['reason'],
                ...(note.trim() ? { note: note.trim() } : {}),
              })
            }
          >
            <kbd>{digitOf(index)}</kbd> {label}
          </button>
        ))}
      </div>
      <Input
        value={note}
        maxLength={500}
        onChange={(event) => setNote(event.target.value)}
        placeholder="备注（可以不写；先写备注，再点原因）"
        aria-label="备注"
      />
    </section>
  );
}

function DeferPanel({ onMark, onClose }: { readonly onMark: (mark: MarkInput) => void; readonly onClose: () => void }) {
  const [until, setUntil] = useState('');
  const from = today();
  const last = `${Number(from.slice(0, 4)) + 1}${from.slice(4)}`;
  const wrong = until !== '' && (until <= from || until > last);
  return (
    <section className="mark-panel" aria-label="暂缓到哪一天">
      <PanelHead title="暂缓到哪一天再议（按数字选择）" onClose={onClose} />
      <div className="choices">
        {deferChoices.map(({ label, days }, index) => (
          <button
            key={label}
            type="button"
            className="choice"
            onClick={() => onMark({ kind: 'defer', until: dayAfter(from, days) })}
          >
            <kbd>{digitOf(index)}</kbd> {label} <span className="quiet">{dayAfter(from, days)}</span>
          </button>
        ))}
        <form
          className="other-day"
          onSubmit={(event) => {
            event.preventDefault();
            if (until !== '' && !wrong) onMark({ kind: 'defer', until });
          }}
        >
          <label>
            <kbd>5</kbd> 其他日期{' '}
            <input
              id="defer-day"
              type="date"
              className="day-input"
              value={until}
              min={dayAfter(from, 1)}
              max={last}
              onChange={(event) => setUntil(event.target.value)}
            />
          </label>
          <Button htmlType="submit" disabled={until === '' || wrong}>
            确定
          </Button>
        </form>
      </div>
      {wrong ? <p className="panel-fault">请选择明天到 {last} 之间的日期。</p> : null}
    </section>
  );
}

function AskPanel({
  missing,
  onMark,
  onClose,
}: {
  readonly missing: readonly string[];
  readonly onMark: (mark: MarkInput) => void;
  readonly onClose: () => void;
}) {
  const [side, setSide] = useState<'need' | 'achievement'>(
    missing.length > 0 && missing.every((text) => text.startsWith('需求')) ? 'need' : 'achievement',
  );
  const [question, setQuestion] = useState(() =>
    missing.length > 0
      ? `请补充：${missing.map((text) => text.replace(/^(成果|需求)(未说明|没有)?/, '')).join('；')}`.slice(0, 500)
      : '',
  );
  const place = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const area = place.current?.querySelector('textarea');
    area?.focus();
    area?.setSelectionRange(area.value.length, area.value.length);
  }, []);
  const short = [...question.trim()].length < 4;
  const send = () => {
    if (!short) onMark({ kind: 'ask', side, question: question.trim() });
  };
  return (
    <section className="mark-panel" aria-label="请补充" ref={place}>
      <PanelHead title="请谁补充什么" onClose={onClose} />
      <Form layout="vertical" onFinish={send}>
        <Radio.Group
          value={side}
          onChange={(event) => setSide(event.target.value)}
          options={[
            { value: 'achievement', label: '成果方' },
            { value: 'need', label: '需求方' },
          ]}
          aria-label="请谁补充"
        />
        <Input.TextArea
          value={question}
          maxLength={500}
          showCount
          rows={3}
          aria-label="要补充的内容"
          onChange={(event) => setQuestion(event.target.value)}
          onKeyDown={(event) => {
            if (event.key === 'Enter' && (event.ctrlKey || event.metaKey) && !event.nativeEvent.isComposing) send();
          }}
        />
        <div className="panel-foot">
          <span className="quiet">清单关闭后发给对方。Ctrl+Enter 确定，Esc 取消</span>
          <Button type="primary" htmlType="submit" disabled={short}>
            标记为请补充
          </Button>
        </div>
      </Form>
    </section>
  );
}

function PanelHead({ title, onClose }: { readonly title: string; readonly onClose: () => void }) {
  return (
    <div className="panel-head">
      <h3>{title}</h3>
      <Button type="text" size="small" onClick={onClose}>
        取消 <kbd>Esc</kbd>
      </Button>
    </div>
  );
}
