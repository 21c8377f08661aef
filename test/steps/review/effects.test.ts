import { expect } from 'chai';
import { questionIdOf } from '../../../src/domain/decision-effects.ts';
import type { MarkInput } from '../../../src/domain/docket.ts';
import type { Change } from '../../../src/ports/record-store.ts';
import { applyDocketEffects } from '../../../src/steps/review/apply-effects.ts';
import { closeDocket } from '../../../src/steps/review/close-docket.ts';
import { correctDecision } from '../../../src/steps/review/correct-decision.ts';
import { markPair } from '../../../src/steps/review/mark-pair.ts';
import { readDocket } from '../../../src/steps/review/read-docket.ts';
import { voidPairs } from '../../../src/steps/review/void-pairs.ts';
import { clerk, head } from '../../domain/docket-samples.ts';
import {
  addAchievement,
  addNeed,
  answerAll,
  explainByName,
  type FreshStore,
  failingPorts,
  freeze,
  freezeOnly,
  freshStore,
  moveRecord,
  outcomeOf,
  plainSettings,
  type StorePorts,
  worldOf,
} from '../docket-world.ts';

const week = '2026-W48';
const marks: Record<string, MarkInput> = {
  'n1~a1': { kind: 'accept' },
  'n2~a2': { kind: 'reject', reason: 'immature', note: '只有小试' },
  'n3~a3': { kind: 'defer', until: '2026-12-31' },
  'n4~a4': { kind: 'ask', side: 'need', question: '请给出粒度指标' },
  'n5~a5': { kind: 'ask', side: 'achievement', question: '请给出检测报告' },
  'n6~a6': { kind: 'reject', reason: 'unreachable' },
};
const numbers = [1, 2, 3, 4, 5, 6, 7];

/** A world with seven pairs, six of them marked, one undecided; closed, without effects. */
async function closedWorld(): Promise<FreshStore> {
  const ports = await freshStore();
  for (const number of numbers) {
    await addNeed(ports, `n${number}`);
    await addAchievement(ports, `a${number}`);
  }
  const rows = Object.fromEntries(numbers.map((number) => [`n${number}`, [[`a${number}`, 'fair'] as const]]));
  await freeze(ports, outcomeOf(week, rows));
  for (const [pairId, mark] of Object.entries(marks)) {
    await markPair(ports, clerk, { week, pairId, markVersion: 0, mark });
  }
  const { version } = (await ports.store.collection('dockets').get(week))!;
  await closeDocket(ports, head, { week, seen: version });
  return ports;
}

async function deliver(ports: StorePorts, source: StorePorts = ports): Promise<void> {
  const document = (await source.store.collection('dockets').get(week))!;
  const change: Change = { collection: 'dockets', id: week, version: document.version, document, events: [] };
  await applyDocketEffects(ports)([change]);
}

const corrections: [string, MarkInput][] = [
  ['n1~a1', { kind: 'reject', reason: 'off-topic' }],
  ['n2~a2', { kind: 'ask', side: 'achievement', question: '请说明中试情况' }],
  ['n3~a3', { kind: 'accept' }],
  ['n4~a4', { kind: 'ask', side: 'achievement', question: '请给出粒度' }],
  ['n5~a5', { kind: 'reject', reason: 'too-expensive' }],
  ['n6~a6', { kind: 'defer', until: '2027-01-31' }],
];

async function correctAll(ports: StorePorts): Promise<void> {
  for (const [pairId, mark] of corrections) {
    await correctDecision(ports, head, { week, pairId, markVersion: 1, mark, reason: '听错了电话', id: `c-${pairId}` });
  }
}

