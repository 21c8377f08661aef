import { expect } from 'chai';
import { erasedName, mentionsOf } from '../../../src/domain/mentions.ts';
import type { User } from '../../../src/domain/user.ts';
import { systemPrincipal } from '../../../src/domain/user.ts';
import { type CollectionName, collectionKeys } from '../../../src/ports/record-store.ts';
import { applyErasure, applyErasures } from '../../../src/steps/accounts/erase-user.ts';
import { erasedTexts, forgettingRows } from '../../../src/steps/accounts/erased-texts.ts';
import { unstoredUser } from '../../../src/steps/accounts/login.ts';
import { createOrganisation } from '../../../src/steps/accounts/organisations.ts';
import { type FreshPorts, freshPorts } from '../fresh-ports.ts';
import { account } from './account-fixtures.ts';

const his = { name: '欧阳问天', mobile: '13812345678', email: 'Wentian@example.com', login: 'ouyangwt' };
const words = [his.name, '138-1234 5678', his.mobile, his.email, his.email.toLowerCase(), his.login];
const sentence = `请找${his.name}（欧阳 问天），手机138-1234 5678或${his.mobile}，信箱${his.email}或wentian@example.com，账号${his.login}。`;

/** What tells that a document, or each part of its lists, is of `organisation` (or of its record `record`). */
const relations = (organisation: string, record: string, user: string): { [K in CollectionName]?: object } => ({
  organisations: { content: {} },
  registrations: { organisationId: organisation, applicantId: user, state: 'approved', history: [] },
  needs: { organisationId: organisation },
  achievements: { organisationId: organisation },
  calls: { needId: record, addressees: [] },
  callRequests: { organisationId: organisation },
  interests: { organisationId: organisation },
  matches: { needId: record, achievementId: 'elsewhere' },
  judgements: { needId: 'elsewhere', achievementId: record },
  invitations: { needId: record, achievementId: 'elsewhere', need: {}, achievement: {} },
  answers: { organisationId: organisation },
  partnerships: { needOrganisationId: organisation, achievementOrganisationId: null },
  jointBodies: { parties: [{ organisationId: organisation, name: '某' }] },
  agreements: { parties: [{ organisationId: organisation, name: '某' }] },
  attachments: { owner: { collection: 'needs', id: record } },
  expiryReminders: { organisationId: organisation },
  savedSearches: { userId: user },
  notices: { userId: user, organisationId: organisation },
  candidateLists: { organisationId: organisation },
  importRuns: { organisationId: organisation },
});

type Fields = Record<string, unknown>;

/** A document with `value` at the path, in the parts of lists where there are any. */
function planted(document: Fields, path: string, value: unknown): Fields {
  const [member, ...below] = path.split('.') as [string, ...string[]];
  if (below.length === 0) return { ...document, [member]: value };
  const part = document[member];
  if (Array.isArray(part)) {
    return { ...document, [member]: [...part, planted({ ...((part[0] as Fields) ?? {}) }, below.join('.'), value)] };
  }
  return { ...document, [member]: planted((part ?? {}) as Fields, below.join('.'), value) };
}

