import { type Cooperation, clockedCooperation } from '../../domain/cooperation/cooperation.ts';
import { type CooperationKind, cooperationKinds } from '../../domain/cooperation/cooperation-kinds.ts';
import { Conflict } from '../../domain/errors.ts';
import { eachDocument } from '../../ports/each-document.ts';
import type { Ports } from '../../ports/ports.ts';
import { type CooperationPorts, recordsOf } from './cooperation-access.ts';

/**
 * Reminds of agreements and joint bodies whose last day comes near, once each, and ends agreements that are over. Repeating it
 * changes nothing. One that fails throws after the others.
 * @returns how many were written
 */
export async function clockCooperations(
  ports: CooperationPorts & Pick<Ports, 'log'>,
): Promise<{ readonly written: number }> {
  const act = { at: ports.clock.now(), by: 'system', actor: 'system' } as const;
  let written = 0;
  for (const kind of Object.keys(cooperationKinds) as CooperationKind[]) {
    const { rules, collection } = cooperationKinds[kind];
    const records = recordsOf(ports, kind);
    const ids: string[] = [];
    for await (const { id } of records.stream({ state: rules.running })) ids.push(id);
    await eachDocument(ports.log, collection, ids, async (id) => {
      const record: Cooperation | undefined = await records.get(id);
      const write = record && clockedCooperation(rules, record, act);
      if (!record || !write) return;
      try {
        await records.update(id, record.version, write.document, write.events);
        written++;
      } catch (error) {
        // Somebody wrote at the same moment: the next round looks again.
        if (!(error instanceof Conflict)) throw error;
      }
    });
  }
  return { written };
}
