import { InboxOutlined } from '@ant-design/icons';
import { Button } from 'antd';
import { useId, useRef, useState } from 'react';
import { importExtensions, importFileBytes } from '../../../http/contract/form-rules.ts';
import { sizeOf } from '../../parts/upload-rules.ts';

const accept = importExtensions.map((extension) => `.${extension}`).join(',');

/** Why a file would be refused, and how to mend it, before it is sent; null where it may be tried. The service looks into it. */
export function importRefusalOf(file: Pick<File, 'name' | 'size'>): string | null {
  const extension = /\.([^.]+)$/.exec(file.name)?.[1]?.toLowerCase() ?? '';
  if (extension === 'xls') return `“${file.name}”是旧版 Excel。请用表格软件打开，另存为 .xlsx 后再选择`;
  if (!(importExtensions as readonly string[]).includes(extension)) {
    return `“${file.name}”的类型不收。请换成 .xlsx、.csv 或 .jsonl`;
  }
  if (file.size === 0) return `“${file.name}”是空的。请检查文件后重新选择`;
  if (file.size > importFileBytes) {
    return `“${file.name}”有 ${sizeOf(file.size)}，超过 ${importFileBytes / 1024 / 1024} MB。请分成几个文件导入`;
  }
  return null;
}

/** A place where a file is dropped, with a button that chooses one. */
export function FileDrop({
  file,
  describedBy,
  onChoose,
}: {
  readonly file: File | null;
  readonly describedBy: string;
  readonly onChoose: (file: File) => void;
}) {
  const id = useId();
  const chooser = useRef<HTMLInputElement>(null);
  const [over, setOver] = useState(false);
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: dropping is a shortcut for the button in it
    <div
      className={`file-drop${over ? ' over' : ''}`}
      onDragOver={(event) => {
        event.preventDefault();
        setOver(true);
      }}
      onDragLeave={() => setOver(false)}
      onDrop={(event) => {
        event.preventDefault();
        setOver(false);
        const [dropped] = event.dataTransfer.files;
        if (dropped) onChoose(dropped);
      }}
    >
      <input
        ref={chooser}
        id={id}
        type="file"
        hidden
        accept={accept}
        aria-label="要导入的文件"
        onChange={({ currentTarget }) => {
          const [chosen] = currentTarget.files ?? [];
          if (chosen) onChoose(chosen);
          currentTarget.value = '';
        }}
      />
      <InboxOutlined aria-hidden className="file-drop-sign" />
      <p className="file-drop-name">
        {file ? (
          <>
            <strong>{file.name}</strong> <span className="quiet">{sizeOf(file.size)}</span>
          </>
        ) : (
          '把文件拖到这里'
        )}
      </p>
      <Button aria-describedby={describedBy} onClick={() => chooser.current?.click()}>
        {file ? '换一个文件' : '选择文件'}
      </Button>
    </div>
  );
}
