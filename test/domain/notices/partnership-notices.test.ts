import { expect } from 'chai';
import { withContactAgreement } from '../../../src/domain/contact-agreement.ts';
import type { BatchTelling, Telling } from '../../../src/domain/notices/notice-rule.ts';
import { rulesFor } from '../../../src/domain/notices/notice-rules.ts';
import type { Partnership } from '../../../src/domain/partnership.ts';
import type { DomainEvent } from '../../../src/domain/record.ts';

const at = '2026-11-24T01:00:00.000Z';

function partnership(given: Partial<Partnership> = {}): Partnership {
  return {
    id: 'p1',
    version: 1,
    createdAt: at,
    updatedAt: at,
    state: 'contacting',
    origin: 'manual',
    title: '煅烧节能',
    needId: null,
    achievementId: null,
    needOrganisationId: 'works',
    achievementOrganisationId: 'university',
    history: [],
    ...given,
  };
}

const told = (document: Partnership, event: DomainEvent) =>
  rulesFor('partnerships', event.type).flatMap((rule) => rule.tell(document, event, {})) as (Telling & BatchTelling)[];
const whom = (tellings: readonly Telling[]) =>
  tellings.map(({ to, subject }) => [(to as { organisationId: string }).organisationId, subject.split('：')[0]]);

describe('what is told of partnerships that began outside', () => {
  const begun = (origin: string, given: Partial<Partnership> = {}) =>
    told(partnership(given), { type: 'partnership.begun', at, by: 'staff-1', data: { origin } });

  it('both registered sides learn that one was entered, one by one or an import together', () => {
    expect(whom(begun('manual'))).to.deep.equal([
      ['works', '科技局已登记合作《煅烧节能》'],
      ['university', '科技局已登记合作《煅烧节能》'],
    ]);
    expect(begun('manual', { achievementOrganisationId: null })).to.have.length(1);
    const imported = begun('import', { state: 'performing' });
    expect(imported.map(({ batch, line }) => [batch, line])).to.deep.equal(
      Array(2).fill(['partnerships-entered', '《煅烧节能》（履约）：请登录核对，有出入的请联系科技局']),
    );
    expect(imported[0]!.subjectOf(30)).to.equal('科技局登记了贵单位的 30 项合作');
  });

  it('nobody is told of one that had ended, or that followed from an invitation', () => {
    expect(begun('import', { state: 'finished' })).to.deep.equal([]);
    expect(begun('match', { origin: 'match' })).to.deep.equal([]);
  });
});

describe('what is told of sides that let the other know their contacts', () => {
  const act = { at: new Date(at), by: 'u1', actor: 'owner' } as const;

  it('the first asks the other, the second tells both', () => {
    const first = withContactAgreement(partnership(), ['need'], undefined, act)!;
    const after = { ...partnership(), ...first.document } as Partnership;
    expect(first.events.map((event) => whom(told(after, event)))).to.deep.equal([
      [['university', '对方同意互告联系方式']],
    ]);
    const second = withContactAgreement(after, ['achievement'], undefined, act)!;
    const done = { ...after, ...second.document } as Partnership;
    // Told late, when both have agreed by now, the first is still no second message of the same.
    expect(whom(told(done, first.events[0]!))).to.deep.equal([['university', '对方同意互告联系方式']]);
    expect(second.events.map((event) => whom(told(done, event)))).to.deep.equal([
      [
        ['works', '可以查看对方的联系人'],
        ['university', '可以查看对方的联系人'],
      ],
    ]);
  });

  it('one organisation that is both sides is told once, and asked for nothing', () => {
    const own = partnership({ achievementOrganisationId: 'works' });
    const { document, events } = withContactAgreement(own, ['need', 'achievement'], undefined, act)!;
    const after = { ...own, ...document } as Partnership;
    expect(events.flatMap((event) => whom(told(after, event)))).to.deep.equal([['works', '可以查看对方的联系人']]);
  });

  it('a side for which the bureau wrote it down learns of that', () => {
    const staff = { at: new Date(at), by: 'staff-1', actor: 'staff' } as const;
    const { document, events } = withContactAgreement(partnership(), ['need'], '来电同意', staff)!;
    const after = { ...partnership(), ...document } as Partnership;
    expect(events.flatMap((event) => whom(told(after, event)))).to.deep.equal([
      ['university', '对方同意互告联系方式'],
      ['works', '已记录贵单位同意互告联系方式'],
    ]);
  });

  it('one organisation on both sides completes it at once, and is told once that it may look', () => {
    const { document, events } = withContactAgreement(partnership(), ['need', 'achievement'], undefined, act)!;
    const after = { ...partnership(), ...document } as Partnership;
    const subjects = events.flatMap((event) => told(after, event).map(({ subject }) => subject.split('：')[0]));
    expect(subjects.filter((one) => one === '可以查看对方的联系人')).to.have.length(2);
    expect(events.map(({ data }) => data?.complete)).to.deep.equal([false, true]);
  });
});
