import { randomId } from '../../domain/ids.ts';
import type { Partnership } from '../../domain/partnership.ts';
import type { PartnershipAct, PartnershipWrite } from '../../domain/partnership-life.ts';
import {
  loggedPartnership,
  logInput,
  milestoneDoneInput,
  milestoneInput,
  plannedPartnership,
  reachedMilestone,
  remindedPartnership,
  runningStates,
} from '../../domain/partnership-log.ts';
import type { PartnershipView } from '../../domain/partnership-view.ts';
import type { Principal } from '../../domain/user.ts';
import { check } from '../../domain/validation.ts';
import { changeDocument } from '../../ports/change-document.ts';
import { eachDocument } from '../../ports/each-document.ts';
import type { Ports } from '../../ports/ports.ts';
import { actBy, type PartnershipPorts, partnershipFor, shownPartnership } from './partnership-access.ts';

/** A change that either side and the bureau may make, whatever others write meanwhile. */
async function changed(
  ports: PartnershipPorts,
  principal: Principal,
  id: string,
  change: (newest: Partnership, act: PartnershipAct) => PartnershipWrite | undefined,
): Promise<PartnershipView> {
  await partnershipFor(ports, principal, id);
  const { document } = await changeDocument(
    ports.store,
    'partnerships',
    id,
    (newest) => change(newest, actBy(ports, principal)) ?? null,
  );
  return shownPartnership(ports, principal, document);
}

/** Adds what happened to the log. Idempotent by `options.id`. */
export async function addLogLine(
  ports: PartnershipPorts,
  principal: Principal,
  id: string,
  input: unknown,
  options: { readonly id?: string } = {},
): Promise<PartnershipView> {
  const line = check(logInput, input);
  const lineId = options.id ?? randomId();
  return changed(ports, principal, id, (newest, act) => loggedPartnership(newest, lineId, line, act));
}

/** Plans a milestone. Idempotent by `options.id`. */
export async function addMilestone(
  ports: PartnershipPorts,
  principal: Principal,
  id: string,
  input: unknown,
  options: { readonly id?: string } = {},
): Promise<PartnershipView> {
  const milestone = check(milestoneInput, input);
  const milestoneId = options.id ?? randomId();
  return changed(ports, principal, id, (newest, act) => plannedPartnership(newest, milestoneId, milestone, act));
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
