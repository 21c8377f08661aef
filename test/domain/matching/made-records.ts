import type { AchievementDraft } from '../../../src/domain/achievement.ts';
import {
  type CorpusStatistics,
  corpusCounter,
  corpusStatistics,
} from '../../../src/domain/matching/corpus-statistics.ts';
import { quantised } from '../../../src/domain/matching/gram-vectors.ts';
import { type MatchProfile, matchProfile, profileText } from '../../../src/domain/matching/match-profile.ts';
import { type TextEncoder, textEncoder } from '../../../src/domain/matching/text-encoder.ts';
import type { NeedDraft } from '../../../src/domain/need.ts';

/**
 * Records whose words are marked by hand: `稀土|抛光粉` is the text 稀土抛光粉 cut into two words. Pure tests need no dictionary.
 */
function marked(kind: 'need' | 'achievement', id: string, content: NeedDraft | AchievementDraft): MatchProfile {
  const words = profileText(kind, content).map(({ text }) => text.split(/[|\s，。；、]+/).filter(Boolean));
  const plain = Object.fromEntries(
    Object.entries(content).map(([name, value]) => [
      name,
      typeof value === 'string'
        ? value.replaceAll('|', '')
        : Array.isArray(value)
          ? value.map((one: unknown) => (typeof one === 'string' ? one.replaceAll('|', '') : one))
          : value,
    ]),
  );
  return matchProfile(kind, id, plain, words);
}

export const madeNeed = (id: string, content: NeedDraft): MatchProfile => marked('need', id, content);
export const madeAchievement = (id: string, content: AchievementDraft): MatchProfile =>
  marked('achievement', id, content);

/** Vectors in which each character stands for itself, but those of one group, which mean the same. */
export function madeEncoder(groups: readonly string[] = []): TextEncoder {
  const alphabet = [...new Set([...'系统研制抛光粉回收稀土海带加工心理咨询平台电炉节能', ...groups.join('')])];
  const placeOf = new Map<string, number>();
  for (const character of alphabet) {
    const group = groups.find((one) => one.includes(character));
    placeOf.set(character, alphabet.indexOf(group ? group[0]! : character));
  }
  const rows = alphabet.map((character) => {
    const row = new Float64Array(alphabet.length);
    row[placeOf.get(character)!] = 1;
    return row;
  });
  const keys = alphabet.map((character) => character.charCodeAt(0));
  return textEncoder(quantised(rows, keys, alphabet.length), 'made');
}

export function statisticsOf(profiles: readonly MatchProfile[]): CorpusStatistics {
  const counter = corpusCounter();
  for (const profile of profiles) counter.add(profile);
  return corpusStatistics(counter.counted());
}
