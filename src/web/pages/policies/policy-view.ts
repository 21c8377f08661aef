import type { Answer } from '../../api/client.ts';
import type { Codes } from '../../parts/codes.ts';

export type PolicyView = Answer<'GET /api/v1/policies/{id}'>;
export type PolicyState = PolicyView['state'];
export type PolicyKind = PolicyView['content']['kind'];

export const policyTones: Readonly<Record<PolicyState, string>> = { draft: '', published: 'good', withdrawn: 'bad' };

/** Whom a policy is for, one line a rule; none where it is for everybody. */
export function audienceWords(
  { types, sizes, industries, fields, highTech, regions }: PolicyView['content']['audience'],
  codes: Codes,
): { readonly label: string; readonly text: string }[] {
  return [
    { label: '机构属性', text: codes.list('organisationTypes', types) },
    { label: '企业规模', text: codes.list('organisationSizes', sizes) },
    { label: '行业', text: codes.list('industries', industries) },
    { label: '技术领域', text: codes.list('technologyFields', fields) },
    {
      label: '高新技术企业',
      text: highTech === undefined ? '' : highTech ? '只限证书有效的高新技术企业' : '只限高新技术企业以外的机构',
    },
    { label: '地域', text: (regions ?? []).join('、') },
  ].filter(({ text }) => text !== '');
}
