import { z } from 'zod';
import { rejectionReasons } from './codes/review-codes.ts';
import type { MatchLevel } from './match-level.ts';
import type { Stored } from './record.ts';
import type { SecondReview } from './second-review-setting.ts';
import type { StateTable } from './state-table.ts';
import { choice, text } from './validation.ts';

export const sides = [
  { code: 'need', label: '需求方' },
  { code: 'achievement', label: '成果方' },
] as const;
export type Side = (typeof sides)[number]['code'];

const kind = <K extends string>(code: K) => z.literal(code).meta({ title: '标记' });

/** What a reviewer says of one pair. */
export const markInput = z
  .discriminatedUnion(
    'kind',
    [
      z.strictObject({ kind: kind('accept'), note: text('备注', 500).optional() }),
      z.strictObject({
        kind: kind('reject'),
        reason: choice('不通过原因', rejectionReasons),
        note: text('备注', 500).optional(),
      }),
      z.strictObject({
        kind: kind('defer'),
        until: z.iso.date({ error: '不是日期|请按 2026-12-31 的格式填写暂缓到哪一天' }).meta({ title: '暂缓到' }),
        note: text('备注', 500).optional(),
      }),
      z.strictObject({
        kind: kind('ask'),
        side: choice('请谁补充', sides),
        question: text('要补充的内容', 500, { min: 4 }),
        note: text('备注', 500).optional(),
      }),
    ],
    {
      error:
        '不是一个标记|请写成 {"kind":"accept"}（通过）、{"kind":"reject","reason":"off-topic"}（不通过和原因）、{"kind":"defer","until":"2026-12-31"}（暂缓到哪一天）或 {"kind":"ask","side":"need","question":"…"}（请补充，side 为 need 或 achievement）',
    },
  )
  .meta({ title: '标记' });
export type MarkInput = z.output<typeof markInput>;

/** A mark with who and when. */
export type Mark = MarkInput & { readonly by: string; readonly byName: string; readonly at: string };

/** Who did something and when; the name is kept because a docket shows it. */
export interface Act {
  readonly at: string;
  readonly by: string;
  readonly byName: string;
}

/** A mark that no longer holds: replaced by the next one, or, where `undone` is set, taken back. */
export type EarlierMark = Mark & { readonly undone?: Act };

/** Why a pair stands on the docket. */
export type DocketOrigin =
  | 'ranked' // best first
  | 'promise' // the best candidate of a need whose four weeks run out
  | 'exploration' // drawn at random below 较强, with its probability
  | 'carried' // undecided on an earlier docket
  | 'resumed'; // deferred until now, or answered after 请补充

export interface DocketItem {
  readonly pairId: string;
  readonly needId: string;
  readonly achievementId: string;
  /** 1 is first. */
  readonly place: number;
  readonly origin: DocketOrigin;
  readonly score: number;
  readonly level: MatchLevel;
  /** The chance with which this pair was drawn: set for `exploration`, and kept when such a pair is carried or comes back. */
  readonly drawProbability?: number;
  /** Only for `carried`: the week of the docket on which it stood first. */
  readonly carriedFrom?: string;
  /** Only for `carried`: the week of the docket that it came from directly; that docket says whether it has let go of it. */
  readonly takenFrom?: string;
  /** As they were when the docket was frozen, so that a list needs no further look-up. */
  readonly needTitle: string;
  readonly achievementTitle: string;
  readonly needOrganisation: string;
  readonly achievementOrganisation: string;
  readonly mark: Mark | null;
  /** Grows with each change of the mark: a reviewer names the one he saw. */
  readonly markVersion: number;
  /** Earlier marks, oldest first; an undone mark is here too. */
  readonly earlierMarks: readonly EarlierMark[];
  /** Set where the pair counts as 通过 only once a second person of the bureau agrees (复核). */
  readonly reviewTwice?: true;
  /** Who agreed to the mark 通过 that stands now; gone with the mark. */
  readonly agreed?: Act;
  /** Set when a later docket took the pair over: from then on it is marked there alone. */
  readonly carriedTo?: string;
  /** Weeks of later dockets that wanted the pair but found it marked here: they leave the decision to this one. */
  readonly keptFrom?: readonly string[];
  /** On the later docket of that case: the week on whose docket the pair is decided. */
  readonly decidedOn?: string;
  /** Set when a side was withdrawn or expired before the docket was closed: it takes no mark, and closing passes it over. */
  readonly void?: { readonly at: string; readonly reason: string };
}

