import { expect } from 'chai';
import type { MarkInput } from '../../../src/domain/docket.ts';
import type { Principal } from '../../../src/domain/user.ts';
import type { StoredEvent } from '../../../src/ports/record-store.ts';
import { closeDocket } from '../../../src/steps/review/close-docket.ts';
import { markBatch, undoBatch } from '../../../src/steps/review/mark-batch.ts';
import { markPair } from '../../../src/steps/review/mark-pair.ts';
import { voidPairs } from '../../../src/steps/review/void-pairs.ts';
import { clerk, head } from '../../domain/docket-samples.ts';
import {
  addAchievement,
  addNeed,
  type FreshStore,
  failingPorts,
  freeze,
  freshStore,
  moveRecord,
  outcomeOf,
  refusal,
  worldOf,
} from '../docket-world.ts';

const week = '2026-W48';
const pairs = ['n1~a1', 'n2~a2', 'n3~a3'] as const;
const reject: MarkInput = { kind: 'reject', reason: 'off-topic' };
const fresh = pairs.map((pairId) => ({ pairId, markVersion: 0 }));

describe('marking several pairs at once', () => {
  let ports: FreshStore;
  beforeEach(async () => {
    ports = await freshStore();
    for (const id of ['1', '2', '3']) {
      await addNeed(ports, `n${id}`);
      await addAchievement(ports, `a${id}`);
    }
    await freeze(ports, outcomeOf(week, { n1: [['a1', 'strong']], n2: [['a2', 'fair']], n3: [['a3', 'fair']] }));
  });
  afterEach(() => ports.close());

  const docket = async () => (await ports.store.collection('dockets').get(week))!;
  const kinds = async () => {
    const { items } = await docket();
    return pairs.map((pairId) => items.find((item) => item.pairId === pairId)!.mark?.kind ?? null);
  };
  const batch = (given: object = {}, by: Principal = clerk, id?: string) =>
    markBatch(ports, by, {
      week,
      ...(id === undefined ? {} : { id }),
      batch: { pairs: fresh, mark: reject, ...given },
    });
  const undo = (batchId: string, by: Principal = clerk) => undoBatch(ports, by, { week, batchId });

  it('belongs to the bureau', async () => {
    const member: Principal = { userId: 'u-9', role: 'manager', organisationId: 'o-n1', name: '企业的人' };
    const before = await worldOf(ports);
    for (const act of [batch({}, member), undo('b1', member)]) {
      expect((await refusal(act)).code).to.equal('forbidden');
    }
    expect(await worldOf(ports)).to.deep.equal(before);
  });

  it('marks all in one write, with an event for each pair that says which batch it was', async () => {
    const before = (await docket()).version;
    const events: StoredEvent[] = [];
    const following = ports.store.follow('watch', { collections: ['dockets'] }, async (changes) => {
      for (const change of changes) events.push(...change.events);
    });
    await following.caughtUp();
    events.length = 0;
    const answer = await batch();
    expect(answer).to.include({ done: 3, left: 0, version: before + 1 });
    expect(answer.results.map(({ item }) => item?.mark?.byName)).to.deep.equal(Array(3).fill(clerk.name));
    expect(await kinds()).to.deep.equal(['reject', 'reject', 'reject']);
    await following.caughtUp();
    expect(events.map(({ type, by, data }) => [type, by, data])).to.deep.equal(
      pairs.map((pairId) => ['docket.marked', clerk.userId, { week, pairId, mark: 'reject', batch: answer.batchId }]),
    );
    await undo(answer.batchId, head);
    await following.caughtUp();
    expect(events.slice(3).map(({ type, by, data }) => [type, by, data?.pairId, data?.batch])).to.deep.equal(
      pairs.map((pairId) => ['docket.unmarked', head.userId, pairId, answer.batchId]),
    );
    await following.stop();
  });

  it('lets the others go on where one refuses, and says why', async () => {
    await markPair(ports, head, { week, pairId: pairs[1], markVersion: 0, mark: { kind: 'accept' } });
    await moveRecord(ports, 'needs', 'n3', 'withdrawn');
    await voidPairs(ports)([
      {
        collection: 'needs',
        id: 'n3',
        version: 2,
        document: (await ports.store.collection('needs').get('n3'))!,
        events: [],
      },
    ]);
    const answer = await batch({ pairs: [...fresh, { pairId: 'no~such', markVersion: 0 }, fresh[0]] });
    expect(answer).to.include({ done: 1, left: 4 });
    const [first, second, third, fourth, again] = answer.results;
    expect(first).to.include({ pairId: pairs[0], done: true });
    expect(second!.reason).to.match(/梅科长已在.*标记为“通过”/);
    expect(third!.reason).to.match(/已失效：需求已撤回/);
    expect([fourth!.reason, fourth!.item]).to.deep.equal(['2026-W48 的清单里没有这一对，请刷新清单后再试', null]);
    expect(again!.reason).to.equal('这一对写了两次');
    expect(await kinds()).to.deep.equal(['reject', 'accept', null]);
  });

  it('says what would become of each pair without writing', async () => {
    await markPair(ports, head, { week, pairId: pairs[1], markVersion: 0, mark: { kind: 'accept' } });
    const before = await worldOf(ports);
    const answer = await batch({ dryRun: true });
    expect(answer).to.include({ done: 2, left: 1 });
    expect(await worldOf(ports)).to.deep.equal(before);
  });

  it('marks once where the request comes again, also after a failure that came after the write', async () => {
    const failing = failingPorts(ports, 1, 'after');
    await markBatch(failing.ports, clerk, { week, id: 'b1', batch: { pairs: fresh, mark: reject } }).then(
      () => expect.fail('the planned failure was not told'),
      () => undefined,
    );
    const { version } = await docket();
    expect(await batch({}, clerk, 'b1')).to.include({ done: 3, left: 0, batchId: 'b1', version });
    expect((await docket()).items.every((item) => item.markVersion === 1)).to.equal(true);
  });

  it('takes back on the server what nobody changed since, to what it was before, once', async () => {
    await markPair(ports, head, { week, pairId: pairs[0], markVersion: 0, mark: { kind: 'accept', note: '先看中的' } });
    const { batchId } = await batch({ pairs: [{ pairId: pairs[0], markVersion: 1 }, fresh[1], fresh[2]] });
    await markPair(ports, head, { week, pairId: pairs[2], markVersion: 1, mark: { kind: 'accept' } });
    const answer = await undo(batchId, head);
    expect(answer).to.include({ done: 2, left: 1 });
    expect(answer.results[2]!.reason).to.match(/又改过/);
    expect(await kinds()).to.deep.equal(['accept', null, 'accept']);
    const [first, second] = (await docket()).items;
    expect(first!.mark).to.include({ byName: head.name, note: '先看中的' });
    expect(first!.earlierMarks.map((mark) => [mark.kind, mark.undone?.byName])).to.deep.equal([
      ['accept', undefined],
      ['reject', head.name],
    ]);
    expect(second!.earlierMarks).to.have.length(1);
    const before = await worldOf(ports);
    expect(await undo(batchId)).to.include({ done: 2, left: 1 });
    expect(await worldOf(ports)).to.deep.equal(before);
    expect((await refusal(undo('none'))).code).to.equal('not_found');
  });

  it('is refused once the docket is closed, and of what is no batch', async () => {
    const { batchId, version } = await batch();
    await closeDocket(ports, head, { week, seen: version });
    expect((await refusal(batch())).code).to.equal('conflict');
    expect((await refusal(undo(batchId))).code).to.equal('conflict');
    for (const [given, field] of [
      [{ pairs: [] }, 'pairs'],
      [{ mark: { kind: 'reject' } }, 'mark.reason'],
      [{ pairs: [{ pairId: 'x', markVersion: -1 }] }, 'pairs.0.markVersion'],
    ] as const) {
      expect((await refusal(batch(given))).issues?.map((issue) => issue.field)).to.deep.equal([field]);
    }
    expect((await refusal(batch({ mark: { kind: 'defer', until: '2026-11-23' } }))).code).to.equal('invalid');
  });
});
