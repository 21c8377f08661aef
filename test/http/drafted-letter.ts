import { type Answer, answerIdOf } from '../../src/domain/answer.ts';
import { newAnswer } from '../../src/domain/answer-life.ts';
import type { Ports } from '../../src/ports/ports.ts';
import { presentCalendar } from '../../src/ports/present-calendar.ts';

/** A letter to the party of a need for which nothing fits, drafted as the work of the week drafts it. */
export async function draftedLetter(
  { ports }: { readonly ports: Pick<Ports, 'store' | 'clock'> },
  recordId: string,
  organisationId: string,
  title: string,
): Promise<Answer> {
  const subject = { kind: 'no-match', recordKind: 'need', recordId, week: '2026-W48' } as const;
  const there = await ports.store.collection('answers').get(answerIdOf(subject, 0));
  if (there) return there;
  const facts = { title, pairs: [], missing: [], expiresOn: null };
  const calendar = await presentCalendar(ports.store);
  const { document, events } = newAnswer(subject, 0, organisationId, facts, ports.clock.now(), calendar);
  return ports.store.collection('answers').insert(document, events);
}
