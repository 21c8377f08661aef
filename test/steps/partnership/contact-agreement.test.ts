import { expect } from 'chai';
import { QianxianError } from '../../../src/domain/errors.ts';
import { agreeContacts, viewContacts } from '../../../src/steps/consent/partnership-contacts.ts';
import { setPartnershipPeople } from '../../../src/steps/partnership/partnership-people.ts';
import { createPartnership, getPartnership, movePartnership } from '../../../src/steps/partnership/partnerships.ts';
import { type ConsentWorld, consentWorld, needId, people } from '../consent-world.ts';

const { clerk, needs, offers, stranger } = people;

async function refused(work: Promise<unknown>): Promise<QianxianError> {
  try {
    await work;
  } catch (error) {
    if (error instanceof QianxianError) return error;
    throw error;
  }
  throw new Error('it was not refused');
}

describe('contacts of a partnership that was entered by hand', () => {
  let world: ConsentWorld;
  beforeEach(async () => {
    world = await consentWorld();
    const input = { title: '抛光粉联合攻关', needId, achievementOrganisationId: 'o-university' };
    await createPartnership(world, clerk, input, { id: 'p1' });
  });
  afterEach(() => world.close());

  const source = '高校科研处11月20日来电同意，双方要约时间面谈';

  it('are shown to neither side before both have agreed, by themselves or as staff wrote down', async () => {
    // Each sees its own side alone, with the people whom it entered itself.
    const [own, other] = [{ name: '钱联络', mobile: '13812345678' }, { name: '孙教授' }];
    await setPartnershipPeople(world, needs, 'p1', 1, [own]);
    await setPartnershipPeople(world, offers, 'p1', 2, [other]);
    const ownAlone = async () => {
      const need = await viewContacts(world, needs, 'p1');
      expect([need.contacts.map(({ side }) => side), need.people]).to.deep.equal([
        ['need'],
        [{ ...own, side: 'need' }],
      ]);
      expect(need.contacts[0]!.contact!.name).to.equal('王机密');
      expect(need.withheld).to.include('双方都同意');
      const offer = await viewContacts(world, offers, 'p1');
      expect([offer.contacts.map(({ side }) => side), offer.people]).to.deep.equal([
        ['achievement'],
        [{ ...other, side: 'achievement' }],
      ]);
      expect(JSON.stringify(offer)).to.not.match(/王机密|钱联络|138/);
    };
    await ownAlone();
    expect(await agreeContacts(world, needs, 'p1')).to.deep.include({ need: true, achievement: false });
    await ownAlone();
    expect((await refused(agreeContacts(world, clerk, 'p1', { side: 'achievement' }))).code).to.equal('invalid');
    expect(await agreeContacts(world, clerk, 'p1', { side: 'achievement', source })).to.deep.include({
      need: true,
      achievement: true,
    });
    const { contacts, people: all, withheld } = await viewContacts(world, offers, 'p1');
    expect([all.length, withheld]).to.deep.equal([2, undefined]);
    expect(contacts[0]!.contact!.name).to.equal('王机密');
    const views = (await world.store.collection('contactViews').find()).items.map(({ by, sides }) => `${by} ${sides}`);
    expect(views.sort()).to.deep.equal([
      ...Array<string>(2).fill(`${needs.userId} need`),
      ...Array<string>(2).fill(`${offers.userId} achievement`),
      `${offers.userId} need,achievement`,
    ]);

    const { contactAgreements } = (await world.store.collection('partnerships').get('p1'))!;
    expect(contactAgreements!.need).to.include({ by: needs.userId }).and.not.have.property('source');
    expect(contactAgreements!.achievement).to.include({ by: clerk.userId, source });
    const shown = await getPartnership(world, needs, 'p1');
    expect(shown.contactsAgreed).to.deep.equal({ need: true, achievement: true });
    expect(JSON.stringify(shown)).to.not.include(source);
  });

  it('stay with the bureau, which is written down, and are never agreed to for the other side', async () => {
    await viewContacts(world, clerk, 'p1');
    expect(await world.store.collection('contactViews').count()).to.equal(1);
    const fields = async (work: Promise<unknown>) => (await refused(work)).issues.map(({ field }) => field);
    expect(await fields(agreeContacts(world, needs, 'p1', { side: 'achievement' }))).to.deep.equal(['side']);
    expect(await fields(agreeContacts(world, needs, 'p1', { source }))).to.deep.equal(['source']);
    expect(await fields(agreeContacts(world, clerk, 'p1', { source }))).to.deep.equal(['side']);
    expect((await refused(agreeContacts(world, clerk, 'p1', { side: 'need' }))).code).to.equal('invalid');
    expect((await refused(agreeContacts(world, stranger, 'p1'))).code).to.equal('not_found');
  });

  it('are agreed to once, and not any more where it has ended without success', async () => {
    await agreeContacts(world, needs, 'p1');
    const { version } = (await world.store.collection('partnerships').get('p1'))!;
    await agreeContacts(world, needs, 'p1');
    expect((await world.store.collection('partnerships').get('p1'))!.version).to.equal(version);
    await movePartnership(world, clerk, 'p1', version, 'terminate', { reason: '企业转产' });
    expect((await refused(agreeContacts(world, offers, 'p1'))).code).to.equal('conflict');
  });
});
