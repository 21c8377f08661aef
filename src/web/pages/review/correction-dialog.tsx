import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { App, Button, Input, Modal, Skeleton } from 'antd';
import { useState } from 'react';
import { call, isProblem } from '../../api/client.ts';
import { useCodes } from '../../parts/codes.ts';
import { ProblemAlert } from '../../parts/problem-alert.tsx';
import { momentOf, weekName } from '../../parts/times.ts';
import { useOnce } from '../../parts/use-once.ts';
import { useRequestKey } from '../../parts/use-request-key.ts';
import { type DocketItem, describeMark, type Mark } from './docket-items.ts';
import { emptyDraft, MarkChoice, markOf, missingOf } from './mark-choice.tsx';
import { docketKey } from './use-marking.ts';

const kinds = ['accept', 'reject', 'defer', 'ask'] as const;

/** Corrects (更正) what a closed docket decided about a pair: another decision, why, and what follows from it before it is done. */
export function CorrectionDialog({
  week,
  item,
  before,
  onClose,
}: {
  readonly week: string;
  readonly item: DocketItem;
  /** The decision that counts now. */
  readonly before: Mark;
  readonly onClose: () => void;
}) {
  const codes = useCodes();
  const client = useQueryClient();
  const once = useOnce();
  const { message } = App.useApp();
  const [draft, setDraft] = useState(() => emptyDraft(null));
  const [reason, setReason] = useState('');
  const keyOf = useRequestKey();
  const { pairId, markVersion } = item;
  const mark = markOf(draft);
  const params = { week };
  const preview = useQuery({
    queryKey: ['correction-preview', week, pairId, markVersion, JSON.stringify(mark && { ...mark, note: undefined })],
    queryFn: () =>
      call('POST /api/v1/dockets/{week}/corrections/preview', { params, body: { pairId, markVersion, mark: mark! } }),
    enabled: mark !== null,
    retry: false,
    gcTime: 0,
    staleTime: 0,
  });
  const refresh = () =>
    Promise.all([
      client.invalidateQueries({ queryKey: docketKey(week) }),
      client.invalidateQueries({ queryKey: ['pair', pairId] }),
      client.invalidateQueries({ queryKey: ['minutes', week] }),
      client.invalidateQueries({ queryKey: ['invitations'] }),
      client.invalidateQueries({ queryKey: ['desk'] }),
    ]);
  const correct = useMutation({
    mutationFn: () =>
      call('POST /api/v1/dockets/{week}/corrections', {
        params,
        body: { pairId, markVersion, mark: mark!, reason: reason.trim() },
        key: keyOf([pairId, markVersion, mark, reason.trim()]),
      }),
    onSuccess: async () => {
      await refresh();
      void message.success(`第 ${item.place} 对已更正`);
      onClose();
    },
    onError: (error) => {
      // Somebody else corrected it meanwhile: what stands now is shown behind the dialog.
      if (isProblem(error, 409)) void refresh();
    },
  });
  const words = mark ? describeMark(mark, codes) : '';
  const reasoned = [...reason.trim()].length >= 2;
  const problem = correct.error ?? preview.error;
  return (
    <Modal
      open
      width={640}
      mask={{ closable: false }}
      title={`更正第 ${item.place} 对的决定`}
      onCancel={onClose}
      footer={
        <>
          <Button onClick={onClose}>不更正</Button>
          <Button
            type="primary"
            disabled={mark === null || !reasoned || !preview.data || preview.isFetching || preview.isError}
            loading={correct.isPending}
            onClick={() => once(() => correct.mutateAsync())}
          >
            {mark ? `更正为“${words}”` : '更正'}
          </Button>
        </>
      }
    >
      <ProblemAlert error={problem} focus={correct.isError} />
      <p className="batch-choice">
        <span>
          {item.needTitle} × {item.achievementTitle}
        </span>
        <span className="quiet">
          {weekName(week)}的决定：“{describeMark(before, codes)}”，{before.byName}，{momentOf(before.at)}
        </span>
      </p>
      <div className="batch-choice">
        <MarkChoice
          label="更正为"
          kinds={kinds}
          draft={draft}
          noteHint="备注（可以不写）"
          autoFocus
          onChange={setDraft}
        />
        <Input.TextArea
          value={reason}
          maxLength={500}
          showCount
          rows={2}
          aria-label="更正原因"
          placeholder="更正原因（必填，写进会议纪要）"
          onChange={(event) => setReason(event.target.value)}
        />
      </div>
      <div aria-live="polite" className="correction-follows">
        {mark === null ? (
          <p className="quiet">{missingOf(draft)}</p>
        ) : preview.data ? (
          <>
            <h3>更正以后将会</h3>
            <ul>
              {preview.data.follows.map((text) => (
                <li key={text}>{text}</li>
              ))}
            </ul>
            {reasoned ? null : <p className="quiet">请写明更正原因，至少 2 个字。</p>}
          </>
        ) : preview.error ? null : (
          <Skeleton active title={false} paragraph={{ rows: 3 }} />
        )}
      </div>
    </Modal>
  );
}
