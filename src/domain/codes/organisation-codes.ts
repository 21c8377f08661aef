/** 机构属性: kinds of organisation on the forms. */
export const organisationTypes = [
  { code: 'enterprise', label: '企业' },
  { code: 'university', label: '高等院校' },
  { code: 'institute', label: '研究机构' },
  { code: 'other', label: '其他' },
] as const;
