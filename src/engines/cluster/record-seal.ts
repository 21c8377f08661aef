import { createHash } from 'node:crypto';
import { canonicalJson } from '../../domain/canonical-json.ts';
import { QianxianError } from '../../domain/errors.ts';
import { own, type RawRecord } from './record-schemas.ts';

/**
 * The hash that a document carries of its own content (SHA-256, base64url): one that was changed beside the program, or
 * damaged on the disk, does not fit it any more. `content` is null for a removed document.
 */
export function sealOf(place: string, id: string, version: number, content: object | null): string {
  return createHash('sha256')
    .update(`${place}\n${id}\n${version}\n${content === null ? 'removed' : `document\n${canonicalJson(content)}`}`)
    .digest('base64url');
}

/** The seal of an event, by its place in the feed. */
export function eventSeal(collection: string, id: string, version: number, position: number, event: string): string {
  return createHash('sha256')
    .update(`${collection} 的事件\n${id}\n${version}\n${position}\n${event}`)
    .digest('base64url');
}

/** The document as users know it, or null for what is left of a removed one. */
export function documentOf(raw: RawRecord): object | null {
  const { _id, [own]: facts, ...rest } = raw;
  return facts?.live ? { id: _id, ...rest } : null;
}

/** Whether the document is what the program wrote. */
export function sealHolds(place: string, raw: RawRecord): boolean {
  const facts = raw[own];
  return typeof facts === 'object' && facts?.seal === sealOf(place, raw._id, raw.version, documentOf(raw));
}

/** The document of a raw record. Throws `damaged` that names the place and the id where it is not what was written. */
export function openSeal<T>(place: string, raw: RawRecord): T | null {
  if (!sealHolds(place, raw)) {
    throw new QianxianError(
      'damaged',
      `集合 ${place} 中编号为 ${raw._id} 的记录与保存时的校验值不符，可能在程序之外被改动过；请停止服务，用最近的备份恢复`,
    );
  }
  return documentOf(raw) as T | null;
}
