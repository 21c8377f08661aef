import { Duplicate, NotFound } from '../../domain/errors.ts';
import { digestId, digestSpan, madeDigest } from '../../domain/notices/digest.ts';
import type { Notice } from '../../domain/notices/notice.ts';
import { gathered } from '../../domain/notices/notice-delivery.ts';
import { digestFor } from '../../domain/notices/notice-preference.ts';
import { changeDocument } from '../../ports/change-document.ts';
import { type NoticePorts, sendingJob } from './notice-ports.ts';
import { readersOf } from './readers.ts';

/** Marks what a digest tells of as told. Killed half-way, it is made up for by the next round. */
async function gather(ports: NoticePorts, digest: Notice): Promise<void> {
  for (const id of digest.gathers ?? []) {
    try {
      await changeDocument(ports.store, 'notices', id, (newest) => {
        const document = gathered(newest, digest.id);
        return document && { document };
      });
    } catch (error) {
      if (!(error instanceof NotFound)) throw error;
    }
  }
}

/** Earlier digests of one person that are looked through. */
const lookedBack = 10;

/**
 * Those of his waiting notices that an earlier digest tells of already: whoever made that one died before he had marked them,
 * and the day, or what the person chose, has changed since. They are marked now.
 */
async function alreadyTold(ports: NoticePorts, userId: string, waiting: ReadonlySet<string>): Promise<Set<string>> {
  const { items } = await ports.store.collection('notices').find({
    where: { userId, kind: 'digest' },
    order: { by: 'createdAt', direction: 'desc' },
    limit: lookedBack,
  });
  const told = new Set<string>();
  for (const digest of items) {
    const again = (digest.gathers ?? []).filter((id) => waiting.has(id));
    if (again.length > 0) await gather(ports, digest);
    for (const id of again) told.add(id);
  }
  return told;
}

/** The waiting notices of each person, as ids and subjects in the order in which they were made. */
async function waitingByUser(ports: NoticePorts) {
  const waiting = new Map<string, Pick<Notice, 'id' | 'subject' | 'createdAt'>[]>();
  let cursor: string | undefined;
  do {
    const page = await ports.store.collection('notices').find({
      where: { 'mail.state': 'waiting' },
      order: { by: 'createdAt', direction: 'asc' },
      limit: 1000,
      ...(cursor === undefined ? {} : { cursor }),
    });
    for (const { id, userId, subject, createdAt } of page.items) {
      if (userId === null) continue;
      const own = waiting.get(userId) ?? [];
      own.push({ id, subject, createdAt });
      waiting.set(userId, own);
    }
    cursor = page.next;
  } while (cursor !== undefined);
  return waiting;
}

/**
 * Gathers for each person what waits for his digest of the day or week that has ended, once: two rounds, two processes
 * and a kill at any moment come to the same digests. Nothing to gather makes no digest.
 * @returns how many digests were made now
 */
export async function sendDigests(ports: NoticePorts): Promise<number> {
  const { store } = ports;
  const notices = store.collection('notices');
  const readers = readersOf(store);
  const now = ports.clock.now();
  let made = 0;
  for (const [userId, all] of await waitingByUser(ports)) {
    const user = await store.collection('users').get(userId);
    const [reader] = await readers({ to: 'user', userId });
    if (!user || reader?.as !== 'user') continue;
    const period = digestFor(user.role, reader.preference);
    const span = digestSpan(period, now);
    const there = await notices.get(digestId(span, userId));
    if (there) {
      await gather(ports, there);
      continue;
    }
    const told = await alreadyTold(ports, userId, new Set(all.map(({ id }) => id)));
    const waiting = all.filter(({ id, createdAt }) => createdAt < span.until.toISOString() && !told.has(id));
    if (waiting.length === 0) continue;
    const digest = madeDigest(span, period, waiting, reader, now);
    try {
      await gather(ports, await notices.insert(digest));
      made += 1;
    } catch (error) {
      // Another process made it, perhaps from less: what it left out waits for the next one.
      if (!(error instanceof Duplicate)) throw error;
      const other = await notices.get(digest.id);
      if (other) await gather(ports, other);
    }
  }
  if (made > 0) await ports.queue.add(sendingJob, {}, { key: sendingJob });
  return made;
}
