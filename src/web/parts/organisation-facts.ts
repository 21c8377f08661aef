import type { OrganisationView } from '../../http/contract/organisations.ts';
import type { Codes } from './codes.ts';
import type { FieldLine } from './facts.tsx';

/** What an organisation says of itself, in the order of the form; only what is filled in. */
export function organisationFacts(content: Partial<OrganisationView['content']>, codes: Codes): FieldLine[] {
  const { label, list } = codes;
  const { contact } = content;
  const lines: readonly (readonly [string, string | undefined])[] = [
    ['统一社会信用代码', content.creditCode],
    ['机构属性', label('organisationTypes', content.type)],
    ['法人代表', content.legalRepresentative],
    ['所在地域', content.region],
    ['通讯地址', content.address],
    ['邮编', content.postcode],
    ['归口管理部门', content.department],
    ['网址', content.website],
    ['电子信箱', content.email],
    ['企业规模', label('organisationSizes', content.size)],
    ['所属行业', label('industries', content.industry)],
    ['技术领域', list('technologyFields', content.fields)],
    ['高新技术企业证书', [content.highTechNumber, content.highTechOn].filter(Boolean).join('，')],
    ['机构简介', content.profile],
    [
      '联系人',
      [contact?.name, contact?.phone, contact?.mobile, contact?.fax && `传真 ${contact.fax}`, contact?.email]
        .filter(Boolean)
        .join('，'),
    ],
  ];
  return lines.flatMap(([name, text]) => (text ? [{ label: name, text }] : []));
}
