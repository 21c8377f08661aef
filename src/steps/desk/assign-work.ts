import { type Assignment, assignmentIdOf, type WorkKind } from '../../domain/desk.ts';
import { Conflict, Duplicate, Forbidden, Invalid } from '../../domain/errors.ts';
import { isBureau, type Principal } from '../../domain/user.ts';
import type { DeskPorts } from './waiting-work.ts';

export interface AssignmentRequest {
  readonly kind: WorkKind;
  readonly recordId: string;
  /** User id of a clerk; null gives it back. */
  readonly assigneeId: string | null;
  /** Version of the assignment that was seen; 0 where nobody had it. */
  readonly version: number;
}

async function demandClerk({ store }: DeskPorts, userId: string): Promise<void> {
  const user = await store.collection('users').get(userId);
  if (user?.state === 'active' && (user.role === 'staff' || user.role === 'admin')) return;
  throw new Invalid([
    { field: 'assigneeId', label: '经办人', reason: '不是在用的科技局账号', mend: '请从科技局工作人员中选择' },
  ]);
}

/** Says who has it now, to somebody whose view is out of date. */
async function taken({ store }: DeskPorts, there: Assignment | undefined): Promise<Conflict> {
  if (!there) return new Conflict('这项工作还没有人经办，请刷新后再分派');
  const user = there.assigneeId === null ? undefined : await store.collection('users').get(there.assigneeId);
  return new Conflict(
    user ? `这项工作现在由${user.name}经办，请刷新后再决定是否接手` : '这项工作刚刚变动过，请刷新后再分派',
  );
}

/**
 * Gives a piece of work to a clerk, takes it over or gives it back. By compare-and-set: of two who take the same at once,
 * the other is told who has it. What is assigned already stays as it is.
 */
export async function assignWork(
  ports: DeskPorts,
  principal: Principal,
  { kind, recordId, assigneeId, version }: AssignmentRequest,
): Promise<Assignment> {
  if (!isBureau(principal)) throw new Forbidden('只有科技局工作人员可以分派工作');
  if (assigneeId !== null) await demandClerk(ports, assigneeId);
  const assignments = ports.store.collection('assignments');
  const id = assignmentIdOf(kind, recordId);
  const there = await assignments.get(id);
  if ((there?.version ?? 0) !== version) throw await taken(ports, there);
  const from = there?.assigneeId ?? null;
  if (there && from === assigneeId) return there;
  const at = ports.clock.now().toISOString();
  const document = {
    id,
    kind,
    recordId,
    assigneeId,
    history: [...(there?.history ?? []), { at, by: principal.userId, from, to: assigneeId }],
  };
  const event = { type: 'work.assigned', at, by: principal.userId, data: { kind, recordId, from, to: assigneeId } };
  try {
    if (there) return await assignments.update(id, version, document, [event]);
    return await assignments.insert(document, [event]);
  } catch (error) {
    if (!(error instanceof Duplicate) && !(error instanceof Conflict)) throw error;
    throw await taken(ports, await assignments.get(id));
  }
}
