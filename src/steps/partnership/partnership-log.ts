import type { z } from 'zod';
import { randomId } from '../../domain/ids.ts';
import { type Partnership, runningStates } from '../../domain/partnership.ts';
import type { PartnershipAct, PartnershipWrite } from '../../domain/partnership-life.ts';
import {
  changedMilestone,
  loggedPartnership,
  logInput,
  milestoneChangeInput,
  milestoneDoneInput,
  milestoneInput,
  plannedPartnership,
  reachedMilestone,
  remindedPartnership,
  removedMilestone,
} from '../../domain/partnership-log.ts';
import type { PartnershipView } from '../../domain/partnership-view.ts';
import type { Principal } from '../../domain/user.ts';
import { check } from '../../domain/validation.ts';
import { changeDocument } from '../../ports/change-document.ts';
import { eachDocument } from '../../ports/each-document.ts';
import type { Ports } from '../../ports/ports.ts';
import { changed, type PartnershipPorts } from './partnership-access.ts';

/** Adds what `schema` reads; a repeated request (the same `options.id`, the same input) finds what the first one made. */
function adding<S extends z.ZodType>(
  schema: S,
  add: (newest: Partnership, id: string, input: z.output<S>, act: PartnershipAct) => PartnershipWrite | undefined,
) {
  return (
    ports: PartnershipPorts,
    principal: Principal,
    id: string,
    input: unknown,
    options: { readonly id?: string } = {},
  ): Promise<PartnershipView> => {
    const given = check(schema, input);
    const newId = options.id ?? randomId();
    return changed(ports, principal, id, (newest, act) => add(newest, newId, given, act));
  };
}

/** Adds what happened to the log. */
export const addLogLine = adding(logInput, loggedPartnership);

/** Plans a milestone. */
export const addMilestone = adding(milestoneInput, plannedPartnership);

/** Calls a milestone otherwise, or puts it off with a reason. */
export async function changeMilestone(
  ports: PartnershipPorts,
  principal: Principal,
  id: string,
  milestoneId: string,
  input: unknown,
): Promise<PartnershipView> {
  const given = check(milestoneChangeInput, input);
  return changed(ports, principal, id, (newest, act) => changedMilestone(newest, milestoneId, given, act));
}

/** Takes a milestone out, with a reason. */
export async function removeMilestone(
  ports: PartnershipPorts,
  principal: Principal,
  id: string,
  milestoneId: string,
  reason?: string,
): Promise<PartnershipView> {
  return changed(ports, principal, id, (newest, act) => removedMilestone(newest, milestoneId, reason, act));
}

/** States that a milestone was reached. */
export async function reachMilestone(
  ports: PartnershipPorts,
  principal: Principal,
  id: string,
  milestoneId: string,
  input: unknown,
): Promise<PartnershipView> {
  const { doneOn } = check(milestoneDoneInput, input);
  return changed(ports, principal, id, (newest, act) => reachedMilestone(newest, milestoneId, doneOn, act));
}

/** Reminds of milestones and next steps that are due, each once. Repeating it changes nothing. One that fails throws after the others. */
export async function remindPartnerships(
  ports: PartnershipPorts & Pick<Ports, 'log'>,
): Promise<{ readonly reminded: number }> {
  const act = { at: ports.clock.now(), by: 'system', actor: 'system' } as const;
  const ids: string[] = [];
  for await (const { id } of ports.store.collection('partnerships').stream({ state: { in: runningStates } }))
    ids.push(id);
  let reminded = 0;
  await eachDocument(ports.log, 'partnerships', ids, async (id) => {
    const { written } = await changeDocument(
      ports.store,
      'partnerships',
      id,
      (newest) => remindedPartnership(newest, act) ?? null,
    );
    if (written) reminded++;
  });
  return { reminded };
}
