import { expect } from 'chai';
import type { Docket, MarkInput } from '../../src/domain/docket.ts';
import { handoverOf, sourcesOf, withHandover, withKeptNoted } from '../../src/domain/docket-handover.ts';
import {
  closeFigures,
  deferFault,
  describeMark,
  momentOf,
  mostEarlierMarks,
  taughtLevel,
  withClosing,
  withCorrection,
  withMark,
  withoutMark,
  withVoid,
} from '../../src/domain/docket-marks.ts';
import { QianxianError } from '../../src/domain/errors.ts';
import { effectiveMark, isLive, isUndecided } from '../../src/domain/pair-standing.ts';
import { clerk, docketItem, docketOf, head, markBy } from './docket-samples.ts';

const at = '2026-11-24T02:05:00.000Z';
const accept: MarkInput = { kind: 'accept' };
const reject: MarkInput = { kind: 'reject', reason: 'off-topic' };

function refused(act: () => unknown): QianxianError {
  try {
    act();
  } catch (error) {
    if (error instanceof QianxianError) return error;
    throw error;
  }
  throw new Error('nothing was refused');
}

const one = docketOf('2026-W48', [docketItem('n1', 'a1'), docketItem('n2', 'a2')]);
const by = (principal = clerk, markVersion = 0, pairId = 'n1~a1') => ({ pairId, markVersion, principal, at });
const itemOf = (docket: Docket, pairId = 'n1~a1') => docket.items.find((item) => item.pairId === pairId)!;
const none = () => null;

