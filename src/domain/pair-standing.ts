import type { Docket, DocketItem, Mark } from './docket.ts';
import { type Entry, type EntryKind, visibleContent } from './entry.ts';
import type { Match, MatchDecision, MatchedHashes } from './match.ts';

/**
 * Where a pair stands and whether it may be offered (again). The dockets are the truth: a match document may have been
 * written for a docket that never came about.
 */

/** Whether the item is in this docket's hands: not void, not carried on, not decided elsewhere. */
export function isLive(item: DocketItem): boolean {
  return !item.void && item.carriedTo === undefined && item.decidedOn === undefined;
}

/** Live and without a mark: it waits for a reviewer, or for the next docket. */
export function isUndecided(item: DocketItem): boolean {
  return isLive(item) && item.mark === null;
}

/** The mark that counts: the last correction's, else the one of closing. */
export function effectiveMark(docket: Pick<Docket, 'corrections'>, item: DocketItem): Mark | null {
  let mark = item.mark;
  for (const correction of docket.corrections) if (correction.pairId === item.pairId) mark = correction.after;
  return mark;
}

/** What is known of a pair that was on a docket before. */
export interface PairStanding {
  /** It is live on a docket, without a mark or with one that has not taken effect: it cannot stand on a second one. */
  readonly open: boolean;
  /** The newest decision; null where there was none. */
  readonly decision: {
    readonly kind: Mark['kind'];
    /** Matched hashes when it was decided; null where they are not known. */
    readonly matched: MatchedHashes | null;
    /** For `defer`: `YYYY-MM-DD`. */
    readonly until?: string;
    /** For `ask`: whether the side that was asked has answered. */
    readonly answered?: boolean;
  } | null;
}

/**
 * `fresh`: never decided, or a side's matched fields changed since; `returning`: 暂缓 whose day is reached, or 请补充 that
 * was answered; `no`: open, accepted, or decided about the same texts.
 */
export type Offer = 'fresh' | 'returning' | 'no';

/** Whether a pair may be offered. `hashes` are those of now, null where it was not matched this time; `today` is `YYYY-MM-DD`. */
export function offerOf(standing: PairStanding | undefined, hashes: MatchedHashes | null, today: string): Offer {
  if (!standing) return 'fresh';
  if (standing.open) return 'no';
  const { decision } = standing;
  if (!decision) return 'fresh';
  if (decision.kind === 'accept') return 'no';
  if (decision.kind === 'defer' && decision.until !== undefined && decision.until <= today) return 'returning';
  if (decision.kind === 'ask' && decision.answered) return 'returning';
  if (!hashes || !decision.matched) return 'no';
  const same = decision.matched.need === hashes.need && decision.matched.achievement === hashes.achievement;
  return same ? 'no' : 'fresh';
}

/** The newest decision of a match: of the latest week, and within it the last. */
export function newestDecision(match: Pick<Match, 'decisions'>): MatchDecision | null {
  let newest: MatchDecision | null = null;
  for (const decision of match.decisions) if (!newest || decision.week >= newest.week) newest = decision;
  return newest;
}

const kindLabels: Readonly<Record<EntryKind, string>> = { need: '需求', achievement: '成果' };

const suspensionOf = (kind: EntryKind): string => `${kindLabels[kind]}的机构已停用`;

/** Whether this loss ends by itself: when its organisation is enabled again the record stands as it stood before. */
export function isPassingLoss(reason: string | undefined): boolean {
  return reason === suspensionOf('need') || reason === suspensionOf('achievement');
}

/**
 * Why a pair has lost this side, in Chinese, or null where the record still stands. A need that has a contract is lost for
 * other pairs, and a record whose organisation is disabled for all.
 */
export function lossOf(
  kind: EntryKind,
  entry: Pick<Entry<unknown>, 'state' | 'published' | 'engagedIn' | 'suspended'> | null | undefined,
): string | null {
  const label = kindLabels[kind];
  if (!entry) return `${label}已删除`;
  if (entry.state === 'withdrawn') return `${label}已撤回`;
  // Once published and now on its way to it again: it expired in between.
  const comesAgain = entry.published !== null && (entry.state === 'submitted' || entry.state === 'returned');
  if (entry.state === 'expired' || comesAgain) return `${label}已过期`;
  if (entry.suspended) return suspensionOf(kind);
  if (entry.engagedIn !== undefined) return `${label}已与一家签约`;
  return null;
}

/** Whether a record can be offered at all: it stands and has a text that matching sees. */
export function isOfferable(entry: Entry<unknown> | undefined): boolean {
  return entry !== undefined && entry.engagedIn === undefined && visibleContent(entry) !== null;
}
