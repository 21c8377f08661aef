import { type UseQueryResult, useQuery } from '@tanstack/react-query';
import { Button } from 'antd';
import { type ReactNode, useState } from 'react';
import type { AttachmentOwnerName } from '../../http/contract/form-rules.ts';
import { type Answer, call } from '../api/client.ts';
import { ProblemAlert } from './problem-alert.tsx';
import { dayOf } from './times.ts';
import { sizeOf } from './upload-rules.ts';
import './shown-files.css';

export type ShownFile = Answer<'GET /api/v1/attachments'>['items'][number];

export const fileAddress = (id: string): string => `/api/v1/attachments/${encodeURIComponent(id)}/content`;

/** The files of a record. */
export function useFiles(
  collection: AttachmentOwnerName,
  id: string,
): UseQueryResult<Answer<'GET /api/v1/attachments'>> {
  return useQuery({
    queryKey: ['attachments', collection, id],
    queryFn: () => call('GET /api/v1/attachments', { query: { collection, id } }),
  });
}

/** Files by name, to take; pictures are shown on a click, because each look into a file is kept. */
export function ShownFiles({
  files,
  error,
  onRetry,
  none,
  extra,
}: {
  readonly files: readonly ShownFile[] | undefined;
  readonly error: unknown;
  readonly onRetry: () => void;
  /** What is said where there is none. */
  readonly none: string;
  readonly extra?: (file: ShownFile) => ReactNode;
}) {
  return (
    <>
      <ProblemAlert error={error} onRetry={onRetry} />
      {files?.length === 0 ? <p className="quiet">{none}</p> : null}
      <ul className="shown-files">
        {(files ?? []).map((file) => (
          <li key={file.id}>
            <FileLine file={file} />
            {extra?.(file)}
          </li>
        ))}
      </ul>
    </>
  );
}

function FileLine({ file }: { readonly file: ShownFile }) {
  const [shown, setShown] = useState(false);
  const picture = file.type === 'png' || file.type === 'jpeg';
  return (
    <>
      <span className="shown-file">
        <a href={fileAddress(file.id)} download={file.name}>
          {file.name}
        </a>
        <span className="quiet">
          {sizeOf(file.size)} · {dayOf(file.addedAt)}
        </span>
        {picture ? (
          <Button size="small" className="no-print" aria-expanded={shown} onClick={() => setShown((now) => !now)}>
            {shown ? '收起' : '看图'}
            <span className="only-read">：{file.name}</span>
          </Button>
        ) : null}
      </span>
      {shown ? <img className="shown-picture" src={fileAddress(file.id)} alt={file.name} /> : null}
    </>
  );
}
