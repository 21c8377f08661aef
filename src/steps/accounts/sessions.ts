import { NotFound, QianxianError } from '../../domain/errors.ts';
import type { Principal } from '../../domain/user.ts';
import type { Ports } from '../../ports/ports.ts';
import type { SessionRecord } from '../../ports/record-store.ts';

type SessionPorts = Pick<Ports, 'store' | 'clock'>;

/** Characters of a session's id by which it is named: enough to tell it from others, and of no use to anybody. */
export const sessionReferenceLength = 20;

/** A login session as its user sees it. */
export interface SessionLine {
  /** Beginning of the hash of its token. */
  readonly id: string;
  /** Whether it is the one that asks. */
  readonly current: boolean;
  /** What the browser says of itself. */
  readonly device: string;
  readonly address: string;
  readonly startedAt: string;
  /** Last use, to the minute or so. */
  readonly usedAt: string;
  readonly expiresAt: string;
}

/** One's own sessions that are still good, the one last used first. */
export async function listSessions(
  ports: SessionPorts,
  principal: Principal,
  current: string | undefined,
): Promise<readonly SessionLine[]> {
  const records = await goodSessions(ports, principal.userId);
  const now = ports.clock.now().toISOString();
  return records
    .map((record) => ({
      id: record.id.slice(0, sessionReferenceLength),
      current: record.id.slice(0, sessionReferenceLength) === current,
      device: record.agent ?? '',
      address: record.ip ?? '',
      startedAt: record.startedAt ?? record.createdAt,
      usedAt: record.id.slice(0, sessionReferenceLength) === current ? now : (record.usedAt ?? record.updatedAt),
      expiresAt: record.expiresAt,
    }))
    .sort((a, b) => Number(b.current) - Number(a.current) || (a.usedAt < b.usedAt ? 1 : -1));
}

/** Ends one of one's own sessions. Throws `not_found` where there is none. */
export async function endSession(ports: SessionPorts, principal: Principal, id: string): Promise<void> {
  const found = (await goodSessions(ports, principal.userId)).filter(
    (record) => record.id.slice(0, sessionReferenceLength) === id,
  );
  if (found.length === 0) throw new NotFound('没有这个登录，可能已经退出');
  for (const record of found) await end(ports, record, principal.userId);
}

/** Ends all of one's own sessions but the one that asks. Answers how many. */
export async function endOtherSessions(
  ports: SessionPorts,
  principal: Principal,
  current: string | undefined,
): Promise<number> {
  const others = (await goodSessions(ports, principal.userId)).filter(
    (record) => record.id.slice(0, sessionReferenceLength) !== current,
  );
  for (const record of others) await end(ports, record, principal.userId);
  return others.length;
}

async function goodSessions(ports: SessionPorts, userId: string): Promise<SessionRecord[]> {
  const user = await ports.store.collection('users').get(userId);
  const now = ports.clock.now().toISOString();
  const good: SessionRecord[] = [];
  for await (const record of ports.store.collection('sessions').stream({ userId })) {
    if (record.expiresAt > now && (record.epoch === undefined || record.epoch === user?.sessionEpoch))
      good.push(record);
  }
  return good;
}

async function end(ports: SessionPorts, record: SessionRecord, by: string): Promise<void> {
  const sessions = ports.store.collection('sessions');
  for (let newest: SessionRecord | undefined = record; newest; newest = await sessions.get(record.id)) {
    try {
      await sessions.remove(newest.id, newest.version, [
        { type: 'session.ended', at: ports.clock.now().toISOString(), by },
      ]);
      return;
    } catch (error) {
      // Used, or ended, at this very moment.
      if (!(error instanceof QianxianError) || (error.code !== 'conflict' && error.code !== 'not_found')) throw error;
    }
  }
}
