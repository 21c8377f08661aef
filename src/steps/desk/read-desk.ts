import {
  type AssignedWork,
  assignmentIdOf,
  type WorkFigure,
  type WorkKind,
  workFigure,
  workKinds,
} from '../../domain/desk.ts';
import { Forbidden } from '../../domain/errors.ts';
import { isBureau, type Principal } from '../../domain/user.ts';
import { dateIn } from '../../domain/week.ts';
import { calendarWarning } from '../../domain/working-days.ts';
import { presentCalendar } from '../../ports/present-calendar.ts';
import { type DeskPorts, type FoundWork, waitingWork } from './waiting-work.ts';

/** The desk: what waits, how long and on whom. */
export interface Desk {
  readonly at: string;
  readonly figures: readonly WorkFigure[];
  /** The oldest of each kind, at most `limit`. */
  readonly lists: Readonly<Record<WorkKind, readonly AssignedWork[]>>;
  readonly failedNotices: number;
  /** How the four-week promise stands on the newest docket; null before the first one. */
  readonly promise: { readonly week: string; readonly toAnswer: number; readonly short: number } | null;
  /** What staff must know beside it, in Chinese. */
  readonly warnings: readonly string[];
}

const atOnce = 200;
const registered = ({ organisationId }: { readonly organisationId: string | null }) => organisationId ?? [];

async function assigned(ports: DeskPorts, kind: WorkKind): Promise<AssignedWork[]> {
  const found: AssignedWork[] = [];
  const { store } = ports;
  let batch: FoundWork[] = [];
  const join = async () => {
    const [assignments, organisations] = await Promise.all([
      store.collection('assignments').getMany(batch.map(({ recordId }) => assignmentIdOf(kind, recordId))),
      store.collection('organisations').getMany([...new Set(batch.flatMap(({ on = [] }) => on.flatMap(registered)))]),
    ]);
    const known = new Map(assignments.map((one) => [one.recordId, one]));
    const assignees = [...new Set(assignments.flatMap(({ assigneeId }) => assigneeId ?? []))];
    // On somebody who has left it waits for nobody: others are to see that it is free.
    const clerks = new Set(
      (await store.collection('users').getMany(assignees))
        .filter((user) => user.state === 'active' && isBureau(user))
        .map(({ id }) => id),
    );
    const names = new Map(organisations.map(({ id, content }) => [id, content.name]));
    for (const { on = [], ...work } of batch) {
      const one = known.get(work.recordId);
      found.push({
        ...work,
        assigneeId: one?.assigneeId && clerks.has(one.assigneeId) ? one.assigneeId : null,
        assignmentVersion: one?.version ?? 0,
        waitsOn: on.flatMap(({ organisationId, name }) => names.get(organisationId ?? '') ?? name ?? []),
      });
    }
    batch = [];
  };
  for await (const work of waitingWork(ports, kind)) {
    batch.push(work);
    if (batch.length === atOnce) await join();
  }
  await join();
  return found.sort((a, b) => (a.since < b.since ? -1 : a.since > b.since ? 1 : a.recordId < b.recordId ? -1 : 1));
}

async function promiseOf({ store }: DeskPorts): Promise<Desk['promise']> {
  const { items } = await store.collection('dockets').find({ order: { by: 'week', direction: 'desc' }, limit: 1 });
  const docket = items[0];
  if (!docket) return null;
  const { toAnswer, short } = docket.promise;
  const lists = await store.collection('candidateLists').getMany(toAnswer);
  const answered = lists.filter(({ answeredIn }) => answeredIn.includes(docket.week)).length;
  return { week: docket.week, toAnswer: toAnswer.length - answered, short };
}

/** The desk of the bureau. With `assigneeId` only what is on him (figures count everything). */
export async function readDesk(
  ports: DeskPorts,
  principal: Principal,
  options: { readonly assigneeId?: string; readonly limit?: number } = {},
): Promise<Desk> {
  if (!isBureau(principal)) throw new Forbidden('只有科技局工作人员可以查看工作台');
  const { assigneeId, limit = 20 } = options;
  const now = ports.clock.now();
  const at = now.toISOString();
  const figures: WorkFigure[] = [];
  const lists = {} as Record<WorkKind, readonly AssignedWork[]>;
  for (const { code } of workKinds) {
    const work = await assigned(ports, code);
    figures.push(workFigure(code, work, at, dateIn(now)));
    lists[code] = work.filter((one) => assigneeId === undefined || one.assigneeId === assigneeId).slice(0, limit);
  }
  const notices = ports.store.collection('notices');
  const failed = (await notices.count({ 'mail.state': 'failed' })) + (await notices.count({ 'sms.state': 'failed' }));
  const warning = calendarWarning(await presentCalendar(ports.store), dateIn(now));
  return {
    at,
    figures,
    lists,
    failedNotices: failed,
    promise: await promiseOf(ports),
    warnings: [...(warning ? [warning] : []), ...(failed > 0 ? [`有 ${failed} 条通知没有发出，见发送记录`] : [])],
  };
}
