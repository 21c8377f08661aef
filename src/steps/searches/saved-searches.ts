import { canonicalJson } from '../../domain/canonical-json.ts';
import { Conflict, Duplicate, QianxianError, Withheld } from '../../domain/errors.ts';
import { randomId } from '../../domain/ids.ts';
import type { DomainEvent } from '../../domain/record.ts';
import { mostSavedSearches, type SavedSearch, savedSearchInput } from '../../domain/saved-search.ts';
import type { Principal } from '../../domain/user.ts';
import { check } from '../../domain/validation.ts';
import type { Ports } from '../../ports/ports.ts';

type SearchPorts = Pick<Ports, 'store' | 'clock'>;

export type SavedSearchView = Pick<SavedSearch, 'id' | 'version' | 'name' | 'search' | 'alert' | 'createdAt'>;

const view = ({ id, version, name, search, alert, createdAt }: SavedSearch): SavedSearchView => ({
  id,
  version,
  name,
  search,
  alert,
  createdAt,
});

/** What is looked for stays out of the events: it may say what an enterprise is after. */
function eventOf(ports: SearchPorts, principal: Principal, verb: 'saved' | 'changed' | 'removed'): DomainEvent {
  return { type: `saved-search.${verb}`, at: ports.clock.now().toISOString(), by: principal.userId };
}

/** One's own kept searches, by name; nobody sees those of others. */
export async function listSavedSearches(ports: SearchPorts, principal: Principal): Promise<SavedSearchView[]> {
  const found: SavedSearchView[] = [];
  for await (const one of ports.store.collection('savedSearches').stream({ userId: principal.userId })) {
    found.push(view(one));
  }
  return found.sort((a, b) => a.name.localeCompare(b.name, 'zh') || (a.id < b.id ? -1 : 1));
}

/**
 * Keeps a search. What is published from now on is new in it. The same request again finds what the first one made; where
 * there are as many as one may have, `conflict`.
 */
export async function saveSearch(
  ports: SearchPorts,
  principal: Principal,
  input: unknown,
  options: { readonly id?: string } = {},
): Promise<SavedSearchView> {
  const content = check(savedSearchInput, input);
  const searches = ports.store.collection('savedSearches');
  const id = options.id ?? randomId();
  const there = await searches.get(id);
  if (there) return repeated(there, principal, content);
  if ((await searches.count({ userId: principal.userId })) >= mostSavedSearches) {
    throw new QianxianError('conflict', `最多保存${mostSavedSearches}个搜索，请先删去不再用的`);
  }
  const { name, search, alert } = content;
  try {
    return view(
      await searches.insert(
        {
          id,
          userId: principal.userId,
          name,
          search: search as SavedSearch['search'],
          alert,
          since: ports.clock.now().toISOString(),
        },
        [eventOf(ports, principal, 'saved')],
      ),
    );
  } catch (error) {
    const twin = error instanceof Duplicate ? await searches.get(id) : undefined;
    if (twin) return repeated(twin, principal, content);
    throw error;
  }
}

function repeated(
  there: SavedSearch,
  principal: Principal,
  content: { readonly name: string; readonly search: object },
) {
  const same =
    there.userId === principal.userId &&
    there.name === content.name &&
    canonicalJson(there.search) === canonicalJson(content.search);
  if (!same) throw new Conflict('同一个请求编号已经用于另一个搜索，请刷新页面后重新保存');
  return view(there);
}

/** Another name, another search or another alert; what one was told already stays told. */
export async function changeSavedSearch(
  ports: SearchPorts,
  principal: Principal,
  id: string,
  seen: number,
  input: unknown,
): Promise<SavedSearchView> {
  const { name, search, alert } = check(savedSearchInput, input);
  const there = await own(ports, principal, id);
  if (there.version !== seen) throw new Conflict();
  // Switched on again it tells of what comes from now on, not of all that was published while it was off.
  const { since, told, telling } =
    there.alert === 'off' && alert !== 'off'
      ? { since: ports.clock.now().toISOString(), told: undefined, telling: undefined }
      : there;
  return view(
    await ports.store.collection('savedSearches').update(
      id,
      seen,
      {
        id,
        userId: there.userId,
        name,
        search: search as SavedSearch['search'],
        alert,
        since,
        ...(told === undefined ? {} : { told }),
        ...(telling === undefined ? {} : { telling }),
      },
      [eventOf(ports, principal, 'changed')],
    ),
  );
}

/** Forgets one of one's own. */
export async function removeSavedSearch(ports: SearchPorts, principal: Principal, id: string): Promise<void> {
  const there = await own(ports, principal, id);
  await ports.store.collection('savedSearches').remove(id, there.version, [eventOf(ports, principal, 'removed')]);
}

async function own(ports: SearchPorts, principal: Principal, id: string): Promise<SavedSearch> {
  const there = await ports.store.collection('savedSearches').get(id);
  if (there?.userId !== principal.userId) {
    throw Withheld.orMissing(there, '没有找到这个保存的搜索，可能已被删除');
  }
  return there;
}
