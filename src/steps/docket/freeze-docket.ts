import type { Achievement } from '../../domain/achievement.ts';
import type { Candidate, CandidateList } from '../../domain/candidate-list.ts';
import type { Docket, DocketItem, DocketSettings } from '../../domain/docket.ts';
import { type Composition, docketComposer, type UnnamedItem } from '../../domain/docket-composition.ts';
import { Conflict, Duplicate, NotFound, QianxianError } from '../../domain/errors.ts';
import type { Assessment, Match } from '../../domain/match.ts';
import type { ExplainPairs, MatchingOutcome } from '../../domain/matching-outcome.ts';
import type { Need } from '../../domain/need.ts';
import { lossOf } from '../../domain/pair-standing.ts';
import type { Unstored } from '../../domain/record.ts';
import { withSecondReview } from '../../domain/second-review.ts';
import { dateIn } from '../../domain/week.ts';
import { changeDocument } from '../../ports/change-document.ts';
import type { Ports } from '../../ports/ports.ts';
import { type DocketFacts, gatherFacts, readMany } from './docket-facts.ts';

export interface FreezeResult {
  readonly docket: Docket;
  /** False where the week had its docket already, which is then answered unchanged. */
  readonly created: boolean;
}

/** Writes that are awaited together, so that they share an fsync. */
const writesAtOnce = 200;

async function inChunks<T>(items: readonly T[], write: (item: T) => Promise<void>): Promise<void> {
  for (let from = 0; from < items.length; from += writesAtOnce) {
    await Promise.all(items.slice(from, from + writesAtOnce).map(write));
  }
}

type StorePorts = Pick<Ports, 'store' | 'clock'>;

/** Records that were withdrawn, expired or removed since they were matched. */
interface LostRecords {
  readonly need: Set<string>;
  readonly achievement: Set<string>;
}

/** Walks what the run found, one need after another; what is lost is left out. */
async function* candidatesFound(
  { store }: StorePorts,
  { week, plan }: MatchingOutcome,
  lost: LostRecords,
): AsyncGenerator<CandidateList> {
  for await (const list of store.collection('candidateLists').stream({ week, plan })) {
    if (lost.need.has(list.needId)) continue;
    const { achievement } = lost;
    yield list.candidates.some(({ achievementId }) => achievement.has(achievementId))
      ? { ...list, candidates: list.candidates.filter(({ achievementId }) => !achievement.has(achievementId)) }
      : list;
  }
}

/** A place with what was found about its pair; carried ones that were not matched again have nothing. */
interface Place {
  readonly item: DocketItem;
  readonly found: { readonly list: CandidateList; readonly candidate: Candidate } | null;
}

interface Composed extends Omit<Composition, 'items'> {
  readonly places: readonly Place[];
  readonly facts: DocketFacts;
}

/** Composes and names the places, and composes again without what turned out to be lost. */
async function compose(ports: StorePorts, outcome: MatchingOutcome, settings: DocketSettings): Promise<Composed> {
  const today = dateIn(ports.clock.now());
  const lost: LostRecords = { need: new Set(), achievement: new Set() };
  for (;;) {
    const facts = await gatherFacts(ports);
    const composer = docketComposer({ week: outcome.week, today, settings, ...facts });
    for await (const list of candidatesFound(ports, outcome, lost)) composer.offer(list, facts.waitingOf(list));
    const { items, ...composition } = composer.compose();
    const named = await nameItems(ports, items, lost);
    if (named) return { ...composition, places: await withFindings(ports, outcome, named), facts };
  }
}

async function withFindings(
  { store }: StorePorts,
  { week, plan }: MatchingOutcome,
  items: readonly DocketItem[],
): Promise<Place[]> {
  const lists = await readMany(
    store.collection('candidateLists'),
    items.map(({ needId }) => needId),
  );
  return items.map((item) => {
    const list = lists.get(item.needId);
    const ofRun = list?.week === week && list.plan === plan;
    const candidate = ofRun && list.candidates.find(({ achievementId }) => achievementId === item.achievementId);
    return { item, found: candidate ? { list, candidate } : null };
  });
}

/** The places with the names of their records as they are now. Null where one is lost, which is then among `lost`. */
async function nameItems(
  { store }: StorePorts,
  items: readonly UnnamedItem[],
  lost: LostRecords,
): Promise<DocketItem[] | null> {
  const [needs, achievements] = [
    await readMany(
      store.collection('needs'),
      items.map(({ needId }) => needId),
    ),
    await readMany(
      store.collection('achievements'),
      items.map(({ achievementId }) => achievementId),
    ),
  ];
  let complete = true;
  for (const { needId, achievementId } of items) {
    if (lossOf('need', needs.get(needId))) {
      lost.need.add(needId);
      complete = false;
    }
    if (lossOf('achievement', achievements.get(achievementId))) {
      lost.achievement.add(achievementId);
      complete = false;
    }
  }
  if (!complete) return null;
  const sides = [...needs.values(), ...achievements.values()];
  const organisations = await readMany(
    store.collection('organisations'),
    sides.flatMap(({ organisationId }) => organisationId ?? []),
  );
  const titleOf = (entry: Need | Achievement | undefined): string => {
    const content = entry && (entry.state === 'published' ? entry.published?.content : entry.content);
    return content?.title ?? '';
  };
  const organisationOf = (entry: Need | Achievement | undefined): string =>
    organisations.get(entry?.organisationId ?? '')?.content.name ?? '';
  return items.map((item): DocketItem => {
    const need = needs.get(item.needId);
    const achievement = achievements.get(item.achievementId);
    return {
      ...item,
      needTitle: titleOf(need),
      achievementTitle: titleOf(achievement),
      needOrganisation: organisationOf(need),
      achievementOrganisation: organisationOf(achievement),
    };
  });
}

