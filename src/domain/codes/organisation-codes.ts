/** 机构属性: kinds of organisation on the forms. */
export const organisationTypes = [
  { code: 'enterprise', label: '企业' },
  { code: 'university', label: '高等院校' },
  { code: 'institute', label: '研究机构' },
  { code: 'other', label: '其他' },
] as const;

/** 企业规模, by 统计上大中小微型企业划分办法. */
export const organisationSizes = [
  { code: 'large', label: '大型' },
  { code: 'medium', label: '中型' },
  { code: 'small', label: '小型' },
  { code: 'micro', label: '微型' },
] as const;
