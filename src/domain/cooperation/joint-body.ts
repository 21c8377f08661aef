import { z } from 'zod';
import { approvalLevels, jointBodyKinds } from '../codes/cooperation-codes.ts';
import { partnershipDay } from '../partnership-facts.ts';
import type { StateTable } from '../state-table.ts';
import { choice, text } from '../validation.ts';
import { bureau, type Cooperation, type CooperationRules, correction } from './cooperation.ts';

/** 共建机构: workstations, centres and institutes that an enterprise or a district runs with a university. */

export type JointBodyState = 'preparing' | 'running' | 'suspended' | 'closed';
export type JointBodyAction = 'approve' | 'suspend' | 'resume' | 'close' | 'correct';

export const jointBodyStates: StateTable<JointBodyState, JointBodyAction> = {
  states: { preparing: '筹建', running: '运行', suspended: '暂停', closed: '已撤销' },
  initial: 'preparing',
  moves: [
    { action: 'approve', label: '批准', from: ['preparing'], to: 'running', by: bureau },
    { action: 'suspend', label: '暂停', from: ['running'], to: 'suspended', by: bureau, demands: ['reason'] },
    { action: 'resume', label: '恢复', from: ['suspended'], to: 'running', by: bureau },
    {
      action: 'close',
      label: '撤销',
      from: ['preparing', 'running', 'suspended'],
      to: 'closed',
      by: bureau,
      demands: ['reason'],
    },
    correction('running', 'preparing'),
    correction('running', 'suspended'),
    correction('suspended', 'running'),
    correction('closed', 'preparing'),
    correction('closed', 'running'),
    correction('closed', 'suspended'),
  ],
  begins: { import: ['preparing', 'running', 'suspended', 'closed'] },
};

/** What staff write of a joint body; the approval follows when there is one. */
export const jointBodyContent = z.strictObject({
  title: text('机构名称', 200, { min: 2 }),
  kind: choice('类别', jointBodyKinds),
  town: text('所在镇街、园区', 100).optional(),
  level: choice('级别', approvalLevels).optional(),
  approvedBy: text('批准部门', 100).optional(),
  approvalNumber: text('批准文号', 100).optional(),
  approvedOn: partnershipDay('批准日期').optional(),
  from: partnershipDay('建设期起').optional(),
  until: partnershipDay('建设期止').optional(),
  purpose: text('建设内容', 5000).optional(),
  outcome: text('取得的成效', 5000, { description: '承担的项目、成果、进站研究生和引进的人才' }).optional(),
});
export type JointBodyContent = z.output<typeof jointBodyContent>;

export type JointBody = Cooperation<JointBodyState, JointBodyContent>;

const approved = [
  { field: 'level', label: '级别', mend: `请选择级别（${approvalLevels.map(({ label }) => label).join('、')}）` },
  { field: 'approvedBy', label: '批准部门', mend: '请填写由哪个部门批准' },
  { field: 'approvedOn', label: '批准日期', mend: '请填写批准日期，例如 2026-11-25' },
];

export const jointBodyRules: CooperationRules<JointBodyState, JointBodyAction> = {
  noun: 'joint-body',
  label: '共建机构',
  states: jointBodyStates,
  content: jointBodyContent,
  done: { approve: 'approved', suspend: 'suspended', resume: 'resumed', close: 'closed', correct: 'corrected' },
  demands: { running: approved, suspended: approved },
  leastParties: 1,
  past: [['approvedOn', '批准日期']],
  running: 'running',
};
