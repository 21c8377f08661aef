import { createHash } from 'node:crypto';
import { QianxianError } from '../../domain/errors.ts';
import type { SqlValue } from './sqlite-driver.ts';

/**
 * The hash that a row carries of its own content (SHA-256, base64url): a row whose bytes were changed on the disk, or that
 * stands in another's place, does not fit it any more. `content` is JSON text, null for a removed document.
 */
export function sealOf(place: string, id: string, version: number, sequence: number, content: string | null): string {
  return createHash('sha256')
    .update(`${place}\n${id}\n${version}\n${sequence}\n${content === null ? 'removed' : `document\n${content}`}`)
    .digest('base64url');
}

/** What a row must have to be checked. */
export interface SealedRow {
  readonly version?: SqlValue;
  readonly sequence?: SqlValue;
  readonly seal?: SqlValue;
}

/** Whether the row is what was written. */
export function sealHolds(place: string, id: string, row: SealedRow, content: SqlValue | undefined): boolean {
  if (content !== null && typeof content !== 'string') return false;
  return row.seal === sealOf(place, id, Number(row.version), Number(row.sequence), content);
}

/** Parses the content of a row. Throws `damaged` that names the place and the id where the row is not what was written. */
export function openSeal<T>(place: string, id: string, row: SealedRow, content: SqlValue | undefined): T {
  if (!sealHolds(place, id, row, content)) {
    throw new QianxianError(
      'damaged',
      `集合 ${place} 中编号为 ${id} 的记录与保存时的校验值不符，可能是磁盘损坏；请停止服务，用最近的备份恢复`,
    );
  }
  return JSON.parse(content as string) as T;
}
