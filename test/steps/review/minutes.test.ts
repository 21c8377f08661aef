import { buffer } from 'node:stream/consumers';
import { expect } from 'chai';
import { fromBufferPromise } from 'yauzl';
import type { MarkInput } from '../../../src/domain/docket.ts';
import type { Principal } from '../../../src/domain/user.ts';
import { closeDocket } from '../../../src/steps/review/close-docket.ts';
import { correctDecision } from '../../../src/steps/review/correct-decision.ts';
import { markPair } from '../../../src/steps/review/mark-pair.ts';
import { readMinutes, takeMinutes, writeMinutes } from '../../../src/steps/review/minutes.ts';
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
const meeting = {
  heldOn: '2026-11-26',
  heldFrom: '14:30',
  place: '科技局三楼会议室',
  chair: '梅科长',
  attendees: '梅科长、兰科员，\n竹科员',
  recorder: '兰科员',
};
const marks: readonly (MarkInput | null)[] = [
  { kind: 'accept', note: '指标都达到，电话 13812345678 已问过' },
  { kind: 'accept' },
  { kind: 'reject', reason: 'off-topic' },
  { kind: 'reject', reason: 'off-topic', note: '做的是另一种粉' },
  { kind: 'reject', reason: 'immature' },
  { kind: 'defer', until: '2026-12-31' },
  { kind: 'defer', until: '2026-12-14', note: '等年底预算' },
  { kind: 'ask', side: 'need', question: '请补充年用量，发到 a@b.cn' },
  null,
  null,
];

/** The text of a Word file: paragraphs as lines, cells apart from each other. */
async function textOf(bytes: Uint8Array): Promise<string> {
  const zip = await fromBufferPromise(Buffer.from(bytes));
  for await (const entry of zip.eachEntry()) {
    if (entry.fileName !== 'word/document.xml') continue;
    const xml = (await buffer(await zip.openReadStreamPromise(entry))).toString('utf8');
    return xml
      .replace(/<\/w:p>/g, '\n')
      .replace(/<[^>]+>/g, '')
      .replace(/&lt;/g, '<')
      .replace(/&quot;/g, '"')
      .replace(/&amp;/g, '&');
  }
  throw new Error('no document in the file');
}