describe('marks on a docket', () => {
  it('sets, replaces and takes back a mark, and keeps every earlier one', () => {
    const first = withMark(one, { ...by(), mark: accept });
    const second = withMark(first, { ...by(head, 1), mark: reject });
    const third = withoutMark(second, by(clerk, 2));
    const item = itemOf(third);
    expect(item).to.include({ mark: null, markVersion: 3 });
    expect(item.earlierMarks).to.deep.equal([
      markBy(clerk, accept, at),
      { ...markBy(head, reject, at), undone: { at, by: clerk.userId, byName: clerk.name } },
    ]);
    expect(itemOf(third, 'n2~a2')).to.equal(itemOf(one, 'n2~a2'));
    expect(itemOf(one).mark).to.equal(null);
  });

  it('tells the one who comes second who marked it, what and when', () => {
    const marked = withMark(one, { ...by(head), mark: reject });
    const error = refused(() => withMark(marked, { ...by(clerk), mark: accept }));
    expect(error.code).to.equal('conflict');
    expect(error.message).to.equal(
      '梅科长已在11月24日 10:05把这一对标记为“不通过（技术不对口）”，请查看后再决定是否修改',
    );
    const undone = withoutMark(marked, by(head, 1));
    expect(refused(() => withoutMark(undone, by(clerk, 1))).message).to.contain('梅科长已在11月24日 10:05撤销了');
    expect(refused(() => withMark(one, { ...by(clerk, 7), mark: accept })).message).to.contain('还没有标记');
  });

  const dead: [string, Parameters<typeof docketItem>[2], string][] = [
    ['a void pair', { void: { at, reason: '需求已撤回' } }, '需求已撤回'],
    ['a pair that was carried on', { carriedTo: '2026-W49' }, '已转入 2026-W49'],
    ['a pair that an older docket kept', { decidedOn: '2026-W47' }, '由 2026-W47 的清单决定'],
  ];
  for (const [name, given, message] of dead) {
    it(`refuses ${name}, and closing passes it over`, () => {
      const docket = docketOf('2026-W48', [
        docketItem('n1', 'a1', { ...given, mark: markBy(clerk, accept), markVersion: 1 }),
      ]);
      for (const act of [
        () => withMark(docket, { ...by(clerk, 1), mark: reject }),
        () => withoutMark(docket, by(clerk, 1)),
      ]) {
        const error = refused(act);
        expect([error.code, error.message.includes(message)]).to.deep.equal(['conflict', true]);
      }
      const closed = withClosing(docket, { seen: 1, principal: clerk, at, lost: none });
      expect(closeFigures(closed)).to.include({ accept: 0, undecided: 0, judgements: 0 });
    });
  }

  it('refuses a pair that is not on it, an undo of nothing, and a mark on a closed docket', () => {
    expect(refused(() => withMark(one, { ...by(clerk, 0, 'x~y'), mark: accept })).code).to.equal('not_found');
    expect(refused(() => withoutMark(one, by())).code).to.equal('conflict');
    const closed = withClosing(one, { seen: 1, principal: head, at, lost: none });
    expect(refused(() => withMark(closed, { ...by(), mark: accept })).message)
      .to.contain('已由梅科长在11月24日 10:05关闭')
      .and.contain('更正');
  });

  it('ends endless changes of one mark', () => {
    const worn = docketOf('2026-W48', [
      docketItem('n1', 'a1', { earlierMarks: Array.from({ length: mostEarlierMarks }, () => markBy(clerk, accept)) }),
    ]);
    expect(refused(() => withMark(worn, { ...by(), mark: accept })).code).to.equal('conflict');
  });

  it('knows the days on which a deferred pair may come back', () => {
    const rows: [string, string, string | undefined][] = [
      ['2026-11-24', '2026-11-24', '应在今天（2026-11-24）之后'],
      ['2026-11-23', '2026-11-24', '应在今天（2026-11-24）之后'],
      ['2026-11-25', '2026-11-24', undefined],
      ['2027-11-24', '2026-11-24', undefined],
      ['2027-11-25', '2026-11-24', '超过一年'],
      ['2029-02-28', '2028-02-29', undefined],
      ['2029-03-01', '2028-02-29', '超过一年'],
    ];
    for (const [until, today, reason] of rows) expect(deferFault(until, today)?.reason, until).to.equal(reason);
  });

  it('says marks and moments in words', () => {
    expect(describeMark({ kind: 'defer', until: '2026-12-31' })).to.equal('暂缓到2026-12-31');
    expect(describeMark({ kind: 'ask', side: 'achievement', question: '请给出粒度' })).to.equal('请补充（成果方）');
    expect(momentOf('2026-12-31T16:00:00.000Z')).to.equal('1月1日 00:00');
  });

  it('teaches by the mark: 通过 强, reasons as their table says, the rest nothing', () => {
    const rows: [MarkInput, number | null][] = [
      [accept, 4],
      [{ kind: 'reject', reason: 'off-topic' }, 1],
      [{ kind: 'reject', reason: 'immature' }, 2],
      [{ kind: 'reject', reason: 'unreachable' }, null],
      [{ kind: 'defer', until: '2026-12-31' }, null],
      [{ kind: 'ask', side: 'need', question: '请给出指标' }, null],
    ];
    for (const [mark, level] of rows) expect(taughtLevel(mark)).to.equal(level);
  });
});

describe('closing a docket', () => {
  const marked = docketOf('2026-W48', [
    docketItem('n1', 'a1', { mark: markBy(clerk, accept) }),
    docketItem('n2', 'a2', { mark: markBy(clerk, reject) }),
    docketItem('n3', 'a3', { mark: markBy(clerk, { kind: 'reject', reason: 'unreachable' }) }),
    docketItem('n4', 'a4', { mark: markBy(clerk, { kind: 'defer', until: '2027-01-31' }) }),
    docketItem('n5', 'a5', { mark: markBy(clerk, { kind: 'ask', side: 'need', question: '请给出指标' }) }),
    docketItem('n6', 'a6'),
    docketItem('n7', 'a7', { mark: markBy(clerk, accept) }),
    docketItem('n8', 'a8', { carriedTo: '2026-W49' }),
  ]);

  it('says in figures what happens, and passes over what lost a side', () => {
    const lost = (item: { needId: string }) => (item.needId === 'n7' ? '需求已过期' : null);
    const closed = withClosing(marked, { seen: 1, principal: head, at, lost });
    expect(closed.state).to.equal('closed');
    expect(closed.closed).to.deep.equal({ at, by: head.userId, byName: head.name });
    expect(itemOf(closed, 'n7~a7').void).to.deep.equal({ at, reason: '需求已过期' });
    expect(closeFigures(closed)).to.deep.equal({
      accept: 1,
      reject: 2,
      defer: 1,
      ask: 1,
      unconfirmed: 0,
      undecided: 1,
      void: 1,
      elsewhere: 1,
      judgements: 2,
      questions: { need: 1, achievement: 0 },
      reasons: { 'off-topic': 1, unreachable: 1 },
      watch: [{ until: '2027-01-31', pairs: 1 }],
    });
  });

  it('is refused a second time with who closed it, and where the docket changed since it was seen', () => {
    const closed = withClosing(marked, { seen: 1, principal: head, at, lost: none });
    expect(refused(() => withClosing(closed, { seen: 1, principal: clerk, at, lost: none })).message).to.contain(
      '已由梅科长',
    );
    expect(refused(() => withClosing(marked, { seen: 2, principal: clerk, at, lost: none })).message).to.contain(
      '有改动',
    );
  });

  it('makes only undecided pairs void once it is closed', () => {
    const closed = withClosing(marked, { seen: 1, principal: head, at, lost: none });
    const after = withVoid(closed, () => '成果已撤回', at)!;
    expect(after.items.filter((item) => item.void).map((item) => item.needId)).to.deep.equal(['n6']);
    expect(withVoid(after, () => '成果已撤回', at)).to.equal(null);
  });
});

