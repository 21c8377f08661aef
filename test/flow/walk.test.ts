import { expect } from 'chai';
import { killedWalk } from './killed-walk.ts';

describe('the way of a need from registration to partnership', function () {
  this.timeout(900_000);

  it('is walked to its end with every message delivered twice and the service killed after every step', async () => {
    const walk = await killedWalk({});
    expect(walk.titles.length).to.be.at.least(15);
    expect(walk.kills).to.equal(walk.titles.length - 1);
    expect(walk.invitations).to.deep.equal({
      'enterprise@example.com': 1,
      'university@example.com': 1,
      'stranger@example.com': 0,
    });
  });
});
