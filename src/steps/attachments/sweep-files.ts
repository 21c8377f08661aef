import { attachmentBlobPrefix } from '../../domain/attachment.ts';
import { Conflict, NotFound } from '../../domain/errors.ts';
import type { Ports } from '../../ports/ports.ts';

/** An upload that is not whole after so long was cut off. */
const abandonedMs = 24 * 3_600_000;

/**
 * What uploads and registrations that were cut off have left is removed, and contents whose record is gone. A record is written before its
 * content, so a content without one is nobody's.
 * @returns how many of each were removed
 */
export async function sweepFiles(
  ports: Pick<Ports, 'store' | 'clock' | 'blobs'>,
): Promise<{ readonly records: number; readonly contents: number }> {
  const files = ports.store.collection('attachments');
  const before = new Date(ports.clock.now().getTime() - abandonedMs).toISOString();
  let records = 0;
  for await (const file of files.stream({ stored: false })) {
    if (file.updatedAt > before) continue;
    try {
      await files.remove(file.id, file.version);
      records++;
    } catch (error) {
      // Finished, or swept by another process, at this very moment.
      if (!(error instanceof Conflict) && !(error instanceof NotFound)) throw error;
    }
  }
  // Proofs of a registration that was cut off before it was written: nobody will hand it in any more.
  for await (const file of files.stream({ 'owner.collection': 'registrations' })) {
    if (file.updatedAt > before || (await ports.store.collection('registrations').get(file.owner.id))) continue;
    try {
      const at = ports.clock.now().toISOString();
      await files.remove(file.id, file.version, [{ type: 'attachment.removed', at, by: 'system' }]);
      records++;
    } catch (error) {
      if (!(error instanceof Conflict) && !(error instanceof NotFound)) throw error;
    }
  }
  let contents = 0;
  for await (const blob of ports.blobs.list()) {
    if (!blob.startsWith(attachmentBlobPrefix)) continue;
    if (await files.get(blob.slice(attachmentBlobPrefix.length))) continue;
    await ports.blobs.remove(blob);
    contents++;
  }
  return { records, contents };
}
