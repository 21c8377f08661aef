import type { OrganisationDraft } from '../organisation.ts';
import type { PolicyAudience } from './policy.ts';

/** What its published records add to what an organisation says of itself. */
export interface PublishedFacts {
  readonly industries: ReadonlySet<string>;
  readonly fields: ReadonlySet<string>;
}

/** The years that a 高新技术企业 certificate holds. */
const highTechYears = 3;

/** Whether its certificate holds on that day (`YYYY-MM-DD`). */
export function isHighTech(content: Pick<OrganisationDraft, 'highTechOn'>, today: string): boolean {
  const { highTechOn } = content;
  if (highTechOn === undefined || highTechOn > today) return false;
  const until = `${Number(highTechOn.slice(0, 4)) + highTechYears}${highTechOn.slice(4)}`;
  return today < until;
}

/** `unknown`: whether it fits cannot be told, since it does not say something that a rule asks. */
export type Fit = 'fits' | 'not' | 'unknown';

function anyOf(wanted: readonly string[] | undefined, has: readonly string[]): Fit {
  if (wanted === undefined) return 'fits';
  if (has.length === 0) return 'unknown';
  return wanted.some((one) => has.includes(one)) ? 'fits' : 'not';
}

/**
 * Whether a policy is for an organisation. Industry and field are what the organisation says, or any of its published
 * needs and achievements. A region fits where the organisation's contains it. Who says nothing of a certificate has none.
 */
export function fitOf(
  audience: PolicyAudience,
  content: OrganisationDraft,
  published: PublishedFacts | undefined,
  today: string,
): Fit {
  const { regions, highTech } = audience;
  const region = content.region?.normalize('NFKC');
  const rules: Fit[] = [
    anyOf(audience.types, content.type === undefined ? [] : [content.type]),
    anyOf(audience.sizes, content.size === undefined ? [] : [content.size]),
    anyOf(audience.industries, [
      ...(content.industry === undefined ? [] : [content.industry]),
      ...(published?.industries ?? []),
    ]),
    anyOf(audience.fields, [...(content.fields ?? []), ...(published?.fields ?? [])]),
    regions === undefined
      ? 'fits'
      : region === undefined
        ? 'unknown'
        : regions.some((one) => region.includes(one.normalize('NFKC')))
          ? 'fits'
          : 'not',
    highTech === undefined || isHighTech(content, today) === highTech ? 'fits' : 'not',
  ];
  if (rules.includes('not')) return 'not';
  return rules.includes('unknown') ? 'unknown' : 'fits';
}
