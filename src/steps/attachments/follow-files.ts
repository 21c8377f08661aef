import { attachmentBlob } from '../../domain/attachment.ts';
import type { Ports } from '../../ports/ports.ts';
import type { Change, CollectionName } from '../../ports/record-store.ts';
import { openOffered } from './attachments.ts';

/** Events of a record with which what was offered comes into sight. */
const publications: readonly string[] = [
  'need.published',
  'need.revision-published',
  'achievement.published',
  'achievement.revision-published',
];

/** The content of a removed file is removed; files that were offered with a record come into sight when it is published. */
export function followFiles(ports: Ports) {
  return async (changes: readonly Change<CollectionName>[]): Promise<void> => {
    for (const change of changes) {
      if (change.collection === 'attachments') {
        const gone = change.document === null && !(await ports.store.collection('attachments').get(change.id));
        if (gone) await ports.blobs.remove(attachmentBlob(change.id));
      } else if (change.collection === 'needs' || change.collection === 'achievements') {
        const { collection, id } = change;
        const last = change.events.filter(({ type }) => publications.includes(type)).at(-1);
        if (last) await openOffered(ports, { collection, id }, last.at, last.by);
      }
    }
  };
}