describe('forgetting an erased person in what was written', () => {
  let ports: FreshPorts;
  let organisationId: string;
  beforeEach(async () => {
    ports = await freshPorts();
    await account(ports, 'admin', 'admin');
    ({ id: organisationId } = await createOrganisation(ports, systemPrincipal, { name: `${his.name}机械厂` }));
  });
  afterEach(() => ports.close());

  async function person(role: 'member' | 'staff'): Promise<string> {
    const made = await account(ports, his.login, role, ...(role === 'member' ? ([organisationId] as const) : []));
    const users = ports.store.collection('users');
    const user = (await users.get(made.id)) as User;
    await users.update(made.id, user.version, {
      ...unstoredUser(user),
      name: his.name,
      mobile: his.mobile,
      email: his.email,
    });
    return made.id;
  }

  async function erase(id: string): Promise<void> {
    const users = ports.store.collection('users');
    const user = (await users.get(id)) as User;
    await users.update(id, user.version, { ...unstoredUser(user), state: 'erasing' });
    await applyErasure(ports, id);
  }

  /** Plants him at every text of every record, once in those of his organisation, once in those of others. */
  async function plantEverywhere(colleague: string, others: string): Promise<string[]> {
    const needs = ports.store.collection('needs');
    await needs.insert({ id: 'own-need', organisationId } as never);
    const sets = {
      own: relations(organisationId, 'own-need', colleague),
      other: relations('another', 'other-need', others),
    };
    const made: string[] = [];
    for (const collection of Object.keys(erasedTexts) as CollectionName[]) {
      for (const [path, forgetting] of forgettingRows(collection)) {
        if (forgetting === 'act') continue;
        for (const whose of ['own', 'other'] as const) {
          const value =
            forgetting === 'contact' ? { name: his.name, mobile: his.mobile }[path.split('.').at(-1)!] : sentence;
          if (value === undefined) continue;
          const related: Fields = { ...(sets[whose][collection] ?? {}) };
          if (collection === 'dockets') {
            const needId = whose === 'own' ? 'own-need' : 'other-need';
            related.items = [{ pairId: 'p', needId, achievementId: 'a' }];
            if (path.startsWith('corrections')) related.corrections = [{ pairId: 'p' }];
          }
          const id = whose === 'own' && collection === 'organisations' ? organisationId : `${whose}/${path}`;
          const document = { ...planted(related, path, value) };
          const records = ports.store.collection(collection);
          const there = await records.get(id);
          if (there) {
            const { version, createdAt: _c, updatedAt: _u, ...rest } = there;
            await records.update(id, version, planted(rest as Fields, path, value) as never);
          } else await records.insert({ ...document, id } as never);
          made.push(`${collection}/${id}/${path}`);
        }
      }
    }
    return made;
  }

  async function* left(): AsyncIterable<readonly [CollectionName, string, string, string]> {
    for (const collection of Object.keys(collectionKeys) as CollectionName[]) {
      if (collection === 'users') continue;
      for await (const document of ports.store.collection(collection).stream()) {
        const { id, ...rest } = document;
        yield [collection, id.split('/')[0]!, id, JSON.stringify(rest)];
      }
    }
  }

  it('takes a person of an organisation out of every text that concerns it, his addresses out of all', async () => {
    const colleague = await account(ports, 'colleague', 'member', organisationId);
    const elsewhere = await account(ports, 'elsewhere', 'staff');
    const id = await person('member');
    const made = await plantEverywhere(colleague.id, elsewhere.id);
    expect(made.length).to.be.above(200);
    await erase(id);
    const kept: string[] = [];
    for await (const [collection, whose, document, text] of left()) {
      const place = `${collection}/${document}`;
      const plain = text.replaceAll(`${his.name}机械厂`, '');
      for (const word of words.slice(1)) expect(plain, place).to.not.include(word);
      if (whose === 'other') kept.push(...(plain.includes(his.name) ? [place] : []));
      else if (['campaigns', 'policies', 'webhooks', 'minutes'].includes(collection)) continue;
      else expect(plain, place).to.not.match(/欧阳 ?问天/);
      if (collection === 'organisations' && document === organisationId) expect(text).to.include(`${his.name}机械厂`);
    }
    // A namesake elsewhere is somebody else.
    expect(kept).to.include.members([
      'needs/other/content.problem',
      'dockets/other/items.mark.note',
      'answers/other/text',
    ]);

    // Again, and by the feed: nothing is written any more.
    const versions = async () => {
      const all: string[] = [];
      for (const collection of Object.keys(collectionKeys) as CollectionName[]) {
        for await (const one of ports.store.collection(collection).stream()) all.push(`${one.id}@${one.version}`);
      }
      return all;
    };
    const before = await versions();
    await applyErasure(ports, id);
    await applyErasures(ports)([{ collection: 'users', id, version: 9, document: null, events: [] }]);
    expect(await versions()).to.deep.equal(before);
  });

  it('takes one of the bureau out of all that is written in dealings, and leaves others of his name in their own texts', async () => {
    const colleague = await account(ports, 'colleague', 'member', organisationId);
    const elsewhere = await account(ports, 'elsewhere', 'staff');
    const id = await person('staff');
    await plantEverywhere(colleague.id, elsewhere.id);
    await erase(id);
    for await (const [collection, , document, text] of left()) {
      const place = `${collection}/${document}`;
      const row = forgettingRows(collection).get(document.split('/')[1] ?? '');
      const plain = text.replaceAll(`${his.name}机械厂`, '');
      for (const word of words.slice(1)) expect(plain, place).to.not.include(word);
      if (row === 'dealings') expect(plain, place).to.include(erasedName).and.not.include(his.name);
      if (row === 'own') expect(plain, place).to.include(his.name);
    }
  });

  it('goes on after a kill in the middle, and ends where it would have', async () => {
    const colleague = await account(ports, 'colleague', 'member', organisationId);
    const id = await person('member');
    await plantEverywhere(colleague.id, colleague.id);
    const { store } = ports;
    let writes = 0;
    const dying = new Proxy(store, {
      get: (target, member) =>
        member !== 'collection'
          ? Reflect.get(target, member)
          : (name: CollectionName) =>
              new Proxy(target.collection(name), {
                get: (records, method) => {
                  const work = Reflect.get(records, method);
                  if (method !== 'update') return typeof work === 'function' ? work.bind(records) : work;
                  return async (...written: unknown[]) => {
                    writes += 1;
                    if (writes === 40) throw new Error('killed');
                    return work.apply(records, written);
                  };
                },
              }),
    });
    const users = store.collection('users');
    const user = (await users.get(id)) as User;
    await users.update(id, user.version, { ...unstoredUser(user), state: 'erasing' });
    const killed = await applyErasure({ ...ports, store: dying }, id).catch((error: Error) => error.message);
    expect(killed).to.equal('killed');
    expect((await users.get(id))!.state).to.equal('erasing');
    await Promise.all([applyErasure(ports, id), applyErasure(ports, id)]);
    expect((await users.get(id))!.state).to.equal('erased');
    for await (const [collection, , document, text] of left()) {
      expect(text, `${collection}/${document}`).to.not.include(his.mobile);
    }
  });

  it('forgets in questions and answers, letters, reasons, notes, agreements, titles, logs, phone calls, searches, calls', () => {
    const places: { [K in CollectionName]?: readonly string[] } = {
      needs: [
        'content.problem',
        'published.content.problem',
        'toldBy',
        'questions.question',
        'questions.answer',
        'history.reason',
      ],
      achievements: ['content.team', 'questions.answer', 'returnReason'],
      answers: ['subject', 'text', 'history.reason'],
      dockets: ['items.mark.note', 'items.mark.question', 'items.earlierMarks.note', 'corrections.reason'],
      matches: ['decisions.mark.note', 'assessment.explanation.needSentences.text'],
      invitations: ['need.answer.saidBy', 'achievement.takenBack.note'],
      agreements: ['content.subject', 'content.agreed', 'people.name'],
      jointBodies: ['content.purpose', 'people.mobile'],
      partnerships: ['title', 'log.who', 'log.next.what', 'contactAgreements.need.source'],
      calls: ['text', 'proposalNote'],
      callRequests: ['text', 'declineReason'],
      savedSearches: ['search.text'],
      registrations: ['returnReason', 'content.contact.name'],
      attachments: ['name'],
    };
    for (const [collection, paths] of Object.entries(places) as [CollectionName, readonly string[]][]) {
      expect([...forgettingRows(collection).keys()], collection).to.include.members([...paths]);
    }
  });

  it('finds him alone: no parts of words, figures or longer names of addresses', () => {
    const forget = mentionsOf({ name: '李', login: '2026', mobile: '13800001234' }, true);
    expect(forget('李工2026年，213800001234，138 0000-1234')).to.equal(`李工2026年，213800001234，${erasedName}`);
    const latin = mentionsOf({ name: 'Ann Lee', login: 'annlee9' }, true);
    expect(latin('Joann Lee, ann lee, annlee99, ANNLEE9.')).to.equal(
      `Joann Lee, ${erasedName}, annlee99, ${erasedName}.`,
    );
    const factory = mentionsOf({ name: '王伟', login: 'w' }, true, ['王伟机械厂']);
    expect(factory('王伟机械厂的王伟')).to.equal(`王伟机械厂的${erasedName}`);
    const odd = mentionsOf({ name: '注销', login: 'w' }, true);
    expect(odd('注销')).to.equal('注销');
    const twice = mentionsOf({ name: '已注', login: 'w' }, true);
    expect(twice(twice('已注来过'))).to.equal(twice('已注来过'));
    expect(mentionsOf({ name: '李', login: 'w' }, false)('李')).to.equal('李');
  });
});
