import { derivedId } from '../ids.ts';
import type { Unstored } from '../record.ts';
import type { Notice, OutsideAddress } from './notice.ts';
import { beginning } from './notice-delivery.ts';
import { noticeKindOf } from './notice-kinds.ts';
import { channelsFor, type NoticePreference } from './notice-preference.ts';
import type { BatchTelling, Telling } from './notice-rule.ts';

/** Somebody who is told, as far as a notice needs to know him. */
export type Reader =
  | {
      readonly as: 'user';
      readonly userId: string;
      readonly organisationId: string | null;
      readonly address: OutsideAddress;
      readonly preference: NoticePreference | undefined;
    }
  /** An organisation that nobody has an account of, at its own address. */
  | { readonly as: 'organisation'; readonly organisationId: string; readonly address: OutsideAddress }
  | { readonly as: 'address'; readonly organisationId: string | null; readonly address: OutsideAddress };

const maxSubject = 200;
/** So many events one batch counts exactly, and so many of them it names. */
export const mostCauses = 500;
const mostLines = 20;
const hour = 3600_000;

/** The start of a text, with a mark where it was cut; never half a character. */
function cut(text: string, length: number): string {
  const characters = [...text.replace(/[\r\n\u0085\u2028\u2029]+/g, ' ')];
  return characters.length <= length ? characters.join('') : `${characters.slice(0, length - 1).join('')}…`;
}

/** What tells recipients apart. */
function keyOf(reader: Reader): string {
  if (reader.as === 'user') return `user:${reader.userId}`;
  if (reader.as === 'organisation') return `organisation:${reader.organisationId}`;
  return `address:${reader.address.email ?? ''}:${reader.address.mobile ?? ''}`;
}

function channels(
  telling: Pick<Telling, 'kind'>,
  reader: Reader,
  dueAt: string,
): Pick<Notice, 'mail' | 'sms' | 'dueAt'> {
  const kind = noticeKindOf(telling.kind);
  const wanted = channelsFor(kind, reader.as === 'user' ? reader.preference : undefined);
  // Nobody gathers a digest for an address outside.
  const choice = wanted.mail === 'digest' && reader.as !== 'user' ? 'now' : wanted.mail;
  const mail = reader.address.email !== undefined && choice !== 'off' ? beginning(choice, dueAt) : null;
  const sms = reader.address.mobile !== undefined && wanted.sms ? beginning('now', dueAt) : null;
  return { mail, sms, dueAt: mail?.dueAt ?? sms?.dueAt ?? null };
}

/** Whether there is any way in which the reader would get it. */
export function reaches(notice: Pick<Notice, 'userId' | 'mail' | 'sms'>): boolean {
  return notice.userId !== null || notice.mail !== null || notice.sms !== null;
}

/** The notice of one cause for one reader; its id follows from both, from the kind and from what it points to. */
export function madeNotice(
  cause: string,
  telling: Telling & { readonly secretLink?: string; readonly sender?: string },
  reader: Reader,
  at: string,
): Unstored<Notice> {
  const { kind, subject, text, link, secretLink, sender } = telling;
  return {
    id: derivedId('notice', cause, kind, link ?? '', keyOf(reader)),
    cause,
    kind,
    userId: reader.as === 'user' ? reader.userId : null,
    organisationId: reader.organisationId,
    subject: cut(subject, maxSubject),
    text,
    ...(link === undefined ? {} : { link }),
    ...(secretLink === undefined ? {} : { secretLink }),
    ...(sender === undefined ? {} : { sender }),
    ...(reader.as === 'address' ? { address: reader.address } : {}),
    readAt: null,
    ...channels(telling, reader, at),
  };
}

/** One event of a batch. */
export interface BatchEvent {
  readonly cause: string;
  readonly line: string;
}

/** The hour in which an event lies, and when it has ended: what happened in it goes out then. */
function hourOf(at: string): { readonly key: string; readonly endsAt: string } {
  const begins = Math.floor(Date.parse(at) / hour) * hour;
  return { key: new Date(begins).toISOString(), endsAt: new Date(begins + hour).toISOString() };
}

/** The id of the notice that tells one reader of the events of one hour. */
export function batchId(telling: BatchTelling, reader: Reader, at: string): string {
  return derivedId('batch', telling.batch, telling.kind, hourOf(at).key, keyOf(reader));
}

function batchText(lines: readonly string[], count: number): string {
  return [...lines, ...(count > lines.length ? [`……等共 ${count} 项`] : [])].join('\n');
}

/**
 * The notice of a batch with these events added to those it has; null where it has them all. What it had been read, it is
 * unread again. Its mail goes when the hour has ended; what comes later is shown in the product.
 */
export function withBatch(
  there: Notice | undefined,
  telling: BatchTelling,
  events: readonly BatchEvent[],
  reader: Reader,
  at: string,
): Unstored<Notice> | null {
  const known = new Set(there?.causes);
  const added = events.filter(({ cause }) => !known.has(cause));
  if (there && (added.length === 0 || known.size >= mostCauses)) return null;
  const causes = [...known, ...added.map(({ cause }) => cause)].slice(0, mostCauses);
  const lines = [...(there?.lines ?? []), ...added.map(({ line }) => cut(line, maxSubject))].slice(0, mostLines);
  const { key, endsAt } = hourOf(at);
  const told = { causes, lines, subject: telling.subjectOf(causes.length), text: batchText(lines, causes.length) };
  if (there) {
    const { version: _version, createdAt: _createdAt, updatedAt: _updatedAt, ...rest } = there;
    return { ...rest, ...told, readAt: null };
  }
  return {
    ...madeNotice(`${telling.batch}/${key}`, { ...telling, ...told }, reader, endsAt),
    id: batchId(telling, reader, at),
    ...told,
  };
}
