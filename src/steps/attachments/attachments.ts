import { createReadStream } from 'node:fs';
import {
  type Attachment,
  type AttachmentAction,
  type AttachmentAudience,
  type AttachmentOwner,
  type AttachmentOwnerRule,
  type AttachmentRights,
  type AttachmentType,
  attachmentAudiences,
  attachmentBlob,
  attachmentOwners,
  attachmentTypeOf,
  extensionsOf,
  maySeeAttachment,
} from '../../domain/attachment.ts';
import { Conflict, Duplicate, Forbidden, Invalid, NotFound, QianxianError, Withheld } from '../../domain/errors.ts';
import { randomId } from '../../domain/ids.ts';
import type { DomainEvent, Unstored } from '../../domain/record.ts';
import { historyOf, moveOf } from '../../domain/state-table.ts';
import { isStorableId } from '../../domain/storable.ts';
import type { Principal } from '../../domain/user.ts';
import type { Ports } from '../../ports/ports.ts';
import type { Page } from '../../ports/record-store.ts';
import { type IncomingFile, inspectFile } from './inspect-file.ts';
import type { OwnerTable } from './owner-rights.ts';

type FilePorts = Pick<Ports, 'store' | 'clock' | 'blobs'>;

/** What somebody is shown of a file. Who added it, and its history, are for insiders alone. */
export interface AttachmentView {
  readonly id: string;
  readonly version: number;
  readonly owner: AttachmentOwner;
  readonly name: string;
  readonly type: AttachmentType;
  readonly size: number;
  readonly sha256: string;
  readonly audience: AttachmentAudience;
  readonly addedAt: string;
  readonly addedBy?: string;
}

function viewOf(file: Attachment, rights: Pick<AttachmentRights, 'insider'>): AttachmentView {
  return {
    id: file.id,
    version: file.version,
    owner: file.owner,
    name: file.name,
    type: file.type,
    size: file.size,
    sha256: file.sha256,
    audience: file.audience,
    addedAt: file.createdAt,
    ...(rights.insider ? { addedBy: file.addedBy } : {}),
  };
}

/** Data of an event: plain facts, never the name, which a person chose freely. */
function eventOf(verb: string, file: Omit<Unstored<Attachment>, 'place'>, at: string, by: string): DomainEvent {
  const { owner, type, size, sha256, audience } = file;
  return { type: `attachment.${verb}`, at, by, data: { owner: { ...owner }, type, size, sha256, audience } };
}

function unstored(file: Attachment): Unstored<Attachment> {
  const { version: _version, createdAt: _createdAt, updatedAt: _updatedAt, ...rest } = file;
  return rest;
}

async function rightsOf(
  ports: Pick<Ports, 'store'>,
  owners: OwnerTable,
  principal: Principal | null,
  owner: AttachmentOwner,
): Promise<AttachmentRights> {
  if (!Object.hasOwn(owners, owner.collection)) throw new NotFound();
  const rights = await owners[owner.collection](ports, principal, owner.id);
  if (rights) return rights;
  throw Withheld.orMissing(
    isStorableId(owner.id) ? await ports.store.collection(owner.collection).get(owner.id) : undefined,
  );
}

function mayChange(rights: AttachmentRights): NonNullable<AttachmentRights['actor']> {
  if (rights.actor === undefined) throw new Forbidden('您只能为本机构的记录增减附件');
  if (rights.locked !== undefined) throw new Conflict(rights.locked);
  return rights.actor;
}

/** All files of one record, in the order of their places; those that are still being written too. */
async function filesOf(ports: Pick<Ports, 'store'>, owner: AttachmentOwner): Promise<Attachment[]> {
  const { items } = await ports.store.collection('attachments').find({
    where: { 'owner.id': owner.id, 'owner.collection': owner.collection },
    order: { by: 'place', direction: 'asc' },
    limit: 1_000,
  });
  return [...items];
}

export interface NewFile {
  /** Random where it is not given. The same id with the same file is the same attachment, however often it is kept. */
  readonly id?: string;
  readonly owner: AttachmentOwner;
  readonly file: IncomingFile;
  /** User id of who brings it. */
  readonly addedBy: string;
  /** Whether it is to be shown with the record, once the bureau has looked at it. */
  readonly offered?: boolean;
}

/**
 * Keeps a file for a record, whoever may do so: callers have asked that. Inspects it first. The record of the file is
 * written before its content and marked whole after it, so that whoever dies between leaves nothing that anybody is shown,
 * and nothing that is not swept.
 * Throws `unsupported`, `malformed`, `too_large` as `inspectFile`, `conflict` where the record has as many as it may.
 */
