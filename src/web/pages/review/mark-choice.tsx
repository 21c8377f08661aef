import { Input, Radio, Select } from 'antd';
import { useCodes } from '../../parts/codes.ts';
import { dayAfter, today } from '../../parts/times.ts';
import { type MarkInput, markNames } from './docket-items.ts';

type Kind = MarkInput['kind'];

/** A mark as it is being chosen: what each kind has still to say may be missing. */
export interface MarkDraft {
  readonly kind: Kind | null;
  readonly reason: Extract<MarkInput, { kind: 'reject' }>['reason'] | null;
  readonly until: string;
  readonly side: 'need' | 'achievement';
  readonly question: string;
  readonly note: string;
}

export const emptyDraft = (kind: Kind | null): MarkDraft => ({
  kind,
  reason: null,
  until: dayAfter(today(), 30),
  side: 'achievement',
  question: '',
  note: '',
});

/** A pair is put off for a year at most. */
export function lastDeferDay(): string {
  const from = today();
  return `${Number(from.slice(0, 4)) + 1}${from.slice(4)}`;
}

/** The mark that was chosen, or null while something is missing. */
export function markOf(draft: MarkDraft): MarkInput | null {
  const note = draft.note.trim() ? { note: draft.note.trim() } : {};
  const question = draft.question.trim();
  switch (draft.kind) {
    case null:
      return null;
    case 'accept':
      return { kind: 'accept', ...note };
    case 'reject':
      return draft.reason && { kind: 'reject', reason: draft.reason, ...note };
    case 'defer':
      return draft.until > today() && draft.until <= lastDeferDay()
        ? { kind: 'defer', until: draft.until, ...note }
        : null;
    case 'ask':
      return [...question].length < 4 ? null : { kind: 'ask', side: draft.side, question, ...note };
  }
}

/** What is missing yet, in words. */
export function missingOf(draft: MarkDraft): string {
  if (draft.kind === 'reject') return '请选择不通过的原因。';
  if (draft.kind === 'defer') return `请选择明天到 ${lastDeferDay()} 之间的日期。`;
  if (draft.kind === 'ask') return '请写明要补充的内容，至少 4 个字。';
  return '请选择一种决定。';
}

/** One of several marks with what it has to say: a reason, a day, a question. */
export function MarkChoice({
  label,
  kinds,
  draft,
  noteHint,
  autoFocus = false,
  onChange,
}: {
  readonly label: string;
  readonly kinds: readonly Kind[];
  readonly draft: MarkDraft;
  readonly noteHint: string;
  readonly autoFocus?: boolean;
  readonly onChange: (draft: MarkDraft) => void;
}) {
  const codes = useCodes();
  const put = (change: Partial<MarkDraft>) => onChange({ ...draft, ...change });
  return (
    <>
      <Radio.Group
        value={draft.kind}
        aria-label={label}
        onChange={(event) => put({ kind: event.target.value as Kind })}
      >
        {kinds.map((kind) => (
          <Radio key={kind} value={kind} autoFocus={autoFocus && kind === (draft.kind ?? kinds[0])}>
            {markNames[kind]}
          </Radio>
        ))}
      </Radio.Group>
      {draft.kind === 'reject' ? (
        <Select
          aria-label="不通过的原因"
          placeholder="选择原因"
          value={draft.reason}
          onChange={(reason) => put({ reason })}
          options={codes
            .table('rejectionReasons')
            .map(({ code, label: name }) => ({ value: code as NonNullable<MarkDraft['reason']>, label: name }))}
        />
      ) : null}
      {draft.kind === 'defer' ? (
        <label>
          暂缓到{' '}
          <input
            type="date"
            className="day-input"
            value={draft.until}
            min={dayAfter(today(), 1)}
            max={lastDeferDay()}
            onChange={(event) => put({ until: event.target.value })}
          />
        </label>
      ) : null}
      {draft.kind === 'ask' ? (
        <>
          <Radio.Group
            value={draft.side}
            aria-label="请谁补充"
            onChange={(event) => put({ side: event.target.value as MarkDraft['side'] })}
            options={[
              { value: 'achievement', label: '成果方' },
              { value: 'need', label: '需求方' },
            ]}
          />
          <Input.TextArea
            value={draft.question}
            maxLength={500}
            showCount
            rows={3}
            aria-label="要补充的内容"
            placeholder="要补充的内容"
            onChange={(event) => put({ question: event.target.value })}
          />
        </>
      ) : null}
      <Input
        value={draft.note}
        maxLength={500}
        aria-label="备注"
        placeholder={noteHint}
        onChange={(event) => put({ note: event.target.value })}
      />
    </>
  );
}
