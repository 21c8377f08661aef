import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { likenessOf, textPrint } from '../../src/domain/near-duplicate.ts';
import type { NeedDraft } from '../../src/domain/need.ts';
import { splitSentences } from '../../src/domain/plain-text.ts';
import { seededRandom } from '../../src/domain/seeded-random.ts';
import { packageRoot } from '../../src/package-root.ts';

const need: NeedDraft = {
  title: '低温脱硝催化剂的开发',
  problem:
    '焦炉烟气温度只有160 ℃，现有催化剂要补热到280 ℃才有活性，补热每年多用煤气1.2亿立方米。烟气里二氧化硫含量高，低温下硫酸氢铵堵住孔道，三个月就失活。',
  keyTechnology: '160 ℃脱硝率不低于85%，二氧化硫转化率不高于1%，抗硫寿命不少于24000小时。',
  goal: '年节煤1.5万吨，催化剂可再生使用。',
};
const like = (a: NeedDraft, b: NeedDraft) => likenessOf(textPrint('need', a), textPrint('need', b));

describe('near duplicates', () => {
  it('are the same text, whatever the width of letters and the order of sentences', () => {
    expect(like(need, need)).to.deep.equal({ likeness: 1, reason: 'same-text' });
    const wide = {
      ...need,
      problem: need.problem!.replaceAll('160', '１６０'),
      goal: '催化剂可再生使用。年节煤1.5万吨，',
    };
    expect(like(need, wide)?.reason).to.equal('same-text');
  });

  it('are the same text divided over other fields', () => {
    const moved = { title: need.title, description: `${need.problem}${need.keyTechnology}${need.goal}` };
    expect(like(need, moved)?.reason).to.equal('same-text');
  });

  it('are a text half of which was written anew', () => {
    const anew = {
      ...need,
      keyTechnology: '空速15000每小时，压降小于800帕，抗压强度大于1.2兆帕。',
      goal: '在两座焦炉上示范，半年内通过检验。',
    };
    expect(like(need, anew)?.reason).to.equal('like-text');
  });

  it('are the beginning of a text that is there already, once it says enough', () => {
    const begun = { problem: need.problem!.slice(0, 70) };
    const long = {
      ...need,
      background:
        '现有两座焦炉，烟气量每小时28万立方米，已建余热锅炉、除尘器和脱硫塔，脱硫后粉尘每立方米10毫克，运行人员12名。',
    };
    expect(like(begun, long)?.reason).to.equal('within');
    expect(like({ problem: need.problem!.slice(0, 14) }, need)).to.equal(null);
    // The other way round the long text is not within the short one.
    expect(like(need, begun)?.reason).to.not.equal('within');
  });

  it('are two of one name, but not of a name that says nothing', () => {
    expect(
      like({ title: '新能源电池', problem: '续航不足' }, { title: '新能源电池', problem: '回收拆解危险' })?.reason,
    ).to.equal('same-title');
    expect(like({ title: '电池', problem: '续航不足' }, { title: '电池', problem: '回收拆解危险' })).to.equal(null);
  });

  it('are not two needs of one enterprise in the same words about other things', () => {
    const other = {
      title: '焦炉煤气脱硫废液的处理',
      problem: '焦炉煤气脱硫产生的废液含盐高，现在送去配煤，加重设备的腐蚀。',
      keyTechnology: '废液全部处理，副盐纯度不低于98%，吨水电耗不高于30千瓦时。',
      goal: '年减少危废4000吨。',
    };
    expect(like(need, other)).to.equal(null);
    expect(like({}, {})).to.equal(null);
  });

  describe('on real needs', () => {
    const folder = join(packageRoot, '..', 'shared', 'data', 'relevance');
    const here = existsSync(`${folder}/needs.jsonl`);
    const reason = here ? '' : ' (skipped: the data of real needs is not here)';
    const test = here ? it : it.skip;
    const real = () =>
      ['needs.jsonl', 'needs-unjudged.jsonl']
        .flatMap((file) => readFileSync(`${folder}/${file}`, 'utf8').trim().split('\n'))
        .map((line) => JSON.parse(line) as { title: string; description: string })
        .map(({ title, description }) => ({ title: title.trim(), description }));

    test(`finds those that were handed in twice, and hardly any other pair${reason}`, () => {
      const needs = real();
      const prints = needs.map((one) => textPrint('need', one));
      let twice = 0;
      let found = 0;
      const others: string[] = [];
      for (let a = 0; a < needs.length; a++) {
        for (let b = a + 1; b < needs.length; b++) {
          const same = needs[a]!.title === needs[b]!.title;
          const alike = likenessOf(prints[a]!, prints[b]!) !== null;
          if (same) twice++;
          if (same && alike) found++;
          if (!same && alike) others.push(`${needs[a]!.title} / ${needs[b]!.title}`);
        }
      }
      console.log(
        `      ${needs.length} needs: ${twice} pairs of one name, ${found} found; ${others.length} others told: ${others.join('; ')}`,
      );
      expect(found).to.equal(twice);
      expect(others.length).to.be.at.most(8);
    }).timeout(60_000);

    test(`finds a need again that was written over: sentences left out, put elsewhere, words put in${reason}`, () => {
      const random = seededRandom('near-duplicates');
      const needs = real().filter(({ description }) => splitSentences(description).length >= 4);
      const prints = needs.map((one) => textPrint('need', one));
      let found = 0;
      let wrong = 0;
      for (const [place, one] of needs.entries()) {
        const sentences = splitSentences(one.description)
          .map(({ text }) => text)
          .filter(() => random() > 0.25);
        sentences.sort(() => random() - 0.5);
        const written = textPrint('need', {
          title: `${one.title}（二期）`,
          description: sentences.map((text) => `${text}另外，`).join(''),
        });
        for (const [other, print] of prints.entries()) {
          if (likenessOf(written, print) === null) continue;
          if (other === place) found++;
          else if (needs[other]!.title !== one.title) wrong++;
        }
      }
      console.log(`      ${needs.length} written over: ${found} found again, ${wrong} other records told`);
      expect(found / needs.length).to.be.at.least(0.95);
      expect(found / (found + wrong)).to.be.at.least(0.95);
    }).timeout(60_000);
  });
});
