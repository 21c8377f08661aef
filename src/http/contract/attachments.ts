import { z } from 'zod';
import {
  type AttachmentAction,
  type AttachmentAudience,
  attachmentAudiences,
  attachmentOwners,
  attachmentTypes,
} from '../../domain/attachment.ts';
import { choice } from '../../domain/validation.ts';
import { cursor, flag, id, instant, pageOf, pageSize, version } from './query-values.ts';
import { actionOf, stateOf } from './record-parts.ts';

const owners = Object.entries(attachmentOwners).map(([code, { label }]) => ({
  code: code as keyof typeof attachmentOwners,
  label,
}));
const collection = choice('所属记录的种类', owners);

export const attachmentView = z
  .object({
    id: z.string(),
    version: z.int(),
    owner: z.object({ collection, id: z.string() }),
    name: z.string().meta({ description: '文件名' }),
    type: z
      .enum(attachmentTypes.map(({ code }) => code))
      .meta({ description: attachmentTypes.map(({ code, label }) => `${code}=${label}`).join('；') }),
    size: z.int().meta({ description: '字节数' }),
    sha256: z.string().meta({ description: '内容的 SHA-256，十六进制' }),
    audience: stateOf<AttachmentAudience>('公开范围', attachmentAudiences.states),
    addedAt: instant,
    addedBy: z.string().optional().meta({ description: '上传人；只有本机构和科技局可见' }),
  })
  .meta({ id: 'Attachment' });
export type AttachmentViewShown = z.output<typeof attachmentView>;

export const attachmentList = z.object({ items: z.array(attachmentView) }).meta({ id: 'AttachmentList' });
export const attachmentPage = pageOf(attachmentView).meta({ id: 'AttachmentPage' });

export const attachmentsOf = z.strictObject({ collection, id: id('所属记录的编号') });
/** The fields of the form beside the file. */
export const attachmentForm = z.strictObject({
  collection,
  id: id('所属记录的编号'),
  offered: flag('公布时随记录公开').optional(),
});
export const offeredQuery = z.strictObject({ limit: pageSize.optional(), cursor: cursor.optional() });
export const attachmentAction = actionOf<AttachmentAction>(attachmentAudiences.moves);
export const attachmentMoveBody = z.strictObject({ version });
