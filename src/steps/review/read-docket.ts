import { type EntryView, entryReviewView, type OrganisationView, organisationListView } from '../../domain/access.ts';
import type { AchievementDraft } from '../../domain/achievement.ts';
import { withProposal } from '../../domain/decision-effects.ts';
import type { Act, Correction, Docket, DocketItem, DocketState, Mark, PromiseReport } from '../../domain/docket.ts';
import { NotFound } from '../../domain/errors.ts';
import { type Interest, signalledAt } from '../../domain/interest.ts';
import type { Match } from '../../domain/match.ts';
import type { NeedDraft } from '../../domain/need.ts';
import { effectiveMark, isLive, isUndecided } from '../../domain/pair-standing.ts';
import { isStorableId } from '../../domain/storable.ts';
import type { Principal } from '../../domain/user.ts';
import type { Page } from '../../ports/record-store.ts';
import { demandBureau, demandWeek, noDocket } from './demand-bureau.ts';
import type { ReviewPorts } from './review-ports.ts';

/** How far the review is: 本周 12/40. The four add up to `pairs`. */
export interface DocketProgress {
  readonly pairs: number;
  readonly marked: number;
  readonly undecided: number;
  readonly void: number;
  /** Pairs that another docket decides. */
  readonly elsewhere: number;
}

/** A need that is to be answered 暂无合适成果, or was. */
export interface NeedToAnswer {
  readonly needId: string;
  /** Null where the need was removed. */
  readonly title: string | null;
  /** The name of its organisation; null where it has none. */
  readonly organisation: string | null;
  /** On this docket. */
  readonly answered: boolean;
}

export interface DocketView extends Docket {
  readonly progress: DocketProgress;
  /** The needs of `promise.toAnswer` in their order. */
  readonly needsToAnswer: readonly NeedToAnswer[];
}

/** One line of the list of dockets. */
export interface DocketSummary extends DocketProgress {
  readonly week: string;
  readonly version: number;
  readonly state: DocketState;
  readonly createdAt: string;
  readonly closed: Act | null;
  readonly corrections: number;
  readonly promise: PromiseReport;
  readonly includesArchive: boolean;
}

/** Where a pair stands or stood. */
export interface PairAppearance {
  readonly week: string;
  readonly state: DocketState;
  readonly item: DocketItem;
  /** The mark that counts there, corrections included. */
  readonly mark: Mark | null;
  readonly corrections: readonly Correction[];
}

export interface PairView {
  readonly match: Match;
  /** Newest first; the first is where the pair stands now. */
  readonly appearances: readonly PairAppearance[];
  /** Null where the record was removed. */
  readonly need: EntryView<NeedDraft> | null;
  readonly achievement: EntryView<AchievementDraft> | null;
  readonly needOrganisation: OrganisationView | null;
  readonly achievementOrganisation: OrganisationView | null;
  /** What the achievement's organisation said of the need, where it is interested. */
  readonly interest: (Pick<Interest, 'text' | 'achievementId' | 'state'> & { readonly at: string }) | null;
}

function progressOf(docket: Docket): DocketProgress {
  const voided = docket.items.filter((item) => item.void).length;
  const undecided = docket.items.filter(isUndecided).length;
  const marked = docket.items.filter((item) => isLive(item) && item.mark).length;
  const pairs = docket.items.length;
  return { pairs, marked, undecided, void: voided, elsewhere: pairs - marked - undecided - voided };
}

/** The needs that a docket lists to be answered 暂无合适成果, in their order. */
export async function needsToAnswer({ store }: ReviewPorts, docket: Docket): Promise<NeedToAnswer[]> {
  const ids = docket.promise.toAnswer;
  const [needs, lists] = await Promise.all([
    store.collection('needs').getMany(ids),
    store.collection('candidateLists').getMany(ids),
  ]);
  const organisations = await store
    .collection('organisations')
    .getMany([...new Set(needs.flatMap((need) => need.organisationId ?? []))]);
  const need = new Map(needs.map((one) => [one.id, one]));
  const list = new Map(lists.map((one) => [one.id, one]));
  const name = new Map(organisations.map((one) => [one.id, one.content.name]));
  return ids.map((needId) => {
    const found = need.get(needId);
    return {
      needId,
      title: (found?.published?.content ?? found?.content)?.title ?? null,
      organisation: name.get(found?.organisationId ?? '') ?? null,
      answered: list.get(needId)?.answeredIn.includes(docket.week) ?? false,
    };
  });
}

