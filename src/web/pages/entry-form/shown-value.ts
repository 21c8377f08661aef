import type { Codes } from '../../parts/codes.ts';

const tables: Readonly<Record<string, string>> = {
  solutionModes: 'solutionModes',
  activityType: 'activityTypes',
  disciplines: 'disciplines',
  fields: 'technologyFields',
  industry: 'industries',
  visibility: 'visibilities',
  achievementType: 'achievementTypes',
  stage: 'achievementStages',
  ipStatus: 'ipStatuses',
  cooperationModes: 'cooperationModes',
  transferStage: 'transferStages',
  level: 'achievementLevels',
  novelty: 'novelties',
};

/** A value of a form's field for people to read. */
export function shownValue(name: string, value: unknown, codes: Codes): string {
  if (value === undefined || value === null) return '';
  const table = tables[name];
  if (Array.isArray(value)) {
    if (table) return codes.list(table, value as string[]);
    return value
      .map((one) => (typeof one === 'object' ? Object.values(one as object).join(' ') : String(one)))
      .join('、');
  }
  if (typeof value === 'boolean') return value ? '是' : '否';
  if (typeof value === 'object') return Object.values(value).map(String).join('，');
  return table ? codes.label(table, String(value)) : String(value);
}
