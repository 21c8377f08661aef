import { type AchievementDraft, achievementContent } from './achievement.ts';
import type { EntryKind } from './entry.ts';
import type { AnyDraft } from './entry-life.ts';
import { type NeedDraft, needContent } from './need.ts';
import { labelsOf } from './validation.ts';

/** Fields that no rule demands and reviewers miss most, in the order in which they help. */
const wanted = {
  need: ['budgetWan', 'background', 'industry', 'fields'] satisfies (keyof NeedDraft)[],
  achievement: [
    'trl',
    'scenario',
    'cooperationModes',
    'advantage',
    'costComparison',
    'licensedScope',
  ] satisfies (keyof AchievementDraft)[],
} as const;
const labels = { need: labelsOf(needContent), achievement: labelsOf(achievementContent) } as const;

/** Labels of the fields that are empty and would help a match. */
export function helpfulFields(kind: EntryKind, content: AnyDraft): string[] {
  return wanted[kind]
    .filter((field) => {
      const value = (content as Readonly<Record<string, unknown>>)[field];
      return value === undefined || (Array.isArray(value) && value.length === 0);
    })
    .map((field) => labels[kind].get(field) ?? field);
}
