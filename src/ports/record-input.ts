import { Invalid, QianxianError } from '../domain/errors.ts';
import type { DomainEvent, Stored } from '../domain/record.ts';
import { isStorableId, storableJson } from '../domain/storable.ts';
import type { FindOptions, FollowOptions } from './record-store.ts';

/** What every engine refuses of what it is given, in the same words, before it asks its database anything. */

const defaultLimit = 50;
const maxLimit = 1_000;

/** Checks a document and makes the JSON of its own members: later changes of the object are not seen. */
export function restOf(document: unknown): { readonly id: string; readonly rest: string } {
  if (typeof document !== 'object' || document === null || Array.isArray(document)) {
    throw new Invalid([{ field: '', label: '记录', reason: '不是对象', mend: '请提供带有编号的记录' }]);
  }
  const { id, version: _version, createdAt: _createdAt, updatedAt: _updatedAt, ...own } = document as Partial<Stored>;
  if (!isStorableId(id)) {
    throw new Invalid([
      { field: 'id', label: '编号', reason: '不是 1 到 200 个字符的文字', mend: '请检查编号，不要含有看不见的字符' },
    ]);
  }
  // Only the plain object itself is looked at: a class instance or a date would come out of the spread as one.
  const prototype = Object.getPrototypeOf(document);
  if (prototype !== Object.prototype && prototype !== null) storableJson(document);
  return { id, rest: storableJson(own) };
}

/** Checks the document of an update. Throws `invalid` where it carries another id than the one that is updated. */
export function restOfUpdate(id: string, document: unknown): string {
  const { id: own, rest } = restOf(document);
  if (own === id) return rest;
  throw new Invalid([{ field: 'id', label: '编号', reason: '与要修改的记录不同', mend: '编号不能修改，请保持原样' }]);
}

/** The events of a write, each as JSON. */
export function eventTexts(events: readonly DomainEvent[] | undefined): string[] {
  return (events ?? []).map((event, position) => {
    const text = storableJson(event);
    if (typeof event.type !== 'string' || typeof event.at !== 'string' || typeof event.by !== 'string') {
      throw new Invalid([
        { field: `events.${position}`, label: '事件', reason: '缺少类型、时间或经手人', mend: '请补齐 type、at、by' },
      ]);
    }
    return text;
  });
}

/** Throws `invalid` where the version that a writer saw is none. */
export function checkSeen(seen: unknown): void {
  if (typeof seen === 'number' && Number.isSafeInteger(seen) && seen >= 1) return;
  throw new Invalid([
    { field: 'version', label: '版本号', reason: '不是正整数', mend: '请先读取记录，再带上读到的版本号' },
  ]);
}

/** The size of a page that is asked for. Throws `invalid` for a wrong size and `malformed` for a wrong direction. */
export function pageLimit({ limit = defaultLimit, order }: FindOptions): number {
  if (!Number.isInteger(limit) || limit < 1 || limit > maxLimit) {
    throw new Invalid([
      {
        field: 'limit',
        label: '每页条数',
        reason: `不是1到${maxLimit}之间的整数`,
        mend: `请改为1到${maxLimit}之间的整数`,
      },
    ]);
  }
  if (order && order.direction !== 'asc' && order.direction !== 'desc') {
    throw new QianxianError('malformed', '排序的方向只能是 asc 或 desc');
  }
  return limit;
}

/** Throws `malformed` where a consumer has no name that can be kept, no collections, or a batch out of range. */
export function checkConsumer(consumer: string, options: FollowOptions, knows: (collection: string) => boolean): void {
  const { collections, batch } = options;
  if (!/^[\w.-]{1,64}$/.test(consumer) || collections.length === 0 || !collections.every(knows)) {
    throw new QianxianError('malformed', '变更的接收方没有写对名称或集合；请检查名称（字母、数字）和集合');
  }
  if (batch !== undefined && (!Number.isInteger(batch) || batch < 1 || batch > 10_000)) {
    throw new QianxianError('malformed', '变更的接收方每批的条数应是 1 到 10000 的整数');
  }
}
