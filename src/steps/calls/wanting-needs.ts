import type { CallState } from '../../domain/call.ts';
import type { CandidateList } from '../../domain/candidate-list.ts';
import type { MatchLevel } from '../../domain/match-level.ts';
import { isOfferable } from '../../domain/pair-standing.ts';
import type { Principal } from '../../domain/user.ts';
import type { Ports } from '../../ports/ports.ts';
import { demandBureau } from './call-actor.ts';

/** A published need for which the newest matching found nothing that fits 较强 or better. */
export interface WantingNeed {
  readonly needId: string;
  readonly title: string;
  readonly organisationId: string | null;
  /** The week of that matching. */
  readonly week: string;
  /** The first week in which it was matched. */
  readonly waitingSince: string | null;
  /** Level of the best candidate; null where there is none. */
  readonly best: MatchLevel | null;
  /** The call that is drawn up or open for it, or the last one that ended. */
  readonly call: { readonly id: string; readonly state: CallState } | null;
}

const good: readonly MatchLevel[] = ['strong', 'fair'];
/** Needs that have waited longest; more are shown once these have a call or a candidate. */
const mostShown = 200;

/**
 * Needs without a good candidate, those that have waited longest first; without those that have an open call, unless
 * `withOpenCalls`.
 */
export async function wantingNeeds(
  { store }: Pick<Ports, 'store'>,
  principal: Principal,
  options: { readonly withOpenCalls?: boolean } = {},
): Promise<WantingNeed[]> {
  demandBureau(principal);
  const calls = new Map<string, { id: string; state: CallState; round: number }>();
  for await (const { id, needId, state, round } of store.collection('calls').stream()) {
    if ((calls.get(needId)?.round ?? 0) < round) calls.set(needId, { id, state, round });
  }
  const found: (Pick<CandidateList, 'needId' | 'week' | 'waitingSince'> & { readonly best: MatchLevel | null })[] = [];
  for await (const list of store.collection('candidateLists').stream({ published: true })) {
    if (list.candidates.some(({ level }) => good.includes(level))) continue;
    const state = calls.get(list.needId)?.state;
    if (!options.withOpenCalls && (state === 'open' || state === 'draft')) continue;
    // Without its candidates: there may be thousands of needs, with hundreds each.
    found.push({
      needId: list.needId,
      week: list.week,
      waitingSince: list.waitingSince,
      best: list.candidates[0]?.level ?? null,
    });
  }
  found.sort(
    (a, b) => (a.waitingSince ?? a.week).localeCompare(b.waitingSince ?? b.week) || (a.needId < b.needId ? -1 : 1),
  );
  const shown: WantingNeed[] = [];
  for (let from = 0; from < found.length && shown.length < mostShown; from += mostShown) {
    const some = found.slice(from, from + mostShown);
    const needs = await store.collection('needs').getMany(some.map(({ needId }) => needId));
    const byId = new Map(needs.map((need) => [need.id, need]));
    for (const { needId, week, waitingSince, best } of some) {
      const need = byId.get(needId);
      if (need?.state !== 'published' || need.published === null || !isOfferable(need)) continue;
      if (shown.length >= mostShown) continue;
      const call = calls.get(needId);
      shown.push({
        needId,
        title: need.published.content.title ?? '',
        organisationId: need.organisationId,
        week,
        waitingSince,
        best,
        call: call ? { id: call.id, state: call.state } : null,
      });
    }
  }
  return shown;
}
