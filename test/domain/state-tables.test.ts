import { expect } from 'chai';
import { answerStates } from '../../src/domain/answer.ts';
import { campaignStates } from '../../src/domain/campaign.ts';
import { agreementStates } from '../../src/domain/cooperation/agreement.ts';
import { jointBodyStates } from '../../src/domain/cooperation/joint-body.ts';
import { docketStates } from '../../src/domain/docket.ts';
import { entryStates, revisionStates, visibleContent } from '../../src/domain/entry.ts';
import { QianxianError } from '../../src/domain/errors.ts';
import { invitationStates } from '../../src/domain/invitation.ts';
import { matchStates } from '../../src/domain/match.ts';
import { organisationStates } from '../../src/domain/organisation.ts';
import { partnershipStates } from '../../src/domain/partnership.ts';
import { historyOf, knowsLine, moveOf, movesFrom, type StateTable } from '../../src/domain/state-table.ts';
import { userStates } from '../../src/domain/user.ts';

const tables: Record<string, StateTable<string, string>> = {
  organisation: organisationStates as StateTable<string, string>,
  user: userStates as StateTable<string, string>,
  entry: entryStates as StateTable<string, string>,
  revision: revisionStates as StateTable<string, string>,
  match: matchStates as StateTable<string, string>,
  docket: docketStates as StateTable<string, string>,
  answer: answerStates as StateTable<string, string>,
  invitation: invitationStates as StateTable<string, string>,
  partnership: partnershipStates as StateTable<string, string>,
  agreement: agreementStates as StateTable<string, string>,
  'joint body': jointBodyStates as StateTable<string, string>,
  campaign: campaignStates as StateTable<string, string>,
};

for (const [kind, table] of Object.entries(tables)) {
  describe(`states of a ${kind}`, () => {
    it('names only states that it has', () => {
      const states = Object.keys(table.states);
      expect(states).to.include(table.initial);
      for (const move of table.moves) {
        expect(states, move.action).to.include(move.to);
        for (const from of move.from) expect(states, move.action).to.include(from);
        expect(move.by.length, move.action).to.be.above(0);
      }
    });

    it('reaches every state (imports may begin elsewhere)', () => {
      const reached = new Set([table.initial, ...(kind === 'entry' ? ['archived'] : [])]);
      for (let grown = true; grown; ) {
        grown = false;
        for (const move of table.moves) {
          if (move.from.some((from) => reached.has(from)) && !reached.has(move.to)) {
            reached.add(move.to);
            grown = true;
          }
        }
      }
      expect([...reached].sort()).to.deep.equal(Object.keys(table.states).sort());
    });

    it('begins and notes only in states that it has, and no note is a move', () => {
      const states = Object.keys(table.states);
      for (const [action, where] of Object.entries({ ...table.begins, ...table.notes })) {
        expect(states, action).to.include.members([...where]);
        expect(table.moves.map((move) => move.action)).to.not.include(action);
      }
    });

    it('leaves no two rows to choose from', () => {
      for (const state of Object.keys(table.states)) {
        for (const actor of ['owner', 'staff', 'admin', 'system'] as const) {
          // A correction of a decision goes to the state of the new one, so its rows differ by where they lead.
          const actions = movesFrom(table, state, actor).map((move) => `${move.action} ${move.to}`);
          expect(new Set(actions).size, `${state} ${actor}`).to.equal(actions.length);
        }
      }
    });
  });
}

describe('a line of a history', () => {
  const knows = (action: string, from: string, to: string) =>
    knowsLine(partnershipStates as StateTable<string, string>, { action, from, to });

  it('is known where the table has a row for it: a beginning, a move, a note that keeps the state', () => {
    expect(knows('begin', '', 'contacting')).to.equal(true);
    expect(knows('import', '', 'finished')).to.equal(true);
    expect(knows('sign', 'contacting', 'signed')).to.equal(true);
    expect(knows('unpay', 'terminated', 'terminated')).to.equal(true);
    expect(knows('put-off', 'contacting', 'contacting')).to.equal(true);
  });
  it('is known nowhere else', () => {
    expect(knows('begin', '', 'finished')).to.equal(false);
    expect(knows('sign', 'signed', 'signed')).to.equal(false);
    expect(knows('unpay', 'signed', 'contacting')).to.equal(false);
    expect(knows('put-off', 'finished', 'finished')).to.equal(false);
    expect(knows('forget', 'signed', 'signed')).to.equal(false);
  });
});

describe('moving', () => {
  it('says which state forbids it', () => {
    expect(() => moveOf(entryStates, 'published', 'submit', 'owner'))
      .to.throw(QianxianError, /已发布.*不能提交/)
      .with.property('code', 'conflict');
  });
  it('says who may not', () => {
    expect(() => moveOf(entryStates, 'submitted', 'publish', 'owner'))
      .to.throw(QianxianError, /没有权限发布/)
      .with.property('code', 'forbidden');
  });
  it('an unknown action is a conflict that names it', () => {
    expect(() => moveOf(entryStates, 'draft', 'fly' as 'submit', 'owner')).to.throw(QianxianError, /fly/);
  });
  it('leaves a line of history, with its reason where there is one', () => {
    const move = moveOf(entryStates, 'submitted', 'return', 'staff');
    expect(historyOf(move, 'submitted', '2026-11-23T00:00:00Z', 'u1', '缺指标')).to.deep.equal({
      at: '2026-11-23T00:00:00Z',
      by: 'u1',
      action: 'return',
      from: 'submitted',
      to: 'returned',
      reason: '缺指标',
    });
    expect(historyOf(move, 'submitted', '2026-11-23T00:00:00Z', 'u1')).to.not.have.property('reason');
  });
});

describe('what matching and search may see of an entry', () => {
  const base = {
    id: 'n',
    version: 1,
    createdAt: '',
    updatedAt: '',
    organisationId: null,
    revision: 'none' as const,
    missing: [],
    questions: [],
    history: [],
    content: { title: 'working' },
    published: { content: { title: 'published' }, at: '', by: '', revision: 1 },
  };
  it('the published version while a change waits', () =>
    expect(visibleContent({ ...base, state: 'published', revision: 'submitted' })?.title).to.equal('published'));
  it('the working copy of an archived record', () =>
    expect(visibleContent({ ...base, state: 'archived' })?.title).to.equal('working'));
  it('nothing of a draft, a withdrawn or an expired one', () => {
    for (const state of ['draft', 'submitted', 'returned', 'withdrawn', 'expired'] as const)
      expect(visibleContent({ ...base, state })).to.equal(null);
    expect(visibleContent({ ...base, state: 'published', published: null })).to.equal(null);
  });
});
