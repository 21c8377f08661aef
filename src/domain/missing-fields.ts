import { z } from 'zod';
import { type AchievementDraft, achievementContent, achievementRuleFaults } from './achievement.ts';
import { type NeedDraft, needContent, needRuleFaults } from './need.ts';
import { organisationContent } from './organisation.ts';

export type RecordKind = 'organisation' | 'need' | 'achievement';

const shapes = {
  organisation: organisationContent.shape,
  need: needContent.shape,
  achievement: achievementContent.shape,
} as const satisfies Record<RecordKind, z.core.$ZodShape>;

/**
 * 待补全: dotted paths of the required fields of a form that are absent or broken in `draft`, in the order of the form;
 * empty when it is complete. Fields that are required only because of another one (学科分类 of 基础研究) count as soon as
 * that other one is chosen. Positions within a list are left out: a broken second keyword is `keywords`.
 */
export function missingFields(kind: RecordKind, draft: Readonly<Record<string, unknown>>): string[] {
  const missing = new Set<string>();
  for (const [name, schema] of Object.entries(shapes[kind])) {
    if (schema instanceof z.ZodOptional) continue;
    // An absent group is asked for part by part, so that each part is named as the form names it.
    const value = own(draft, name) ?? (schema instanceof z.ZodObject ? {} : undefined);
    const parsed = schema.safeParse(value);
    for (const issue of parsed.error?.issues ?? []) missing.add([name, ...issue.path.filter(isName)].join('.'));
    if (kind === 'organisation' && name === 'contact' && !reachable(value)) missing.add('contact.phone');
  }
  if (kind === 'need') {
    for (const { field } of needRuleFaults(draft as NeedDraft)) missing.add(field);
  }
  // The other rules of an achievement bind optional fields: those are wrong, not missing.
  if (kind === 'achievement' && typeof own(draft, 'abstract') === 'string') {
    for (const { field } of achievementRuleFaults(draft as AchievementDraft)) {
      if (field === 'abstract') missing.add(field);
    }
  }
  return [...missing];
}

function own(draft: Readonly<Record<string, unknown>>, name: string): unknown {
  return Object.hasOwn(draft, name) ? (draft[name] ?? undefined) : undefined;
}

function isName(part: PropertyKey): part is string {
  return typeof part === 'string';
}

/** Whether a contact has a telephone. zod asks this only once the rest of the contact is in order. */
function reachable(contact: unknown): boolean {
  if (typeof contact !== 'object' || contact === null) return false;
  const { phone, mobile } = contact as { phone?: unknown; mobile?: unknown };
  return Boolean(phone || mobile);
}