export async function keepFile(ports: FilePorts, input: NewFile): Promise<Attachment> {
  const { owner, addedBy, offered = false, id = randomId() } = input;
  const files = ports.store.collection('attachments');
  const facts = await inspectFile(input.file);
  const at = ports.clock.now().toISOString();
  const rule: AttachmentOwnerRule = attachmentOwners[owner.collection];
  if (rule.types && !rule.types.includes(facts.type)) {
    throw new QianxianError(
      'unsupported',
      `${rule.label}不接收${attachmentTypeOf(facts.type).label}文件。请提供扫描件或照片（${extensionsOf(rule.types)} 之一）`,
    );
  }
  if (offered && !rule.readers) {
    const mend = `${rule.label}的附件只供内部查看，请不要选择公开`;
    throw new Invalid([{ field: 'offered', label: '公开', reason: '不能公开', mend }]);
  }
  const document = {
    id,
    owner,
    stored: false,
    ...facts,
    audience: offered ? 'offered' : attachmentAudiences.initial,
    ...(offered ? { offeredAt: at } : {}),
    addedBy,
    history: [{ at, by: addedBy, action: 'add', from: '', to: offered ? 'offered' : attachmentAudiences.initial }],
  } as const satisfies Omit<Unstored<Attachment>, 'place'>;
  const begun = (await alreadyBegun(ports, document)) ?? (await placed(ports, document, rule));
  if (begun.stored) return begun;
  const receipt = await ports.blobs.put(attachmentBlob(id), createReadStream(input.file.path));
  if (receipt.sha256 !== begun.sha256) throw new Conflict('文件在上传时发生了变化，请重新上传');
  return files.update(id, begun.version, { ...unstored(begun), stored: true }, [eventOf('added', begun, at, addedBy)]);
}

/** What an earlier try of this very request has left. */
async function alreadyBegun(
  ports: Pick<Ports, 'store'>,
  document: Omit<Unstored<Attachment>, 'place'>,
): Promise<Attachment | undefined> {
  const existing = await ports.store.collection('attachments').get(document.id);
  if (!existing) return undefined;
  if (
    existing.addedBy === document.addedBy &&
    existing.sha256 === document.sha256 &&
    existing.name === document.name &&
    existing.owner.id === document.owner.id &&
    existing.owner.collection === document.owner.collection
  ) {
    return existing;
  }
  throw new Conflict('同一个请求编号已经用于另一个文件，请刷新页面后重新上传');
}

/** Inserted at a free place; two at once that choose the same place are told apart by the unique key. */
async function placed(
  ports: Pick<Ports, 'store'>,
  document: Omit<Unstored<Attachment>, 'place'>,
  rule: { readonly label: string; readonly most: number },
): Promise<Attachment> {
  for (let tries = 0; tries <= 5 * rule.most; tries++) {
    const there = await filesOf(ports, document.owner);
    const twin = there.find((file) => file.stored && file.sha256 === document.sha256 && file.name === document.name);
    if (twin) throw new Conflict(`已有同样的附件“${document.name}”，不用再传`);
    const taken = new Set(there.map(({ place }) => place));
    let place = 1;
    while (taken.has(place)) place++;
    if (place > rule.most) {
      throw new Conflict(`一条${rule.label}最多${rule.most}个附件，请先删去不用的，或把几个文件合成一个`);
    }
    try {
      return await ports.store.collection('attachments').insert({ ...document, place });
    } catch (error) {
      if (!(error instanceof Duplicate) || error.key !== 'place') throw error;
    }
  }
  throw new QianxianError('unavailable', '同时上传的人太多，请稍后再试', { retryAfter: 5 });
}

/** A file added by one of the record's people or the bureau. */
export async function addAttachment(
  ports: FilePorts,
  owners: OwnerTable,
  principal: Principal,
  input: Omit<NewFile, 'addedBy'>,
): Promise<AttachmentView> {
  const rights = await rightsOf(ports, owners, principal, input.owner);
  mayChange(rights);
  return viewOf(await keepFile(ports, { ...input, addedBy: principal.userId }), rights);
}

/** The files of a record that the asker may see. */
export async function listAttachments(
  ports: Pick<Ports, 'store'>,
  owners: OwnerTable,
  principal: Principal | null,
  owner: AttachmentOwner,
): Promise<AttachmentView[]> {
  const rights = await rightsOf(ports, owners, principal, owner);
  const files = await filesOf(ports, owner);
  return files.filter((file) => maySeeAttachment(rights, file)).map((file) => viewOf(file, rights));
}

