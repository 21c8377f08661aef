import type { Achievement, AchievementDraft } from '../../../src/domain/achievement.ts';
import type { Entry, EntryState } from '../../../src/domain/entry.ts';
import type { Need, NeedDraft } from '../../../src/domain/need.ts';
import type { Organisation } from '../../../src/domain/organisation.ts';
import type { Unstored } from '../../../src/domain/record.ts';
import type { Principal } from '../../../src/domain/user.ts';

export const staff: Principal = { userId: 'u-staff', role: 'staff', name: '审核员' };
export const memberOf = (organisationId: string): Principal => ({
  userId: `u-${organisationId}`,
  role: 'member',
  name: '成员',
  organisationId,
});

function entry<C>(id: string, content: C, state: EntryState, organisationId: string | null): Unstored<Entry<C>> {
  const at = '2026-11-20T02:00:00.000Z';
  const wasPublished = state === 'published' || state === 'withdrawn' || state === 'expired';
  return {
    id,
    organisationId,
    state,
    revision: 'none',
    content,
    published: wasPublished ? { content, at, by: 'u-staff', revision: 1 } : null,
    missing: [],
    questions: [],
    history: [],
  };
}

export const needEntry = (
  id: string,
  content: NeedDraft,
  state: EntryState = 'published',
  organisationId: string | null = null,
): Unstored<Need> => entry(id, { visibility: 'public', ...content }, state, organisationId);

export const achievementEntry = (
  id: string,
  content: AchievementDraft,
  state: EntryState = 'published',
  organisationId: string | null = null,
): Unstored<Achievement> => entry(id, { visibility: 'public', ...content }, state, organisationId);

export const organisationRecord = (id: string, content: Organisation['content']): Unstored<Organisation> => ({
  id,
  state: 'approved',
  content,
  missing: [],
  history: [],
});

/** The record as the store would hold it. */
export const stored = <T>(record: T, version = 1): T & { version: number; createdAt: string; updatedAt: string } => ({
  ...record,
  version,
  createdAt: '2026-11-19T02:00:00.000Z',
  updatedAt: '2026-11-21T02:00:00.000Z',
});
