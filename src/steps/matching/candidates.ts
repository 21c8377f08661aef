import type { CandidateList } from '../../domain/candidate-list.ts';
import { visibleContent } from '../../domain/entry.ts';
import { Forbidden, NotFound } from '../../domain/errors.ts';
import type { MatchLevel } from '../../domain/match.ts';
import { isBureau, type Principal } from '../../domain/user.ts';
import type { Ports } from '../../ports/ports.ts';

export interface NamedCandidate {
  readonly achievementId: string;
  /** Title as it is now; null where the achievement is no longer published or archived. */
  readonly title: string | null;
  readonly score: number;
  readonly level: MatchLevel;
  /** Why, in a sentence or two; empty beyond the first few. */
  readonly statement: string;
}

export type NamedCandidateList = Omit<CandidateList, 'candidates'> & { readonly candidates: readonly NamedCandidate[] };

/** The best candidates of a need in the newest run, with the achievements' titles; for the bureau. */
export async function candidatesOf(
  { store }: Pick<Ports, 'store'>,
  principal: Principal,
  needId: string,
): Promise<NamedCandidateList> {
  if (!isBureau(principal)) throw new Forbidden('只有科技局工作人员可以查看候选成果');
  const list = await store.collection('candidateLists').get(needId);
  if (!list) throw new NotFound('这项需求还没有参加过匹配');
  const achievements = await store.collection('achievements').getMany(list.candidates.map((one) => one.achievementId));
  const titles = new Map(achievements.map((entry) => [entry.id, visibleContent(entry)?.title]));
  return {
    ...list,
    candidates: list.candidates.map((one) => ({
      ...one,
      // Lists of the first version have no statements.
      statement: one.statement ?? '',
      title: titles.get(one.achievementId) ?? null,
    })),
  };
}
