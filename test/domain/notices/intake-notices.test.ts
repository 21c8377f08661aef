import { expect } from 'chai';
import type { Attachment } from '../../../src/domain/attachment.ts';
import type { Call, CallRequest } from '../../../src/domain/call.ts';
import type { Need } from '../../../src/domain/need.ts';
import type { BatchTelling, KnownRecords, Telling } from '../../../src/domain/notices/notice-rule.ts';
import { rulesFor } from '../../../src/domain/notices/notice-rules.ts';
import type { Organisation } from '../../../src/domain/organisation.ts';
import type { Stored } from '../../../src/domain/record.ts';

const at = '2026-11-24T01:00:00.000Z';
const stored = { version: 2, createdAt: at, updatedAt: at };

function need(given: Partial<Need> = {}): Need {
  return {
    ...stored,
    id: 'n1',
    organisationId: 'works',
    state: 'published',
    revision: 'none',
    content: { title: '粒度控制' },
    published: null,
    missing: [],
    questions: [],
    history: [],
    expiresOn: '2028-01-01',
    ...given,
  };
}
function request(given: Partial<CallRequest> = {}): CallRequest {
  return {
    ...stored,
    id: 'r1',
    callId: 'c1',
    needId: 'n1',
    needTitle: '粒度控制',
    organisationId: 'university',
    teams: ['煅烧组'],
    text: '企业可提供场地。',
    until: '2026-12-20',
    state: 'sent',
    achievementIds: [],
    history: [],
    ...given,
  };
}

function tellings(
  collection: string,
  type: string,
  document: Stored,
  options: { readonly by?: string; readonly data?: Record<string, unknown>; readonly known?: KnownRecords } = {},
): (Telling & BatchTelling)[] {
  const rules = rulesFor(collection, type);
  expect(rules.length, type).to.be.at.least(1);
  const event = { type, at, by: options.by ?? 'u1', data: options.data ?? {} };
  return rules.flatMap((rule) => rule.tell(document, event, options.known ?? {})) as (Telling & BatchTelling)[];
}

