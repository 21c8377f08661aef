import { useMutation, useQuery } from '@tanstack/react-query';
import { Button, Modal } from 'antd';
import { useState } from 'react';
import { call, randomKey } from '../../api/client.ts';
import { useCodes } from '../../parts/codes.ts';
import { ProblemAlert } from '../../parts/problem-alert.tsx';
import { useOnce } from '../../parts/use-once.ts';
import { useRequestKey } from '../../parts/use-request-key.ts';
import { type DocketItem, describeMark, type MarkInput } from './docket-items.ts';
import { emptyDraft, MarkChoice, markOf, missingOf } from './mark-choice.tsx';
import type { BatchAnswer } from './use-marking.ts';

const kinds = ['accept', 'reject', 'defer'] as const;

/** Marks several pairs alike: what exactly, and what the service would say to each, before anything is written. */
export function BatchDialog({
  week,
  pairs,
  settled,
  onDone,
  onClose,
}: {
  readonly week: string;
  readonly pairs: readonly DocketItem[];
  /** Resolves when no mark is on its way any more. */
  readonly settled: () => Promise<void>;
  readonly onDone: (answer: BatchAnswer) => void;
  readonly onClose: () => void;
}) {
  const codes = useCodes();
  const once = useOnce();
  const [draft, setDraft] = useState(() => emptyDraft('reject'));
  // The pairs as they were when the dialog was opened: what is looked at is what is marked.
  const [given] = useState(pairs);
  const [key] = useState(randomKey);
  const keyOf = useRequestKey();
  const [answer, setAnswer] = useState<BatchAnswer | null>(null);
  const mark = markOf(draft);
  const body = (wanted: MarkInput, dryRun: boolean) => ({
    pairs: given.map(({ pairId, markVersion }) => ({ pairId, markVersion })),
    mark: wanted,
    dryRun,
  });
  const preview = useQuery({
    queryKey: ['batch-preview', week, key, JSON.stringify(mark && { ...mark, note: undefined })],
    queryFn: async () => {
      await settled();
      return call('POST /api/v1/dockets/{week}/batches', { params: { week }, body: body(mark!, true) });
    },
    enabled: mark !== null && answer === null,
    gcTime: 0,
    staleTime: 0,
  });
  const send = useMutation({
    mutationFn: (wanted: MarkInput) =>
      call('POST /api/v1/dockets/{week}/batches', {
        params: { week },
        body: body(wanted, false),
        key: keyOf(wanted),
      }),
    onSuccess: (done) => {
      onDone(done);
      if (done.left === 0) onClose();
      else setAnswer(done);
    },
  });
  const shown = answer ?? (mark ? preview.data : undefined);
  const words = mark ? describeMark(mark, codes) : '';
  const takes = shown?.done ?? 0;
  const resultOf = new Map(shown?.results.map((one) => [one.pairId, one]));
  return (
    <Modal
      open
      width={640}
      mask={{ closable: false }}
      title={answer ? '批量标记的结果' : `批量标记 ${given.length} 对`}
      onCancel={onClose}
      footer={
        answer ? (
          <Button type="primary" onClick={onClose}>
            知道了
          </Button>
        ) : (
          <>
            <Button onClick={onClose}>取消</Button>
            <Button
              type="primary"
              disabled={mark === null || takes === 0 || preview.isFetching}
              loading={send.isPending}
              onClick={() => mark && once(() => send.mutateAsync(mark))}
            >
              {takes > 0 ? `把这 ${takes} 对标记为“${words}”` : '标记'}
            </Button>
          </>
        )
      }
    >
      <ProblemAlert error={send.error ?? preview.error} focus />
      {answer ? (
        <p>
          已标记 {answer.done} 对，{answer.left} 对没有标上。
        </p>
      ) : (
        <div className="batch-choice">
          <MarkChoice
            label="标记为"
            kinds={kinds}
            draft={draft}
            noteHint="备注（可以不写，每一对都记上）"
            autoFocus
            onChange={setDraft}
          />
          <p aria-live="polite">
            {mark === null
              ? missingOf(draft)
              : shown
                ? `将把 ${takes} 对标记为“${words}”${shown.left > 0 ? `，${shown.left} 对不能标` : ''}。清单关闭以前可以整批撤销。`
                : '正在核对……'}
          </p>
        </div>
      )}
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a long list scrolls, and is reached by keyboard */}
      <ul className="batch-pairs" aria-label="所选的对" tabIndex={0}>
        {given.map((item) => {
          const result = resultOf.get(item.pairId);
          return (
            <li key={item.pairId} className={result && !result.done ? 'left' : undefined}>
              <span className="batch-place">第 {item.place} 对</span>
              <span>
                {item.needTitle} × {item.achievementTitle}
                <span className="quiet batch-now">
                  {result && !result.done
                    ? `${answer ? '没有标上' : '不能标'}：${result.reason ?? ''}`
                    : answer
                      ? `已标记为“${words}”`
                      : item.mark
                        ? `现在是“${describeMark(item.mark, codes)}”（${item.mark.byName}）`
                        : ''}
                </span>
              </span>
            </li>
          );
        })}
      </ul>
    </Modal>
  );
}
