import { expect } from 'chai';
import { QianxianError } from '../../../src/domain/errors.ts';
import { daysBetween, reminderDue } from '../../../src/domain/expiry.ts';
import type { Principal } from '../../../src/domain/user.ts';
import {
  answerQuestion,
  askEntry,
  createEntry,
  editEntry,
  moveEntry,
  moveRevision,
  unaskEntry,
} from '../../../src/steps/intake/entries.ts';
import { type FreshPorts, freshPorts } from '../fresh-ports.ts';
import { drafts, emptied, imported, jsonl, memberOf, need, organisation, staff, stored } from './intake-fixtures.ts';

async function failureOf(work: Promise<unknown>): Promise<QianxianError> {
  const error = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).to.be.instanceOf(QianxianError);
  return error as QianxianError;
}

describe('questions outside a docket, approval by another person, renewal in time', () => {
  let ports: FreshPorts;
  const owner = memberOf('works');
  const other = memberOf('else');
  const second: Principal = { userId: 'staff-2', role: 'staff', name: '另一位' };

  before(async () => {
    ports = await freshPorts();
  });
  after(() => ports.close());
  beforeEach(async () => {
    await emptied(ports);
    await organisation(ports, 'works');
  });

  async function published(kind: 'need' | 'achievement' = 'need') {
    const made = await createEntry(ports, owner, kind, { ...drafts[kind], visibility: 'public' });
    const sent = await moveEntry(ports, owner, kind, made.id, made.version, 'submit');
    return moveEntry(ports, staff, kind, made.id, sent.version, 'publish');
  }
  const ask = (
    by: Principal,
    id: string,
    version: number,
    questionId = 'q1',
    question: unknown = '请补充粒度的检测方法',
  ) => askEntry(ports, by, 'need', id, version, { id: questionId, question });

  for (const kind of ['need', 'achievement'] as const) {
    it(`goes the whole way on a ${kind}: asked by staff, seen by its people alone, answered once`, async () => {
      const view = await published(kind);
      const asked = await askEntry(ports, staff, kind, view.id, view.version, { id: 'q1', question: '请补充检测方法' });
      expect(asked.state).to.equal('published');
      expect(asked.questions).to.deep.equal([
        { id: 'q1', question: '请补充检测方法', askedBy: staff.userId, askedAt: '2026-11-23T01:00:00.000Z' },
      ]);
      const answered = await answerQuestion(ports, owner, kind, view.id, asked.version, 'q1', '激光粒度仪');
      expect(answered.questions![0]).to.include({ answer: '激光粒度仪', answeredBy: owner.userId });
      const again = await answerQuestion(ports, owner, kind, view.id, asked.version, 'q1', '激光粒度仪');
      expect(again.version).to.equal(answered.version);
      expect(
        (await failureOf(answerQuestion(ports, owner, kind, view.id, answered.version, 'q1', '筛分'))).code,
      ).to.equal('conflict');
      expect(
        (await failureOf(answerQuestion(ports, other, kind, view.id, answered.version, 'q1', '筛分'))).code,
      ).to.equal('forbidden');
    });
  }

  it('is asked once however often the request comes, and by staff alone', async () => {
    const view = await published();
    const asked = await ask(staff, view.id, view.version);
    expect((await ask(staff, view.id, view.version)).version).to.equal(asked.version);
    expect((await failureOf(ask(staff, view.id, asked.version, 'q1', '请补充另一件事'))).code).to.equal('conflict');
    expect((await failureOf(ask(staff, view.id, view.version, 'q2'))).code).to.equal('conflict');
    expect((await failureOf(ask(owner, view.id, asked.version, 'q3'))).code).to.equal('forbidden');
    expect((await failureOf(ask(staff, view.id, asked.version, 'q4', '？'))).issues[0]).to.include({
      field: 'question',
      label: '要补充的内容',
    });
    expect((await failureOf(ask(staff, 'nowhere', 1))).code).to.equal('not_found');
  });

  it('asks for no more than can be answered, and nothing of a withdrawn record', async () => {
    let { id, version } = await published();
    for (let number = 0; number < 20; number++) ({ version } = await ask(staff, id, version, `q${number}`));
    expect((await failureOf(ask(staff, id, version, 'q20'))).message).to.match(/20个问题没有答复/);
    ({ version } = await answerQuestion(ports, owner, 'need', id, version, 'q7', '已附报告'));
    ({ version } = await ask(staff, id, version, 'q20'));
    ({ version } = await moveEntry(ports, owner, 'need', id, version, 'withdraw', '已解决'));
    expect((await failureOf(ask(staff, id, version, 'q21'))).message).to.match(/已撤回/);
  });

  it('is taken back before it is answered, not after, and not where a docket asked it', async () => {
    const view = await published();
    const asked = await ask(staff, view.id, view.version);
    expect((await failureOf(unaskEntry(ports, owner, 'need', view.id, asked.version, 'q1'))).code).to.equal(
      'forbidden',
    );
    const taken = await unaskEntry(ports, second, 'need', view.id, asked.version, 'q1');
    expect(taken.questions).to.deep.equal([]);
    expect((await unaskEntry(ports, second, 'need', view.id, asked.version, 'q1')).version).to.equal(taken.version);
    const more = await ask(staff, view.id, taken.version, 'q2');
    const answered = await answerQuestion(ports, owner, 'need', view.id, more.version, 'q2', '已附报告');
    expect((await failureOf(unaskEntry(ports, staff, 'need', view.id, answered.version, 'q2'))).message).to.match(
      /已经答复/,
    );
    const { version, createdAt: _, updatedAt: __, ...rest } = await stored(ports, 'need', view.id);
    const ofDocket = {
      id: 'd1',
      pairId: 'a~b',
      week: '2026-W48',
      question: '请补充检测方法',
      askedBy: 'x',
      askedAt: '2026-11-23T01:00:00.000Z',
    };
    const changed = await ports.store.collection('needs').update(view.id, version, { ...rest, questions: [ofDocket] });
    expect((await failureOf(unaskEntry(ports, staff, 'need', view.id, changed.version, 'd1'))).message).to.match(
      /每周清单/,
    );
  });

  describe('where two persons are required', () => {
    const strict = () => ({ ...ports, service: { ...ports.service, twoPersons: true } });
    const publish = (by: Principal, id: string, version: number) =>
      moveEntry(strict(), by, 'need', id, version, 'publish');

    it('nobody publishes what he entered himself, another person does', async () => {
      const made = await createEntry(ports, staff, 'need', need, { organisationId: 'works' });
      const sent = await moveEntry(ports, second, 'need', made.id, made.version, 'submit');
      const refused = await failureOf(publish(staff, made.id, sent.version));
      expect([refused.code, refused.message]).to.satisfy(
        ([code, said]: string[]) => code === 'conflict' && /另一位工作人员/.test(said!),
      );
      expect((await failureOf(publish(second, made.id, sent.version))).code).to.equal('conflict');
      const third: Principal = { userId: 'staff-3', role: 'admin', name: '第三位' };
      expect((await publish(third, made.id, sent.version)).state).to.equal('published');
    });

    it('nor what he changed or handed in for its people', async () => {
      const made = await createEntry(ports, owner, 'need', need);
      const edited = await editEntry(ports, staff, 'need', made.id, made.version, { ...need, goal: '年节煤2万吨' });
      const sent = await moveEntry(ports, owner, 'need', made.id, edited.version, 'submit');
      expect((await failureOf(publish(staff, made.id, sent.version))).code).to.equal('conflict');
      expect((await publish(second, made.id, sent.version)).state).to.equal('published');
    });

    it('nor a revision that he wrote; what its people wrote and handed in anybody of the bureau publishes', async () => {
      const view = await published();
      const mine = await editEntry(ports, staff, 'need', view.id, view.version, { ...need, goal: '年节煤2万吨' });
      const sent = await moveRevision(ports, owner, 'need', view.id, mine.version, 'submit');
      const approve = (by: Principal, version: number) =>
        moveRevision(strict(), by, 'need', view.id, version, 'publish');
      expect((await failureOf(approve(staff, sent.version))).code).to.equal('conflict');
      const approved = await approve(second, sent.version);
      const theirs = await editEntry(ports, owner, 'need', view.id, approved.version, { ...need, goal: '年节煤3万吨' });
      const handedIn = await moveRevision(ports, owner, 'need', view.id, theirs.version, 'submit');
      expect((await approve(staff, handedIn.version)).published!.content.goal).to.equal('年节煤3万吨');
    });

    it('and nothing is published by an import', async () => {
      const error = await failureOf(
        imported(strict(), ['a.jsonl', jsonl([{ externalId: '1', ...need }])], {
          organisation: 'works',
          publish: true,
        }),
      );
      expect(error.message).to.match(/双人审核.*不能直接发布/);
    });

    it('asks nothing of the kind where one person does all', async () => {
      const made = await createEntry(ports, staff, 'need', need, { organisationId: 'works' });
      const sent = await moveEntry(ports, staff, 'need', made.id, made.version, 'submit');
      expect((await moveEntry(ports, staff, 'need', made.id, sent.version, 'publish')).state).to.equal('published');
    });
  });

  describe('renewal before it is too late', () => {
    it('is possible in the last thirty days, and gives the years from then', async () => {
      const view = await published('achievement');
      expect(view.expiresOn).to.equal('2029-11-23');
      const renew = (version: number) => moveEntry(ports, owner, 'achievement', view.id, version, 'renew');
      expect((await failureOf(renew(view.version))).message).to.match(/到期前30天内才能续期/);
      ports.clock.set('2029-10-23T01:00:00.000Z');
      expect((await failureOf(renew(view.version))).code).to.equal('conflict');
      ports.clock.set('2029-10-24T01:00:00.000Z');
      const renewed = await renew(view.version);
      expect(renewed).to.include({ state: 'published', expiresOn: '2032-10-24', publishedRevision: 1 });
      expect((await failureOf(renew(renewed.version))).code).to.equal('conflict');
    });

    it('gains a need nothing beyond its own last year', async () => {
      const view = await published();
      expect(view.expiresOn).to.equal('2028-01-01');
      ports.clock.set('2027-12-20T01:00:00.000Z');
      const error = await failureOf(moveEntry(ports, owner, 'need', view.id, view.version, 'renew'));
      expect(error.message).to.match(/需求截止年/);
    });

    it('counts days, and knows which reminder is due', () => {
      expect(daysBetween('2026-02-28', '2026-03-01')).to.equal(1);
      expect(daysBetween('2028-02-28', '2028-03-01')).to.equal(2);
      const due = (left: number) =>
        reminderDue('2026-12-31', new Date(Date.UTC(2026, 11, 31 - left)).toISOString().slice(0, 10));
      expect([31, 30, 8, 7, 1, 0, -1].map(due)).to.deep.equal([null, 30, 30, 7, 7, null, null]);
    });
  });
});