describe('what is told about questions, renewals, files and calls', () => {
  it('a question goes to the people of the record while it waits for an answer', () => {
    const question = { id: 'q1', question: '请补充检测方法', askedBy: 's', askedAt: at };
    const asked = (given: Partial<Need>) =>
      tellings('needs', 'need.asked', need(given), { data: { questionId: 'q1' } });
    const [telling] = asked({ questions: [question] });
    expect(telling).to.include({ kind: 'record-question', link: '/needs/n1' });
    expect(telling!.to).to.deep.equal({ to: 'organisation', organisationId: 'works' });
    expect(telling!.text).to.include('请补充检测方法');
    expect(asked({ questions: [{ ...question, answer: '激光法', answeredAt: at }] })).to.deep.equal([]);
    expect(asked({ questions: [] })).to.deep.equal([]);
    expect(asked({ questions: [question], organisationId: null })).to.deep.equal([]);
  });

  it('a question that was taken back is told to be over, unless it is asked again', () => {
    const open = { id: 'q2', pairId: 'n1~a1', week: '2026-W48', question: '粒度？', askedBy: 'u1', askedAt: at };
    const over = (given: Partial<Need>) =>
      tellings('needs', 'need.question-withdrawn', need(given), { data: { pairId: 'n1~a1', week: '2026-W48' } });
    const [telling] = over({});
    expect(telling).to.include({ kind: 'record-question', link: '/needs/n1' });
    expect(telling!.text).to.contain('不必再答复');
    expect(over({ organisationId: null })).to.deep.equal([]);
    expect(over({ questions: [open] })).to.deep.equal([]);
    expect(over({ questions: [{ ...open, pairId: 'n1~a2' }] })).to.have.length(1);
    expect(telling!.text).to.contain('审核结果已更正');
    // One that was asked outside of a docket was not corrected, whatever else waits.
    const byItself = tellings(
      'needs',
      'need.question-withdrawn',
      need({ questions: [{ ...open, pairId: undefined } as never] }),
      {
        data: { questionId: 'q9' },
      },
    );
    expect(byItself).to.have.length(1);
    expect(byItself[0]!.text).to.contain('收回').and.not.contain('更正');
  });

  it('a renewal by link is told to the people whose record it is, one after login is not', () => {
    const [telling] = tellings('needs', 'need.renewed', need(), { by: 'link' });
    expect(telling!.text).to.match(/链接.*续期，有效期至 2028-01-01.*撤回/);
    expect(tellings('needs', 'need.renewed', need(), { by: 'u1' })).to.deep.equal([]);
  });

  it('a call goes to its addressee with text, deadline and teams; reminders only while it waits', () => {
    const told = (verb: string, given: Partial<CallRequest> = {}) =>
      tellings('callRequests', `call-request.${verb}`, request(given));
    const [sent] = told('sent');
    expect(sent).to.include({ kind: 'call', link: '/call-requests/r1' });
    expect(sent!.to).to.deep.equal({ to: 'organisation', organisationId: 'university' });
    expect(sent!.text).to.match(/粒度控制[\s\S]*企业可提供场地[\s\S]*煅烧组[\s\S]*2026-12-20 前/);
    for (const verb of ['reminded', 'prolonged']) {
      expect(told(verb)).to.have.length(1);
      expect(told(verb, { state: 'answered' })).to.deep.equal([]);
    }
    expect(told('void', { state: 'void' })[0]!.subject).to.match(/已取消/);
    expect(told('sent', { teams: [] })[0]!.text).to.not.match(/团队/);
  });

  it('answers are gathered for the desk, with who and why', () => {
    const organisation = {
      ...stored,
      id: 'university',
      state: 'approved',
      content: { name: '材料大学' },
      missing: [],
      history: [],
    } as Organisation;
    const [answered] = tellings('callRequests', 'call-request.answered', request({ state: 'answered' }), {
      known: { organisation },
    });
    expect(answered).to.include({
      kind: 'desk',
      batch: 'call-answers',
      line: '材料大学：用成果应征《粒度控制》',
      link: '/calls/c1',
    });
    expect(answered!.subjectOf(3)).to.equal('有 3 家答复了成果征集');
    const [declined] = tellings(
      'callRequests',
      'call-request.declined',
      request({ state: 'declined', declineReason: '没有团队' }),
    );
    expect(declined!.line).to.equal('（机构不详）：谢绝《粒度控制》：没有团队');
  });

  it('the end of a call is told to those it went to, and to who sent it where the clock brings it', () => {
    const call = { ...stored, id: 'c1', needTitle: '粒度控制', createdBy: 'staff-1' } as unknown as Call;
    const requests = [request({ id: 'r1', organisationId: 'u-1' })];
    const toldTo = (by: string) =>
      tellings('calls', 'call.closed', call, { by, known: { requests } }).map(({ to }) => to);
    const addressee = { to: 'organisation', organisationId: 'u-1' };
    expect(toldTo('system')).to.deep.equal([{ to: 'clerk', userId: 'staff-1' }, addressee]);
    expect(toldTo('staff-1')).to.deep.equal([addressee]);
  });

  it('the end of a call leads an organisation to what it received, also where two that were asked are one now', () => {
    const call = {
      ...stored,
      id: 'c1',
      needTitle: '粒度控制',
      createdBy: 'staff-1',
      addressees: [{ organisationId: 'gone', chosen: true }],
    } as unknown as Call;
    const requests = [
      request({ id: 'of-gone', organisationId: 'stays' }),
      request({ id: 'of-stays', organisationId: 'stays', state: 'answered', achievementIds: ['a1'] }),
      request({ id: 'of-other', organisationId: 'other' }),
    ];
    const told = tellings('calls', 'call.closed', call, { by: 'staff-1', known: { requests } });
    expect(told.map(({ to, link }) => [to, link])).to.deep.equal([
      [{ to: 'organisation', organisationId: 'stays' }, '/call-requests/of-stays'],
      [{ to: 'organisation', organisationId: 'other' }, '/call-requests/of-other'],
    ]);
  });

  it('files that are to be shown with a published record wait on the desk', () => {
    const file = {
      ...stored,
      id: 'f1',
      owner: { collection: 'needs', id: 'n1' },
      audience: 'offered',
      name: '说明书.pdf',
    } as Attachment;
    for (const verb of ['added', 'offered']) {
      const told = (one: Attachment, known: KnownRecords) =>
        tellings('attachments', `attachment.${verb}`, one, { known });
      expect(told(file, { need: need() })[0]!.line).to.equal('需求《粒度控制》的附件：说明书.pdf');
      expect(told(file, { need: need({ state: 'draft' }) })).to.deep.equal([]);
      expect(told({ ...file, audience: 'inside' }, { need: need() })).to.deep.equal([]);
      expect(rulesFor('attachments', `attachment.${verb}`)[0]!.wants!(file, { type: '', at, by: '' })).to.deep.equal({
        need: 'n1',
        achievement: null,
      });
    }
  });
});
