import type { Candidate, NeedCandidates } from './candidate-list.ts';
import { matchLevels } from './codes/review-codes.ts';
import type { DocketItem, DocketOrigin, DocketSettings, PromiseReport } from './docket.ts';
import { pairId } from './ids.ts';
import type { MatchLevel } from './match.ts';
import { offerOf, type PairStanding } from './pair-standing.ts';
import { seededRandom } from './seeded-random.ts';
import { weeksBetween } from './week.ts';

/**
 * Composes the docket of a week from what matching found. Pure: the same input gives the same docket, whatever the order
 * of its lists.
 *
 * Order of places: what is undecided on older dockets; what comes back (暂缓 that is due, 请补充 that was answered);
 * the best candidate of needs whose promise runs out, the oldest first; the best of the rest; the exploration places.
 * Everything stands under the caps; what finds no place waits for the next week.
 */

/** A pair with what its place and the caps need. */
export interface PlacedPair {
  readonly needId: string;
  readonly achievementId: string;
  /** The organisation of the need; null where an archived record names none. */
  readonly enterpriseId: string | null;
  /** The organisation of the achievement. */
  readonly offeringId: string | null;
  /** 团队 as written. */
  readonly team: string | null;
  readonly score: number;
  readonly level: MatchLevel;
  readonly drawProbability?: number;
}

/** A pair that is undecided on an older docket. */
export interface CarriedPair extends PlacedPair {
  /** Week of the docket on which it stood first, and of the one on which it stands now. */
  readonly carriedFrom: string;
  readonly takenFrom: string;
  /** Its place there. */
  readonly place: number;
}

/** How long a published need waits. */
export interface NeedWaiting {
  /** The first week in which it was matched while published. */
  readonly since: string;
  /** Whether it was offered a pair or answered since then. */
  readonly served: boolean;
}

/** What the docket is composed of beside the needs' candidates. */
export interface CompositionInput {
  readonly week: string;
  /** `YYYY-MM-DD` in Asia/Shanghai: which deferrals are due. */
  readonly today: string;
  readonly settings: DocketSettings;
  readonly carried: readonly CarriedPair[];
  /** Pairs whose newest decision is 暂缓 or 请补充 and whose sides both still stand. */
  readonly postponed: readonly PlacedPair[];
  /** By pair id, for every pair that was on a docket before. */
  readonly standings: ReadonlyMap<string, PairStanding>;
}

/** A place on the docket before the names of its records are filled in. */
export type UnnamedItem = Omit<
  DocketItem,
  'needTitle' | 'achievementTitle' | 'needOrganisation' | 'achievementOrganisation'
>;

export interface Composition {
  readonly items: readonly UnnamedItem[];
  readonly promise: PromiseReport;
  readonly seed: string;
}

const levelOf = new Map<MatchLevel, number>(matchLevels.map((row) => [row.code, row.level]));

/** Whether a pair is 较强 or better. */
export function isFair(level: MatchLevel): boolean {
  return levelOf.get(level)! >= 3;
}

function byText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function idOf(pair: PlacedPair): string {
  return pairId(pair.needId, pair.achievementId);
}

/** Best first: level, then score, ties by pair id. */
export function byRank(a: PlacedPair, b: PlacedPair): number {
  return levelOf.get(b.level)! - levelOf.get(a.level)! || b.score - a.score || byText(idOf(a), idOf(b));
}

/** What the caps count a pair under. A team is a team of its organisation; where none is named, the organisation counts. */
export function capKeys(
  pair: Pick<PlacedPair, 'needId' | 'achievementId' | 'enterpriseId' | 'offeringId' | 'team'>,
): Readonly<{
  enterprise: string;
  team: string;
  need: string;
}> {
  const team = pair.team?.normalize('NFKC').replace(/\s+/g, '').toLowerCase();
  const offering = pair.offeringId === null ? `achievement ${pair.achievementId}` : `organisation ${pair.offeringId}`;
  return {
    enterprise: pair.enterpriseId === null ? `need ${pair.needId}` : `organisation ${pair.enterpriseId}`,
    team: team ? `${pair.offeringId === null ? '' : offering} team ${team}` : offering,
    need: pair.needId,
  };
}

const capKinds = ['enterprise', 'team', 'need'] as const;

/** Counts pairs against the caps. */
function createCaps(settings: DocketSettings) {
  const most = { enterprise: settings.capPerEnterprise, team: settings.capPerTeam, need: settings.capPerNeed };
  const taken = {
    enterprise: new Map<string, number>(),
    team: new Map<string, number>(),
    need: new Map<string, number>(),
  };
  const roomOf = (kind: (typeof capKinds)[number], key: string) => most[kind] - (taken[kind].get(key) ?? 0);
  return {
    roomOf,
    fits(pair: PlacedPair): boolean {
      const keys = capKeys(pair);
      return capKinds.every((kind) => roomOf(kind, keys[kind]) > 0);
    },
    take(pair: PlacedPair): void {
      const keys = capKeys(pair);
      for (const kind of capKinds) taken[kind].set(keys[kind], (taken[kind].get(keys[kind]) ?? 0) + 1);
    },
  };
}

