import { z } from 'zod';
import type { Side } from './docket.ts';
import { Conflict, Forbidden, Invalid, NotFound } from './errors.ts';
import { daysLater } from './expiry.ts';
import {
  type LogLine,
  type Milestone,
  type Partnership,
  type PartnershipHistoryEntry,
  type PartnershipState,
  partnershipStates,
  runningStates,
} from './partnership.ts';
import { partnershipDay } from './partnership-facts.ts';
import {
  type PartnershipAct,
  type PartnershipWrite,
  partnershipEvent,
  reasonOf,
  unstoredPartnership,
} from './partnership-life.ts';
import { choice, text } from './validation.ts';
import { dateIn } from './week.ts';

/** What happens between two who work together: visits, phone calls, milestones, and what is to be done next. */

export const logKinds = [
  { code: 'visit', label: '走访' },
  { code: 'phone', label: '电话' },
  { code: 'meeting', label: '会议' },
  { code: 'progress', label: '进展' },
  { code: 'other', label: '其他' },
] as const;

export const logInput = z.strictObject({
  on: partnershipDay('日期'),
  kind: choice('方式', logKinds),
  who: text('参加人', 200),
  what: text('内容', 2000),
  next: z
    .strictObject({ what: text('下一步', 500), by: partnershipDay('下一步的期限') })
    .optional()
    .meta({ title: '下一步', description: '到期提醒科技局' }),
  bureauOnly: z.boolean().optional().meta({ title: '仅科技局可见', description: '只有科技局可以选择' }),
});
export type LogInput = z.output<typeof logInput>;

export const milestoneInput = z.strictObject({
  title: text('里程碑', 200, { min: 2 }),
  dueOn: partnershipDay('计划日期'),
});
export type MilestoneInput = z.output<typeof milestoneInput>;

/** What changes of a milestone; another day needs a reason. */
export const milestoneChangeInput = z.strictObject({
  title: milestoneInput.shape.title.optional(),
  dueOn: milestoneInput.shape.dueOn.optional(),
  reason: text('原因', 500).optional(),
});
export type MilestoneChange = z.output<typeof milestoneChangeInput>;

export const milestoneDoneInput = z.strictObject({ doneOn: partnershipDay('完成日期') });

const mostLines = 1_000;
/** Lines that one side may write in a day: whoever writes more fills a file, not a log. */
const mostLinesADay = 50;
const mostMilestones = 100;
/** Changes that one side may make to milestones in a day: the other side is told of them, and the history keeps them. */
const mostChangesADay = 20;
/** Both sides are reminded of a milestone so many days before it is due. */
export const milestoneReminderDays = 7;

type PartnershipWork = 'log' | 'plan' | 'replan' | 'unplan' | 'reach' | 'people';

/**
 * In which states who may write what beside the moves. After the end the two sides change nothing: what was settled, and
 * counted, stays as it was. The bureau may still write down what it hears afterwards.
 */
export const partnershipWork: Readonly<
  Record<
    PartnershipWork,
    {
      readonly label: string;
      readonly sides: readonly PartnershipState[];
      readonly bureau: readonly PartnershipState[];
    }
  >
> = {
  log: { label: '记进展', sides: runningStates, bureau: [...runningStates, 'finished', 'terminated'] },
  plan: { label: '增加里程碑', sides: runningStates, bureau: runningStates },
  replan: { label: '修改里程碑', sides: runningStates, bureau: runningStates },
  unplan: { label: '删去里程碑', sides: runningStates, bureau: runningStates },
  reach: { label: '登记里程碑完成', sides: runningStates, bureau: runningStates },
  people: { label: '更改人员', sides: runningStates, bureau: runningStates },
};

/** Throws `conflict` where that may not be written any more. */
export function demandWork({ state }: Pick<Partnership, 'state'>, work: PartnershipWork, act: PartnershipAct): void {
  const { label, sides, bureau } = partnershipWork[work];
  if ((act.actor === 'owner' ? sides : bureau).includes(state)) return;
  throw new Conflict(
    `合作现在是“${partnershipStates.states[state]}”，不能再${label}；${
      act.actor === 'owner' ? '确需补记的，请联系科技局' : '确需更改的，请先更正合作的状态'
    }`,
  );
}

/** How many of these the side that acts has written today. */
function ofTheDay(
  written: readonly { readonly at: string; readonly side?: Side }[],
  { at, side }: PartnershipAct,
): number {
  const today = dateIn(at);
  return written.filter((one) => one.side === side && dateIn(new Date(one.at)) === today).length;
}

function sameLine(line: LogLine, input: LogInput): boolean {
  const { on, kind, who, what, next } = input;
  return (
    line.on === on &&
    line.kind === kind &&
    line.who === who &&
    line.what === what &&
    line.next?.what === next?.what &&
    line.next?.by === next?.by
  );
}

