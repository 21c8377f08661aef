import { canonicalJson } from '../../domain/canonical-json.ts';
import { Invalid, NotFound } from '../../domain/errors.ts';
import { derivedId } from '../../domain/ids.ts';
import {
  isAlertDay,
  type SavedSearch,
  type SearchTelling,
  standAfter,
  type ToldRecord,
  untold,
} from '../../domain/saved-search.ts';
import type { Principal, User } from '../../domain/user.ts';
import { dateIn } from '../../domain/week.ts';
import { changeDocument } from '../../ports/change-document.ts';
import { eachDocument } from '../../ports/each-document.ts';
import type { Ports } from '../../ports/ports.ts';
import type { Tell } from '../../ports/tell.ts';

type AlertPorts = Pick<Ports, 'store' | 'clock' | 'log'>;

/** A record that a search found, as far as an alert tells of it; `at` is the time of its first publication. */
interface Found extends ToldRecord {
  readonly title: string;
  readonly organisationId: string | null;
}

/** The newest records that a search finds. */
export interface Newest {
  readonly records: readonly Found[];
  /** ISO time: what was published after it is among them; null where these are all. */
  readonly back: string | null;
}

/** The newest records that one search finds for somebody, at most `limit`. */
export type NewestOf = (principal: Principal, search: SavedSearch['search'], limit: number) => Promise<Newest>;

/** As many are looked at, and as many of them named. */
const looked = 100;
const named = 5;

const kindWords = { need: '需求', achievement: '成果' } as const;

/**
 * Whoever keeps a search and wants to be told is told of what was first published in it since he was told last, as far as
 * he may see it and where it is not of his own organisation. What is to be told is kept with the search before it is told,
 * so that nobody is told twice and nothing is left out, wherever a round is cut off and whatever is published meanwhile.
 * A search that is not valid any more is passed over; one that fails otherwise does not keep the others from theirs, and
 * the round throws after them.
 * @returns how many were told now
 */
export async function alertSearches(ports: AlertPorts, newestOf: NewestOf, tell: Tell): Promise<number> {
  const weekday = new Date(`${dateIn(ports.clock.now())}T00:00:00Z`).getUTCDay() || 7;
  const searches = ports.store.collection('savedSearches');
  const users = new Map<string, User | undefined>();
  const ids: string[] = [];
  for await (const { id, alert } of searches.stream({ alert: { in: ['day', 'week'] } })) {
    if (isAlertDay(alert, weekday)) ids.push(id);
  }
  let told = 0;
  await eachDocument(ports.log, 'savedSearches', ids, async (id) => {
    const one = await searches.get(id);
    if (!one || !isAlertDay(one.alert, weekday)) return;
    if (!users.has(one.userId)) users.set(one.userId, await ports.store.collection('users').get(one.userId));
    const user = users.get(one.userId);
    if (user?.state !== 'active') return;
    try {
      if (await alertOf(ports, newestOf, tell, one, user)) told++;
    } catch (error) {
      if (error instanceof NotFound) return; // Removed meanwhile.
      if (!(error instanceof Invalid)) throw error;
      ports.log.warn({ err: error, id }, 'a kept search is not valid any more');
    }
  });
  return told;
}

async function alertOf(
  ports: AlertPorts,
  newestOf: NewestOf,
  tell: Tell,
  one: SavedSearch,
  user: User,
): Promise<boolean> {
  // A round before was cut off, perhaps after it had told this.
  if (one.telling) await tellKept(ports, tell, one, one.telling);
  const principal: Principal = {
    userId: user.id,
    role: user.role,
    name: user.name,
    ...(user.organisationId === undefined ? {} : { organisationId: user.organisationId }),
  };
  const { records, back } = await newestOf(principal, one.search, looked);
  const others = records.filter(
    ({ organisationId }) => organisationId === null || organisationId !== user.organisationId,
  );
  let telling: SearchTelling | undefined;
  const { document } = await changeDocument(ports.store, 'savedSearches', one.id, (newest) => {
    telling = undefined;
    // Another round decided meanwhile, or its owner looks for something else now: the next round sees to it.
    if (newest.telling || canonicalJson(newest.search) !== canonicalJson(one.search)) return null;
    const fresh = newest.alert === 'off' ? [] : untold(newest, others);
    if (fresh.length === 0) return null;
    const known = new Set(newest.told?.map(({ id }) => id));
    const all = back === null || back <= newest.since || records.some(({ id }) => known.has(id));
    telling = tellingOf(newest, fresh, all);
    return { document: { ...unstored(newest), ...standAfter(newest, fresh, all), telling } };
  });
  if (!telling) return false;
  await tellKept(ports, tell, document, telling);
  return true;
}

function unstored({ version: _version, createdAt: _createdAt, updatedAt: _updatedAt, ...rest }: SavedSearch) {
  return rest;
}

function tellingOf(one: SavedSearch, fresh: readonly Found[], all: boolean): SearchTelling {
  const kind = kindWords[one.search.kind];
  const count = all ? `${fresh.length}项` : `${fresh.length}项以上`;
  const lines = fresh.slice(0, named).map(({ title }) => `《${title}》`);
  const newest = fresh
    .map(({ at }) => at)
    .sort()
    .at(-1)!;
  return {
    cause: `saved-search/${one.id}/${newest}/${derivedId(...fresh.map(({ id }) => id).sort())}`,
    subject: `“${one.name}”有${count}新的${kind}`,
    text: `您保存的搜索“${one.name}”有${count}新发布的${kind}：${lines.join('、')}${fresh.length > named ? '等' : ''}。不想再收到的，可在“我的搜索”里改为不提醒。`,
  };
}

/** Tells what was decided, and strikes it off. */
async function tellKept(ports: AlertPorts, tell: Tell, one: SavedSearch, telling: SearchTelling): Promise<void> {
  const { cause, subject, text } = telling;
  await tell(cause, {
    kind: 'search-alert',
    to: { to: 'user', userId: one.userId },
    subject,
    text,
    link: '/my/searches',
  });
  await changeDocument(ports.store, 'savedSearches', one.id, (newest) => {
    if (newest.telling?.cause !== cause) return null;
    const { telling: _told, ...rest } = unstored(newest);
    return { document: rest };
  });
}
