import { NotFound } from '../domain/errors.ts';
import type { Principal } from '../domain/user.ts';
import type { Ports } from '../ports/ports.ts';
import { replay } from '../steps/parking/park-changes.ts';
import { demandAdministrator } from '../steps/parking/read-parked-changes.ts';
import { handlerOf } from './followers.ts';

/** Handles one that was put aside once more, now. Answers whether it went well. */
export async function replayParkedChange(
  ports: Ports,
  principal: Principal,
  id: string,
): Promise<{ readonly handled: boolean; readonly reason: string | null }> {
  demandAdministrator(principal);
  const parked = ports.store.collection('parkedChanges');
  const there = await parked.get(id);
  const handler = there && handlerOf(ports, there.consumer);
  if (!handler) throw new NotFound('没有找到这条搁置的变更，可能已经处理好了');
  const handled = await replay(ports, handler, id);
  return { handled, reason: handled ? null : ((await parked.get(id))?.reason ?? null) };
}

/** The round of every hour: whatever was put aside is tried again, the oldest first. @returns how many went well */
export async function retryParkedChanges(ports: Ports, signal: AbortSignal): Promise<number> {
  const ids: string[] = [];
  for await (const { id, consumer } of ports.store.collection('parkedChanges').stream()) {
    if (handlerOf(ports, consumer)) ids.push(id);
  }
  let handled = 0;
  for (const id of ids) {
    if (signal.aborted) break;
    const there = await ports.store.collection('parkedChanges').get(id);
    if (there && (await replay(ports, handlerOf(ports, there.consumer)!, id))) handled += 1;
  }
  return handled;
}