describe('effects of a closed docket', () => {
  let ports: FreshStore;
  afterEach(() => ports?.close());

  const match = async (pairId: string) => (await ports.store.collection('matches').get(pairId))!;
  const questions = async (name: 'needs' | 'achievements', id: string) =>
    (await ports.store.collection(name).get(id))!.questions.map((one) => one.question);
  const judged = async () => {
    const { items } = await ports.store.collection('judgements').find({ order: { by: 'pairId', direction: 'asc' } });
    return items.map((one) => [one.pairId, one.level, one.by, one.reason]);
  };

  it('do not happen before it is closed', async () => {
    ports = await freshStore();
    await addNeed(ports, 'n1');
    await addAchievement(ports, 'a1');
    await freeze(ports, outcomeOf(week, { n1: [['a1', 'fair']] }));
    await markPair(ports, clerk, { week, pairId: 'n1~a1', markVersion: 0, mark: { kind: 'accept' } });
    const before = await worldOf(ports);
    await deliver(ports);
    expect(await worldOf(ports)).to.deep.equal(before);
  });

  it('move matches, teach, set watch dates and ask questions', async () => {
    ports = await closedWorld();
    await deliver(ports);
    const states: unknown[] = [];
    for (const number of numbers) states.push((await match(`n${number}~a${number}`)).state);
    expect(states).to.deep.equal([
      'accepted',
      'rejected',
      'deferred',
      'questioned',
      'questioned',
      'rejected',
      'suggested',
    ]);
    expect((await match('n3~a3')).deferredUntil).to.equal('2026-12-31');
    expect(await judged()).to.deep.equal([
      ['n1~a1', 4, clerk.userId, undefined],
      ['n2~a2', 2, clerk.userId, 'immature'],
    ]);
    const need = (await ports.store.collection('needs').get('n4'))!;
    expect(need.questions).to.deep.equal([
      {
        id: questionIdOf(week, 'n4~a4', null),
        pairId: 'n4~a4',
        week,
        question: '请给出粒度指标',
        askedBy: clerk.userId,
        askedAt: '2026-11-23T01:00:00.000Z',
      },
    ]);
    expect(need).to.include({ state: 'published' });
    expect(await questions('achievements', 'a5')).to.deep.equal(['请给出检测报告']);
    expect(await questions('achievements', 'a4')).to.deep.equal([]);
  });

  it('are replaced by corrections', async () => {
    ports = await closedWorld();
    await deliver(ports);
    await correctAll(ports);
    await deliver(ports);
    const states: unknown[] = [];
    for (const number of numbers) states.push((await match(`n${number}~a${number}`)).state);
    expect(states).to.deep.equal([
      'rejected',
      'questioned',
      'accepted',
      'questioned',
      'rejected',
      'deferred',
      'suggested',
    ]);
    expect(await match('n3~a3')).to.not.have.property('deferredUntil');
    expect((await match('n6~a6')).deferredUntil).to.equal('2027-01-31');
    expect((await match('n1~a1')).decisions.map((one) => [one.mark.kind, one.correction])).to.deep.equal([
      ['accept', false],
      ['reject', true],
    ]);
    expect(await judged()).to.deep.equal([
      ['n1~a1', 1, head.userId, 'off-topic'],
      ['n3~a3', 4, head.userId, undefined],
    ]);
    expect(await questions('achievements', 'a2')).to.deep.equal(['请说明中试情况']);
    expect(await questions('needs', 'n4')).to.deep.equal([]);
    expect(await questions('achievements', 'a4')).to.deep.equal(['请给出粒度']);
    expect(await questions('achievements', 'a5')).to.deep.equal([]);
  });

  it('keep a question that was answered, whatever is corrected', async () => {
    ports = await closedWorld();
    await deliver(ports);
    await answerAll(ports, 'n4');
    await correctAll(ports);
    await deliver(ports);
    expect(await questions('needs', 'n4')).to.deep.equal(['请给出粒度指标']);
    expect(await questions('achievements', 'a4')).to.deep.equal(['请给出粒度']);
  });

  it('do not get lost when the author writes the record at the same moment', async () => {
    ports = await closedWorld();
    const needs = ports.store.collection('needs');
    const edit = async () => {
      for (let round = 0; round < 20; round += 1) {
        const need = (await needs.get('n4'))!;
        await needs
          .update('n4', need.version, { ...need, content: { ...need.content, title: `需求 ${round}` } })
          .catch(() => undefined);
      }
    };
    await Promise.all([edit(), deliver(ports), edit()]);
    const need = (await needs.get('n4'))!;
    expect(need.questions).to.have.length(1);
    expect(need.content.title).to.match(/^需求 \d+$/);
  });

  it('go on without a record or match that is gone', async () => {
    ports = await closedWorld();
    await ports.store.collection('needs').remove('n4', 1);
    await ports.store.collection('matches').remove('n2~a2', (await match('n2~a2')).version);
    await deliver(ports);
    expect((await match('n4~a4')).state).to.equal('questioned');
    expect((await match('n6~a6')).state).to.equal('rejected');
  });

  describe('happen exactly once', () => {
    const ways: [string, (ports: StorePorts) => Promise<unknown>][] = [
      ['delivered twice', async (one) => [await deliver(one), await deliver(one)]],
      ['by two processes at once', (one) => Promise.all([deliver(one), deliver(one), deliver(one)])],
    ];
    for (const [name, way] of ways) {
      it(name, async () => {
        const once = await closedWorld();
        await deliver(once);
        const closed = await worldOf(once);
        await correctAll(once);
        await deliver(once);
        const corrected = await worldOf(once);
        await once.close();

        ports = await closedWorld();
        await way(ports);
        expect(await worldOf(ports)).to.deep.equal(closed);
        await correctAll(ports);
        await way(ports);
        expect(await worldOf(ports)).to.deep.equal(corrected);
      });
    }

    it('write nothing when everything is there', async () => {
      ports = await closedWorld();
      await deliver(ports);
      const counting = failingPorts(ports, -1, 'before');
      await deliver(counting.ports);
      expect(counting.writes()).to.equal(0);
    });

    for (const when of ['before', 'after'] as const) {
      it(`ended ${when} any of the writes, and delivered again`, async () => {
        const once = await closedWorld();
        const first = failingPorts(once, -1, when);
        await deliver(first.ports);
        const closed = await worldOf(once);
        await correctAll(once);
        const second = failingPorts(once, -1, when);
        await deliver(second.ports);
        const corrected = await worldOf(once);
        await once.close();
        expect([first.writes(), second.writes()]).to.deep.equal([10, 13]);

        for (let failing = 1; failing <= 10; failing += 1) {
          const world = await closedWorld();
          const failed = await deliver(failingPorts(world, failing, when).ports).then(
            () => 'went through',
            (error: Error) => error.message,
          );
          expect(failed).to.equal('planned failure');
          await deliver(world);
          expect(await worldOf(world), `write ${failing}`).to.deep.equal(closed);
          await world.close();
        }
        for (let failing = 1; failing <= 13; failing += 1) {
          const world = await closedWorld();
          await deliver(world);
          await correctAll(world);
          await deliver(failingPorts(world, failing, when).ports).catch(() => undefined);
          await deliver(world);
          expect(await worldOf(world), `correction, write ${failing}`).to.deep.equal(corrected);
          await world.close();
        }
      });
    }

    it('and a slow process that began before a correction leaves nothing old behind', async () => {
      const once = await closedWorld();
      await deliver(once);
      await correctAll(once);
      await deliver(once);
      const wanted = await worldOf(once);
      await once.close();

      ports = await closedWorld();
      let held = true;
      const slow: StorePorts = {
        ...ports,
        store: {
          ...ports.store,
          collection: (name) => {
            const real = ports.store.collection(name);
            return {
              ...real,
              get: async (id: string) => {
                const document = await real.get(id);
                // It has read the docket, and before its first effect a colleague corrects and another process applies.
                if (name === 'dockets' && held) {
                  held = false;
                  await deliver(ports);
                  await correctAll(ports);
                  await deliver(ports);
                }
                return document;
              },
            };
          },
        },
      };
      await deliver(slow, ports);
      expect(await worldOf(ports)).to.deep.equal(wanted);
    });
  });

  it('follow the feed: frozen, closed and corrected dockets, and lost sides', async () => {
    ports = await freshStore();
    for (const id of ['n1', 'n2']) await addNeed(ports, id);
    for (const id of ['a1', 'a2']) await addAchievement(ports, id);
    const effects = ports.store.follow('effects', { collections: ['dockets'] }, applyDocketEffects(ports));
    const voids = ports.store.follow('voids', { collections: ['needs', 'achievements'] }, voidPairs(ports));
    const settle = async () => {
      await voids.caughtUp();
      await effects.caughtUp();
    };
    await freezeOnly(
      ports,
      outcomeOf(week, { n1: [['a1', 'fair']], n2: [['a2', 'fair']] }),
      explainByName,
      plainSettings,
    );
    await settle();
    expect((await ports.store.collection('candidateLists').get('n1'))!.offeredIn).to.deep.equal([week]);
    await markPair(ports, clerk, { week, pairId: 'n1~a1', markVersion: 0, mark: { kind: 'accept' } });
    await freezeOnly(ports, outcomeOf('2026-W49', {}), explainByName, plainSettings);
    await settle();
    expect((await readDocket(ports, clerk, week)).items.map((item) => item.carriedTo)).to.deep.equal([
      undefined,
      '2026-W49',
    ]);
    const { version } = await readDocket(ports, clerk, week);
    await closeDocket(ports, head, { week, seen: version });
    await moveRecord(ports, 'achievements', 'a2', 'withdrawn');
    await settle();
    expect(await match('n1~a1')).to.include({ state: 'accepted' });
    expect(await match('n2~a2')).to.include({ state: 'void', voidReason: '成果已撤回' });
    expect((await readDocket(ports, clerk, 'current')).items[0]!.void?.reason).to.equal('成果已撤回');
    await effects.stop();
    await voids.stop();
  });
});

