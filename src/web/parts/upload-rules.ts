import {
  type AttachmentOwnerName,
  type AttachmentOwnerRule,
  attachmentLimits,
  attachmentOwners,
  attachmentTypes,
} from '../../http/contract/form-rules.ts';

const megabyte = 1024 * 1024;

/** The extensions that files of such records may have, without dots. */
export function extensionsFor(owner: AttachmentOwnerName): readonly string[] {
  const { types }: AttachmentOwnerRule = attachmentOwners[owner];
  const taken = attachmentTypes.filter(({ code }) => types === undefined || types.includes(code));
  return [...new Set(taken.flatMap(({ extensions }) => [...extensions] as string[]))];
}

/** For the `accept` of a file field. */
export const acceptFor = (owner: AttachmentOwnerName): string =>
  extensionsFor(owner)
    .map((extension) => `.${extension}`)
    .join(',');

/** `.pdf、.ofd……，每个最大 20 MB`, for people. */
export const rulesFor = (owner: AttachmentOwnerName): string =>
  `${extensionsFor(owner)
    .map((extension) => `.${extension}`)
    .join('、')}，每个最大 ${attachmentLimits.fileBytes / megabyte} MB`;

/** `3.4 MB`. */
export function sizeOf(bytes: number): string {
  return bytes < megabyte ? `${Math.max(1, Math.round(bytes / 1024))} KB` : `${(bytes / megabyte).toFixed(1)} MB`;
}

/** Why a file would be refused, and how to mend it, before it is sent; null where it may be tried. The service looks into it. */
export function refusalOf(file: Pick<File, 'name' | 'size'>, owner: AttachmentOwnerName): string | null {
  const extension = /\.([^.]+)$/.exec(file.name)?.[1]?.toLowerCase() ?? '';
  const taken = extensionsFor(owner);
  if (!taken.includes(extension)) {
    const offered = taken.map((one) => `.${one}`).join('、');
    return `“${file.name}”的类型不收。请换成 ${offered} 之一`;
  }
  if (file.size === 0) return `“${file.name}”是空的。请检查文件后重新选择`;
  if (file.size > attachmentLimits.fileBytes) {
    return `“${file.name}”有 ${sizeOf(file.size)}，超过 ${attachmentLimits.fileBytes / megabyte} MB。请压缩或拆分后重新选择`;
  }
  return null;
}
