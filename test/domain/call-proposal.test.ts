import { expect } from 'chai';
import fc from 'fast-check';
import {
  mostProposals,
  type NearAchievement,
  type OfferingOrganisation,
  proposeAddressees,
} from '../../src/domain/call-proposal.ts';

const need = { organisationId: 'works', fields: ['materials', 'environment'], disciplines: ['430'] };

function near(organisationId: string, probability: number, more: Partial<NearAchievement> = {}): NearAchievement {
  const achievementId = `${organisationId}-${probability}`;
  return {
    achievementId,
    organisationId,
    team: null,
    title: `成果${achievementId}`,
    probability,
    fields: [],
    disciplines: [],
    ...more,
  };
}
const organisation = (organisationId: string, inFields: Record<string, number> = {}): OfferingOrganisation => ({
  organisationId,
  organisationName: `大学${organisationId}`,
  inFields,
});

describe('to whom a need is put', () => {
  it('goes by the nearest achievements first, fewer of them counting less and less', () => {
    const { proposals: one } = proposeAddressees(
      need,
      [
        near('a', 0.4),
        near('b', 0.2),
        near('b', 0.19),
        near('b', 0.18),
        near('b', 0.17),
        near('b', 0.16),
        near('b', 0.15),
      ],
      [organisation('b'), organisation('a')],
    );
    // Six achievements at half the nearness do not stand before the one that is nearest.
    expect(one.map(({ organisationId }) => organisationId)).to.deep.equal(['a', 'b']);
    expect(one[1]!.achievementIds).to.have.length(5);
    expect(one[1]!.reasons[0]).to.match(/有6项相近的成果，最近的是《成果b-0.2》、《成果b-0.19》/);
  });

  it('lets fields and disciplines decide between equals, and proposes who is at home there though nothing of his was recalled', () => {
    const { proposals } = proposeAddressees(
      need,
      [near('a', 0.3), near('b', 0.3, { disciplines: ['430'] })],
      [organisation('a'), organisation('b'), organisation('c', { materials: 7 }), organisation('d')],
    );
    expect(proposals.map(({ organisationId }) => organisationId)).to.deep.equal(['b', 'a', 'c']);
    expect(proposals[2]!.reasons).to.deep.equal(['技术领域相同：新材料及应用（7项成果）']);
    expect(proposals[0]!.reasons.at(-1)).to.match(/^学科相同：/);
  });

  it("leaves out the need's own organisation, and who has no reason", () => {
    const { proposals } = proposeAddressees(
      need,
      [near('works', 0.9)],
      [organisation('works', { materials: 9 }), organisation('d')],
    );
    expect(proposals).to.deep.equal([]);
  });

  it('names the teams that come nearest, once each', () => {
    const {
      proposals: [proposal],
    } = proposeAddressees(
      need,
      [near('a', 0.1, { team: '二组' }), near('a', 0.4, { team: '一组' }), near('a', 0.3, { team: '一组' })],
      [organisation('a')],
    );
    expect(proposal!.teams).to.deep.equal(['一组', '二组']);
  });

  it('leaves out whose nearest achievement is too far, whatever his field, and says how many and why', () => {
    const found = [near('a', 0.3), near('b', 0.2), near('c', 0.13), near('d', 0.1), near('e', 0.02)];
    const { proposals, note } = proposeAddressees(need, found, [
      organisation('a'),
      organisation('b', { materials: 1 }),
      organisation('c'),
      organisation('d', { materials: 9 }),
      organisation('e', { materials: 1 }),
    ]);
    expect(proposals.map(({ organisationId }) => organisationId)).to.deep.equal(['a', 'b', 'c']);
    expect(note).to.match(/另有 2 家没有列入：.*不到 12%/);
    // Beside a near one, what comes half as near is far: 35 % of 0.6 is more than 0.2.
    const strong = proposeAddressees(
      need,
      [near('z', 0.6), near('y', 0.5), near('x', 0.4), ...found],
      [...['x', 'y', 'z', 'b'].map((id) => organisation(id))],
    );
    expect(strong.proposals.map(({ organisationId }) => organisationId)).to.deep.equal(['z', 'y', 'x']);
    expect(strong.note).to.match(/另有 1 家.*不到 21%/);
  });

  it('fills up to three with those at home in the field where fewer come near, and says nothing where nobody is left out', () => {
    const organisations = ['a', 'b', 'c', 'd'].map((id) => organisation(id, { materials: 6 }));
    const far = ['b', 'c', 'd'].map((id) => near(id, 0.05));
    const { proposals, note } = proposeAddressees(need, [near('a', 0.2), ...far], organisations);
    expect(proposals).to.have.length(3);
    expect(note).to.match(/另有 1 家/);
    expect(proposeAddressees(need, [near('a', 0.2)], organisations.slice(0, 1))).to.not.have.property('note');
    expect(proposeAddressees(need, [near('e', 0.05)], [organisation('e', { materials: 4 })]).proposals).to.deep.equal(
      [],
    );
  });

  it('is the same whatever the order of what was found, bounded, and never without a reason', () => {
    const nearOf = fc.array(
      fc.record({
        organisation: fc.nat(25),
        probability: fc.float({ min: 0, max: 1, noNaN: true }),
        id: fc.nat(10_000),
      }),
      { maxLength: 60 },
    );
    fc.assert(
      fc.property(nearOf, fc.array(fc.nat(20), { minLength: 26, maxLength: 26 }), (found, counts) => {
        const all = found.map((one, place) =>
          near(`o${one.organisation}`, one.probability, { achievementId: `${one.id}-${place}` }),
        );
        const organisations = counts.map((count, place) =>
          organisation(`o${place}`, count > 10 ? { materials: count } : {}),
        );
        const { proposals } = proposeAddressees(need, all, organisations);
        expect(proposals.length).to.be.at.most(mostProposals);
        for (const { score, reasons } of proposals) {
          expect(score).to.be.within(0, 1);
          expect(reasons.length).to.be.greaterThan(0);
        }
        expect(proposals.map(({ score }) => score)).to.deep.equal(
          proposals.map(({ score }) => score).sort((a, b) => b - a),
        );
        expect(proposeAddressees(need, [...all].reverse(), [...organisations].reverse()).proposals).to.deep.equal(
          proposals,
        );
      }),
      { numRuns: 300 },
    );
  });
});