describe('correcting a decision', () => {
  const closed = withClosing(
    docketOf('2026-W48', [
      docketItem('n1', 'a1', { mark: markBy(clerk, accept), markVersion: 1 }),
      docketItem('n2', 'a2'),
    ]),
    { seen: 1, principal: head, at, lost: none },
  );
  const change = { ...by(head, 1), id: 'c1', mark: reject, reason: '听错了电话', lost: null, later: null };

  it('keeps the mark of closing, and counts from then on', () => {
    const corrected = withCorrection(closed, change)!;
    expect(itemOf(corrected).mark).to.deep.equal(markBy(clerk, accept));
    expect(effectiveMark(corrected, itemOf(corrected))).to.deep.equal(markBy(head, reject, at));
    expect(corrected.corrections).to.deep.equal([
      {
        id: 'c1',
        pairId: 'n1~a1',
        before: markBy(clerk, accept),
        after: markBy(head, reject, at),
        reason: '听错了电话',
        at,
        by: head.userId,
      },
    ]);
    expect(closeFigures(corrected)).to.include({ accept: 0, reject: 1 });
  });

  it('corrects once when it is asked twice, and refuses the id for anything else', () => {
    const corrected = withCorrection(closed, change)!;
    expect(withCorrection(corrected, change)).to.equal(null);
    expect(refused(() => withCorrection(corrected, { ...change, reason: '别的' })).message).to.contain('编号');
    expect(refused(() => withCorrection(corrected, { ...change, mark: accept })).message).to.contain('编号');
  });

  const rows: [string, Docket, object, string, string][] = [
    ['an open docket', one, {}, 'conflict', '还没有关闭'],
    ['an undecided pair', closed, { pairId: 'n2~a2', markVersion: 0 }, 'conflict', '转入下一期'],
    ['a stale view', closed, { markVersion: 0 }, 'conflict', '兰科员已在'],
    ['a pair that stands on a later docket', closed, { later: '2026-W50' }, 'conflict', '2026-W50'],
    [
      '通过 of a pair that lost a side',
      withCorrection(closed, change)!,
      { id: 'c2', markVersion: 2, mark: accept, lost: '需求已撤回' },
      'conflict',
      '只能更正为“不通过”',
    ],
    ['what is decided already', closed, { mark: accept }, 'invalid', '与现在的决定相同'],
    ['a pair that is not there', closed, { pairId: 'x~y' }, 'not_found', '没有这一对'],
  ];
  for (const [name, docket, given, code, message] of rows) {
    it(`refuses ${name}`, () => {
      const error = refused(() => withCorrection(docket, { ...change, ...given }));
      expect([error.code, error.message.includes(message)], error.message).to.deep.equal([code, true]);
    });
  }

  it('corrects a date, a side, a question, a note: whatever differs', () => {
    const marks: MarkInput[] = [
      { kind: 'defer', until: '2026-12-30' },
      { kind: 'defer', until: '2026-12-31' },
      { kind: 'ask', side: 'need', question: '请给出指标' },
      { kind: 'ask', side: 'achievement', question: '请给出指标' },
      { kind: 'ask', side: 'achievement', question: '请给出粒度' },
      { kind: 'reject', reason: 'other', note: '一' },
      { kind: 'reject', reason: 'other' },
    ];
    let docket = closed;
    marks.forEach((mark, index) => {
      docket = withCorrection(docket, { ...change, id: `d${index}`, markVersion: index + 1, mark })!;
    });
    expect(docket.corrections).to.have.length(marks.length);
    expect(docket.corrections.at(-1)!.before).to.include({ kind: 'reject', note: '一' });
  });
});