/** What this week found out about the docket's pairs that were matched; carried ones that were not keep what they have. */
async function assess(
  { week, model, statistics }: MatchingOutcome,
  places: readonly Place[],
  explain: ExplainPairs,
): Promise<Map<string, Assessment>> {
  const matched = places.flatMap(({ item, found }) => (found ? [{ item, ...found }] : []));
  const findings = await explain(matched.map(({ item: { needId, achievementId } }) => ({ needId, achievementId })));
  if (findings.length !== matched.length) {
    throw new QianxianError('damaged', '推荐理由的数目与清单不符，本周清单没有生成，请重新运行匹配');
  }
  return new Map(
    matched.map(({ item, list, candidate: { score, level, probabilities, matchedHash } }, index) => [
      item.pairId,
      {
        week,
        model,
        statistics,
        score,
        level,
        probabilities,
        ...findings[index]!,
        matched: { need: list.matchedHash, achievement: matchedHash },
      },
    ]),
  );
}

/**
 * Writes the match of one place. A new pair gets its document; one that was there before gets a proposal, which takes
 * effect when the docket exists. What is written for a docket that never comes about shows nowhere, and is written over
 * by the next run that chooses the pair.
 */
async function writeMatch(
  ports: StorePorts,
  week: string,
  item: DocketItem,
  found: Assessment | undefined,
): Promise<void> {
  const matches = ports.store.collection('matches');
  if (found) {
    const fresh: Unstored<Match> = {
      id: item.pairId,
      needId: item.needId,
      achievementId: item.achievementId,
      state: 'suggested',
      assessment: found,
      decisions: [],
      history: [],
    };
    try {
      await matches.insert(fresh);
      return;
    } catch (error) {
      if (!(error instanceof Duplicate)) throw error;
    }
  }
  await changeDocument(ports.store, 'matches', item.pairId, (match) => {
    const proposed = found ?? (item.origin === 'resumed' ? { ...match.assessment, week } : undefined);
    return proposed ? { document: { ...match, proposed } } : null;
  });
}

/** Removes matches that were written for a docket of an earlier week that never came about. */
async function removeOrphans(ports: StorePorts, week: string, known: ReadonlySet<string>): Promise<void> {
  const matches = ports.store.collection('matches');
  for await (const match of matches.stream({ state: 'suggested', 'assessment.week': { lt: week } })) {
    if (known.has(match.id) || match.decisions.length > 0) continue;
    try {
      await matches.remove(match.id, match.version);
    } catch (error) {
      // Somebody else writes it, so it is in use.
      if (!(error instanceof Conflict) && !(error instanceof NotFound)) throw error;
    }
  }
}

/**
 * Freezes the docket of the outcome's week, made of the candidate lists that the parts of its run have stored: keyed in the
 * store by the week, written last and in one write, so that a week has one docket whoever makes it and however often it is
 * tried. Where it exists, it is answered and nothing is changed. Null where a newer plan for the week has begun: then lists
 * are being written over, and the docket is made when that one is done. Throws `conflict` where a later week has its docket
 * already: pairs are carried forwards only.
 *
 * What follows from a frozen docket (older dockets let go of what it carries, proposals take effect, needs remember that
 * they were offered) is `settleDocket` of the review, by the feed or at once.
 */
export async function freezeDocket(
  ports: StorePorts,
  outcome: MatchingOutcome,
  explain: ExplainPairs,
  settings: DocketSettings,
): Promise<FreezeResult | null> {
  const dockets = ports.store.collection('dockets');
  const { week } = outcome;
  const existing = await dockets.get(week);
  if (existing) return { docket: existing, created: false };
  const { items: newest } = await dockets.find({ order: { by: 'week', direction: 'desc' }, limit: 1 });
  if (newest[0] && newest[0].week > week) {
    throw new Conflict(`${newest[0].week} 已有清单，不能再生成更早的 ${week} 的清单`);
  }

  const { places, promise, seed, facts } = await compose(ports, outcome, settings);
  // As long as the plan is current, no other one has written a list: what was composed is whole.
  if (!(await ports.store.collection('matchingRuns').get(week))) return null;
  // From here on it is too late to cancel: who cancels writes the same document.
  const { document: run } = await changeDocument(ports.store, 'matchingRuns', week, (newest) =>
    newest.plan !== outcome.plan || newest.state === 'cancelled' || newest.freezing
      ? null
      : { document: { ...newest, freezing: true as const } },
  );
  if (run.plan !== outcome.plan || run.state === 'cancelled') return null;
  const items = places.map(({ item }) => withSecondReview(item, settings.secondReview, seed));
  const assessments = await assess(outcome, places, explain);
  await removeOrphans(ports, week, facts.known);
  await inChunks(items, (item) => writeMatch(ports, week, item, assessments.get(item.pairId)));
  try {
    const docket = await dockets.insert(
      {
        id: week,
        week,
        state: 'open',
        items,
        settings,
        model: outcome.model,
        statistics: outcome.statistics,
        seed,
        promise,
        includesArchive: outcome.includesArchive,
        closed: null,
        corrections: [],
      },
      [
        {
          type: 'docket.frozen',
          at: ports.clock.now().toISOString(),
          by: 'system',
          data: { week, pairs: items.length, carried: items.filter((item) => item.origin === 'carried').length },
        },
      ],
    );
    return { docket, created: true };
  } catch (error) {
    if (!(error instanceof Duplicate)) throw error;
    const made = await dockets.get(week);
    if (!made) throw error;
    return { docket: made, created: false };
  }
}