/** One more line of the log, by either side or the bureau; undefined where this very line is there already. */
export function loggedPartnership(
  partnership: Partnership,
  id: string,
  input: LogInput,
  act: PartnershipAct,
): PartnershipWrite | undefined {
  const log = partnership.log ?? [];
  const twin = log.find((line) => line.id === id);
  if (twin) {
    if (sameLine(twin, input)) return undefined;
    throw new Conflict('同一个请求编号已经用于另一条记录，请刷新页面后重新提交');
  }
  demandWork(partnership, 'log', act);
  if (log.length >= mostLines) throw new Conflict(`最多记${mostLines}条，请合并记录`);
  const today = dateIn(act.at);
  if (act.actor === 'owner' && ofTheDay(log, act) >= mostLinesADay) {
    throw new Conflict(`贵方一天最多记${mostLinesADay}条，请合并记录，或明天再记`);
  }
  const { bureauOnly, next, ...rest } = input;
  // A day that has passed would only set off a reminder at once.
  if (next && next.by < today) {
    throw new Invalid([
      {
        field: 'next.by',
        label: '下一步的期限',
        reason: '早于今天',
        mend: '请改为今天或以后的一天；已经办完的请记为进展',
      },
    ]);
  }
  if (bureauOnly && act.actor === 'owner') {
    throw new Invalid([
      { field: 'bureauOnly', label: '仅科技局可见', reason: '只有科技局可以选择', mend: '请去掉这一项' },
    ]);
  }
  if (input.on > today) {
    throw new Invalid([
      { field: 'on', label: '日期', reason: '晚于今天', mend: '请记已经发生的事；打算做的事写在下一步或里程碑里' },
    ]);
  }
  const line: LogLine = {
    id,
    ...rest,
    ...(next ? { next } : {}),
    ...(bureauOnly ? { bureauOnly: true as const } : {}),
    by: act.by,
    ...(act.side === undefined ? {} : { side: act.side }),
    at: act.at.toISOString(),
  };
  return {
    document: { ...unstoredPartnership(partnership), log: [...log, line] },
    events: [
      partnershipEvent('logged', partnership, act, { lineId: id, kind: input.kind, byBureau: act.actor !== 'owner' }),
    ],
  };
}

/** One more milestone; undefined where this very one is there already. */
export function plannedPartnership(
  partnership: Partnership,
  id: string,
  input: MilestoneInput,
  act: PartnershipAct,
): PartnershipWrite | undefined {
  const milestones = partnership.milestones ?? [];
  const twin = milestones.find((one) => one.id === id);
  if (twin) {
    if (twin.title === input.title && twin.dueOn === input.dueOn) return undefined;
    throw new Conflict('同一个请求编号已经用于另一个里程碑，请刷新页面后重新提交');
  }
  demandWork(partnership, 'plan', act);
  if (milestones.length >= mostMilestones) throw new Conflict(`最多${mostMilestones}个里程碑，请合并`);
  const milestone: Milestone = { id, ...input, by: act.by, at: act.at.toISOString() };
  return {
    document: { ...unstoredPartnership(partnership), milestones: [...milestones, milestone] },
    events: [partnershipEvent('milestone-planned', partnership, act, { milestoneId: id, dueOn: input.dueOn })],
  };
}

function milestoneOf({ milestones = [] }: Partnership, id: string): Milestone {
  const milestone = milestones.find((one) => one.id === id);
  if (!milestone) throw new NotFound('没有找到这个里程碑，可能已被删去');
  return milestone;
}

const planChanges: readonly string[] = ['put-off', 'rename', 'unplan'];

/** What was done to the plan, for the history: the state stays. Throws `conflict` where one side changes too much in a day. */
function planned(
  partnership: Partnership,
  action: 'put-off' | 'rename' | 'unplan',
  what: string,
  act: PartnershipAct,
): readonly PartnershipHistoryEntry[] {
  const { state, history } = partnership;
  const changes = history.filter((one) => planChanges.includes(one.action));
  if (act.actor === 'owner' && ofTheDay(changes, act) >= mostChangesADay) {
    throw new Conflict(`贵方一天最多改动里程碑${mostChangesADay}次，请明天再改，或联系科技局`);
  }
  const side = act.side === undefined ? {} : { side: act.side };
  return [...history, { at: act.at.toISOString(), by: act.by, ...side, action, from: state, to: state, reason: what }];
}

/**
 * The milestone called otherwise, or put off to another day with a reason, of which it is reminded anew; undefined where
 * nothing changes.
 */