/** The docket of a week, or the newest one (`current`). */
export async function readDocket(ports: ReviewPorts, principal: Principal, week: string): Promise<DocketView> {
  demandBureau(principal);
  const dockets = ports.store.collection('dockets');
  const view = async (docket: Docket): Promise<DocketView> => ({
    ...docket,
    progress: progressOf(docket),
    needsToAnswer: await needsToAnswer(ports, docket),
  });
  if (week === 'current') {
    const { items } = await dockets.find({ order: { by: 'week', direction: 'desc' }, limit: 1 });
    if (!items[0]) throw new NotFound('还没有任何一周的清单，请先运行匹配');
    return view(items[0]);
  }
  const docket = await dockets.get(demandWeek(week));
  if (!docket) throw noDocket(week);
  return view(docket);
}

/** Dockets, newest week first. */
export async function listDockets(
  ports: ReviewPorts,
  principal: Principal,
  options: { readonly cursor?: string; readonly limit?: number } = {},
): Promise<Page<DocketSummary>> {
  demandBureau(principal);
  const page = await ports.store.collection('dockets').find({
    order: { by: 'week', direction: 'desc' },
    ...(options.limit === undefined ? {} : { limit: options.limit }),
    ...(options.cursor === undefined ? {} : { cursor: options.cursor }),
  });
  return {
    items: page.items.map((docket) => ({
      week: docket.week,
      version: docket.version,
      state: docket.state,
      createdAt: docket.createdAt,
      closed: docket.closed,
      corrections: docket.corrections.length,
      promise: docket.promise,
      includesArchive: docket.includesArchive,
      ...progressOf(docket),
    })),
    ...(page.next === undefined ? {} : { next: page.next }),
  };
}

/** One pair with its reasons, both records as the bureau sees them but without contacts, and everything that was marked and decided about it. */
export async function readPair(ports: ReviewPorts, principal: Principal, pairId: string): Promise<PairView> {
  demandBureau(principal);
  const missing = new NotFound('没有这一对，可能不在任何清单上，请从清单里打开');
  if (!isStorableId(pairId)) throw missing;
  const { store } = ports;
  const [stored, dockets] = await Promise.all([
    store.collection('matches').get(pairId),
    store.collection('dockets').find({
      where: { 'items.pairId': pairId },
      order: { by: 'week', direction: 'desc' },
      limit: 100,
    }),
  ]);
  const newest = dockets.items[0];
  // A match that is on no docket was written for one that never came about.
  if (!stored || !newest) throw missing;
  const match = withProposal(stored, newest.week, newest.createdAt) ?? stored;
  const [need, achievement] = await Promise.all([
    store.collection('needs').get(match.needId),
    store.collection('achievements').get(match.achievementId),
  ]);
  const organisation = async (id: string | null | undefined): Promise<OrganisationView | null> => {
    const found = id ? await store.collection('organisations').get(id) : undefined;
    return (found && organisationListView(principal, found)) ?? null;
  };
  return {
    match,
    appearances: dockets.items.map((docket) => {
      const item = docket.items.find((one) => one.pairId === pairId)!;
      return {
        week: docket.week,
        state: docket.state,
        item,
        mark: effectiveMark(docket, item),
        corrections: docket.corrections.filter((one) => one.pairId === pairId),
      };
    }),
    need: (need && entryReviewView(principal, need, 'need')) ?? null,
    achievement: (achievement && entryReviewView(principal, achievement, 'achievement')) ?? null,
    needOrganisation: await organisation(need?.organisationId),
    achievementOrganisation: await organisation(achievement?.organisationId),
    interest: await interestIn({ store }, match.needId, achievement?.organisationId),
  };
}

/** What an organisation says of a need now; null where it has said nothing, or took it back. */
async function interestIn(
  { store }: Pick<ReviewPorts, 'store'>,
  needId: string,
  organisationId: string | null | undefined,
): Promise<PairView['interest']> {
  if (!organisationId) return null;
  // By what it names: of organisations that were merged there may be one under the id of the other.
  for await (const one of store.collection('interests').stream({ needId, organisationId })) {
    if (one.state === 'withdrawn') continue;
    const { text, achievementId, state } = one;
    return { text, achievementId, state, at: signalledAt(one) };
  }
  return null;
}
