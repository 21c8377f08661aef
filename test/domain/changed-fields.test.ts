import { expect } from 'chai';
import { changedFields } from '../../src/domain/changed-fields.ts';

describe('the fields that a write changed', () => {
  const before = {
    id: 'a',
    version: 3,
    state: 'draft',
    name: '李示例',
    content: { title: '甲', visibility: 'public', contact: { name: '王机密', mobile: '13800000000' } },
    history: [],
  };

  it('have values only where they are facts about the work', () => {
    const after = {
      ...before,
      version: 4,
      state: 'submitted',
      name: '李另名',
      content: { title: '乙', visibility: 'bureau', contact: { name: '赵机密', mobile: '13900000000' } },
      history: [{ action: 'submit' }],
    };
    const changed = changedFields(before, after);
    expect(changed).to.deep.equal({
      state: ['draft', 'submitted'],
      name: null,
      'content.title': null,
      'content.visibility': ['public', 'bureau'],
      'content.contact': null,
    });
    expect(JSON.stringify(changed)).to.not.match(/王机密|赵机密|13[89]0|李/);
  });

  it('tell before and after of amounts and dates, of a contract as well', () => {
    const contract = { type: 'development', signedOn: '2026-11-20', amountFen: 5_000_000, buyer: '李示例' };
    expect(changedFields({ state: 'contacting' }, { state: 'signed', contract })).to.deep.equal({
      state: ['contacting', 'signed'],
      'contract.type': [null, 'development'],
      'contract.signedOn': [null, '2026-11-20'],
      'contract.amountFen': [null, 5_000_000],
      'contract.buyer': null,
    });
    expect(
      changedFields(
        { contract, content: { budgetWan: 120, endYear: 2027 } },
        { contract: { ...contract, amountFen: 6_000_000 }, content: { budgetWan: 150, endYear: 2028 } },
      ),
    ).to.deep.equal({
      'contract.amountFen': [5_000_000, 6_000_000],
      'content.budgetWan': [120, 150],
      'content.endYear': [2027, 2028],
    });
  });

  it('name what came and what went, and nothing where only the order of members differs', () => {
    const after = {
      content: { contact: { mobile: '13800000000', name: '王机密' }, visibility: 'public', title: '甲' },
    };
    expect(changedFields({ content: before.content }, after)).to.deep.equal({});
    expect(changedFields({ lockedUntil: undefined, email: 'x' }, { lockedUntil: '2026' })).to.deep.equal({
      email: null,
      lockedUntil: [null, '2026'],
    });
    expect(changedFields({ state: 'a', content: null }, { state: { odd: 1 }, content: {} })).to.deep.equal({
      state: null,
      content: null,
    });
  });
});
