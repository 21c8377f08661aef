import type { Achievement } from '../../domain/achievement.ts';
import type { CandidateList } from '../../domain/candidate-list.ts';
import { effectsOf } from '../../domain/decision-effects.ts';
import type { DocketItem, Mark } from '../../domain/docket.ts';
import type { CarriedPair, NeedWaiting, PlacedPair } from '../../domain/docket-composition.ts';
import type { Entry } from '../../domain/entry.ts';
import type { Match } from '../../domain/match.ts';
import type { Need } from '../../domain/need.ts';
import { isLive, isOfferable, lossOf, newestDecision, type PairStanding } from '../../domain/pair-standing.ts';
import type { Stored } from '../../domain/record.ts';
import type { Ports } from '../../ports/ports.ts';
import type { Collection } from '../../ports/record-store.ts';

/** What the store knows about pairs and needs before a docket is composed. */
export interface DocketFacts {
  /** Every pair that ever was on a docket. */
  readonly known: ReadonlySet<string>;
  readonly standings: ReadonlyMap<string, PairStanding>;
  readonly carried: readonly CarriedPair[];
  readonly postponed: readonly PlacedPair[];
  /** How long the need of a candidate list has waited; undefined where it is not published. */
  readonly waitingOf: (list: CandidateList) => NeedWaiting | undefined;
}

/** The newest place of a pair on the dockets so far. */
interface Place {
  readonly week: string;
  readonly item: DocketItem;
  /** Not decided there: undecided, or marked on a docket that is open. */
  readonly open: boolean;
  readonly final: Mark | null;
  readonly questionId: string | null;
}

const chunkSize = 500;

/** Documents by id, read in chunks. */
export async function readMany<T extends Stored>(
  collection: Collection<T>,
  ids: Iterable<string>,
): Promise<Map<string, T>> {
  const all = [...new Set(ids)];
  const found = new Map<string, T>();
  for (let from = 0; from < all.length; from += chunkSize) {
    for (const one of await collection.getMany(all.slice(from, from + chunkSize))) found.set(one.id, one);
  }
  return found;
}

/**
 * Walks all dockets. The dockets are the truth about where a pair stands: effects may still be on their way to the
 * matches, and matches may have been written for a docket that never came about.
 */
async function readPlaces(
  ports: Pick<Ports, 'store' | 'clock'>,
): Promise<{ places: Map<string, Place>; offered: Map<string, string>; known: Set<string> }> {
  const places = new Map<string, Place>();
  const offered = new Map<string, string>();
  const known = new Set<string>();
  for await (const docket of ports.store.collection('dockets').stream()) {
    const effects = new Map(effectsOf(docket).map((effect) => [effect.pairId, effect]));
    for (const item of docket.items) {
      known.add(item.pairId);
      const before = offered.get(item.needId);
      if (before === undefined || before < docket.week) offered.set(item.needId, docket.week);
      if (!isLive(item) || (places.get(item.pairId)?.week ?? '') > docket.week) continue;
      const effect = effects.get(item.pairId);
      places.set(item.pairId, {
        week: docket.week,
        item,
        open: effect === undefined,
        final: effect?.final ?? null,
        questionId: effect?.question?.question.id ?? null,
      });
    }
  }
  return { places, offered, known };
}

type Records = { readonly needs: Map<string, Need>; readonly achievements: Map<string, Achievement> };

function teamOf(achievement: Achievement | undefined): string | null {
  return (achievement?.published?.content ?? achievement?.content)?.team ?? null;
}

/** A pair as it stood on its docket, with what the caps need from its records of now. */
function placedPair(item: DocketItem, { needs, achievements }: Records): PlacedPair {
  const achievement = achievements.get(item.achievementId);
  return {
    needId: item.needId,
    achievementId: item.achievementId,
    enterpriseId: needs.get(item.needId)?.organisationId ?? null,
    offeringId: achievement?.organisationId ?? null,
    team: teamOf(achievement),
    score: item.score,
    level: item.level,
    ...(item.drawProbability === undefined ? {} : { drawProbability: item.drawProbability }),
  };
}

function isAnswered(place: Place, { needs, achievements }: Records): boolean {
  if (place.final?.kind !== 'ask') return false;
  const record: Entry<unknown> | undefined =
    place.final.side === 'need' ? needs.get(place.item.needId) : achievements.get(place.item.achievementId);
  return record?.questions.some((one) => one.id === place.questionId && one.answeredAt !== undefined) ?? false;
}

function standingOf(place: Place, match: Match | undefined, records: Records): PairStanding {
  if (!place.final) return { open: place.open, decision: null };
  const decision = match ? newestDecision(match) : null;
  return {
    open: false,
    decision: {
      kind: place.final.kind,
      // Effects that are on their way will record the hashes that the assessment has now.
      matched: (decision?.week === place.week ? decision.matched : match?.assessment.matched) ?? null,
      ...(place.final.kind === 'defer' ? { until: place.final.until } : {}),
      ...(place.final.kind === 'ask' ? { answered: isAnswered(place, records) } : {}),
    },
  };
}

/** Gathers what a docket is composed of beside what matching found. */
export async function gatherFacts(ports: Pick<Ports, 'store' | 'clock'>): Promise<DocketFacts> {
  const { store } = ports;
  const { places, offered, known } = await readPlaces(ports);
  const live = [...places.values()];
  const undecided = live.filter((place) => place.open && !place.item.mark);
  const postponed = live.filter((place) => place.final?.kind === 'defer' || place.final?.kind === 'ask');
  const kept = [...undecided, ...postponed].map((place) => place.item);
  const decided = live.filter((place) => place.final).map((place) => place.item.pairId);
  const [matches, needs, achievements] = await Promise.all([
    readMany(store.collection('matches'), decided),
    readMany(
      store.collection('needs'),
      kept.map((item) => item.needId),
    ),
    readMany(
      store.collection('achievements'),
      kept.map((item) => item.achievementId),
    ),
  ]);
  const records = { needs, achievements };

  const waitingOf = ({ needId, published, waitingSince: since, offeredIn, answeredIn }: CandidateList) => {
    if (!published || !since) return undefined;
    return { since, served: (offered.get(needId) ?? '') >= since || offeredIn.length + answeredIn.length > 0 };
  };
  return {
    known,
    standings: new Map(
      live.map((place) => [place.item.pairId, standingOf(place, matches.get(place.item.pairId), records)]),
    ),
    carried: undecided
      .filter(
        ({ item }) =>
          lossOf('need', needs.get(item.needId)) === null &&
          lossOf('achievement', achievements.get(item.achievementId)) === null,
      )
      .map(({ week, item }) => ({
        ...placedPair(item, records),
        carriedFrom: item.carriedFrom ?? week,
        takenFrom: week,
        place: item.place,
      })),
    postponed: postponed
      .filter(({ item }) => isOfferable(needs.get(item.needId)) && isOfferable(achievements.get(item.achievementId)))
      .map(({ item }) => placedPair(item, records)),
    waitingOf,
  };
}
