import { changeDocument } from '../../ports/change-document.ts';
import { type AuditPorts, anchorHolds, anchorId, signedAnchor } from './audit-chain.ts';

const dayMs = 86_400_000;
/** 网络安全法 art. 23 asks for six months; 等保 level 3 is usually read as 190 days. */
export const leastAuditDays = 190;

/**
 * Removes entries that were kept for `days` (190 at least). The anchor tells first where the chain begins from now on, then
 * they go: cut short, what is left before its beginning goes the next time. Leaves everything where the anchor does not
 * hold: what was tampered with is kept to be looked at.
 * @returns how many entries were removed
 */
export async function purgeAudit(ports: AuditPorts, days: number): Promise<number> {
  const { store } = ports;
  const entries = store.collection('audit');
  const anchor = await store.collection('auditAnchors').get(anchorId);
  if (!anchor || !(await anchorHolds(ports, anchor))) return 0;
  const before = new Date(ports.clock.now().getTime() - Math.max(days, leastAuditDays) * dayMs).toISOString();
  const page = await entries.find({
    where: { recordedAt: { lt: before } },
    order: { by: 'sequence', direction: 'desc' },
    limit: 1,
  });
  const newestOld = page.items[0];
  if (newestOld && newestOld.sequence >= anchor.first && newestOld.sequence <= anchor.last) {
    await changeDocument(store, 'auditAnchors', anchorId, (newest) =>
      newest.first > newestOld.sequence || newest.keyId !== ports.vault.keyId
        ? null
        : {
            document: signedAnchor(ports, {
              first: newestOld.sequence + 1,
              before: newestOld.hash,
              last: newest.last,
              hash: newest.hash,
            }),
          },
    );
  }
  const { first } = (await store.collection('auditAnchors').get(anchorId)) ?? anchor;
  let removed = 0;
  for await (const entry of entries.stream({ sequence: { lt: first } })) {
    await entries.remove(entry.id, entry.version);
    removed += 1;
  }
  return removed;
}