export function changedMilestone(
  partnership: Partnership,
  id: string,
  { title, dueOn, reason }: MilestoneChange,
  act: PartnershipAct,
): PartnershipWrite | undefined {
  const milestone = milestoneOf(partnership, id);
  if (milestone.doneOn !== undefined) throw new Conflict('这个里程碑已经完成，不能再修改；登记错的，请先更正完成日期');
  const moved = dueOn !== undefined && dueOn !== milestone.dueOn;
  if (!moved && (title === undefined || title === milestone.title)) return undefined;
  demandWork(partnership, 'replan', act);
  const { remindedAt, ...rest } = milestone;
  const next: Milestone = {
    ...rest,
    ...(title === undefined ? {} : { title }),
    ...(moved ? { dueOn } : remindedAt === undefined ? {} : { remindedAt }),
  };
  const what = moved
    ? `里程碑“${next.title}”由 ${milestone.dueOn} 改到 ${dueOn}：${reasonOf(reason)}`
    : `里程碑“${milestone.title}”改称“${next.title}”`;
  return {
    document: {
      ...unstoredPartnership(partnership),
      milestones: (partnership.milestones ?? []).map((one) => (one.id === id ? next : one)),
      history: planned(partnership, moved ? 'put-off' : 'rename', what, act),
    },
    events: [
      partnershipEvent(moved ? 'milestone-put-off' : 'milestone-renamed', partnership, act, {
        milestoneId: id,
        ...(moved ? { from: milestone.dueOn, dueOn } : {}),
      }),
    ],
  };
}

/** Without the milestone, with a reason; one that was reached is taken out by the bureau alone. */
export function removedMilestone(
  partnership: Partnership,
  id: string,
  reason: string | undefined,
  act: PartnershipAct,
): PartnershipWrite {
  const milestone = milestoneOf(partnership, id);
  if (milestone.doneOn !== undefined && act.actor === 'owner') {
    throw new Forbidden('已经完成的里程碑由科技局删去；确需删去的，请联系科技局');
  }
  demandWork(partnership, 'unplan', act);
  const what = `删去里程碑“${milestone.title}”（${milestone.dueOn}）：${reasonOf(reason)}`;
  return {
    document: {
      ...unstoredPartnership(partnership),
      milestones: (partnership.milestones ?? []).filter((one) => one.id !== id),
      history: planned(partnership, 'unplan', what, act),
    },
    events: [partnershipEvent('milestone-removed', partnership, act, { milestoneId: id, dueOn: milestone.dueOn })],
  };
}

/** A milestone that was reached on a day; undefined where that is known already. */
export function reachedMilestone(
  partnership: Partnership,
  id: string,
  doneOn: string,
  act: PartnershipAct,
): PartnershipWrite | undefined {
  const milestones = partnership.milestones ?? [];
  const milestone = milestoneOf(partnership, id);
  if (milestone.doneOn === doneOn) return undefined;
  demandWork(partnership, 'reach', act);
  if (doneOn > dateIn(act.at)) {
    throw new Invalid([
      { field: 'doneOn', label: '完成日期', reason: '晚于今天', mend: '请在完成以后再登记，或检查日期' },
    ]);
  }
  return {
    document: {
      ...unstoredPartnership(partnership),
      milestones: milestones.map((one) => (one.id === id ? { ...one, doneOn } : one)),
    },
    events: [partnershipEvent('milestone-reached', partnership, act, { milestoneId: id, doneOn })],
  };
}

/**
 * What is due is marked as reminded, with an event for each: milestones a week before, next steps on their day. Each once;
 * undefined where nothing is due or the partnership has ended.
 */
export function remindedPartnership(partnership: Partnership, act: PartnershipAct): PartnershipWrite | undefined {
  if (!runningStates.includes(partnership.state)) return undefined;
  const today = dateIn(act.at);
  const at = act.at.toISOString();
  const soon = daysLater(today, milestoneReminderDays);
  const dueMilestones = (partnership.milestones ?? []).filter(
    ({ dueOn, doneOn, remindedAt }) => dueOn <= soon && doneOn === undefined && remindedAt === undefined,
  );
  const dueLines = (partnership.log ?? []).filter(
    ({ next, remindedAt }) => next !== undefined && next.by <= today && remindedAt === undefined,
  );
  if (dueMilestones.length + dueLines.length === 0) return undefined;
  const { milestones, log } = partnership;
  return {
    document: {
      ...unstoredPartnership(partnership),
      ...(milestones
        ? { milestones: milestones.map((one) => (dueMilestones.includes(one) ? { ...one, remindedAt: at } : one)) }
        : {}),
      ...(log ? { log: log.map((one) => (dueLines.includes(one) ? { ...one, remindedAt: at } : one)) } : {}),
    },
    events: [
      ...dueMilestones.map(({ id, dueOn }) =>
        partnershipEvent('milestone-due', partnership, act, { milestoneId: id, dueOn }),
      ),
      ...dueLines.map(({ id, next }) =>
        partnershipEvent('next-step-due', partnership, act, { lineId: id, dueOn: next!.by }),
      ),
    ],
  };
}
