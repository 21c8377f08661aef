import { formatIndicator } from '../../domain/indicator.ts';
import {
  compareIndicators,
  type FieldIndicator,
  type IndicatorText,
  indicatorsOf,
} from '../../domain/indicator-check.ts';
import type { Explanation, IndicatorCheck } from '../../domain/match.ts';
import { explain } from '../../domain/matching/explanation.ts';
import type { AskingNeed } from '../../domain/matching/features.ts';
import type { Leaning } from '../../domain/matching/judged-neighbours.ts';
import type { MatchProfile } from '../../domain/matching/match-profile.ts';
import type { PreparedRecord } from '../../domain/matching/prepared-record.ts';
import type { RankedPair, RankerModel } from '../../domain/matching/ranker-model.ts';

/** Explains pairs, with what the ranker said of them among others where it did, reading the indicators of each record once as long as it is kept. */
export function pairExplainer(
  model: RankerModel,
): (
  need: AskingNeed,
  achievement: PreparedRecord,
  judged?: RankedPair & { readonly leaning?: Leaning },
) => Explanation {
  const read = new WeakMap<MatchProfile, readonly FieldIndicator[]>();
  const indicators = (profile: MatchProfile): readonly FieldIndicator[] => {
    let found = read.get(profile);
    if (!found) {
      const { notIndicators = [] } = profile.facts;
      found = indicatorsOf(indicatorTexts(profile)).filter((one) => !notIndicators.includes(formatIndicator(one)));
      read.set(profile, found);
    }
    return found;
  };
  const check = (need: MatchProfile, achievement: MatchProfile): IndicatorCheck[] =>
    compareIndicators(
      indicators(need),
      indicators(achievement),
      { need: titleOf(need), achievement: titleOf(achievement) },
      indicatorTexts(achievement),
    );
  return (need, achievement, judged) =>
    explain(model, need, achievement, check(need.record.profile, achievement.profile), judged);
}

const titleOf = (profile: MatchProfile): string => profile.texts.find(({ field }) => field === 'title')?.text ?? '';

/** Texts that may hold figures: what is matched but keywords, and how mature the achievement is said to be. */
function indicatorTexts(profile: MatchProfile): IndicatorText[] {
  const texts: IndicatorText[] = profile.texts
    .filter(({ field }) => field !== 'keywords')
    .map(({ field, text }) => ({ field, text }));
  if (profile.facts.maturityNote) texts.push({ field: 'maturityNote', text: profile.facts.maturityNote });
  return texts;
}