describe('pairs that lose a side', () => {
  let ports: FreshStore;
  afterEach(() => ports?.close());

  const lose = async (name: 'needs' | 'achievements', id: string, state: 'withdrawn' | 'expired' = 'withdrawn') => {
    await moveRecord(ports, name, id, state);
    const document = (await ports.store.collection(name).get(id))!;
    const change = { collection: name, id, version: document.version, document, events: [] } as Change;
    await voidPairs(ports)([change]);
    await voidPairs(ports)([change]);
  };
  const match = async (pairId: string) => (await ports.store.collection('matches').get(pairId))!;
  const item = async (pairId: string) =>
    (await ports.store.collection('dockets').get(week))!.items.find((one) => one.pairId === pairId)!;

  const small = async () => {
    ports = await freshStore();
    for (const id of ['n1', 'n2']) await addNeed(ports, id);
    for (const id of ['a1', 'a2']) await addAchievement(ports, id);
    await freeze(
      ports,
      outcomeOf(week, {
        n1: [
          ['a1', 'fair'],
          ['a2', 'fair'],
        ],
        n2: [['a2', 'fair']],
      }),
    );
  };

  it('become void on an open docket, marked or not, and take no mark', async () => {
    await small();
    await markPair(ports, clerk, { week, pairId: 'n1~a1', markVersion: 0, mark: { kind: 'accept' } });
    await lose('needs', 'n1', 'expired');
    for (const pairId of ['n1~a1', 'n1~a2']) {
      expect((await item(pairId)).void?.reason).to.equal('需求已过期');
      expect(await match(pairId)).to.include({ state: 'void', voidReason: '需求已过期' });
      expect((await match(pairId)).history).to.have.length(1);
    }
    expect((await item('n2~a2')).void).to.equal(undefined);
    const refused = await markPair(ports, clerk, {
      week,
      pairId: 'n1~a2',
      markVersion: 0,
      mark: { kind: 'accept' },
    }).then(
      () => 'marked',
      (error: Error) => error.message,
    );
    expect(refused).to.equal('这一对已失效：需求已过期，不能再标记');
    const { version } = (await ports.store.collection('dockets').get(week))!;
    expect(await closeDocket(ports, head, { week, seen: version })).to.include({ accept: 0, void: 2, undecided: 1 });
    await deliver(ports);
    expect(await match('n1~a1')).to.include({ state: 'void' });
    expect(await ports.store.collection('judgements').count()).to.equal(0);
    const next = await freeze(ports, outcomeOf('2026-W49', {}));
    expect(next.docket.items.map((one) => one.pairId)).to.deep.equal(['n2~a2']);
  });

  it('are decided first where the docket was closed before, and void after that if they are not decided for good', async () => {
    ports = await closedWorld();
    for (const number of numbers) await lose('achievements', `a${number}`);
    const states: unknown[] = [];
    for (const number of numbers) states.push((await match(`n${number}~a${number}`)).state);
    expect(states).to.deep.equal(['accepted', 'rejected', 'void', 'void', 'void', 'rejected', 'void']);
    const before = await worldOf(ports);
    await deliver(ports);
    expect(await worldOf(ports)).to.deep.equal(before);
    expect((await item('n7~a7')).void?.reason).to.equal('成果已撤回');
    expect((await item('n1~a1')).void).to.equal(undefined);
    expect((await freeze(ports, outcomeOf('2026-W49', {}))).docket.items).to.deep.equal([]);
  });

  it('stay where the record was renewed before anybody noticed', async () => {
    await small();
    await moveRecord(ports, 'needs', 'n1', 'expired');
    const expired = (await ports.store.collection('needs').get('n1'))!;
    await moveRecord(ports, 'needs', 'n1', 'published');
    await voidPairs(ports)([
      { collection: 'needs', id: 'n1', version: expired.version, document: expired, events: [] },
    ]);
    expect(await match('n1~a1')).to.include({ state: 'suggested' });
  });

  it('are noticed when they lost it while the docket was made', async () => {
    ports = await freshStore();
    await addNeed(ports, 'n1');
    await addAchievement(ports, 'a1');
    await freezeOnly(
      ports,
      outcomeOf(week, { n1: [['a1', 'fair']] }),
      async (pairs) => {
        await lose('needs', 'n1');
        return explainByName(pairs);
      },
      plainSettings,
    );
    const document = (await ports.store.collection('dockets').get(week))!;
    expect(document.items[0]!.void).to.equal(undefined);
    const frozen = { id: 'x', type: 'docket.frozen', at: '2026-11-23T01:00:00.000Z', by: 'system' };
    await applyDocketEffects(ports)([{ collection: 'dockets', id: week, version: 1, document, events: [frozen] }]);
    expect((await item('n1~a1')).void?.reason).to.equal('需求已撤回');
    expect(await match('n1~a1')).to.include({ state: 'void' });
  });

  it('may be offered again when both sides stand again', async () => {
    await small();
    await lose('needs', 'n1', 'expired');
    await moveRecord(ports, 'needs', 'n1', 'published');
    const { docket } = await freeze(ports, outcomeOf('2026-W49', { n1: [['a1', 'fair']] }));
    expect(docket.items.map((one) => [one.pairId, one.origin])).to.deep.equal([
      ['n2~a2', 'carried'],
      ['n1~a1', 'ranked'],
    ]);
    expect(await match('n1~a1')).to.include({ state: 'suggested' });
    expect(await match('n1~a1')).to.not.have.property('voidReason');
  });
});
