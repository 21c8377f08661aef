import { createHash } from 'node:crypto';
import { type SessionData, Store } from 'express-session';
import type { DomainEvent } from '../domain/record.ts';
import type { Role } from '../domain/user.ts';
import { sessionReferenceLength } from '../flow.ts';
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
    ip: string;
    agent: string;
    /** Somebody whose password was right, and who must give a second factor until the session ends. */
    half: { readonly userId: string; readonly epoch: number };
  }
}

const minute = 60_000;
/** How long a session lasts. */
export interface SessionLimits {
  /** Minutes without a request after which it ends, for the bureau and for others. */
  readonly idleBureau: number;
  readonly idle: number;
  /** Hours after which it ends in any case. */
  readonly hours: number;
}

/** ASVS 7.3.1 and 7.3.2: the bureau sees everybody's records, so its sessions end sooner when nobody works. */
export const defaultSessionLimits: SessionLimits = { idleBureau: 15, idle: 30, hours: 12 };

export const idleMsOf = (limits: SessionLimits, role: Role): number =>
  (role === 'staff' || role === 'admin' ? limits.idleBureau : limits.idle) * minute;
export const absoluteMsOf = (limits: SessionLimits): number => limits.hours * 60 * minute;
/** A session is written for use alone once in this time at most. */
const touchEveryMs = minute;

/** The store keeps a hash: who reads the database cannot take over a session. */
export function sessionIdOf(token: string): string {
  return createHash('sha256').update(token).digest('hex');
}

/** How events and the list of sessions name a session: enough to tell it from others, and of no use to anybody. */
export function sessionReferenceOf(token: string): string {
  return sessionIdOf(token).slice(0, sessionReferenceLength);
}

type Answer<T> = (error: unknown, value?: T) => void;

/** Login sessions in the `sessions` collection. express-session asks for a class. */
export class RecordSessionStore extends Store {
  readonly #ports: Pick<Ports, 'store' | 'clock'>;

  readonly #absoluteMs: number;

  constructor(ports: Pick<Ports, 'store' | 'clock'>, limits: SessionLimits) {
    super();
    this.#ports = ports;
    this.#absoluteMs = absoluteMsOf(limits);
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
    settle(this.#remove(sessionIdOf(token), 'session.ended'), answer);
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
    return new Date(Math.min(now + idleMs, startedAt + this.#absoluteMs)).toISOString();
  }

  async #read(token: string): Promise<SessionData | null> {
    const record = await this.#sessions().get(sessionIdOf(token));
    if (!record || record.expiresAt <= this.#ports.clock.now().toISOString()) return null;
    return JSON.parse(record.data) as SessionData;
  }

  async #write(token: string, session: SessionData): Promise<void> {
    const id = sessionIdOf(token);
    const at = this.#ports.clock.now().toISOString();
    const document = {
      id,
      userId: session.userId ?? null,
      ...(session.epoch === undefined ? {} : { epoch: session.epoch }),
      data: JSON.stringify(session),
      startedAt: new Date(session.startedAt ?? at).toISOString(),
      usedAt: at,
      ...(session.ip === undefined ? {} : { ip: session.ip }),
      ...(session.agent === undefined ? {} : { agent: session.agent }),
      expiresAt: this.#expiry(session),
    };
    const existing = await this.#sessions().get(id);
    if (existing) await this.#sessions().update(id, existing.version, document);
    else await this.#sessions().insert(document, this.#events('session.started', session.userId));
  }

  async #touch(token: string, session: SessionData): Promise<void> {
    const id = sessionIdOf(token);
    const existing = await this.#sessions().get(id);
    if (!existing) return;
    const expiresAt = this.#expiry(session);
    if (Date.parse(expiresAt) - Date.parse(existing.expiresAt) < touchEveryMs) return;
    const { version, createdAt: _, updatedAt: __, ...rest } = existing;
    await this.#sessions()
      .update(id, version, { ...rest, usedAt: this.#ports.clock.now().toISOString(), expiresAt } satisfies Omit<
        SessionRecord,
        'version' | 'createdAt' | 'updatedAt'
      >)
      // Another request of the same session was quicker, or it has just been ended: both are fine.
      .catch(ignoreRaces);
  }

  #events(type: string, userId: string | null | undefined): readonly DomainEvent[] {
    return userId ? [{ type, at: this.#ports.clock.now().toISOString(), by: userId }] : [];
  }

  async #remove(id: string, type = 'session.expired'): Promise<void> {
    for (let existing = await this.#sessions().get(id); existing; existing = await this.#sessions().get(id)) {
      await this.#sessions().remove(id, existing.version, this.#events(type, existing.userId)).catch(ignoreRaces);
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
