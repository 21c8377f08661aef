import type { DocketView } from '../../../http/contract/dockets.ts';
import type { Codes } from '../../parts/codes.ts';

export type DocketItem = DocketView['items'][number];
export type Mark = NonNullable<DocketItem['mark']>;
/** A mark as it is given: without who and when. */
export type MarkInput = Mark extends infer M ? (M extends Mark ? Omit<M, 'by' | 'byName' | 'at'> : never) : never;

/** Whether this docket decides the pair: it takes a mark, or has one. */
export const isLive = (item: DocketItem): boolean =>
  item.void === undefined && item.carriedTo === undefined && item.decidedOn === undefined;
export const isOpenItem = (item: DocketItem): boolean => isLive(item) && item.mark === null;

/** The pairs with the marks that count: of a closed docket, with its corrections (更正). */
export function itemsThatCount({ items, corrections }: Pick<DocketView, 'items' | 'corrections'>): DocketItem[] {
  const after = new Map(corrections.map((one) => [one.pairId, one.after]));
  return items.map((item) => {
    const mark = after.get(item.pairId);
    return mark ? { ...item, mark } : item;
  });
}

export function inputOf(mark: Mark): MarkInput {
  const { by: _by, byName: _byName, at: _at, ...input } = mark;
  return input as MarkInput;
}

export const markNames = { accept: '通过', reject: '不通过', defer: '暂缓', ask: '请补充' } as const;
export const markTones = { accept: 'good', reject: 'bad', defer: 'wait', ask: 'ask' } as const;
export const markSigns = { accept: '✓', reject: '✕', defer: '◷', ask: '？' } as const;

/** A mark in words, for instance `不通过：技术不对口`. */
export function describeMark(mark: MarkInput | Mark, codes: Codes): string {
  switch (mark.kind) {
    case 'accept':
      return '通过';
    case 'reject':
      return `不通过：${codes.label('rejectionReasons', mark.reason)}`;
    case 'defer':
      return `暂缓到 ${mark.until}`;
    case 'ask':
      return `请${codes.label('sides', mark.side)}补充`;
  }
}

export const originNames: Readonly<Record<DocketItem['origin'], string>> = {
  ranked: '按匹配程度排入',
  promise: '四周承诺',
  exploration: '试探推荐',
  carried: '上期未定',
  resumed: '暂缓或补充后再议',
};

export const levelTones: Readonly<Record<DocketItem['level'], string>> = {
  strong: 'good',
  fair: 'accent',
  weak: 'wait',
  none: 'bad',
};

/** The place in the list after marking one: the next pair without a mark, from the beginning again behind the end. */
export function nextOpen(items: readonly DocketItem[], pairId: string): DocketItem | undefined {
  const at = items.findIndex((item) => item.pairId === pairId);
  return [...items.slice(at + 1), ...items.slice(0, Math.max(0, at))].find(isOpenItem);
}

/** 通过 by one, and a second person has still to agree. */
export const isUnconfirmed = (item: DocketItem): boolean =>
  isLive(item) && item.reviewTwice === true && item.mark?.kind === 'accept' && item.agreed === undefined;
