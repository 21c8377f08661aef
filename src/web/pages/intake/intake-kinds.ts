import type { Answer } from '../../api/client.ts';

export type Desk = Answer<'GET /api/v1/desk'>;
export type Work = Desk['lists']['need'][number];

/** What is examined, in the order of the tabs: the desk's kinds of work. */
export const intakeKinds = [
  { kind: 'registration', label: '机构登记', none: '没有待审核的机构登记。' },
  { kind: 'need', label: '需求', none: '没有待审核的需求，也没有待审核的修改。' },
  { kind: 'achievement', label: '成果', none: '没有待审核的成果，也没有待审核的修改。' },
  { kind: 'file', label: '附件公开', none: '没有申请公开的附件。' },
] as const;
export type IntakeKind = (typeof intakeKinds)[number]['kind'];

export const isIntakeKind = (kind: string | undefined): kind is IntakeKind =>
  intakeKinds.some((one) => one.kind === kind);

export const intakePath = (kind: IntakeKind, id?: string): string =>
  `/intake/${kind}${id === undefined ? '' : `/${encodeURIComponent(id)}`}`;
