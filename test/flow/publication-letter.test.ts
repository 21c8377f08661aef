import { expect } from 'chai';
import { systemPrincipal } from '../../src/domain/user.ts';
import { openHttp } from '../http/open-http.ts';
import { makeWorld, needOf } from '../http/world.ts';

describe('a first publication', () => {
  it('is answered by its notice, and by a letter where that reached nobody', async () => {
    const fixture = await openHttp();
    try {
      const { flow, ports } = fixture;
      const world = await makeWorld(fixture);
      const publish = async (title: string, organisationId: string) => {
        const drafted = await flow.createEntry(systemPrincipal, 'need', needOf(title), { organisationId });
        const sent = await flow.moveEntry(systemPrincipal, 'need', drafted.id, drafted.version, 'submit');
        await flow.moveEntry(systemPrincipal, 'need', drafted.id, sent.version, 'publish');
        await flow.settled();
        const notices = (await ports.store.collection('notices').find({ limit: 500 })).items;
        return {
          told: notices.filter(({ userId, subject }) => userId === world.users.member && subject.includes(title))
            .length,
          letters: await ports.store.collection('answers').count({ recordId: drafted.id }),
        };
      };
      expect(await publish('窑头密封', world.organisations.own)).to.deep.equal({ told: 1, letters: 0 });
      const users = ports.store.collection('users');
      for await (const { id, version } of users.stream({
        organisationId: world.organisations.other,
        state: 'active',
      })) {
        await flow.moveUser(systemPrincipal, id, version, 'disable');
      }
      expect(await publish('滤布再生', world.organisations.other)).to.deep.equal({ told: 0, letters: 1 });
    } finally {
      await fixture.close();
    }
  });
});