type Caps = ReturnType<typeof createCaps>;

/**
 * The pool of an exploration draw of `places` pairs, ordered by pair id: thinned, best first, until any `places` of it
 * stand together under the caps. So the draw is uniform over a pool that is known, and the chance of each is exact.
 */
export function explorationPool<P extends PlacedPair>(
  weak: readonly P[],
  places: number,
  caps: Pick<Caps, 'roomOf'>,
): P[] {
  const kept = {
    enterprise: new Map<string, number>(),
    team: new Map<string, number>(),
    need: new Map<string, number>(),
  };
  const pool: P[] = [];
  for (const pair of [...weak].sort(byRank)) {
    const keys = capKeys(pair);
    const fits = capKinds.every((kind) => {
      const room = caps.roomOf(kind, keys[kind]);
      return room >= places || (kept[kind].get(keys[kind]) ?? 0) < room;
    });
    if (!fits) continue;
    for (const kind of capKinds) kept[kind].set(keys[kind], (kept[kind].get(keys[kind]) ?? 0) + 1);
    pool.push(pair);
  }
  return pool.sort((a, b) => byText(idOf(a), idOf(b)));
}

/**
 * `places` of the pool (all of it where it is smaller), every set of them equally likely, and the chance with which each
 * was drawn: drawn number ÷ pool size. The drawn come in the order of the pool.
 */
export function drawExploration<P>(
  pool: readonly P[],
  places: number,
  random: () => number,
): { readonly drawn: readonly P[]; readonly probability: number } {
  const count = Math.min(Math.max(places, 0), pool.length);
  if (count === 0) return { drawn: [], probability: 0 };
  const order = pool.map((_, index) => index);
  for (let i = 0; i < count; i += 1) {
    const j = i + Math.floor(random() * (order.length - i));
    const held = order[i]!;
    order[i] = order[j]!;
    order[j] = held;
  }
  const drawn = order
    .slice(0, count)
    .sort((a, b) => a - b)
    .map((index) => pool[index]!);
  return { drawn, probability: count / pool.length };
}

function placed(need: NeedCandidates, candidate: Candidate): PlacedPair {
  return {
    needId: need.needId,
    achievementId: candidate.achievementId,
    enterpriseId: need.organisationId,
    offeringId: candidate.organisationId,
    team: candidate.team,
    score: candidate.score,
    level: candidate.level,
  };
}

function itemOf(pair: PlacedPair, origin: DocketOrigin, place: number, more: Partial<UnnamedItem>): UnnamedItem {
  return {
    pairId: idOf(pair),
    needId: pair.needId,
    achievementId: pair.achievementId,
    place,
    origin,
    score: pair.score,
    level: pair.level,
    ...(pair.drawProbability === undefined ? {} : { drawProbability: pair.drawProbability }),
    mark: null,
    markVersion: 0,
    earlierMarks: [],
    ...more,
  };
}

/** Seed of the exploration draw of a week. */
export function seedOf(week: string): string {
  return `docket ${week}`;
}

/** Takes in needs one after another, so that nobody must hold all their candidates, and composes the docket at the end. */
export interface DocketComposer {
  /** A need of this run, once each; `waiting` is absent where it is seen for the first time. */
  offer(need: NeedCandidates, waiting?: NeedWaiting): void;
  /** Once, after the last need. Sizes and caps are upper bounds; an empty docket is an answer too. */
  compose(): Composition;
}

/** See the top of this file. Keeps only pairs that may still find a place, and of each no more than its place needs. */
export function docketComposer(input: CompositionInput): DocketComposer {
  const { settings, week } = input;
  const standingPairs = new Set([...input.carried, ...input.postponed].map(idOf));
  /** This week's score of pairs that stand already. */
  const renewals = new Map<string, PlacedPair>();
  const fair: PlacedPair[] = [];
  const weak: PlacedPair[] = [];
  const due = new Map<string, string>();

  function offer(need: NeedCandidates, waiting?: NeedWaiting): void {
    for (const candidate of need.candidates) {
      if (!Number.isFinite(candidate.score)) continue;
      const pair = placed(need, candidate);
      const id = idOf(pair);
      if (standingPairs.has(id)) renewals.set(id, pair);
      const hashes = { need: need.matchedHash, achievement: candidate.matchedHash };
      if (offerOf(input.standings.get(id), hashes, input.today) !== 'fresh') continue;
      const { strong, fair: atFair } = candidate.probabilities;
      if (isFair(pair.level)) fair.push(pair);
      else if (pair.level === 'weak' && strong + atFair >= settings.explorationFloor) weak.push(pair);
    }
    if (!need.published || !waiting || waiting.served) return;
    if (weeksBetween(waiting.since, week) >= settings.promiseWeeks) due.set(need.needId, waiting.since);
  }

  return { offer, compose: () => composed(input, { renewals, fair, weak, due }) };
}

