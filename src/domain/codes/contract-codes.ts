/** 五技: the kinds of technology contracts that can be registered. */
export const contractTypes = [
  { code: 'development', label: '技术开发' },
  { code: 'transfer', label: '技术转让' },
  { code: 'licence', label: '技术许可' },
  { code: 'consulting', label: '技术咨询' },
  { code: 'service', label: '技术服务' },
] as const;
export type ContractType = (typeof contractTypes)[number]['code'];
