import type { MatchLevel } from './match.ts';
import type { Stored } from './record.ts';

/** The best candidates of one need in the newest run. `id` is the need's id. */
export interface CandidateList extends Stored {
  readonly needId: string;
  readonly week: string;
  readonly model: string;
  readonly candidates: readonly {
    readonly achievementId: string;
    readonly score: number;
    readonly level: MatchLevel;
  }[];
  /** The first week in which the need was matched while published: the four-week promise counts from here. */
  readonly waitingSince: string | null;
  /** Weeks on whose docket the need had a pair. */
  readonly offeredIn: readonly string[];
  /** When it was answered 暂无合适成果. */
  readonly answeredIn: readonly string[];
}

/** Facts of one matching run. `id` is the ISO week; a repeated run of the week replaces them. */
export interface MatchingRun extends Stored {
  readonly week: string;
  readonly state: 'running' | 'finished' | 'failed';
  readonly startedAt: string;
  readonly finishedAt?: string;
  readonly includesArchive: boolean;
  readonly needs: number;
  readonly achievements: number;
  readonly done: number;
  readonly pairsScored: number;
  readonly model: string;
  /** Version of the corpus statistics that the run made; absent until they are counted. */
  readonly statistics?: string;
  readonly failure?: string;
}
