import { UploadOutlined } from '@ant-design/icons';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { App, Button } from 'antd';
import { useRef } from 'react';
import { call } from '../../api/client.ts';
import { isBureau, useSession } from '../../app/session.tsx';
import { ProblemAlert } from '../../parts/problem-alert.tsx';
import { dayOf } from '../../parts/times.ts';
import { filesOf } from './move-form.tsx';
import { isRunning, type PartnershipView } from './partnership-words.ts';

const sizeOf = (bytes: number): string =>
  bytes < 1024 * 1024 ? `${Math.max(1, Math.round(bytes / 1024))} KB` : `${(bytes / 1024 / 1024).toFixed(1)} MB`;

/** The files of a partnership, for both sides and the bureau. */
export function FileSection({ partnership }: { readonly partnership: PartnershipView }) {
  const client = useQueryClient();
  const { message } = App.useApp();
  const { session } = useSession();
  const chooser = useRef<HTMLInputElement>(null);
  const { id, state } = partnership;
  const { data, error, refetch } = useQuery(filesOf(id));
  const add = useMutation({
    mutationFn: (file: File) => {
      const form = new FormData();
      form.append('collection', 'partnerships');
      form.append('id', id);
      form.append('file', file);
      return call('POST /api/v1/attachments', { form });
    },
    onSuccess: async () => {
      void message.success('文件已上传');
      await client.invalidateQueries({ queryKey: filesOf(id).queryKey });
    },
  });
  return (
    <section className="card" aria-labelledby="files-title">
      <h2 id="files-title">文件</h2>
      <ProblemAlert error={error} onRetry={() => void refetch()} />
      <ProblemAlert error={add.error} focus />
      {data?.items.length === 0 ? <p className="quiet">还没有文件</p> : null}
      <ul className="partnership-files">
        {(data?.items ?? []).map((file) => (
          <li key={file.id}>
            <a href={`/api/v1/attachments/${encodeURIComponent(file.id)}/content`} download={file.name}>
              {file.name}
            </a>
            <span className="quiet">
              {sizeOf(file.size)} · {dayOf(file.addedAt)}
            </span>
          </li>
        ))}
      </ul>
      {isBureau(session) || isRunning(state) ? (
        <div className="no-print">
          <input
            ref={chooser}
            type="file"
            hidden
            aria-label="选择文件"
            onChange={({ currentTarget }) => {
              const [file] = currentTarget.files ?? [];
              if (file) add.mutate(file);
              currentTarget.value = '';
            }}
          />
          <Button
            icon={<UploadOutlined aria-hidden />}
            loading={add.isPending}
            onClick={() => chooser.current?.click()}
          >
            上传文件
          </Button>
        </div>
      ) : null}
    </section>
  );
}
