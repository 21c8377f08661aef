import type { Candidate, NeedCandidates } from '../../src/domain/candidate-list.ts';
import {
  type Docket,
  type DocketItem,
  defaultDocketSettings,
  type Mark,
  type MarkInput,
} from '../../src/domain/docket.ts';
import {
  type Composition,
  type CompositionInput,
  docketComposer,
  type NeedWaiting,
} from '../../src/domain/docket-composition.ts';
import { pairId } from '../../src/domain/ids.ts';
import type { Assessment, Match, MatchLevel } from '../../src/domain/match.ts';
import type { Principal } from '../../src/domain/user.ts';

/** Builders of dockets, matches and outcomes for tests: each field can be set, the rest is plain. */

export const clerk: Principal = { userId: 'u-lan', role: 'staff', name: '兰科员' };
export const head: Principal = { userId: 'u-mei', role: 'admin', name: '梅科长' };

const certain = { strong: 0, fair: 0, weak: 0, none: 0 };
const leaning: Record<MatchLevel, Record<MatchLevel, number>> = {
  strong: { ...certain, strong: 0.8, fair: 0.2 },
  fair: { ...certain, fair: 0.6, weak: 0.4 },
  weak: { ...certain, fair: 0.2, weak: 0.8 },
  none: { ...certain, weak: 0.1, none: 0.9 },
};

export function candidate(achievementId: string, level: MatchLevel, given: Partial<Candidate> = {}): Candidate {
  return {
    achievementId,
    organisationId: `o-${achievementId}`,
    team: null,
    matchedHash: `h-${achievementId}`,
    score: { strong: 3.5, fair: 2.5, weak: 1.5, none: 0.5 }[level],
    level,
    probabilities: leaning[level],
    statement: '两边都讲到同一种技术。',
    ...given,
  };
}

export function foundFor(
  needId: string,
  candidates: readonly Candidate[],
  given: Partial<NeedCandidates> = {},
): NeedCandidates {
  return {
    needId,
    organisationId: `o-${needId}`,
    published: true,
    matchedHash: `h-${needId}`,
    candidates,
    ...given,
  };
}

/** What a docket is composed of, with the needs, and since when they wait, by need id. */
export interface WholeInput extends CompositionInput {
  readonly needs: readonly NeedCandidates[];
  readonly waiting: ReadonlyMap<string, NeedWaiting>;
}

/** Composes a docket from needs that are all at hand. */
export function composeDocket({ needs, waiting, ...input }: WholeInput): Composition {
  const composer = docketComposer(input);
  for (const need of needs) composer.offer(need, waiting.get(need.needId));
  return composer.compose();
}

export function docketItem(needId: string, achievementId: string, given: Partial<DocketItem> = {}): DocketItem {
  return {
    pairId: pairId(needId, achievementId),
    needId,
    achievementId,
    place: 1,
    origin: 'ranked',
    score: 2.5,
    level: 'fair',
    needTitle: `需求${needId}`,
    achievementTitle: `成果${achievementId}`,
    needOrganisation: `企业${needId}`,
    achievementOrganisation: `大学${achievementId}`,
    mark: null,
    markVersion: 0,
    earlierMarks: [],
    ...given,
  };
}

export function docketOf(week: string, items: readonly DocketItem[], given: Partial<Docket> = {}): Docket {
  return {
    id: week,
    version: 1,
    createdAt: '2026-11-23T01:00:00.000Z',
    updatedAt: '2026-11-23T01:00:00.000Z',
    week,
    state: 'open',
    items: items.map((item, index) => ({ ...item, place: index + 1 })),
    settings: defaultDocketSettings,
    model: 'm1',
    statistics: 's1',
    seed: `docket ${week}`,
    promise: { due: 0, offered: 0, toAnswer: [], short: 0 },
    includesArchive: false,
    closed: null,
    corrections: [],
    ...given,
  };
}

export function markBy(principal: Principal, mark: MarkInput, at = '2026-11-24T02:00:00.000Z'): Mark {
  return { ...mark, at, by: principal.userId, byName: principal.name };
}

export function assessmentOf(week: string, need: string, achievement: string): Assessment {
  return {
    week,
    model: 'm1',
    statistics: 's1',
    score: 2.5,
    level: 'fair',
    probabilities: leaning.fair,
    features: {},
    explanation: {
      statement: '两边都讲到同一种技术。',
      terms: [],
      needSentences: [],
      achievementSentences: [],
      indicators: [],
      against: [],
      missing: [],
    },
    matched: { need, achievement },
  };
}

export function matchOf(needId: string, achievementId: string, given: Partial<Match> = {}): Match {
  return {
    id: pairId(needId, achievementId),
    version: 1,
    createdAt: '2026-11-23T01:00:00.000Z',
    updatedAt: '2026-11-23T01:00:00.000Z',
    needId,
    achievementId,
    state: 'suggested',
    assessment: assessmentOf('2026-W48', `h-${needId}`, `h-${achievementId}`),
    decisions: [],
    history: [],
    ...given,
  };
}