/** Files that their people want shown, for the bureau to look at; oldest first. */
export async function offeredAttachments(
  ports: Pick<Ports, 'store'>,
  options: { readonly limit?: number; readonly cursor?: string } = {},
): Promise<Page<AttachmentView>> {
  const page = await ports.store.collection('attachments').find({
    where: { audience: 'offered', stored: true },
    order: { by: 'offeredAt', direction: 'asc' },
    ...options,
  });
  return { ...page, items: page.items.map((file) => viewOf(file, { insider: true })) };
}

async function loaded(
  ports: Pick<Ports, 'store'>,
  owners: OwnerTable,
  principal: Principal | null,
  id: string,
): Promise<{ file: Attachment; rights: AttachmentRights }> {
  const file = isStorableId(id) ? await ports.store.collection('attachments').get(id) : undefined;
  if (!file) throw new NotFound();
  const rights = await rightsOf(ports, owners, principal, file.owner);
  if (!maySeeAttachment(rights, file)) throw new Withheld();
  return { file, rights };
}

export interface AttachmentContent {
  readonly file: AttachmentView;
  readonly media: string;
  /** The bytes, piece by piece, in bounded memory. */
  readonly pieces: AsyncIterable<Uint8Array>;
}

/** A file's content, for those who may see it. */
export async function readAttachment(
  ports: Pick<Ports, 'store' | 'blobs'>,
  owners: OwnerTable,
  principal: Principal | null,
  id: string,
): Promise<AttachmentContent> {
  const { file, rights } = await loaded(ports, owners, principal, id);
  return {
    file: viewOf(file, rights),
    media: attachmentTypeOf(file.type).media,
    pieces: ports.blobs.read(attachmentBlob(id)),
  };
}

const done = { offer: 'offered', open: 'opened', close: 'closed' } as const;

/** Whom a file is shown to, changed over `attachmentAudiences`. */
export async function moveAttachment(
  ports: Pick<Ports, 'store' | 'clock'>,
  owners: OwnerTable,
  principal: Principal,
  id: string,
  seen: number,
  action: AttachmentAction,
): Promise<AttachmentView> {
  const { file, rights } = await loaded(ports, owners, principal, id);
  const actor = mayChange(rights);
  if (file.version !== seen) throw new Conflict();
  if (!attachmentOwners[file.owner.collection].readers) {
    throw new Conflict(`${attachmentOwners[file.owner.collection].label}的附件只供内部查看，不能公开`);
  }
  const at = ports.clock.now().toISOString();
  const document = movedFile(file, action, { at, by: principal.userId, actor });
  const stored = await ports.store
    .collection('attachments')
    .update(id, seen, document, [eventOf(done[action], document, at, principal.userId)]);
  return viewOf(stored, rights);
}

function movedFile(
  file: Attachment,
  action: AttachmentAction,
  act: { readonly at: string; readonly by: string; readonly actor: NonNullable<AttachmentRights['actor']> },
): Unstored<Attachment> {
  const move = moveOf(attachmentAudiences, file.audience, action, act.actor);
  const { offeredAt: _, ...rest } = unstored(file);
  return {
    ...rest,
    audience: move.to,
    ...(move.to === 'offered' ? { offeredAt: act.at } : {}),
    history: [...file.history, historyOf(move, file.audience, act.at, act.by)],
  };
}

/**
 * The files of a record that were offered by `until` become open: the bureau published the record with them before its eyes.
 * Repeating it changes nothing.
 */
export async function openOffered(
  ports: Pick<Ports, 'store' | 'clock'>,
  owner: AttachmentOwner,
  until: string,
  by: string,
): Promise<void> {
  for (const file of await filesOf(ports, owner)) {
    if (file.audience !== 'offered' || !file.stored || (file.offeredAt ?? '') > until) continue;
    const document = movedFile(file, 'open', { at: until, by, actor: 'system' });
    await ports.store
      .collection('attachments')
      .update(file.id, file.version, document, [eventOf('opened', document, until, by)]);
  }
}

/** Takes a file away for good; its content follows by the feed. Removing it again says `not_found`. */
export async function removeAttachment(
  ports: Pick<Ports, 'store' | 'clock'>,
  owners: OwnerTable,
  principal: Principal,
  id: string,
): Promise<void> {
  const { file, rights } = await loaded(ports, owners, principal, id);
  mayChange(rights);
  if (rights.removesOwnAlone && file.addedBy !== principal.userId) {
    throw new Forbidden('您只能删除自己上传的附件；其他附件有误的，请联系科技局');
  }
  if (rights.named?.id === id) {
    throw new Conflict(`${rights.named.by}写明了这个附件，不能删除；请先在${rights.named.by}里改为另一个附件`);
  }
  const at = ports.clock.now().toISOString();
  await ports.store
    .collection('attachments')
    .remove(id, file.version, [eventOf('removed', file, at, principal.userId)]);
}
