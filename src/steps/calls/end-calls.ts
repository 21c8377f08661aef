import { callReminderDays, movedCall, remindedRequest } from '../../domain/call.ts';
import { movedCampaign } from '../../domain/campaign.ts';
import { Conflict } from '../../domain/errors.ts';
import { daysLater } from '../../domain/expiry.ts';
import { dateIn } from '../../domain/week.ts';
import { changeDocument } from '../../ports/change-document.ts';
import type { Ports } from '../../ports/ports.ts';
import { actOfSystem } from './call-actor.ts';

type RoundPorts = Pick<Ports, 'store' | 'clock'>;

/** What somebody changes at the same moment is left to the next round. */
async function quietly(work: Promise<unknown>): Promise<boolean> {
  try {
    await work;
    return true;
  } catch (error) {
    if (error instanceof Conflict) return false;
    throw error;
  }
}

/**
 * Campaigns and calls whose last day is over are closed, and who has not answered an open call is reminded three days before.
 * Repeating it changes nothing.
 * @returns how many of each
 */
export async function endCalls(
  ports: RoundPorts,
): Promise<{ readonly campaigns: number; readonly calls: number; readonly reminded: number }> {
  const { store } = ports;
  const act = actOfSystem(ports);
  const today = dateIn(act.at);
  const count = { campaigns: 0, calls: 0, reminded: 0 };
  for await (const campaign of store
    .collection('campaigns')
    .stream({ state: 'open', 'content.until': { lt: today } })) {
    const { document, events } = movedCampaign(campaign, 'close', act);
    if (await quietly(store.collection('campaigns').update(campaign.id, campaign.version, document, events))) {
      count.campaigns++;
    }
  }
  for await (const call of store.collection('calls').stream({ state: 'open', until: { lt: today } })) {
    const { document, events } = movedCall(call, 'close', act);
    if (await quietly(store.collection('calls').update(call.id, call.version, document, events))) count.calls++;
  }
  const soon = { state: 'sent', until: { gte: today, lte: daysLater(today, callReminderDays) } } as const;
  const ids: string[] = [];
  for await (const { id } of store.collection('callRequests').stream(soon)) ids.push(id);
  for (const id of ids) {
    let reminded = false;
    await changeDocument(store, 'callRequests', id, (request) => {
      const write = remindedRequest(request, act);
      reminded = write !== undefined;
      return write ?? null;
    });
    if (reminded) count.reminded++;
  }
  return count;
}