/** 更正 after closing. `id` follows from the request, so that a repeated request corrects once. */
export interface Correction {
  readonly id: string;
  readonly pairId: string;
  readonly before: Mark | null;
  readonly after: Mark;
  readonly reason: string;
  readonly at: string;
  readonly by: string;
}

/** Several pairs that were marked together, so that they can be taken back together. */
export interface MarkBatch extends Act {
  /** Follows from the request, so that a repeated request marks once. */
  readonly id: string;
  readonly kind: MarkInput['kind'];
  /** The pairs that took the mark, with their `markVersion` after it, and whether it replaced another one. */
  readonly pairs: readonly { readonly pairId: string; readonly markVersion: number; readonly replaced: boolean }[];
  /** Set when it was taken back: by whom, and for which pairs; the others had changed since. */
  readonly undone?: Act & { readonly pairIds: readonly string[] };
}

export type DocketState = 'open' | 'closed';
export type DocketAction = 'mark' | 'close' | 'correct';
export const docketStates: StateTable<DocketState, DocketAction> = {
  states: { open: '审核中', closed: '已关闭' },
  initial: 'open',
  moves: [
    { action: 'mark', label: '标记', from: ['open'], to: 'open', by: ['staff', 'admin'] },
    { action: 'close', label: '关闭本周清单', from: ['open'], to: 'closed', by: ['staff', 'admin'] },
    { action: 'correct', label: '更正', from: ['closed'], to: 'closed', by: ['staff', 'admin'], demands: ['reason'] },
  ],
};

export interface DocketSettings {
  /** Pairs a week, exploration included, carried pairs included. */
  readonly size: number;
  /** Most pairs of one enterprise, and of one team (or, where no team is named, one offering organisation). */
  readonly capPerEnterprise: number;
  readonly capPerTeam: number;
  readonly capPerNeed: number;
  readonly explorationPlaces: number;
  /** Least probability (0–1) of 较强 or better that a pair needs for an exploration place. */
  readonly explorationFloor: number;
  /** Weeks within which every published need is offered a pair or answered. */
  readonly promiseWeeks: number;
  /** Which pairs need a second review; absent or null for none. */
  readonly secondReview?: SecondReview | null;
}

export const defaultDocketSettings: DocketSettings = {
  size: 40,
  capPerEnterprise: 5,
  capPerTeam: 4,
  capPerNeed: 3,
  explorationPlaces: 2,
  explorationFloor: 0.05,
  promiseWeeks: 4,
};

/** How the four-week promise stands: what the desk must say. */
export interface PromiseReport {
  /** Needs that have waited `promiseWeeks` or longer without a pair or an answer, before this docket. */
  readonly due: number;
  readonly offered: number;
  /** Without a candidate of 较强 or better: to be answered 暂无合适成果. */
  readonly toAnswer: readonly string[];
  /** With a candidate for which there was no place. */
  readonly short: number;
}

/** The frozen batch of one ISO week. `id` is the week, so that a week has one docket whoever makes it. */
export interface Docket extends Stored {
  readonly week: string;
  readonly state: DocketState;
  readonly items: readonly DocketItem[];
  readonly settings: DocketSettings;
  readonly model: string;
  readonly statistics: string;
  /** Seed of the exploration draw: derived from the week, so that the same candidates give the same docket. */
  readonly seed: string;
  readonly promise: PromiseReport;
  /** Whether archived, unpublished records took part (`--include-archive`). */
  readonly includesArchive: boolean;
  readonly closed: Act | null;
  readonly corrections: readonly Correction[];
  /** Oldest first; missing where nothing was marked together. */
  readonly batches?: readonly MarkBatch[];
}
