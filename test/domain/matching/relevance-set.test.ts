import { expect } from 'chai';
import { foldsByTitle, readRelevanceSet } from '../../../src/domain/matching/relevance-set.ts';

const files = {
  needs: '{"id":"n1","title":"甲","description":"一"}\n{"id":"n2","title":"乙"}\n',
  achievements: '\uFEFF{"id":"a1","title":"丙","terms":["丙"]}\r\n',
  judgements: 'needId\tachievementId\tlevel\nn1\ta1\t4\n\nn2\ta1\t1\n',
};

describe('relevance set', () => {
  it('reads the three files, with or without header, mark of order and carriage returns', () => {
    const set = readRelevanceSet(files);
    expect(set.needs).to.deep.equal([
      { id: 'n1', title: '甲', description: '一' },
      { id: 'n2', title: '乙', description: '' },
    ]);
    expect(set.achievements).to.deep.equal([{ id: 'a1', title: '丙' }]);
    expect(set.judgements.map(({ level }) => level)).to.deep.equal([4, 1]);
    expect(readRelevanceSet({ ...files, judgements: 'n1\ta1\t3' }).judgements).to.have.length(1);
  });

  for (const [what, change, message] of [
    ['a broken line', { needs: '{"id":"n1"' }, /needs\.jsonl 第1行/],
    ['a line that is no object', { needs: '[1]' }, /needs\.jsonl 第1行：不是一个JSON对象/],
    ['a missing title', { achievements: '{"id":"a1"}' }, /achievements\.jsonl 第1行：缺少文字字段 title/],
    ['an id twice', { needs: `${files.needs}{"id":"n1","title":"丁"}` }, /第3行：编号“n1”出现了两次/],
    ['a stranger', { judgements: 'n9\ta1\t3' }, /没有编号为“n9”的需求/],
    ['a stranger of the other side', { judgements: 'n1\ta9\t3' }, /没有编号为“a9”的成果/],
    ['a level out of range', { judgements: 'n1\ta1\t4\nn2\ta1\t5' }, /第2行：等级“5”/],
    ['a pair twice', { judgements: 'n1\ta1\t4\nn1\ta1\t4' }, /第2行：同一对/],
  ] as const) {
    it(`refuses ${what}, naming file and line`, () => {
      expect(() => readRelevanceSet({ ...files, ...change }))
        .to.throw(message)
        .with.property('code', 'malformed');
    });
  }

  it('never parts needs of the same title, and fills the folds evenly', () => {
    const needs = Array.from({ length: 23 }, (_, i) => ({ id: `n${i}`, title: `需求 ${i % 20}` }));
    needs.push({ id: 'wide', title: '需求　3' });
    const folds = foldsByTitle(needs, 5, (titles) => [...titles].reverse());
    expect(folds.get('n0')).to.equal(folds.get('n20'));
    expect(folds.get('n3')).to.equal(folds.get('wide'));
    const sizes = [0, 1, 2, 3, 4].map(
      (fold) =>
        new Set(needs.filter(({ id }) => folds.get(id) === fold).map(({ title }) => title.replace(/\s/g, ''))).size,
    );
    expect(sizes).to.deep.equal([4, 4, 4, 4, 4]);
  });
});
