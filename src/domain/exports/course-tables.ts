import { labelOf } from '../codes/table.ts';
import { wanOfFen } from '../money.ts';
import { type Partnership, partnershipStates } from '../partnership.ts';
import { logKinds } from '../partnership-log.ts';
import { latestResults } from '../partnership-results.ts';
import { type Cell, type ExportTable, instant, maskedNames } from './export-table.ts';

/** What happened in the course of partnerships, a line each. */

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
  log: courseTable(
    ['日期', '方式', '参加人（部分隐去）', '内容', '下一步', '下一步的期限', '谁记的', '仅科技局可见', '登记时间'],
    ({ log = [] }) =>
      log.map(({ on, kind, who, what, next, side, bureauOnly, at }) => ({
        at,
        cells: [
          on,
          labelOf(logKinds, kind),
          maskedNames(who),
          what,
          next?.what ?? null,
          next?.by ?? null,
          side === undefined ? '科技局' : labelOf(sideLabels, side),
          bureauOnly ? '是' : '否',
          instant(at),
        ],
      })),
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