describe('handing pairs over to a later docket', () => {
  const old = docketOf('2026-W48', [
    docketItem('n1', 'a1'),
    docketItem('n2', 'a2', { mark: markBy(clerk, accept), markVersion: 1 }),
    docketItem('n3', 'a3'),
    docketItem('n4', 'a4', { mark: markBy(clerk, accept), void: { at, reason: '需求已撤回' } }),
  ]);
  const taken = (needId: string, achievementId: string) =>
    docketItem(needId, achievementId, { origin: 'carried', carriedFrom: old.week, takenFrom: old.week });
  const taker = docketOf('2026-W49', [taken('n1', 'a1'), taken('n2', 'a2'), taken('n4', 'a4'), docketItem('n5', 'a5')]);

  it('lets go of what has no mark, keeps what was marked in between, and decides once', () => {
    expect(sourcesOf(taker)).to.deep.equal(['2026-W48']);
    expect(handoverOf(old, taker, 'n1~a1')).to.equal('pending');
    const after = withHandover(old, taker)!;
    expect(after.items.map((item) => [item.carriedTo, item.keptFrom])).to.deep.equal([
      ['2026-W49', undefined],
      [undefined, ['2026-W49']],
      [undefined, undefined],
      ['2026-W49', undefined],
    ]);
    expect(withHandover(after, taker)).to.equal(null);
    expect(handoverOf(after, taker, 'n1~a1')).to.equal('here');
    expect(handoverOf(after, taker, 'n2~a2')).to.deep.equal({ week: '2026-W48' });
    const noted = withKeptNoted(taker, after)!;
    expect(noted.items.map((item) => item.decidedOn)).to.deep.equal([undefined, '2026-W48', undefined, undefined]);
    expect(withKeptNoted(noted, after)).to.equal(null);
  });

  it('leaves each pair live on exactly one docket, and a mark that is taken back waits for a still later one', () => {
    const after = withHandover(old, taker)!;
    const noted = withKeptNoted(taker, after)!;
    const undone = withoutMark(after, by(clerk, 1, 'n2~a2'));
    const later = docketOf('2026-W50', [taken('n2', 'a2')]);
    expect(isUndecided(itemOf(undone, 'n2~a2'))).to.equal(true);
    const third = withHandover(undone, later)!;
    expect(itemOf(third, 'n2~a2')).to.include({ carriedTo: '2026-W50' });
    expect(handoverOf(third, later, 'n2~a2')).to.equal('here');
    expect(withHandover(third, taker)).to.equal(null);
    for (const pairId of ['n1~a1', 'n2~a2']) {
      const live = [third, noted, later].filter((docket) =>
        docket.items.some((item) => item.pairId === pairId && isLive(item)),
      );
      expect(live.map((docket) => docket.week)).to.deep.equal([pairId === 'n1~a1' ? '2026-W49' : '2026-W50']);
    }
  });

  it('keeps a pair that a third docket had before', () => {
    const gone = docketOf('2026-W48', [
      docketItem('n1', 'a1', { carriedTo: '2026-W51' }),
      docketItem('n2', 'a2', { decidedOn: '2026-W40' }),
    ]);
    expect(handoverOf(gone, taker, 'n1~a1')).to.deep.equal({ week: '2026-W51' });
    expect(handoverOf(gone, taker, 'n2~a2')).to.deep.equal({ week: '2026-W40' });
    expect(handoverOf(gone, taker, 'n9~a9')).to.equal('here');
    expect(withHandover(gone, taker)).to.equal(null);
  });
});
