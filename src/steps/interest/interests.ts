import { isInsider, isOwner, maySeeEntry } from '../../domain/access.ts';
import { Conflict, Duplicate, Forbidden, Invalid, Withheld } from '../../domain/errors.ts';
import {
  firstInterest,
  type Interest,
  type InterestInput,
  type InterestMove,
  type InterestState,
  interestId,
  interestInput,
  movedInterest,
  saysAlready,
} from '../../domain/interest.ts';
import type { HistoryEntry } from '../../domain/record.ts';
import type { Actor } from '../../domain/state-table.ts';
import { isStorableId } from '../../domain/storable.ts';
import { isBureau, type Principal } from '../../domain/user.ts';
import { check } from '../../domain/validation.ts';
import { changeDocument } from '../../ports/change-document.ts';
import type { Ports } from '../../ports/ports.ts';
import type { Filter, Page } from '../../ports/record-store.ts';

type StorePort = Pick<Ports, 'store'>;
type InterestPorts = Pick<Ports, 'store' | 'clock'>;

/** An interest as its own people and the bureau see it; nobody's contact. */
export interface InterestView {
  readonly id: string;
  readonly version: number;
  readonly needId: string;
  readonly needTitle: string;
  readonly organisationId: string;
  readonly organisationName: string;
  readonly achievementId: string | null;
  readonly achievementTitle: string | null;
  readonly text: string;
  readonly state: InterestState;
  readonly history: readonly HistoryEntry[];
  readonly createdAt: string;
}

async function viewsOf({ store }: StorePort, interests: readonly Interest[]): Promise<InterestView[]> {
  const [organisations, achievements] = await Promise.all([
    store.collection('organisations').getMany([...new Set(interests.map((one) => one.organisationId))]),
    store.collection('achievements').getMany([...new Set(interests.flatMap((one) => one.achievementId ?? []))]),
  ]);
  const names = new Map(organisations.map(({ id, content }) => [id, content.name]));
  const titles = new Map(achievements.map(({ id, content }) => [id, content.title]));
  return interests.map(({ updatedAt: _, ...interest }) => ({
    ...interest,
    organisationName: names.get(interest.organisationId) ?? '（机构不详）',
    achievementTitle: interest.achievementId === null ? null : (titles.get(interest.achievementId) ?? null),
  }));
}

const viewOf = async (ports: StorePort, interest: Interest): Promise<InterestView> =>
  (await viewsOf(ports, [interest]))[0]!;

function actBy({ clock }: Pick<Ports, 'clock'>, principal: Principal) {
  const actor: Actor = principal.role === 'admin' || principal.role === 'staff' ? principal.role : 'owner';
  return { at: clock.now(), by: principal.userId, actor };
}

/** Throws where the achievement is none of the organisation's own that may be named. */
async function demandOwn({ store }: StorePort, principal: Principal, { achievementId }: InterestInput): Promise<void> {
  if (achievementId === undefined) return;
  const achievement = isStorableId(achievementId)
    ? await store.collection('achievements').get(achievementId)
    : undefined;
  if (achievement && isOwner(principal, achievement.organisationId) && achievement.state !== 'withdrawn') return;
  throw new Invalid([
    {
      field: 'achievementId',
      label: '相关的成果',
      reason: '不是本机构现有的成果',
      mend: '请从本机构的成果中选择，或不选',
    },
  ]);
}

/**
 * Tells the bureau that the asker's organisation is interested in a published need of somebody else. Once for each need and
 * organisation: the same words again change nothing, other words replace them and reach the desk anew.
 */
export async function signalInterest(
  ports: InterestPorts,
  principal: Principal,
  needId: string,
  input: unknown,
): Promise<InterestView> {
  const { organisationId } = principal;
  const need = isStorableId(needId) ? await ports.store.collection('needs').get(needId) : undefined;
  if (!need || !maySeeEntry(principal, need)) throw Withheld.orMissing(need, '没有找到这项需求，可能已不再公开');
  if (isBureau(principal) || organisationId === undefined) {
    throw new Forbidden('只有高校、院所和企业的账号可以表示感兴趣');
  }
  if (isOwner(principal, need.organisationId)) throw new Forbidden('这是本机构自己的需求');
  const written = check(interestInput, input);
  await demandOwn(ports, principal, written);
  const interests = ports.store.collection('interests');
  // Where organisations were merged, one keeps the id that it had.
  const { items } = await interests.find({ where: { needId, organisationId }, limit: 1 });
  const id = items[0]?.id ?? interestId(needId, organisationId);
  const needTitle = need.published?.content.title ?? '';
  if (!(await interests.get(id))) {
    const { document, events } = firstInterest(
      { ...written, needId, needTitle, organisationId },
      actBy(ports, principal),
    );
    try {
      return await viewOf(ports, await interests.insert(document, events));
    } catch (error) {
      // Somebody of the same organisation was quicker: his words are replaced like older ones.
      if (!(error instanceof Duplicate)) throw error;
    }
  }
  const { document } = await changeDocument(ports.store, 'interests', id, (newest) =>
    saysAlready(newest, written)
      ? null
      : movedInterest(newest, 'signal', actBy(ports, principal), {
          text: written.text,
          achievementId: written.achievementId ?? null,
          needTitle,
        }),
  );
  return viewOf(ports, document);
}

/** Takes an interest back (its own people), or confirms that the bureau has looked at it. */
export async function moveInterest(
  ports: InterestPorts,
  principal: Principal,
  id: string,
  seen: number,
  action: InterestMove,
): Promise<InterestView> {
  const interest = isStorableId(id) ? await ports.store.collection('interests').get(id) : undefined;
  if (!interest || !isInsider(principal, interest)) throw Withheld.orMissing(interest);
  const { document, events } = movedInterest(interest, action, actBy(ports, principal));
  if (interest.version !== seen) throw new Conflict();
  return viewOf(ports, await ports.store.collection('interests').update(id, seen, document, events));
}

/** The interests of the asker's organisation, the newest change first; for the bureau those of all. */
export async function listInterests(
  ports: StorePort,
  principal: Principal,
  options: {
    readonly needId?: string | undefined;
    readonly state?: InterestState | undefined;
    readonly limit?: number | undefined;
    readonly cursor?: string | undefined;
  } = {},
): Promise<Page<InterestView>> {
  const { needId, state, limit, cursor } = options;
  if (!isBureau(principal) && principal.organisationId === undefined) return { items: [] };
  const where: Filter = {
    ...(isBureau(principal) ? {} : { organisationId: principal.organisationId }),
    ...(needId === undefined ? {} : { needId }),
    ...(state === undefined ? {} : { state }),
  };
  const page = await ports.store.collection('interests').find({
    where,
    order: { by: 'updatedAt', direction: 'desc' },
    ...(limit === undefined ? {} : { limit }),
    ...(cursor === undefined ? {} : { cursor }),
  });
  return { ...page, items: await viewsOf(ports, page.items) };
}
