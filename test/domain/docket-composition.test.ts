import { expect } from 'chai';
import fc from 'fast-check';
import type { NeedCandidates } from '../../src/domain/candidate-list.ts';
import { type DocketSettings, defaultDocketSettings } from '../../src/domain/docket.ts';
import {
  type CarriedPair,
  capKeys,
  drawExploration,
  explorationPool,
  isFair,
  type PlacedPair,
} from '../../src/domain/docket-composition.ts';
import { pairId } from '../../src/domain/ids.ts';
import type { MatchLevel } from '../../src/domain/match.ts';
import { offerOf, type PairStanding } from '../../src/domain/pair-standing.ts';
import { seededRandom, shuffled } from '../../src/domain/seeded-random.ts';
import { candidate, composeDocket, foundFor, type WholeInput } from './docket-samples.ts';

const week = '2026-W48';
const today = '2026-11-23';

function inputOf(given: Partial<WholeInput> & { settings?: DocketSettings }): WholeInput {
  return {
    week,
    today,
    settings: defaultDocketSettings,
    needs: [],
    carried: [],
    postponed: [],
    standings: new Map(),
    waiting: new Map(),
    ...given,
  };
}

function settings(given: Partial<DocketSettings>): DocketSettings {
  return { ...defaultDocketSettings, explorationPlaces: 0, ...given };
}

function placedPair(
  needId: string,
  achievementId: string,
  level: MatchLevel,
  given: Partial<PlacedPair> = {},
): PlacedPair {
  return {
    needId,
    achievementId,
    enterpriseId: `o-${needId}`,
    offeringId: `o-${achievementId}`,
    team: null,
    score: 2.5,
    level,
    ...given,
  };
}

function carriedPair(needId: string, achievementId: string, given: Partial<CarriedPair> = {}): CarriedPair {
  return {
    ...placedPair(needId, achievementId, 'fair'),
    carriedFrom: '2026-W47',
    takenFrom: '2026-W47',
    place: 1,
    ...given,
  };
}

const open: PairStanding = { open: true, decision: null };

function idsOf(input: WholeInput): string[] {
  return composeDocket(input).items.map((item) => item.pairId);
}

