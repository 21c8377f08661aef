import { expect } from 'chai';
import type { MarkInput } from '../../../src/domain/docket.ts';
import type { Principal } from '../../../src/domain/user.ts';
import type { Change, CollectionName, StoredEvent } from '../../../src/ports/record-store.ts';
import { answerNeed } from '../../../src/steps/review/answer-need.ts';
import { closeDocket, previewClose } from '../../../src/steps/review/close-docket.ts';
import { correctDecision } from '../../../src/steps/review/correct-decision.ts';
import { markPair, unmarkPair } from '../../../src/steps/review/mark-pair.ts';
import { listDockets, readDocket, readPair } from '../../../src/steps/review/read-docket.ts';
import { clerk, head } from '../../domain/docket-samples.ts';
import {
  addAchievement,
  addNeed,
  type FreshStore,
  freeze,
  freshStore,
  moveRecord,
  outcomeOf,
  refusal,
  worldOf,
} from '../docket-world.ts';

const week = '2026-W48';
const pairId = 'n1~a1';
const accept: MarkInput = { kind: 'accept' };
const reject: MarkInput = { kind: 'reject', reason: 'off-topic' };
const member: Principal = { userId: 'u-9', role: 'member', organisationId: 'o-n1', name: '企业的人' };

describe('reviewing a docket', () => {
  let ports: FreshStore;
  beforeEach(async () => {
    ports = await freshStore();
    for (const id of ['n1', 'n2', 'n3']) await addNeed(ports, id);
    for (const id of ['a1', 'a2', 'a3']) await addAchievement(ports, id);
    await freeze(ports, outcomeOf(week, { n1: [['a1', 'strong']], n2: [['a2', 'fair']], n3: [['a3', 'fair']] }));
  });
  afterEach(() => ports.close());

  const docket = async () => (await ports.store.collection('dockets').get(week))!;
  const mark = (by: Principal, given: MarkInput, markVersion = 0, pair = pairId) =>
    markPair(ports, by, { week, pairId: pair, markVersion, mark: given });
  const close = async () => closeDocket(ports, head, { week, seen: (await docket()).version });

  describe('belongs to the bureau alone', () => {
    const acts: [string, (by: Principal) => Promise<unknown>][] = [
      ['readDocket', (by) => readDocket(ports, by, week)],
      ['listDockets', (by) => listDockets(ports, by)],
      ['readPair', (by) => readPair(ports, by, pairId)],
      ['markPair', (by) => mark(by, accept)],
      ['unmarkPair', (by) => unmarkPair(ports, by, { week, pairId, markVersion: 0 })],
      ['previewClose', (by) => previewClose(ports, by, week)],
      ['answerNeed', (by) => answerNeed(ports, by, { week, needId: 'n1' })],
      ['closeDocket', (by) => closeDocket(ports, by, { week, seen: 1 })],
      [
        'correctDecision',
        (by) => correctDecision(ports, by, { week, pairId, markVersion: 0, mark: accept, reason: '听错了' }),
      ],
    ];
    for (const [name, act] of acts) {
      it(`${name} refuses people of an organisation, and writes nothing`, async () => {
        const before = await worldOf(ports);
        for (const role of ['member', 'manager'] as const) {
          expect((await refusal(act({ ...member, role }))).code).to.equal('forbidden');
        }
        expect(await worldOf(ports)).to.deep.equal(before);
      });
    }
  });

  describe('reading', () => {
    it('gives the docket of a week, and the newest one, with its progress', async () => {
      await mark(clerk, accept);
      await freeze(ports, outcomeOf('2026-W49', {}));
      expect((await readDocket(ports, clerk, week)).progress).to.deep.equal({
        pairs: 3,
        marked: 1,
        undecided: 0,
        void: 0,
        elsewhere: 2,
      });
      const newest = await readDocket(ports, clerk, 'current');
      expect(newest).to.include({ week: '2026-W49', state: 'open' });
      expect(newest.progress).to.deep.equal({ pairs: 2, marked: 0, undecided: 2, void: 0, elsewhere: 0 });
    });

    it('lists dockets newest first, in pages', async () => {
      for (const later of ['2026-W49', '2026-W50', '2027-W01']) await freeze(ports, outcomeOf(later, {}));
      const first = await listDockets(ports, clerk, { limit: 3 });
      const second = await listDockets(ports, clerk, { limit: 3, cursor: first.next! });
      expect([...first.items, ...second.items].map((one) => one.week)).to.deep.equal([
        '2027-W01',
        '2026-W50',
        '2026-W49',
        week,
      ]);
      expect(second.next).to.equal(undefined);
      expect(first.items[0]).to.include({ state: 'open', pairs: 3, marked: 0, corrections: 0, closed: null });
    });

    it('shows a pair with its reasons, both records, and where it stood', async () => {
      await mark(clerk, accept);
      await close();
      await correctDecision(ports, head, {
        week,
        pairId,
        markVersion: 1,
        mark: reject,
        reason: '听错了电话',
        id: 'c1',
      });
      const pair = await readPair(ports, clerk, pairId);
      expect(pair.match.assessment.explanation.statement).to.contain('同一种技术');
      expect(pair.need?.content.title).to.equal('需求n1');
      expect(JSON.stringify(pair), 'nobody needs a contact to judge a pair').to.not.contain('王机密');
      expect(pair.achievement?.content.title).to.equal('成果a1');
      expect([pair.needOrganisation, pair.achievementOrganisation]).to.deep.equal([null, null]);
      expect(pair.appearances).to.have.length(1);
      expect(pair.appearances[0]).to.deep.include({ week, state: 'closed' });
      expect(pair.appearances[0]!.mark).to.include({ kind: 'reject', byName: head.name });
      expect(pair.appearances[0]!.item.mark).to.include({ kind: 'accept', byName: clerk.name });
      expect(pair.appearances[0]!.corrections.map((one) => one.reason)).to.deep.equal(['听错了电话']);
    });

    it('shows a pair whose records are gone', async () => {
      for (const [name, id] of [
        ['needs', 'n1'],
        ['achievements', 'a1'],
      ] as const) {
        await ports.store.collection(name).remove(id, 1);
      }
      const pair = await readPair(ports, clerk, pairId);
      expect([pair.need, pair.achievement]).to.deep.equal([null, null]);
    });

    it('finds nothing under what is no week and no pair', async () => {
      for (const [written, code] of [
        ['2026-W49', 'not_found'],
        ['2026-W54', 'invalid'],
        ['', 'invalid'],
        ['__proto__', 'invalid'],
        [7, 'invalid'],
        ['2026-W4\u0000', 'invalid'],
      ] as const) {
        expect((await refusal(readDocket(ports, clerk, written as string))).code, String(written)).to.equal(code);
      }
      for (const written of ['x~y', '', '__proto__', 'n1~a1\u0000', '\ud800', 'x'.repeat(5000), 7, null]) {
        expect((await refusal(readPair(ports, clerk, written as string))).code, String(written)).to.equal('not_found');
      }
      const empty = await freshStore();
      expect((await refusal(readDocket(empty, clerk, 'current'))).code).to.equal('not_found');
      await empty.close();
    });
  });

  describe('marking', () => {
    it('never disturbs marks on other pairs', async () => {
      await Promise.all([mark(clerk, accept), mark(head, reject, 0, 'n2~a2'), mark(clerk, reject, 0, 'n3~a3')]);
      expect((await docket()).items.map((item) => item.mark?.kind)).to.deep.equal(['accept', 'reject', 'reject']);
    });

    it('has one winner on the same pair; the other is told who, what and when', async () => {
      const results = await Promise.allSettled([mark(clerk, accept), mark(head, reject)]);
      const lost = results.filter((result) => result.status === 'rejected');
      expect(lost).to.have.length(1);
      const winner = (await docket()).items[0]!.mark!;
      expect(lost[0]!.reason.code).to.equal('conflict');
      expect(lost[0]!.reason.message)
        .to.contain(`${winner.byName}已在11月23日 09:00`)
        .and.contain(winner.kind === 'accept' ? '“通过”' : '“不通过（技术不对口）”');
    });

    it('keeps history through undo and change, and answers the pair and the new version', async () => {
      await mark(clerk, accept);
      await unmarkPair(ports, head, { week, pairId, markVersion: 1 });
      const after = await mark(head, reject, 2);
      expect(after.version).to.equal((await docket()).version);
      expect(after.item).to.include({ markVersion: 3 });
      expect(after.item.mark).to.include({
        kind: 'reject',
        by: head.userId,
        byName: head.name,
        at: '2026-11-23T01:00:00.000Z',
      });
      expect(after.item.earlierMarks.map((one) => [one.kind, one.undone?.byName])).to.deep.equal([
        ['accept', head.name],
      ]);
    });

    const bad: [string, unknown, string, RegExp][] = [
      ['no mark', undefined, 'invalid', /不是一个标记/],
      ['an unknown kind', { kind: 'maybe' }, 'invalid', /标记：不是一个标记/],
      ['a rejection without reason', { kind: 'reject' }, 'invalid', /不通过原因：没有选择/],
      ['an unknown reason', { kind: 'reject', reason: 'because' }, 'invalid', /不通过原因/],
      ['a deferral until yesterday', { kind: 'defer', until: '2026-11-22' }, 'invalid', /暂缓到：应在今天/],
      ['a deferral until today', { kind: 'defer', until: '2026-11-23' }, 'invalid', /暂缓到：应在今天/],
      ['a deferral for over a year', { kind: 'defer', until: '2027-11-24' }, 'invalid', /暂缓到：超过一年/],
      ['a day that is none', { kind: 'defer', until: '2027-02-30' }, 'invalid', /暂缓到/],
      ['a question to nobody', { kind: 'ask', side: 'both', question: '请给出指标' }, 'invalid', /请谁补充/],
      ['a question without words', { kind: 'ask', side: 'need', question: '请' }, 'invalid', /少于4个字/],
      ['a note that is too long', { kind: 'accept', note: '好'.repeat(501) }, 'invalid', /超过500个字/],
      ['NUL in a note', { kind: 'accept', note: '好\u0000' }, 'invalid', /控制字符/],
      ['half a surrogate pair in a note', { kind: 'accept', note: '\ud800' }, 'invalid', /残缺字符/],
      ['a foreign key', { kind: 'accept', by: 'u-1' }, 'invalid', /不认识的字段/],
      ['a prototype key', JSON.parse('{"kind":"accept","__proto__":{"x":1}}'), 'invalid', /不认识的字段/],
      ['a list', [accept], 'invalid', /./],
      ['a megabyte', { kind: 'accept', note: 'x'.repeat(1_000_000) }, 'invalid', /超过500个字/],
    ];
    for (const [name, given, code, message] of bad) {
      it(`refuses ${name} in Chinese, and writes nothing`, async () => {
        const before = (await docket()).version;
        const error = await refusal(mark(clerk, given as MarkInput));
        expect(error.code).to.equal(code);
        expect(error.message).to.match(message);
        expect(error.issues.every((issue) => issue.mend.length > 0)).to.equal(true);
        expect((await docket()).version).to.equal(before);
      });
    }

    it('refuses versions, weeks and pairs that are none', async () => {
      for (const markVersion of [-1, 0.5, Number.NaN, '0', null, undefined, {}]) {
        expect(
          (await refusal(markPair(ports, clerk, { week, pairId, markVersion: markVersion as number, mark: accept })))
            .code,
        ).to.equal('invalid');
      }
      for (const pair of ['x~y', '', '__proto__', null, {}, '\u0000']) {
        expect((await refusal(mark(clerk, accept, 0, pair as string))).code).to.equal('not_found');
      }
      const away = { week: '2026-W50', pairId, markVersion: 0, mark: accept };
      expect((await refusal(markPair(ports, clerk, away))).code).to.equal('not_found');
      expect((await refusal(markPair(ports, clerk, { ...away, week: '$where' }))).code).to.equal('invalid');
    });
  });

  describe('needs without a fitting achievement', () => {
    /** `n4` waits since 2026-W49; the four weeks are over with 2026-W53. */
    const last = '2026-W53';
    const listed = { needId: 'n4', title: '需求n4', organisation: null, answered: false };
    const nothingFor = (week: string) => freeze(ports, outcomeOf(week, { n4: [['a1', 'weak']] }));
    beforeEach(async () => {
      await addNeed(ports, 'n4');
      for (const week of ['2026-W49', '2026-W52']) await nothingFor(week);
      expect((await readDocket(ports, clerk, '2026-W52')).needsToAnswer).to.deep.equal([]);
      await nothingFor(last);
    });

    it('are listed by name when four weeks are over, and answered once', async () => {
      expect((await readDocket(ports, clerk, 'current')).needsToAnswer).to.deep.equal([listed]);
      const request = { week: last, needId: 'n4' };
      const answers = await Promise.all([answerNeed(ports, clerk, request), answerNeed(ports, head, request)]);
      for (const answer of answers) expect(answer).to.deep.equal({ needId: 'n4', answeredIn: [last] });
      expect((await readDocket(ports, clerk, last)).needsToAnswer).to.deep.equal([{ ...listed, answered: true }]);
      const next = await nothingFor('2027-W01');
      expect(next.docket.promise).to.deep.equal({ due: 0, offered: 0, toAnswer: [], short: 0 });
    });

    it('stay due until they are answered', async () => {
      expect((await nothingFor('2027-W01')).docket.promise.toAnswer).to.deep.equal(['n4']);
    });

    it('are answered only where the docket lists them, and while they stand', async () => {
      const attempt = (given: object) => refusal(answerNeed(ports, clerk, { week: last, needId: 'n4', ...given }));
      expect((await attempt({ needId: 'n1' })).message).to.contain('不在 2026-W53 待答复');
      expect((await attempt({ week: '2026-W52' })).code).to.equal('conflict');
      expect((await attempt({ week: '2030-W01' })).code).to.equal('not_found');
      expect((await attempt({ week: 'soon' })).code).to.equal('invalid');
      await moveRecord(ports, 'needs', 'n4', 'withdrawn');
      expect((await attempt({})).message).to.contain('需求已撤回');
      expect((await ports.store.collection('candidateLists').get('n4'))?.answeredIn).to.deep.equal([]);
    });
  });

  describe('closing', () => {
    it('says before what happens, and after that it happened', async () => {
      await mark(clerk, accept);
      await mark(clerk, { kind: 'ask', side: 'achievement', question: '请给出粒度' }, 0, 'n2~a2');
      const preview = await previewClose(ports, clerk, week);
      expect(preview).to.deep.include({
        week,
        accept: 1,
        ask: 1,
        undecided: 1,
        judgements: 1,
        questions: { need: 0, achievement: 1 },
      });
      const closed = await closeDocket(ports, head, { week, seen: preview.version });
      expect(closed).to.deep.include({
        accept: 1,
        ask: 1,
        undecided: 1,
        judgements: 1,
        closed: (await docket()).closed,
      });
      expect(await docket()).to.include({ state: 'closed', version: preview.version + 1 });
      expect((await previewClose(ports, clerk, week)).accept).to.equal(1);
    });

    it('has one winner of two at once; the other is told who closed it', async () => {
      const seen = (await docket()).version;
      const results = await Promise.allSettled([
        closeDocket(ports, clerk, { week, seen }),
        closeDocket(ports, head, { week, seen }),
      ]);
      const lost = results.filter((result) => result.status === 'rejected');
      expect(lost).to.have.length(1);
      expect(lost[0]!.reason.code).to.equal('conflict');
      expect(lost[0]!.reason.message).to.contain(`已由${(await docket()).closed!.byName}在11月23日 09:00关闭`);
    });

    it('is refused where somebody marked since, where there is none, and without a version', async () => {
      const seen = (await docket()).version;
      await mark(clerk, accept);
      expect((await refusal(closeDocket(ports, head, { week, seen }))).message).to.contain('有改动');
      expect((await refusal(closeDocket(ports, head, { week: '2026-W50', seen }))).code).to.equal('not_found');
      expect((await refusal(previewClose(ports, head, '2026-W50'))).code).to.equal('not_found');
      expect((await refusal(closeDocket(ports, head, { week, seen: '1' as never }))).code).to.equal('invalid');
      expect(await docket()).to.include({ state: 'open' });
    });

    it('passes over what was withdrawn a moment ago, and shows why', async () => {
      await mark(clerk, accept);
      await moveRecord(ports, 'needs', 'n1', 'withdrawn');
      expect(await previewClose(ports, head, week)).to.include({ accept: 0, void: 1, undecided: 2 });
      const closed = await close();
      expect(closed).to.include({ accept: 0, void: 1, undecided: 2 });
      expect((await docket()).items[0]!.void).to.deep.equal({ at: '2026-11-23T01:00:00.000Z', reason: '需求已撤回' });
    });

    it('ends marking', async () => {
      await mark(clerk, accept);
      await close();
      expect((await refusal(mark(clerk, reject, 1))).message).to.contain('更正');
      expect((await refusal(unmarkPair(ports, clerk, { week, pairId, markVersion: 1 }))).code).to.equal('conflict');
    });
  });

  describe('correcting', () => {
    const request = { week, pairId, markVersion: 1, mark: reject, reason: '听错了电话' };

    it('is kept on the docket with its reason, once for one id', async () => {
      await mark(clerk, accept);
      await close();
      const first = await correctDecision(ports, head, { ...request, id: 'c1' });
      expect(first).to.include({ markVersion: 2, version: (await docket()).version });
      const again = await correctDecision(ports, head, { ...request, id: 'c1' });
      expect(again).to.deep.equal(first);
      expect((await docket()).corrections).to.deep.equal([first.correction]);
      const stale = await refusal(
        correctDecision(ports, clerk, { ...request, mark: { kind: 'defer', until: '2026-12-31' } }),
      );
      expect(stale.message).to.contain('梅科长已在');
      const second = await correctDecision(ports, clerk, { ...request, markVersion: 2, mark: accept });
      expect(second.correction.id).to.have.length(20);
      expect((await docket()).corrections.map((one) => one.after.kind)).to.deep.equal(['reject', 'accept']);
    });

    it('has one winner of two at once', async () => {
      await mark(clerk, accept);
      await close();
      const results = await Promise.allSettled([
        correctDecision(ports, clerk, request),
        correctDecision(ports, head, { ...request, mark: { kind: 'reject', reason: 'other' } }),
      ]);
      expect(results.map((result) => result.status).sort()).to.deep.equal(['fulfilled', 'rejected']);
      expect((await docket()).corrections).to.have.length(1);
    });

    const bad: [string, object, string][] = [
      ['no reason', { reason: undefined }, 'invalid'],
      ['an empty reason', { reason: ' ' }, 'invalid'],
      ['a reason that is too long', { reason: '错'.repeat(501) }, 'invalid'],
      ['a past day', { mark: { kind: 'defer', until: '2020-01-01' } }, 'invalid'],
      ['an id that is none', { id: 7 }, 'invalid'],
      ['another week', { week: '2026-W50' }, 'not_found'],
      ['another pair', { pairId: 'x~y' }, 'not_found'],
      ['an undecided pair', { pairId: 'n2~a2', markVersion: 0 }, 'conflict'],
    ];
    for (const [name, given, code] of bad) {
      it(`refuses ${name}`, async () => {
        await mark(clerk, accept);
        await close();
        const before = (await docket()).version;
        expect((await refusal(correctDecision(ports, head, { ...request, ...given } as never))).code).to.equal(code);
        expect((await docket()).version).to.equal(before);
      });
    }

    it('leaves the decision to a later docket on which the pair stands', async () => {
      await mark(clerk, reject);
      await close();
      await freeze(ports, outcomeOf('2026-W49', { n1: [['a1', 'strong']] }, { n1: { matchedHash: 'new' } }));
      const error = await refusal(correctDecision(ports, head, { ...request, mark: accept }));
      expect(error.message).to.contain('2026-W49');
    });

    it('never lets a pair be accepted that lost a side', async () => {
      await mark(clerk, accept);
      await close();
      await correctDecision(ports, head, request);
      await moveRecord(ports, 'achievements', 'a1', 'expired');
      const error = await refusal(correctDecision(ports, head, { ...request, markVersion: 2, mark: accept }));
      expect(error.message).to.equal('成果已过期，只能更正为“不通过”');
    });
  });

  it('tells the feed what happened, without a name or a note', async () => {
    const events: StoredEvent[] = [];
    const names: CollectionName[] = ['dockets'];
    const following = ports.store.follow('audit', { collections: names }, async (changes: readonly Change[]) => {
      for (const change of changes) events.push(...change.events);
    });
    await following.caughtUp();
    await mark(clerk, { kind: 'accept', note: '电话 0518-12345678' });
    await unmarkPair(ports, clerk, { week, pairId, markVersion: 1 });
    await mark(clerk, accept, 2);
    await close();
    await correctDecision(ports, head, { week, pairId, markVersion: 3, mark: reject, reason: '听错了电话' });
    await following.caughtUp();
    await following.stop();
    const types = events.map((event) => event.type);
    expect(types.slice(-5)).to.deep.equal([
      'docket.marked',
      'docket.unmarked',
      'docket.marked',
      'docket.closed',
      'docket.corrected',
    ]);
    const text = JSON.stringify(events);
    for (const personal of ['0518', clerk.name, head.name, '听错']) expect(text).to.not.contain(personal);
    expect(events.slice(-5).map((event) => event.by)).to.deep.equal([
      clerk.userId,
      clerk.userId,
      clerk.userId,
      head.userId,
      head.userId,
    ]);
  });
});
