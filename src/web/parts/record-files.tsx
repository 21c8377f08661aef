import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Alert, App, Button, Checkbox } from 'antd';
import { useState } from 'react';
import { type Answer, call } from '../api/client.ts';
import { isBureau, useSession } from '../app/session.tsx';
import { useCodes } from './codes.ts';
import type { EntryKind } from './entry-calls.ts';
import { FileChoice } from './file-choice.tsx';
import { ProblemAlert } from './problem-alert.tsx';
import { dayOf } from './times.ts';
import { refusalOf, rulesFor, sizeOf } from './upload-rules.ts';

type RecordFile = Answer<'GET /api/v1/attachments'>['items'][number];
const collectionOf = { need: 'needs', achievement: 'achievements' } as const;
const audienceWords = { inside: '仅内部', offered: '待科技局审核后公开', open: '公开' } as const;

/** The files of a need or an achievement: added, taken away, offered to the public. `idOf` makes the record where there is none yet. */
export function RecordFiles({
  kind,
  id,
  idOf,
  editable,
}: {
  readonly kind: EntryKind;
  readonly id: string | null;
  readonly idOf?: () => Promise<string | null>;
  readonly editable: boolean;
}) {
  const client = useQueryClient();
  const { message, modal } = App.useApp();
  const { session } = useSession();
  const codes = useCodes();
  const [fault, setFault] = useState<string | null>(null);
  const [offered, setOffered] = useState(false);
  const owner = collectionOf[kind];
  const key = ['files', owner, id];
  const { data, error, refetch } = useQuery({
    queryKey: key,
    queryFn: () => call('GET /api/v1/attachments', { query: { collection: owner, id: id ?? '' } }),
    enabled: id !== null,
  });
  const changed = () => client.invalidateQueries({ queryKey: ['files', owner] });
  const add = useMutation({
    mutationFn: async (file: File) => {
      const record = id ?? (await idOf?.()) ?? null;
      if (record === null) throw new Error('no record');
      const form = new FormData();
      form.append('collection', owner);
      form.append('id', record);
      if (offered) form.append('offered', 'true');
      form.append('file', file, file.name);
      return call('POST /api/v1/attachments', { form });
    },
    onSuccess: () => {
      void message.success('文件已上传');
      return changed();
    },
  });
  const remove = useMutation({
    mutationFn: (file: RecordFile) => call('DELETE /api/v1/attachments/{id}', { params: { id: file.id } }),
    onSettled: changed,
  });
  const move = useMutation({
    mutationFn: ({ file, action }: { readonly file: RecordFile; readonly action: 'offer' | 'close' }) =>
      call('POST /api/v1/attachments/{id}/actions/{action}', {
        params: { id: file.id, action },
        body: { version: file.version },
      }),
    onSettled: changed,
  });
  const items = data?.items ?? [];
  if (!editable && items.length === 0) return null;
  return (
    <section className="card form-section" aria-labelledby="part-files">
      <h2 id="part-files">附件</h2>
      <ProblemAlert error={error} onRetry={() => void refetch()} />
      <ProblemAlert error={add.error ?? remove.error ?? move.error} focus />
      {fault ? <Alert type="error" showIcon role="alert" title={fault} /> : null}
      {items.length > 0 ? (
        <ul className="record-files">
          {items.map((file) => (
            <li key={file.id}>
              <a href={`/api/v1/attachments/${encodeURIComponent(file.id)}/content`} download={file.name}>
                {file.name}
              </a>
              <span className="quiet">
                {sizeOf(file.size)} · {dayOf(file.addedAt)} ·{' '}
                {audienceWords[file.audience] ?? codes.label('', file.audience)}
              </span>
              {editable && !isBureau(session) ? (
                <span className="record-file-actions no-print">
                  <Button
                    size="small"
                    type="text"
                    disabled={move.isPending}
                    onClick={() => move.mutate({ file, action: file.audience === 'inside' ? 'offer' : 'close' })}
                  >
                    {file.audience === 'inside' ? '申请公开' : '改为仅内部'}
                  </Button>
                  <Button
                    size="small"
                    type="text"
                    danger
                    aria-label={`删除 ${file.name}`}
                    onClick={() =>
                      modal.confirm({
                        title: `删除“${file.name}”？`,
                        content: '删除后不能恢复。',
                        okText: '删除',
                        okButtonProps: { danger: true },
                        cancelText: '不删',
                        onOk: () => remove.mutateAsync(file).catch(() => undefined),
                      })
                    }
                  >
                    删除
                  </Button>
                </span>
              ) : null}
            </li>
          ))}
        </ul>
      ) : null}
      {editable ? (
        <div className="file-line no-print">
          <FileChoice
            owner={owner}
            label="上传附件"
            describedBy="files-rules"
            loading={add.isPending}
            onChoose={(file) => {
              const refusal = refusalOf(file, owner);
              setFault(refusal);
              add.reset();
              if (!refusal && !add.isPending) add.mutate(file);
            }}
          />
          <Checkbox checked={offered} onChange={({ target }) => setOffered(target.checked)}>
            随记录公开（科技局审核后）
          </Checkbox>
          <span className="quiet" id="files-rules">
            {rulesFor(owner)}，最多 10 个
          </span>
        </div>
      ) : null}
    </section>
  );
}