describe('docket composition', () => {
  it('puts the best first: level, then score, then pair id', () => {
    const needs = [
      foundFor('n1', [candidate('a1', 'fair', { score: 2.9 }), candidate('a2', 'fair', { score: 2.1 })]),
      foundFor('n2', [candidate('a3', 'strong', { score: 2.8 })]),
      foundFor('n3', [candidate('a4', 'fair', { score: 2.9 })]),
    ];
    expect(idsOf(inputOf({ needs, settings: settings({}) }))).to.deep.equal(['n2~a3', 'n1~a1', 'n3~a4', 'n1~a2']);
  });

  it('gives places in the order carried, returning, promise, ranked, exploration, and says so', () => {
    const needs = [
      foundFor('n-rank', [candidate('a1', 'strong')]),
      foundFor('n-late', [candidate('a2', 'fair', { score: 2.01 })]),
      foundFor('n-weak', [candidate('a3', 'weak')]),
    ];
    const composed = composeDocket(
      inputOf({
        needs,
        carried: [carriedPair('n-old', 'a4')],
        postponed: [placedPair('n-back', 'a5', 'fair')],
        standings: new Map<string, PairStanding>([
          ['n-old~a4', open],
          ['n-back~a5', { open: false, decision: { kind: 'defer', matched: null, until: today } }],
        ]),
        waiting: new Map([['n-late', { since: '2026-W44', served: false }]]),
      }),
    );
    expect(composed.items.map(({ pairId: id, origin, place }) => [id, origin, place])).to.deep.equal([
      ['n-old~a4', 'carried', 1],
      ['n-back~a5', 'resumed', 2],
      ['n-late~a2', 'promise', 3],
      ['n-rank~a1', 'ranked', 4],
      ['n-weak~a3', 'exploration', 5],
    ]);
    expect(composed.items[0]).to.include({ carriedFrom: '2026-W47', takenFrom: '2026-W47' });
    expect(composed.items[4]!.drawProbability).to.equal(1);
  });

  it('renews the score of a carried pair that was matched again, and keeps its chance of the draw', () => {
    const needs = [foundFor('n1', [candidate('a1', 'weak', { score: 1.9 })])];
    const carried = [carriedPair('n1', 'a1', { drawProbability: 0.25, level: 'weak', score: 1.1 })];
    const standings = new Map([['n1~a1', open]]);
    const [item] = composeDocket(inputOf({ needs, carried, standings })).items;
    expect(item).to.include({ score: 1.9, drawProbability: 0.25, origin: 'carried' });
  });

  it('carries the pairs that waited longest where there is no place for all', () => {
    const carried = [
      carriedPair('n1', 'a1', { place: 1 }),
      carriedPair('n2', 'a2', { place: 9, carriedFrom: '2026-W45' }),
      carriedPair('n3', 'a3', { place: 3, carriedFrom: '2026-W46', takenFrom: '2026-W46' }),
    ];
    expect(idsOf(inputOf({ carried, settings: settings({ size: 2 }) }))).to.deep.equal(['n2~a2', 'n3~a3']);
  });

  describe('what may be offered', () => {
    const hashes = { need: 'h1', achievement: 'h2' };
    const rows: [string, PairStanding | undefined, { need: string; achievement: string } | null, string][] = [
      ['a pair never seen', undefined, hashes, 'fresh'],
      ['an open pair', { open: true, decision: null }, hashes, 'no'],
      ['one void before anybody decided', { open: false, decision: null }, hashes, 'fresh'],
      ['rejected about the same texts', { open: false, decision: { kind: 'reject', matched: hashes } }, hashes, 'no'],
      [
        'rejected, need changed',
        { open: false, decision: { kind: 'reject', matched: { ...hashes, need: 'x' } } },
        hashes,
        'fresh',
      ],
      [
        'rejected, achievement changed',
        { open: false, decision: { kind: 'reject', matched: { ...hashes, achievement: 'x' } } },
        hashes,
        'fresh',
      ],
      ['rejected, hashes unknown', { open: false, decision: { kind: 'reject', matched: null } }, hashes, 'no'],
      ['rejected, not matched now', { open: false, decision: { kind: 'reject', matched: hashes } }, null, 'no'],
      [
        'accepted, need changed',
        { open: false, decision: { kind: 'accept', matched: { ...hashes, need: 'x' } } },
        hashes,
        'no',
      ],
      [
        'deferred until tomorrow',
        { open: false, decision: { kind: 'defer', matched: hashes, until: '2026-11-24' } },
        hashes,
        'no',
      ],
      [
        'deferred until today',
        { open: false, decision: { kind: 'defer', matched: hashes, until: '2026-11-23' } },
        hashes,
        'returning',
      ],
      [
        'deferred, need changed',
        { open: false, decision: { kind: 'defer', matched: { ...hashes, need: 'x' }, until: '2027-01-01' } },
        hashes,
        'fresh',
      ],
      ['asked, no answer', { open: false, decision: { kind: 'ask', matched: hashes, answered: false } }, hashes, 'no'],
      [
        'asked and answered',
        { open: false, decision: { kind: 'ask', matched: hashes, answered: true } },
        null,
        'returning',
      ],
      [
        'open again though deferred before',
        { open: true, decision: { kind: 'defer', matched: hashes, until: '2026-01-01' } },
        hashes,
        'no',
      ],
    ];
    for (const [name, standing, now, wanted] of rows) {
      it(`${name}: ${wanted}`, () => {
        expect(offerOf(standing, now, today)).to.equal(wanted);
      });
    }

    it('leaves a rejected pair out of every origin, exploration included', () => {
      for (const level of ['strong', 'weak'] as const) {
        const needs = [foundFor('n1', [candidate('a1', level)])];
        const matched = { need: 'h-n1', achievement: 'h-a1' };
        const standings = new Map<string, PairStanding>([
          ['n1~a1', { open: false, decision: { kind: 'reject', matched } }],
        ]);
        expect(idsOf(inputOf({ needs, standings }))).to.deep.equal([]);
      }
    });

    it('brings a deferred pair back though its level fell below 较强', () => {
      const needs = [foundFor('n1', [candidate('a1', 'none')])];
      const standings = new Map<string, PairStanding>([
        ['n1~a1', { open: false, decision: { kind: 'defer', matched: null, until: '2026-11-20' } }],
      ]);
      const postponed = [placedPair('n1', 'a1', 'fair')];
      const { items } = composeDocket(inputOf({ needs, standings, postponed }));
      expect(items.map((item) => [item.pairId, item.origin, item.level])).to.deep.equal([['n1~a1', 'resumed', 'none']]);
    });
  });

  describe('caps', () => {
    it('counts a team within its organisation, and the organisation where no team is named', () => {
      const base = { needId: 'n', achievementId: 'a', enterpriseId: 'e' };
      const key = (offeringId: string | null, team: string | null) => capKeys({ ...base, offeringId, team }).team;
      expect(key('o1', '稀土 课题组')).to.equal(key('o1', '稀土课题组'));
      expect(key('o1', '稀土课题组')).to.not.equal(key('o2', '稀土课题组'));
      expect(key('o1', null)).to.not.equal(key('o1', '稀土课题组'));
      expect(key('o1', null)).to.equal(key('o1', ' '));
      expect(key(null, null)).to.not.equal(capKeys({ ...base, achievementId: 'b', offeringId: null, team: null }).team);
    });

    it('offers the next best where the best has no room', () => {
      const needs = [
        foundFor('n1', [candidate('a1', 'strong', { organisationId: 'o', score: 3.9 })]),
        foundFor('n2', [candidate('a2', 'strong', { organisationId: 'o', score: 3.8 }), candidate('a3', 'fair')]),
      ];
      expect(idsOf(inputOf({ needs, settings: settings({ capPerTeam: 1 }) }))).to.deep.equal(['n1~a1', 'n2~a3']);
    });

    it('counts carried pairs', () => {
      const needs = [foundFor('n1', [candidate('a2', 'strong')])];
      const carried = [carriedPair('n1', 'a1')];
      const standings = new Map([['n1~a1', open]]);
      expect(idsOf(inputOf({ needs, carried, standings, settings: settings({ capPerNeed: 1 }) }))).to.deep.equal([
        'n1~a1',
      ]);
    });
  });

  describe('the four-week promise', () => {
    const late = (needs: readonly NeedCandidates[], given: Partial<WholeInput> = {}) =>
      composeDocket(inputOf({ needs, settings: settings({ size: 1 }), ...given }));

    it('begins when four weeks have passed, not a week earlier', () => {
      const needs = [foundFor('n1', [candidate('a1', 'fair')]), foundFor('n2', [candidate('a2', 'strong')])];
      const at = (since: string) => late(needs, { waiting: new Map([['n1', { since, served: false }]]) });
      expect(at('2026-W45').items.map((item) => item.pairId)).to.deep.equal(['n2~a2']);
      expect(at('2026-W45').promise).to.deep.equal({ due: 0, offered: 0, toAnswer: [], short: 0 });
      expect(at('2026-W44').items.map((item) => [item.pairId, item.origin])).to.deep.equal([['n1~a1', 'promise']]);
      expect(at('2026-W44').promise).to.deep.equal({ due: 1, offered: 1, toAnswer: [], short: 0 });
    });

    it('serves the oldest first, lists what has nothing fair, and counts what finds no place', () => {
      const needs = [
        foundFor('n1', [candidate('a1', 'strong')]),
        foundFor('n2', [candidate('a2', 'fair')]),
        foundFor('n3', [candidate('a3', 'weak')]),
        foundFor('n4', []),
        foundFor('n5', [candidate('a5', 'strong')]),
        foundFor('n6', [candidate('a6', 'strong')], { published: false }),
      ];
      const waiting = new Map([
        ['n1', { since: '2026-W43', served: false }],
        ['n2', { since: '2026-W40', served: false }],
        ['n3', { since: '2026-W41', served: false }],
        ['n4', { since: '2026-W42', served: false }],
        ['n5', { since: '2026-W40', served: true }],
        ['n6', { since: '2026-W01', served: false }],
      ]);
      const { items, promise } = late(needs, { waiting });
      expect(items.map((item) => item.pairId)).to.deep.equal(['n2~a2']);
      expect(promise).to.deep.equal({ due: 4, offered: 1, toAnswer: ['n3', 'n4'], short: 1 });
    });

    it('counts a due need as offered by whatever origin it got its pair', () => {
      const needs = [foundFor('n1', [candidate('a1', 'weak')])];
      const waiting = new Map([['n1', { since: '2026-W40', served: false }]]);
      const { items, promise } = composeDocket(inputOf({ needs, waiting }));
      expect(items.map((item) => item.origin)).to.deep.equal(['exploration']);
      expect(promise).to.deep.equal({ due: 1, offered: 1, toAnswer: [], short: 0 });
    });

    it('offers a due need one pair only out of turn', () => {
      const needs = [foundFor('n1', [candidate('a1', 'fair'), candidate('a2', 'fair')])];
      const waiting = new Map([['n1', { since: '2026-W40', served: false }]]);
      const { items } = composeDocket(inputOf({ needs, waiting }));
      expect(items.map((item) => item.origin)).to.deep.equal(['promise', 'ranked']);
    });
  });

  describe('exploration', () => {
    const weakNeeds = (count: number) =>
      Array.from({ length: count }, (_, index) => foundFor(`n${index}`, [candidate(`a${index}`, 'weak')]));

    it('keeps its places free from ranked pairs, and gives what it cannot fill to the next best', () => {
      const fair = Array.from({ length: 6 }, (_, index) =>
        foundFor(`f${index}`, [candidate(`b${index}`, 'fair', { score: 3 - index / 10 })]),
      );
      const origins = (weak: number) =>
        composeDocket(
          inputOf({ needs: [...fair, ...weakNeeds(weak)], settings: settings({ size: 5, explorationPlaces: 2 }) }),
        )
          .items.map((item) => item.origin)
          .join(' ');
      expect(origins(9)).to.equal('ranked ranked ranked exploration exploration');
      expect(origins(1)).to.equal('ranked ranked ranked ranked exploration');
      expect(origins(0)).to.equal('ranked ranked ranked ranked ranked');
    });

    it('draws nothing below the floor, and nothing of level 无', () => {
      const below = { strong: 0.01, fair: 0.03, weak: 0.9, none: 0.06 };
      const needs = [
        foundFor('n1', [candidate('a1', 'weak', { probabilities: below })]),
        foundFor('n2', [candidate('a2', 'none', { probabilities: { strong: 0.2, fair: 0.2, weak: 0.1, none: 0.5 } })]),
      ];
      expect(idsOf(inputOf({ needs }))).to.deep.equal([]);
    });

    it('draws every set of places equally often: counted over all outcomes of the generator', () => {
      for (const [size, places] of [
        [1, 1],
        [4, 1],
        [4, 2],
        [5, 2],
        [4, 3],
        [3, 3],
        [2, 5],
      ] as const) {
        const pool = Array.from({ length: size }, (_, index) => String(index));
        const draws = Math.min(places, size);
        const steps = Array.from({ length: draws }, (_, index) => size - index);
        const all = steps.reduce((product, step) => product * step, 1);
        const counts = new Map<string, number>();
        const sets = new Map<string, number>();
        let probability = 0;
        for (let outcome = 0; outcome < all; outcome += 1) {
          let rest = outcome;
          let call = 0;
          const result = drawExploration(pool, places, () => {
            const step = steps[call]!;
            call += 1;
            const face = rest % step;
            rest = Math.floor(rest / step);
            return (face + 0.5) / step;
          });
          probability = result.probability;
          sets.set(result.drawn.join(''), (sets.get(result.drawn.join('')) ?? 0) + 1);
          for (const one of result.drawn) counts.set(one, (counts.get(one) ?? 0) + 1);
        }
        expect(new Set(sets.values()).size, `${size} ${places}: sets`).to.equal(1);
        expect(counts.size).to.equal(size);
        for (const count of counts.values()) expect(count / all, `${size} ${places}`).to.be.closeTo(probability, 1e-12);
      }
    });

    it('draws each pair as often over many weeks as its probability says', () => {
      const needs = weakNeeds(7);
      const counts = new Map<string, number>();
      const weeks = Array.from({ length: 40 }, (_, year) =>
        Array.from({ length: 52 }, (_, number) => `${2030 + year}-W${String(number + 1).padStart(2, '0')}`),
      ).flat();
      for (const one of weeks) {
        for (const item of composeDocket(inputOf({ week: one, needs })).items) {
          expect(item.drawProbability).to.equal(2 / 7);
          counts.set(item.pairId, (counts.get(item.pairId) ?? 0) + 1);
        }
      }
      const expected = (weeks.length * 2) / 7;
      // Chi-square over 7 pairs (6 degrees of freedom; 22.5 is exceeded once in 1,000; negative correlation lowers it).
      let chiSquare = 0;
      for (const need of needs)
        chiSquare += ((counts.get(`${need.needId}~a${need.needId.slice(1)}`) ?? 0) - expected) ** 2 / expected;
      expect(chiSquare).to.be.below(22.5);
    });

    it('thins its pool until any draw keeps the caps, the best of a crowded side first', () => {
      const crowded = Array.from({ length: 5 }, (_, index) =>
        placedPair(`n${index}`, `a${index}`, 'weak', { offeringId: 'o', score: 1 + index / 10 }),
      );
      const alone = placedPair('n9', 'a9', 'weak');
      const room = (left: number) => ({
        roomOf: (kind: string, key: string) => (kind === 'team' && key.endsWith(' o') ? left : 9),
      });
      const ids = (left: number) => explorationPool([...crowded, alone], 2, room(left)).map((pair) => pair.needId);
      expect(ids(0)).to.deep.equal(['n9']);
      expect(ids(1)).to.deep.equal(['n4', 'n9']);
      expect(ids(2)).to.deep.equal(['n0', 'n1', 'n2', 'n3', 'n4', 'n9']);
    });
  });

  describe('properties over random weeks', () => {
    const level = fc.constantFrom<MatchLevel>('strong', 'fair', 'weak', 'weak', 'none');
    const arbitraryInput = fc
      .record({
        size: fc.integer({ min: 0, max: 14 }),
        capPerEnterprise: fc.integer({ min: 1, max: 4 }),
        capPerTeam: fc.integer({ min: 1, max: 4 }),
        capPerNeed: fc.integer({ min: 1, max: 3 }),
        explorationPlaces: fc.integer({ min: 0, max: 3 }),
        needs: fc.array(
          fc.record({
            enterprise: fc.option(fc.integer({ min: 0, max: 3 }), { freq: 6 }),
            published: fc.boolean(),
            since: fc.option(fc.integer({ min: 40, max: 48 })),
            served: fc.boolean(),
            candidates: fc.array(
              fc.record({
                achievement: fc.integer({ min: 0, max: 11 }),
                level,
                score: fc.integer({ min: 0, max: 4 }),
                standing: fc.constantFrom(
                  'none',
                  'none',
                  'carried',
                  'defer',
                  'due',
                  'answered',
                  'reject',
                  'changed',
                  'accept',
                  'open',
                ),
              }),
              { maxLength: 6 },
            ),
          }),
          { maxLength: 9 },
        ),
      })
      .map((given) => {
        const needs: NeedCandidates[] = [];
        const carried: CarriedPair[] = [];
        const postponed: PlacedPair[] = [];
        const standings = new Map<string, PairStanding>();
        const waiting = new Map<string, { since: string; served: boolean }>();
        given.needs.forEach((need, index) => {
          const needId = `n${index}`;
          const organisationId = need.enterprise === null ? null : `e${need.enterprise}`;
          if (need.since !== null) waiting.set(needId, { since: `2026-W${need.since}`, served: need.served });
          const seen = new Set<string>();
          const candidates = need.candidates.flatMap((one) => {
            const achievementId = `a${one.achievement}`;
            if (seen.has(achievementId)) return [];
            seen.add(achievementId);
            const offering = {
              organisationId: one.achievement % 4 === 3 ? null : `u${one.achievement % 4}`,
              team: one.achievement % 2 ? `t${one.achievement % 3}` : null,
            };
            const id = pairId(needId, achievementId);
            const matched = { need: `h-${needId}`, achievement: `h-${achievementId}` };
            const pair = placedPair(needId, achievementId, one.level, {
              enterpriseId: organisationId,
              offeringId: offering.organisationId,
              team: offering.team,
              score: one.score,
            });
            if (one.standing === 'carried') {
              carried.push({ ...pair, carriedFrom: '2026-W47', takenFrom: '2026-W47', place: carried.length + 1 });
            }
            if (['defer', 'due', 'answered'].includes(one.standing)) postponed.push(pair);
            const decision = (kind: 'accept' | 'reject' | 'defer' | 'ask', more: object = {}): PairStanding => ({
              open: false,
              decision: { kind, matched, ...more },
            });
            const standing: Record<string, PairStanding> = {
              carried: open,
              open,
              accept: decision('accept'),
              reject: decision('reject'),
              changed: decision('reject', { matched: { ...matched, need: 'before' } }),
              defer: decision('defer', { until: '2027-01-01' }),
              due: decision('defer', { until: '2026-11-01' }),
              answered: decision('ask', { answered: true }),
            };
            const known = standing[one.standing];
            if (known) standings.set(id, known);
            return [candidate(achievementId, one.level, { ...offering, score: one.score })];
          });
          needs.push(foundFor(needId, candidates, { organisationId, published: need.published }));
        });
        const { needs: _needs, ...counts } = given;
        return inputOf({
          settings: { ...defaultDocketSettings, ...counts },
          needs,
          carried,
          postponed,
          standings,
          waiting,
        });
      });

    it('keeps size, caps, levels and offers, has no pair twice, and carries whatever fits', () => {
      fc.assert(
        fc.property(arbitraryInput, (input) => {
          const { items, promise } = composeDocket(input);
          const pairs = new Map<string, PlacedPair>();
          for (const need of input.needs) {
            for (const one of need.candidates) {
              const pair = placedPair(need.needId, one.achievementId, one.level, {
                enterpriseId: need.organisationId,
                offeringId: one.organisationId,
                team: one.team,
              });
              pairs.set(pairId(need.needId, one.achievementId), pair);
            }
          }
          expect(items.length).to.be.at.most(input.settings.size);
          expect(items.map((item) => item.place)).to.deep.equal(items.map((_, index) => index + 1));
          expect(new Set(items.map((item) => item.pairId)).size).to.equal(items.length);
          const most = {
            enterprise: input.settings.capPerEnterprise,
            team: input.settings.capPerTeam,
            need: input.settings.capPerNeed,
          };
          const counts = new Map<string, number>();
          for (const item of items) {
            const keys = capKeys(pairs.get(item.pairId)!);
            for (const kind of ['enterprise', 'team', 'need'] as const) {
              const key = `${kind} ${keys[kind]}`;
              counts.set(key, (counts.get(key) ?? 0) + 1);
              expect(counts.get(key)).to.be.at.most(most[kind]);
            }
          }
          for (const item of items) {
            const standing = input.standings.get(item.pairId);
            const hashes = { need: `h-${item.needId}`, achievement: `h-${item.achievementId}` };
            const offer = offerOf(standing, hashes, today);
            if (item.origin === 'carried') expect(standing?.open).to.equal(true);
            else expect(offer).to.equal(item.origin === 'resumed' ? 'returning' : 'fresh');
            if (item.origin === 'ranked' || item.origin === 'promise') expect(isFair(item.level)).to.equal(true);
            if (item.origin === 'exploration') expect(item.level).to.equal('weak');
            expect(item.drawProbability !== undefined).to.equal(item.origin === 'exploration');
          }
          expect(items.filter((item) => item.origin === 'exploration').length).to.be.at.most(
            input.settings.explorationPlaces,
          );
          expect(promise.due).to.equal(promise.offered + promise.toAnswer.length + promise.short);
          // Nothing that was fair and fits was left out while there was room.
          if (items.length < input.settings.size) {
            for (const [id, pair] of pairs) {
              if (items.some((item) => item.pairId === id)) continue;
              const hashes = { need: `h-${pair.needId}`, achievement: `h-${pair.achievementId}` };
              const wanted =
                input.carried.some((one) => pairId(one.needId, one.achievementId) === id) ||
                offerOf(input.standings.get(id), hashes, today) === 'returning' ||
                (isFair(pair.level) && offerOf(input.standings.get(id), hashes, today) === 'fresh');
              if (!wanted) continue;
              const keys = capKeys(pair);
              const full = (['enterprise', 'team', 'need'] as const).some(
                (kind) => counts.get(`${kind} ${keys[kind]}`) === most[kind],
              );
              expect(full, `${id} was left out`).to.equal(true);
            }
          }
        }),
        { seed: 48, numRuns: 3000 },
      );
    });

    it('is the same docket whatever the order of the input', () => {
      fc.assert(
        fc.property(arbitraryInput, fc.string(), (input, seed) => {
          const random = seededRandom(seed);
          const mixed = inputOf({
            settings: input.settings,
            needs: shuffled(input.needs, random).map((need) => ({
              ...need,
              candidates: shuffled(need.candidates, random),
            })),
            carried: shuffled(input.carried, random),
            postponed: shuffled(input.postponed, random),
            standings: new Map(shuffled([...input.standings], random)),
            waiting: new Map(shuffled([...input.waiting], random)),
          });
          expect(composeDocket(mixed)).to.deep.equal(composeDocket(input));
        }),
        { seed: 48, numRuns: 1000 },
      );
    });
  });
});
