import type { EntryKind } from '../../src/domain/entry.ts';
import { pairId } from '../../src/domain/ids.ts';
import { invitationIdOf } from '../../src/domain/invitation.ts';
import type { Match } from '../../src/domain/match.ts';
import type { Unstored } from '../../src/domain/record.ts';
import type { Principal } from '../../src/domain/user.ts';
import { createVault } from '../../src/engines/embedded/vault.ts';
import type { ChangedDocument } from '../../src/ports/change-document.ts';
import { changeDocument } from '../../src/ports/change-document.ts';
import type { Change, CollectionName } from '../../src/ports/record-store.ts';
import type { ConsentPorts } from '../../src/steps/consent/consent-ports.ts';
import { followConsent } from '../../src/steps/consent/follow-consent.ts';
import { inviteSides } from '../../src/steps/consent/invite-sides.ts';
import { linkToken } from '../../src/steps/consent/new-round.ts';
import { matchOf } from '../domain/docket-samples.ts';
import { type FreshStore, freshStore } from './docket-world.ts';

/** The people of these tests: clerks of the bureau, and members of the enterprise, of the university and of neither. */
export const people = {
  clerk: { userId: 'u-lan', role: 'staff', name: '兰科员' },
  head: { userId: 'u-mei', role: 'admin', name: '梅科长' },
  needs: { userId: 'u-qi', role: 'member', organisationId: 'o-enterprise', name: '企业甲' },
  offers: { userId: 'u-xue', role: 'member', organisationId: 'o-university', name: '高校乙' },
  stranger: { userId: 'u-lu', role: 'manager', organisationId: 'o-other', name: '路人' },
} as const satisfies Record<string, Principal>;

export interface ConsentWorld extends FreshStore {
  readonly vault: ConsentPorts['vault'];
  /** What the consumers would be handed now: the newest version of each document. */
  deliver(collection: CollectionName, ...ids: readonly string[]): Promise<void>;
  /** Moves a match as the review would. */
  decide(state: Match['state']): Promise<void>;
  tokenOf(side: 'need' | 'achievement', round?: number): string;
}

export const needId = 'n1';
export const achievementId = 'a1';
export const pair = pairId(needId, achievementId);
export const invitation = invitationIdOf(pair);

const at = '2026-11-02T01:00:00.000Z';

export function record(id: string, organisationId: string | null, content: Record<string, unknown>) {
  const published = { content, at, by: 'u-1', revision: 1 };
  return {
    id,
    organisationId,
    state: 'published' as const,
    revision: 'none' as const,
    content,
    published,
    missing: [],
    questions: [],
    history: [],
  };
}

/**
 * One need of an enterprise that hides its name, one achievement of a university, and their match, which is suggested. The
 * clock stands at Monday 2026-11-23 09:00 in Shanghai.
 */
export async function consentWorld(): Promise<ConsentWorld> {
  const base = await freshStore();
  const vault = createVault('a-secret-of-the-tests-0123456789-abcdef');
  const ports = { ...base, vault };
  const { store } = base;
  for (const [id, name] of [
    ['o-enterprise', '示例抛光材料有限公司'],
    ['o-university', '示例大学'],
    ['o-other', '无关机构'],
  ] as const) {
    await store.collection('organisations').insert({
      id,
      state: 'approved',
      content: { name, contact: { name: `${name}办公室`, phone: '0518-12345678' } },
      missing: [],
      history: [],
    });
  }
  await store.collection('needs').insert(
    record(needId, 'o-enterprise', {
      title: '抛光粉粒度控制',
      problem: '粒度不均。',
      hideOrganisation: true,
      contact: { name: '王机密', mobile: '13800000000' },
    }),
  );
  await store.collection('achievements').insert(
    record(achievementId, 'o-university', {
      title: '低温煅烧工艺',
      abstract: '一种煅烧方法，粒度达到72%。',
      contact: { name: '赵机密', mobile: '13900000000' },
    }),
  );
  const { version: _v, createdAt: _c, updatedAt: _u, ...match } = matchOf(needId, achievementId);
  await store.collection('matches').insert(match as Unstored<Match>);

  const handlers = {
    invite: inviteSides(ports),
    follow: followConsent(ports, async () => {}),
  };
  return {
    ...ports,
    async deliver(collection, ...ids) {
      const changes: Change[] = [];
      for (const id of ids) {
        const document = (await store.collection(collection).get(id)) ?? null;
        changes.push({ collection, id, version: document?.version ?? 1, document, events: [] } as Change);
      }
      await (collection === 'invitations' ? handlers.follow : handlers.invite)(changes);
    },
    async decide(this: ConsentWorld, state) {
      await changeDocument(store, 'matches', pair, (newest): ChangedDocument<'matches'> => {
        const line = {
          at: base.clock.now().toISOString(),
          by: 'u-lan',
          action: 'decide',
          from: newest.state,
          to: state,
        };
        return { document: { ...newest, state, history: [...newest.history, line] } };
      });
      await this.deliver('matches', pair);
    },
    tokenOf: (side, round = 1) => linkToken(ports, invitation, round, side),
  };
}

/** Withdraws or renews a record, as intake would. */
export async function setState(
  world: ConsentWorld,
  kind: EntryKind,
  id: string,
  state: 'withdrawn' | 'expired' | 'published',
): Promise<void> {
  const name = kind === 'need' ? 'needs' : 'achievements';
  await changeDocument<'needs' | 'achievements'>(world.store, name, id, (newest) => ({
    document: { ...newest, state },
  }));
}
