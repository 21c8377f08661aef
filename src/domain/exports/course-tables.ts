import { labelOf } from '../codes/table.ts';
import { wanOfFen } from '../money.ts';
import { type Partnership, partnershipStates } from '../partnership.ts';
import { latestResults } from '../partnership-results.ts';
import { type Cell, type ExportTable, instant } from './export-table.ts';

/** What happened in the course of partnerships, a line each. The log is none of them: people's names and numbers are in it. */

const sideLabels = [
  { code: 'need', label: '需求方' },
  { code: 'achievement', label: '成果方' },
] as const;

const ofPartnership = ['合作编号', '合作名称', '阶段', '需求方', '成果方'] as const;

function courseTable(
  headings: readonly string[],
  lines: (partnership: Partnership) => readonly { readonly at: string; readonly cells: readonly Cell[] }[],
): ExportTable<Partnership> {
  return {
    collection: 'partnerships',
    states: partnershipStates.states,
    headings: [...ofPartnership, ...headings],
    linesHaveMoments: true,
    refersTo: (one) => ({ organisations: [one.needOrganisationId, one.achievementOrganisationId] }),
    rows: (one, names, within) =>
      lines(one)
        .filter(({ at }) => within(at))
        .map(({ cells }) => [
          one.id,
          one.title,
          partnershipStates.states[one.state],
          one.needParty ?? names.organisations(one.needOrganisationId),
          one.achievementParty ?? names.organisations(one.achievementOrganisationId),
          ...cells,
        ]),
  };
}

export const courseTables = {
  payment: courseTable(['支付日期', '金额（万元）', '说明', '登记时间'], ({ payments = [] }) =>
    payments.map(({ on, amountFen, note, at }) => ({
      at,
      cells: [on, wanOfFen(amountFen), note ?? null, instant(at)],
    })),
  ),
  milestone: courseTable(['里程碑', '期限', '完成日期', '登记时间'], ({ milestones = [] }) =>
    milestones.map(({ title, dueOn, doneOn, at }) => ({ at, cells: [title, dueOn, doneOn ?? null, instant(at)] })),
  ),
  /** Of each side and half-year what was stated last. */
  result: courseTable(
    [
      '半年',
      '填报方',
      '新增销售额（万元）',
      '节约成本（万元）',
      '新增专利（件）',
      '新增就业（人）',
      '说明',
      '填报时间',
    ],
    ({ results = [] }) =>
      latestResults(results).map(({ period, side, salesFen, savedFen, patents, jobs, note, at }) => ({
        at,
        cells: [
          period,
          labelOf(sideLabels, side),
          wanOfFen(salesFen),
          wanOfFen(savedFen),
          patents,
          jobs,
          note ?? null,
          instant(at),
        ],
      })),
  ),
} as const;
