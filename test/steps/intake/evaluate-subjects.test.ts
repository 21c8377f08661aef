import { expect } from 'chai';
import { QianxianError } from '../../../src/domain/errors.ts';
import { evaluateSubjects } from '../../../src/steps/intake/evaluate-subjects.ts';

const lines = (...rows: readonly object[]) => rows.map((row) => JSON.stringify(row)).join('\n');
const abstract = '研究转炉炼钢过程中铁水脱磷的影响因素，建立终点碳温预报模型，提高钢水命中率。';

describe('how often suggested subjects are right', () => {
  it('counts the first place and the first three of labelled abstracts', async () => {
    const report = await evaluateSubjects(
      lines(
        { abstract, discipline: '冶金工程' },
        { abstract, discipline: '水产' },
        { abstract, discipline: '没有的学科' },
        { abstract },
      ),
    );
    expect(report).to.include({ rows: 3, skipped: 1, subjects: 67, fields: null });
    expect(report.top1).to.be.closeTo(1 / 3, 1e-9);
    expect(report.top3).to.be.at.least(report.top1);
  });

  it('takes records as they are imported, where any of their codes is right', async () => {
    const report = await evaluateSubjects(
      lines(
        { title: '转炉炼钢终点预报', abstract, disciplines: ['冶金工程技术', '数学'], fields: ['新材料及应用'] },
        { title: '转炉炼钢终点预报', keyTechnology: abstract, fields: ['海洋'] },
      ),
    );
    expect(report).to.include({ rows: 1, top1: 1 });
    expect(report.fields).to.deep.equal({ top1: 0.5, top3: 0.5, rows: 2 });
  });

  it('refuses what has no label, and a line that is no JSON, by its number', async () => {
    for (const [content, said] of [
      ['', '没有带学科的行'],
      [lines({ abstract }), '没有带学科的行'],
      [`${lines({ abstract, discipline: '水产' })}\n{"abstract":`, '第 2 行'],
    ] as const) {
      const refused = await evaluateSubjects(content).catch((error: unknown) => error);
      expect(refused, said).to.be.instanceOf(QianxianError);
      expect((refused as Error).message).to.include(said);
    }
  });
});
