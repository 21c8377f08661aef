import type { AchievementDraft } from '../../src/domain/achievement.ts';
import { creditCodeCheckCharacter } from '../../src/domain/credit-code.ts';
import type { NeedDraft } from '../../src/domain/need.ts';
import type { OrganisationDraft } from '../../src/domain/organisation.ts';
import { systemPrincipal } from '../../src/domain/user.ts';
import { account, type HttpFixture } from './open-http.ts';

/** A valid credit code for each number from 0 to 9,999. */
export function creditCodeOf(number: number): string {
  const first = `91350100M0001${String(number).padStart(4, '0')}`;
  return first + creditCodeCheckCharacter(first);
}

export function organisationOf(
  name: string,
  number: number,
  type: OrganisationDraft['type'] = 'enterprise',
): OrganisationDraft {
  return {
    name,
    type,
    creditCode: creditCodeOf(number),
    address: '示例路1号',
    region: '示例区',
    email: `info${number}@example.com`,
    legalRepresentative: '张示例',
    contact: { name: '李示例', phone: '0518-12345678', email: `contact${number}@example.com` },
    profile: '从事示例产品的研制和生产。',
  };
}

export function needOf(title: string, more: Partial<NeedDraft> = {}): NeedDraft {
  return {
    title,
    startYear: 2026,
    endYear: 2028,
    problem: `${title}：现有工艺能耗高，产品合格率只有82%，客户多次退货。`,
    keyTechnology: `${title}的配方与控制，要求粒度≥67%，能耗下降不低于15%。`,
    goal: '形成稳定的生产工艺，年新增产值不低于800万元。',
    keywords: ['稀土', '抛光粉'],
    solutionModes: ['cooperative'],
    activityType: 'development',
    fields: ['materials'],
    industry: 'C',
    budgetWan: 120,
    contact: { name: '王机密', mobile: '13800000000' },
    visibility: 'public',
    ...more,
  };
}

export function achievementOf(title: string, more: Partial<AchievementDraft> = {}): AchievementDraft {
  return {
    title,
    abstract: `${title}：通过优化配方与煅烧制度，粒度达到72%，能耗下降18%，已在两条生产线上使用。`,
    achievementType: 'process',
    keywords: ['稀土', '抛光粉'],
    fields: ['materials'],
    industry: 'C',
    trl: 7,
    stage: 'mature',
    cooperationModes: ['joint'],
    contact: { name: '赵机密', mobile: '13900000000' },
    visibility: 'public',
    ...more,
  };
}

/** Two organisations with people, and records in several states: what the tests of the interface act on. */
export interface World {
  readonly organisations: { readonly own: string; readonly other: string };
  readonly users: Readonly<
    Record<'admin' | 'staff' | 'manager' | 'member' | 'otherMember' | 'disabled' | 'fresh', string>
  >;
  /** The one-time password of `fresh`. */
  readonly freshPassword: string;
  readonly needs: {
    readonly draft: string;
    readonly published: string;
    readonly otherDraft: string;
    readonly members: string;
  };
  readonly achievements: { readonly draft: string; readonly published: string; readonly otherDraft: string };
}

export async function makeWorld(fixture: Pick<HttpFixture, 'flow'>): Promise<World> {
  const { flow } = fixture;
  const own = (await flow.createOrganisation(systemPrincipal, organisationOf('示例抛光材料有限公司', 1))).id;
  const other = (await flow.createOrganisation(systemPrincipal, organisationOf('示例大学', 2, 'university'))).id;

  const publish = async (kind: 'need' | 'achievement', organisationId: string, content: unknown) => {
    const drafted = await flow.createEntry(systemPrincipal, kind, content, { organisationId });
    const submitted = await flow.moveEntry(systemPrincipal, kind, drafted.id, drafted.version, 'submit');
    await flow.moveEntry(systemPrincipal, kind, drafted.id, submitted.version, 'publish');
    return drafted.id;
  };
  const draft = async (kind: 'need' | 'achievement', organisationId: string, content: unknown) =>
    (await flow.createEntry(systemPrincipal, kind, content, { organisationId })).id;

  const users = {
    admin: await account(fixture, 'admin', 'admin'),
    staff: await account(fixture, 'staff', 'staff'),
    manager: await account(fixture, 'manager', 'manager', own),
    member: await account(fixture, 'member', 'member', own),
    otherMember: await account(fixture, 'other-member', 'member', other),
    disabled: await account(fixture, 'disabled', 'member', own),
  };
  const fresh = await flow.createUser(systemPrincipal, {
    login: 'fresh',
    name: '新账号',
    role: 'member',
    organisationId: own,
  });
  return {
    organisations: { own, other },
    users: { ...users, fresh: fresh.user.id },
    freshPassword: fresh.oneTimePassword!,
    needs: {
      draft: await draft('need', own, needOf('稀土抛光粉粒度控制')),
      published: await publish('need', own, needOf('稀土抛光粉煅烧节能')),
      members: await publish('need', own, needOf('抛光废液回收', { visibility: 'members' })),
      otherDraft: await draft('need', other, needOf('海藻多糖提取')),
    },
    achievements: {
      draft: await draft('achievement', own, achievementOf('抛光粉分级装置')),
      published: await publish('achievement', other, achievementOf('稀土抛光粉低温煅烧工艺')),
      otherDraft: await draft('achievement', other, achievementOf('海藻糖酶法制备')),
    },
  };
}
