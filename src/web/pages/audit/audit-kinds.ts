import type { Answer } from '../../api/client.ts';

type Kind = Answer<'GET /api/v1/audit'>['items'][number]['kind'];

/** Code, name and tone of each kind of entry. */
export const auditKinds = [
  ['change', '办理', ''],
  ['refusal', '拒绝', 'bad'],
  ['view', '查看个人信息', 'wait'],
] as const satisfies readonly (readonly [Kind, string, string])[];