interface Offered {
  readonly renewals: ReadonlyMap<string, PlacedPair>;
  readonly fair: PlacedPair[];
  readonly weak: readonly PlacedPair[];
  /** Needs whose promise runs out, with the week since which they wait. */
  readonly due: ReadonlyMap<string, string>;
}

function composed(input: CompositionInput, offered: Offered): Composition {
  const { settings, week } = input;
  const { fair, due } = offered;
  const caps = createCaps(settings);
  const chosen = new Map<string, UnnamedItem>();
  const left = () => settings.size - chosen.size;
  fair.sort(byRank);

  /** Gives the pair the next place if there is one and the caps allow it. */
  function take(pair: PlacedPair, origin: DocketOrigin, more: Partial<UnnamedItem> = {}): boolean {
    const id = idOf(pair);
    if (left() <= 0 || chosen.has(id) || !caps.fits(pair)) return false;
    caps.take(pair);
    chosen.set(id, itemOf(pair, origin, chosen.size + 1, more));
    return true;
  }

  /** With this week's score where the pair was matched again. */
  const renewed = <P extends PlacedPair>(pair: P): P => ({ ...pair, ...offered.renewals.get(idOf(pair)) });

  const carried = [...input.carried].sort(
    (a, b) =>
      byText(a.carriedFrom, b.carriedFrom) ||
      byText(a.takenFrom, b.takenFrom) ||
      a.place - b.place ||
      byText(idOf(a), idOf(b)),
  );
  for (const pair of carried) {
    take(renewed(pair), 'carried', { carriedFrom: pair.carriedFrom, takenFrom: pair.takenFrom });
  }

  const returning = input.postponed.filter(
    (pair) => offerOf(input.standings.get(idOf(pair)), null, input.today) === 'returning',
  );
  for (const pair of returning.map(renewed).sort(byRank)) take(pair, 'resumed');

  const fairOfNeed = new Map<string, PlacedPair[]>();
  for (const pair of fair) {
    const list = fairOfNeed.get(pair.needId);
    if (list) list.push(pair);
    else fairOfNeed.set(pair.needId, [pair]);
  }
  const dueInOrder = [...due].sort(([needA, sinceA], [needB, sinceB]) => {
    const bestA = fairOfNeed.get(needA)?.[0];
    const bestB = fairOfNeed.get(needB)?.[0];
    if (sinceA !== sinceB || !bestA || !bestB) return byText(sinceA, sinceB) || byText(needA, needB);
    return byRank(bestA, bestB);
  });
  const servedBefore = new Set([...chosen.values()].map((item) => item.needId));
  for (const [needId] of dueInOrder) {
    if (servedBefore.has(needId)) continue;
    for (const pair of fairOfNeed.get(needId) ?? []) if (take(pair, 'promise')) break;
  }

  const reserved = Math.min(settings.explorationPlaces, Math.max(left(), 0));
  for (const pair of fair) {
    if (left() <= reserved) break;
    take(pair, 'ranked');
  }
  const weak = offered.weak.filter((pair) => !chosen.has(idOf(pair)));
  const pool = explorationPool(weak, reserved, caps);
  const seed = seedOf(week);
  const { drawn, probability } = drawExploration(pool, reserved, seededRandom(seed));
  // Places that the pool cannot fill go to the next best; the drawn stand last all the same, and under the caps first.
  const spare = reserved - drawn.length;
  for (const pair of drawn) caps.take(pair);
  for (const pair of fair) {
    if (left() <= reserved - spare) break;
    take(pair, 'ranked');
  }
  const items = [...chosen.values()];
  for (const pair of drawn) {
    items.push(itemOf(pair, 'exploration', items.length + 1, { drawProbability: probability }));
  }

  const served = new Set(items.map((item) => item.needId));
  const unserved = dueInOrder.map(([needId]) => needId).filter((needId) => !served.has(needId));
  const toAnswer = unserved.filter((needId) => !fairOfNeed.has(needId));
  return {
    items,
    promise: {
      due: due.size,
      offered: due.size - unserved.length,
      toAnswer,
      short: unserved.length - toAnswer.length,
    },
    seed,
  };
}
