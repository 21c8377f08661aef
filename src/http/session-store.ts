import { createHash } from 'node:crypto';
import { type SessionData, Store } from 'express-session';
import type { Role } from '../domain/user.ts';
import type { Ports } from '../ports/ports.ts';
import type { SessionRecord } from '../ports/record-store.ts';

declare module 'express-session' {
  interface SessionData {
    userId: string;
    /** The user's `sessionEpoch` at login: a session of an older one is void. */
    epoch: number;
    /** Milliseconds at login. */
    startedAt: number;
    idleMs: number;
  }
}

const minute = 60_000;
/** ASVS 7.3.1 and 7.3.2: the bureau sees everybody's records, so its sessions end sooner when nobody works. */
export const idleMsOf = (role: Role): number => (role === 'staff' || role === 'admin' ? 15 : 30) * minute;
export const absoluteMs = 12 * 60 * minute;
/** A session is written for use alone once in this time at most. */
const touchEveryMs = minute;

/** The store keeps a hash: who reads the database cannot take over a session. */
export function sessionIdOf(token: string): string {
  return createHash('sha256').update(token).digest('hex');
}

/** How events and the list of sessions name a session: enough to tell it from others, and of no use to anybody. */
export function sessionReferenceOf(token: string): string {
  return sessionIdOf(token).slice(0, 20);
}

type Answer<T> = (error: unknown, value?: T) => void;

/** Login sessions in the `sessions` collection. express-session asks for a class. */
export class RecordSessionStore extends Store {
  readonly #ports: Pick<Ports, 'store' | 'clock'>;

  constructor(ports: Pick<Ports, 'store' | 'clock'>) {
    super();
    this.#ports = ports;
  }

  override get(token: string, answer: Answer<SessionData | null>): void {
    settle(this.#read(token), answer);
  }

  override set(token: string, session: SessionData, answer?: Answer<void>): void {
    settle(this.#write(token, session), answer);
  }

  override touch(token: string, session: SessionData, answer?: Answer<void>): void {
    settle(this.#touch(token, session), answer);
  }

  override destroy(token: string, answer?: Answer<void>): void {
    settle(this.#remove(sessionIdOf(token)), answer);
  }

  /** Removes what has expired; called now and then. */
  async sweep(): Promise<number> {
    const now = this.#ports.clock.now().toISOString();
    let removed = 0;
    for await (const record of this.#sessions().stream({ expiresAt: { lte: now } })) {
      await this.#remove(record.id);
      removed++;
    }
    return removed;
  }

  #sessions() {
    return this.#ports.store.collection('sessions');
  }

  #expiry(session: SessionData): string {
    const now = this.#ports.clock.now().getTime();
    const startedAt = session.startedAt ?? now;
    const idleMs = session.idleMs ?? 15 * minute;
    return new Date(Math.min(now + idleMs, startedAt + absoluteMs)).toISOString();
  }

  async #read(token: string): Promise<SessionData | null> {
    const record = await this.#sessions().get(sessionIdOf(token));
    if (!record || record.expiresAt <= this.#ports.clock.now().toISOString()) return null;
    return JSON.parse(record.data) as SessionData;
  }

  async #write(token: string, session: SessionData): Promise<void> {
    const id = sessionIdOf(token);
    const document = {
      id,
      userId: session.userId ?? null,
      data: JSON.stringify(session),
      expiresAt: this.#expiry(session),
    };
    const existing = await this.#sessions().get(id);
    if (existing) await this.#sessions().update(id, existing.version, document);
    else await this.#sessions().insert(document);
  }

  async #touch(token: string, session: SessionData): Promise<void> {
    const id = sessionIdOf(token);
    const existing = await this.#sessions().get(id);
    if (!existing) return;
    const expiresAt = this.#expiry(session);
    if (Date.parse(expiresAt) - Date.parse(existing.expiresAt) < touchEveryMs) return;
    const { version, createdAt: _, updatedAt: __, ...rest } = existing;
    await this.#sessions()
      .update(id, version, { ...rest, expiresAt } satisfies Omit<SessionRecord, 'version' | 'createdAt' | 'updatedAt'>)
      // Another request of the same session was quicker, or it has just been ended: both are fine.
      .catch(ignoreRaces);
  }

  async #remove(id: string): Promise<void> {
    for (let existing = await this.#sessions().get(id); existing; existing = await this.#sessions().get(id)) {
      await this.#sessions().remove(id, existing.version).catch(ignoreRaces);
    }
  }
}

function ignoreRaces(error: unknown): void {
  const code = (error as { code?: unknown }).code;
  if (code !== 'conflict' && code !== 'not_found') throw error;
}

function settle<T>(work: Promise<T>, answer: Answer<T> | undefined): void {
  work.then(
    (value) => answer?.(null, value),
    (error: unknown) => answer?.(error),
  );
}