describe('the minutes of a weekly review', () => {
  let ports: FreshStore;
  beforeEach(async () => {
    ports = await freshStore();
    const needs: Record<string, [string, 'fair'][]> = {};
    for (const index of marks.keys()) {
      await addNeed(ports, `n${index}`);
      await addAchievement(ports, `a${index}`);
      needs[`n${index}`] = [[`a${index}`, 'fair']];
    }
    await freeze(ports, outcomeOf(week, needs));
    for (const [index, given] of marks.entries()) {
      if (given) await markPair(ports, clerk, { week, pairId: `n${index}~a${index}`, markVersion: 0, mark: given });
    }
    // One of the two without a mark loses its need.
    await moveRecord(ports, 'needs', 'n9', 'withdrawn');
  });
  afterEach(() => ports.close());

  const close = async () =>
    closeDocket(ports, head, { week, seen: (await ports.store.collection('dockets').get(week))!.version });
  const write = (seen: number, given: object = meeting, by: Principal = clerk) =>
    writeMinutes(ports, by, { week, seen, meeting: given });

  it('belong to the bureau', async () => {
    const member: Principal = { userId: 'u-9', role: 'manager', organisationId: 'o-n1', name: '企业的人' };
    const before = await worldOf(ports);
    for (const act of [readMinutes(ports, member, week), takeMinutes(ports, member, week), write(0, meeting, member)]) {
      expect((await refusal(act)).code).to.equal('forbidden');
    }
    expect(await worldOf(ports)).to.deep.equal(before);
    expect(await ports.store.collection('minutes').count()).to.equal(0);
    expect((await refusal(readMinutes(ports, clerk, '2026-W47'))).code).to.equal('not_found');
  });

  it('say in figures what was decided, the same as closing says, and list every pair once', async () => {
    expect((await readMinutes(ports, clerk, week)).draft).to.equal(true);
    const closed = await close();
    const minutes = await readMinutes(ports, clerk, week);
    expect(minutes.draft).to.equal(false);
    const { accept, reject, defer, ask, undecided } = closed;
    expect(minutes.figures).to.include({ accept, reject, defer, ask, undecided, void: closed.void, elsewhere: 0 });
    expect(minutes.figures).to.include({
      pairs: 10,
      reviewed: 8,
      accept: 2,
      reject: 3,
      defer: 2,
      ask: 1,
      undecided: 1,
    });
    expect(minutes.summary).to.deep.equal([
      '本周共审8对：通过2对、不通过3对、暂缓2对、请补充1对。',
      '清单所列其余：没有标记、转入下一期清单的1对、一方已撤回或过期而失效的1对。',
    ]);
    expect(minutes.accepted.map((pair) => pair.needTitle)).to.deep.equal(['需求n0', '需求n1']);
    expect(minutes.accepted[1]!.ground, 'what matching found').to.include('同一种技术');
    expect(minutes.rejected.map(({ label, pairs }) => [label, pairs.length])).to.deep.equal([
      ['技术不对口', 2],
      ['成熟度不够', 1],
    ]);
    expect(minutes.deferred.map(({ until }) => until)).to.deep.equal(['2026-12-14', '2026-12-31']);
    const listed = [
      ...minutes.accepted,
      ...minutes.deferred,
      ...minutes.asked,
      ...minutes.rejected.flatMap(({ pairs }) => pairs),
    ].map(({ pairId }) => pairId);
    expect(new Set(listed).size).to.equal(minutes.figures.reviewed);
    expect(listed).to.have.length(minutes.figures.reviewed);
    // Closed on Monday 23 November: ten working days later is Monday 7 December.
    expect(minutes.next[0]).to.deep.equal({
      what: '邀请2对的双方，双方在十个工作日内答复是否愿意对接',
      by: '2026-12-07',
    });
    expect(minutes.next.find(({ what }) => what.includes('答复，五个工作日'))!.by).to.equal('2026-11-30');
    expect(minutes.next.find(({ by }) => by === '2026-12-14')!.what).to.equal('暂缓的1对再次列入清单');
  });

  it('count corrections and tell of each', async () => {
    await close();
    await correctDecision(ports, head, {
      week,
      pairId: 'n1~a1',
      markVersion: 1,
      mark: { kind: 'reject', reason: 'solved' },
      reason: '企业来电 13812345678 说已解决',
      id: 'c1',
    });
    const minutes = await readMinutes(ports, clerk, week);
    expect(minutes.figures).to.include({ accept: 1, reject: 4, reviewed: 8 });
    expect(minutes.summary.at(-1)).to.equal('会后更正1次，以上数字已按更正后的决定计算。');
    expect(minutes.corrections).to.deep.equal([
      {
        place: 2,
        from: '通过',
        to: '不通过（需求已自行解决）',
        reason: '企业来电 138****5678 说已解决',
        on: '2026-11-23',
      },
    ]);
  });

  it('keep what staff write, with who wrote what and when; the same again changes nothing', async () => {
    await ports.store.collection('users').insert({ id: clerk.userId, name: clerk.name } as never);
    const first = await write(0);
    expect(first).to.include({ version: 1, heldAt: '2026年11月26日（星期四）14:30' });
    expect(first.attendees).to.deep.equal(['梅科长', '兰科员', '竹科员']);
    expect((await write(0)).version, 'repeated').to.equal(1);
    const second = await write(1, { ...meeting, place: '二楼会议室', remarks: '下周三开会。' }, head);
    expect(second.history.map(({ byName, fields }) => [byName, fields])).to.deep.equal([
      ['兰科员', ['开会的日期', '开始的时间', '地点', '主持人', '参会人员', '记录人']],
      ['（已注销）', ['地点', '其他事项']],
    ]);
    const late = await refusal(write(1, { ...meeting, place: '一楼' }));
    expect(late.code).to.equal('conflict');
    expect(late.message).to.match(/刚刚改过这份纪要/);
    expect((await refusal(write(0, { ...meeting, place: '一楼' }))).code).to.equal('conflict');
    expect((await readMinutes(ports, clerk, week)).history).to.have.length(2);
  });

  it('propose where and who from the week before', async () => {
    await write(0);
    await freeze(ports, outcomeOf('2026-W49', {}));
    const next = await readMinutes(ports, clerk, '2026-W49');
    expect(next.meeting).to.equal(null);
    expect(next.proposed).to.deep.equal({
      heldOn: '2026-11-23',
      place: meeting.place,
      chair: meeting.chair,
      attendees: meeting.attendees,
      recorder: meeting.recorder,
    });
    expect((await readMinutes(ports, clerk, week)).proposed).to.deep.equal(meeting);
  });

  it('refuse what is no meeting, and contacts', async () => {
    for (const [given, field] of [
      [{ ...meeting, heldOn: '11月26日' }, 'heldOn'],
      [{ ...meeting, heldFrom: '25:00' }, 'heldFrom'],
      [{ ...meeting, chair: '' }, 'chair'],
      [{ ...meeting, attendees: '兰科员 13812345678' }, 'attendees'],
      [{ ...meeting, remarks: '有事发 lan@example.cn' }, 'remarks'],
    ] as const) {
      const refused = await refusal(write(0, given));
      expect(refused.code).to.equal('invalid');
      expect(refused.issues?.map((issue) => issue.field)).to.deep.equal([field]);
    }
  });

  it('are taken as a Word file that says the same, without any contact', async () => {
    await write(0);
    const draft = await takeMinutes(ports, clerk, week);
    expect(draft.fileName).to.equal('技术需求与科技成果对接周审核会议纪要〔2026〕第48期（草稿）.docx');
    expect(await textOf(draft.bytes)).to.include('草稿');
    await close();
    const minutes = await readMinutes(ports, clerk, week);
    const file = await takeMinutes(ports, clerk, week);
    expect(file.fileName).to.not.include('草稿');
    const text = await textOf(file.bytes);
    expect(text).to.not.include('草稿');
    for (const said of [
      minutes.title,
      minutes.issue,
      '时间：2026年11月26日（星期四）14:30',
      '地点：科技局三楼会议室',
      '主持：梅科长',
      '参会：梅科长、兰科员、竹科员',
      '记录：兰科员',
      ...minutes.summary,
      '通过（2对）',
      '暂缓（2对）',
      '不通过（3对）',
      '（一）技术不对口2对',
      '（二）成熟度不够1对',
      '请需求方补充：请补充年用量，发到 a***@b.cn',
      '2026-12-14起再议。等年底预算',
      '邀请2对的双方，双方在十个工作日内答复是否愿意对接（2026-12-07）。',
    ]) {
      expect(text).to.include(said);
    }
    // Every decided pair once, and nothing of the two others.
    for (const index of marks.keys()) {
      expect(text.split(`需求n${index}\n`).length - 1, `n${index}`).to.equal(index < 8 ? 1 : 0);
    }
    for (const contact of ['13812345678', 'a@b.cn', '王机密', '13800000000']) {
      expect(text).to.not.include(contact);
      expect(JSON.stringify(minutes)).to.not.include(contact);
    }
  });

  it('say so where nothing was reviewed', async () => {
    await freeze(ports, outcomeOf('2026-W50', {}));
    const minutes = await readMinutes(ports, clerk, '2026-W50');
    expect(minutes.summary[0]).to.equal('本周还没有审核任何一对。');
    expect((await textOf((await takeMinutes(ports, clerk, '2026-W50')).bytes)).includes('（未填写）')).to.equal(true);
  });
});
