import type { HistoryEntry, Stored } from './record.ts';
import type { StateTable } from './state-table.ts';

const megabyte = 1024 * 1024;

/** What holds for every file, whatever record it belongs to. */
export const attachmentLimits = {
  fileBytes: 20 * megabyte,
  /** What a zip file (docx, xlsx, pptx, ofd) may hold unpacked. */
  unpackedBytes: 300 * megabyte,
  zipEntries: 5_000,
} as const;

/**
 * Records that may have files: the name of their collection, how it is called, how many files one record may have, and
 * whether its readers may be shown any (others are for its own people and the bureau alone), and where not every kind of file
 * is taken, which ones are.
 */
export const attachmentOwners = {
  needs: { label: '需求', most: 10, readers: true },
  achievements: { label: '成果', most: 10, readers: true },
  // Certificates are scanned, photographed or downloaded: whoever examines them wants to see the page itself.
  registrations: { label: '机构登记', most: 5, readers: false, types: ['pdf', 'ofd', 'png', 'jpeg'] },
  partnerships: { label: '合作', most: 50, readers: false },
  agreements: { label: '战略合作协议', most: 20, readers: false },
  jointBodies: { label: '共建机构', most: 50, readers: false },
} as const satisfies Readonly<Record<string, AttachmentOwnerRule>>;

export interface AttachmentOwnerRule {
  readonly label: string;
  readonly most: number;
  readonly readers: boolean;
  readonly types?: readonly AttachmentType[];
}

export type AttachmentOwnerName = keyof typeof attachmentOwners;

/** The record that a file belongs to. */
export interface AttachmentOwner {
  readonly collection: AttachmentOwnerName;
  readonly id: string;
}

/** Kinds of files that are taken. The content decides; the extension must agree with it. */
export const attachmentTypes = [
  { code: 'pdf', label: 'PDF', extensions: ['pdf'], media: 'application/pdf' },
  {
    code: 'docx',
    label: 'Word',
    extensions: ['docx'],
    media: 'application/vnd.openxmlformats-officedocument.wordprocessingml.document',
  },
  {
    code: 'xlsx',
    label: 'Excel',
    extensions: ['xlsx'],
    media: 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
  },
  {
    code: 'pptx',
    label: 'PowerPoint',
    extensions: ['pptx'],
    media: 'application/vnd.openxmlformats-officedocument.presentationml.presentation',
  },
  { code: 'doc', label: 'Word 97–2003', extensions: ['doc'], media: 'application/msword' },
  { code: 'xls', label: 'Excel 97–2003', extensions: ['xls'], media: 'application/vnd.ms-excel' },
  { code: 'ofd', label: 'OFD 版式文件', extensions: ['ofd'], media: 'application/ofd' },
  { code: 'png', label: 'PNG 图片', extensions: ['png'], media: 'image/png' },
  { code: 'jpeg', label: 'JPEG 图片', extensions: ['jpg', 'jpeg'], media: 'image/jpeg' },
  { code: 'text', label: '文本', extensions: ['txt'], media: 'text/plain; charset=utf-8' },
  { code: 'text-gbk', label: '文本（GBK）', extensions: ['txt'], media: 'text/plain; charset=gb18030' },
  { code: 'csv', label: 'CSV', extensions: ['csv'], media: 'text/csv; charset=utf-8' },
  { code: 'csv-gbk', label: 'CSV（GBK）', extensions: ['csv'], media: 'text/csv; charset=gb18030' },
] as const;
export type AttachmentType = (typeof attachmentTypes)[number]['code'];

/** Extensions of these kinds of files, for messages: `.pdf、.ofd、…`. */
export function extensionsOf(types: readonly AttachmentType[]): string {
  return types
    .flatMap((type) => [...attachmentTypeOf(type).extensions])
    .map((extension) => `.${extension}`)
    .join('、');
}

/** Extensions that are taken, for messages: `pdf、docx、…`. */
export const attachmentExtensions: readonly string[] = [
  ...new Set(attachmentTypes.flatMap(({ extensions }) => [...extensions])),
];

/** The row of a type. */
export function attachmentTypeOf(code: AttachmentType): (typeof attachmentTypes)[number] {
  return attachmentTypes.find((row) => row.code === code)!;
}

/**
 * Who is shown a file. `inside`: the record's own people and the bureau, for it may name contacts. `offered`: its people
 * want it shown with the record; the bureau has not looked at it. `open`: whoever may see the record.
 */
export type AttachmentAudience = 'inside' | 'offered' | 'open';
export type AttachmentAction = 'offer' | 'open' | 'close';

export const attachmentAudiences: StateTable<AttachmentAudience, AttachmentAction> = {
  states: { inside: '仅内部', offered: '待公开', open: '公开' },
  initial: 'inside',
  moves: [
    { action: 'offer', label: '申请公开', from: ['inside'], to: 'offered', by: ['owner', 'staff', 'admin'] },
    // Nothing comes into sight that the bureau has not looked at, files as well as text.
    { action: 'open', label: '公开', from: ['inside', 'offered'], to: 'open', by: ['staff', 'admin', 'system'] },
    { action: 'close', label: '改为仅内部', from: ['offered', 'open'], to: 'inside', by: ['owner', 'staff', 'admin'] },
  ],
};

/**
 * A file of a record. `stored` is false from before its content is written until it is there whole; such a record is
 * shown to nobody, and swept where whoever wrote it died.
 */
export interface Attachment extends Stored {
  readonly owner: AttachmentOwner;
  /** 1 and up, once in a record: so no two uploads at once exceed the limit. */
  readonly place: number;
  readonly stored: boolean;
  /** As `attachmentName` makes it. */
  readonly name: string;
  readonly type: AttachmentType;
  /** Bytes. */
  readonly size: number;
  readonly sha256: string;
  readonly audience: AttachmentAudience;
  /** When it was offered last, while it is. */
  readonly offeredAt?: string;
  /** User id, or `anonymous` where a registration brought it. */
  readonly addedBy: string;
  readonly history: readonly HistoryEntry[];
}

/** Where the content of an attachment lies among the files. */
export const attachmentBlobPrefix = 'attachment-';
export function attachmentBlob(id: string): string {
  return `${attachmentBlobPrefix}${id}`;
}

/** What somebody may do with the files of one record that he may know of. */
export interface AttachmentRights {
  /** Whether he is of its own people or of the bureau: sees every file, not the open ones alone. */
  readonly insider: boolean;
  /** As whom he acts on them; absent where he may only read. */
  readonly actor?: 'owner' | 'staff' | 'admin' | 'system';
  /** Why files cannot be changed now, in Chinese, where they cannot. */
  readonly locked?: string;
  /** Where several organisations keep files together: he removes what he brought himself, nothing else. */
  readonly removesOwnAlone?: true;
  /** A file that the record itself names, and what by, in Chinese: it stays while it is named. */
  readonly named?: { readonly id: string; readonly by: string };
}

/** Whether somebody with these rights is shown this file. */
export function maySeeAttachment(
  rights: Pick<AttachmentRights, 'insider'>,
  file: Pick<Attachment, 'audience' | 'stored'>,
): boolean {
  return file.stored && (rights.insider || file.audience === 'open');
}
