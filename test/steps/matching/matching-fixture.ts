import type { AchievementDraft } from '../../../src/domain/achievement.ts';
import type { CandidateList } from '../../../src/domain/candidate-list.ts';
import type { EntryState } from '../../../src/domain/entry.ts';
import type { MatchingRun } from '../../../src/domain/matching-run.ts';
import type { NeedDraft } from '../../../src/domain/need.ts';
import type { Principal } from '../../../src/domain/user.ts';
import type { Ports } from '../../../src/ports/ports.ts';
import type { Following } from '../../../src/ports/record-store.ts';
import { indexChanges } from '../../../src/steps/indexing/index-changes.ts';

export const clerk: Principal = { userId: 'clerk', role: 'staff', name: '科技局' };
export const member: Principal = { userId: 'member', role: 'member', name: '企业', organisationId: 'e1' };

export interface EntryOptions {
  readonly state?: EntryState;
  readonly organisationId?: string | null;
  /** The working copy, where it differs from what is published. */
  readonly draft?: NeedDraft | AchievementDraft;
}

function entry(id: string, content: NeedDraft | AchievementDraft, options: EntryOptions) {
  const state = options.state ?? 'published';
  return {
    id,
    organisationId: options.organisationId ?? null,
    state,
    revision: options.draft ? ('draft' as const) : ('none' as const),
    content: options.draft ?? content,
    published: state === 'archived' ? null : { content, at: '2026-11-01T00:00:00.000Z', by: 'clerk', revision: 1 },
    missing: [],
    questions: [],
    history: [],
  };
}

export const addNeed = (ports: Ports, id: string, content: NeedDraft, options: EntryOptions = {}) =>
  ports.store.collection('needs').insert(entry(id, content, options));
export const addAchievement = (ports: Ports, id: string, content: AchievementDraft, options: EntryOptions = {}) =>
  ports.store.collection('achievements').insert(entry(id, content, options));

/** The index follows the store, as it does in a running service. */
export const followIndex = (ports: Ports): Following =>
  ports.store.follow(
    'index',
    { collections: ['organisations', 'needs', 'achievements'], from: 'beginning' },
    indexChanges(ports),
  );

/** What a run has found, by need id. */
export async function foundBy(
  ports: Ports,
  { week, plan }: Pick<MatchingRun, 'week' | 'plan'>,
): Promise<CandidateList[]> {
  const lists: CandidateList[] = [];
  for await (const list of ports.store.collection('candidateLists').stream({ week, plan })) lists.push(list);
  return lists;
}

/** The same without what tells when and how often it was written. */
export async function plainlyFoundBy(ports: Ports, run: Pick<MatchingRun, 'week' | 'plan'>): Promise<unknown[]> {
  return (await foundBy(ports, run)).map(({ version: _v, createdAt: _c, updatedAt: _u, plan: _p, ...list }) => list);
}
