import { Conflict, NotFound } from '../../domain/errors.ts';
import { isAlertDay, type SavedSearch } from '../../domain/saved-search.ts';
import type { Principal, User } from '../../domain/user.ts';
import { dateIn } from '../../domain/week.ts';
import type { Ports } from '../../ports/ports.ts';
import type { Tell } from '../../ports/tell.ts';

type AlertPorts = Pick<Ports, 'store' | 'clock'>;

/** A record that a search found, as far as an alert tells of it. */
interface Found {
  readonly id: string;
  readonly title: string;
  readonly organisationId: string | null;
  readonly publishedAt: string | null;
}

/** The newest records that one search finds for somebody, at most `limit`. */
export type NewestOf = (
  principal: Principal,
  search: SavedSearch['search'],
  limit: number,
) => Promise<readonly Found[]>;

/** As many are looked at, and as many of them named. */
const looked = 50;
const named = 5;

const kindWords = { need: '需求', achievement: '成果' } as const;

/**
 * Whoever keeps a search and wants to be told is told of what was published in it since he was told last, as far as he may
 * see it and where it is not of his own organisation. Repeating it tells nobody twice: the cause of a notice is the moment
 * up to which he had been told, and that moves on only afterwards.
 * @returns how many were told now
 */
export async function alertSearches(ports: AlertPorts, newestOf: NewestOf, tell: Tell): Promise<number> {
  const weekday = new Date(`${dateIn(ports.clock.now())}T00:00:00Z`).getUTCDay() || 7;
  const users = new Map<string, User | undefined>();
  let told = 0;
  for await (const one of ports.store.collection('savedSearches').stream({ alert: { in: ['day', 'week'] } })) {
    if (!isAlertDay(one.alert, weekday)) continue;
    if (!users.has(one.userId)) users.set(one.userId, await ports.store.collection('users').get(one.userId));
    const user = users.get(one.userId);
    if (user?.state !== 'active') continue;
    if (await alertOf(ports, newestOf, tell, one, user)) told++;
  }
  return told;
}

async function alertOf(
  ports: AlertPorts,
  newestOf: NewestOf,
  tell: Tell,
  one: SavedSearch,
  user: User,
): Promise<boolean> {
  const principal: Principal = {
    userId: user.id,
    role: user.role,
    name: user.name,
    ...(user.organisationId === undefined ? {} : { organisationId: user.organisationId }),
  };
  const found = await newestOf(principal, one.search, looked);
  const fresh = found.filter(
    ({ publishedAt, organisationId }) =>
      publishedAt !== null &&
      publishedAt > one.since &&
      (organisationId === null || organisationId !== user.organisationId),
  );
  if (fresh.length === 0) return false;
  const kind = kindWords[one.search.kind];
  const count = fresh.length >= looked ? `${looked}项以上` : `${fresh.length}项`;
  const lines = fresh.slice(0, named).map(({ title }) => `《${title}》`);
  await tell(`saved-search/${one.id}/${one.since}`, {
    kind: 'search-alert',
    to: { to: 'user', userId: user.id },
    subject: `“${one.name}”有${count}新的${kind}`,
    text: `您保存的搜索“${one.name}”有${count}新发布的${kind}：${lines.join('、')}${fresh.length > named ? '等' : ''}。不想再收到的，可在“我的搜索”里改为不提醒。`,
    link: '/my/searches',
  });
  try {
    const { version, createdAt: _createdAt, updatedAt: _updatedAt, ...rest } = one;
    // Up to the newest of these, not to now: what the index does not know yet is for the next round.
    const since = fresh
      .map(({ publishedAt }) => publishedAt!)
      .sort()
      .at(-1)!;
    await ports.store.collection('savedSearches').update(one.id, version, { ...rest, since });
  } catch (error) {
    // Changed or forgotten meanwhile: the next round looks at it as it is then.
    if (!(error instanceof Conflict) && !(error instanceof NotFound)) throw error;
  }
  return true;
}
