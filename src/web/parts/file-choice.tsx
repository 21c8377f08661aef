import { UploadOutlined } from '@ant-design/icons';
import { Button } from 'antd';
import { useId, useRef } from 'react';
import type { AttachmentOwnerName } from '../../http/contract/form-rules.ts';
import { acceptFor } from './upload-rules.ts';

/** A button that chooses a file of a kind that is taken. */
export function FileChoice({
  owner,
  label,
  loading = false,
  describedBy,
  onChoose,
}: {
  readonly owner: AttachmentOwnerName;
  readonly label: string;
  readonly loading?: boolean;
  readonly describedBy?: string;
  readonly onChoose: (file: File) => void;
}) {
  const id = useId();
  const chooser = useRef<HTMLInputElement>(null);
  return (
    <>
      <input
        ref={chooser}
        id={id}
        type="file"
        hidden
        accept={acceptFor(owner)}
        aria-label={label}
        onChange={({ currentTarget }) => {
          const [file] = currentTarget.files ?? [];
          if (file) onChoose(file);
          currentTarget.value = '';
        }}
      />
      <Button
        icon={<UploadOutlined aria-hidden />}
        loading={loading}
        {...(describedBy === undefined ? {} : { 'aria-describedby': describedBy })}
        onClick={() => chooser.current?.click()}
      >
        {label}
      </Button>
    </>
  );
}
