import { expect } from 'chai';
import { disciplines } from '../../../src/domain/codes/national-codes.ts';
import { technologyFields } from '../../../src/domain/codes/technology-codes.ts';
import { QianxianError } from '../../../src/domain/errors.ts';
import { degreeSubjects } from '../../../src/domain/subjects/degree-subjects.ts';
import { readSubjects, subjectModel, writeSubjects } from '../../../src/domain/subjects/subject-model.ts';
import { subjectPlace } from '../../../src/domain/subjects/subject-place.ts';
import { suggestSubjects } from '../../../src/domain/subjects/subject-suggestion.ts';
import { trainSubjects } from '../../../src/domain/subjects/subject-training.ts';
import { shippedSubjects } from '../../../src/steps/intake/subject-file.ts';

/** Texts of three subjects, each with words of its own and words that all of them have. */
const words = {
  冶金工程: ['电弧炉', '转炉', '炼钢', '废钢', '铁水', '连铸'],
  纺织科学与工程: ['织物', '纱线', '印染', '纤维', '针织', '面料'],
  水产: ['养殖', '对虾', '鱼苗', '池塘', '饵料', '贝类'],
} as const;
const labelled = Object.entries(words).flatMap(([subject, own]) =>
  own.flatMap((one, i) =>
    own
      .filter((_, j) => j !== i)
      .map((other) => ({ subject, text: `研究${one}与${other}的关键技术，提高质量和效率。` })),
  ),
);

describe('what tells subjects from texts', () => {
  const weights = trainSubjects(labelled);
  const model = subjectModel(weights, 'made');

  it('learns which words speak of which subject', () => {
    expect(subjectPlace(model, '对虾饵料的研究', '水产')).to.equal(0);
    expect(subjectPlace(model, '纱线质量', '纺织科学与工程')).to.equal(0);
    expect(subjectPlace(model, '转炉炼钢', '冶金工程')).to.equal(0);
    expect(subjectPlace(model, '转炉炼钢', '水产')).to.be.greaterThan(0);
    expect(subjectPlace(model, '转炉炼钢', '没有的学科')).to.equal(-1);
  });

  it('answers probabilities that add up to 1, and nothing for a text of which it knows no character', () => {
    const sum = model.probabilities('提高对虾质量')!.reduce((total, one) => total + one, 0);
    expect(sum).to.be.closeTo(1, 1e-9);
    for (const text of ['', '。，！', 'Ωψ', '12345']) expect(model.probabilities(text), text).to.equal(null);
  });

  it('learns the same bytes from the same texts, and comes back from its file as it was', () => {
    const bytes = writeSubjects(weights);
    expect(Buffer.from(writeSubjects(trainSubjects(labelled))).equals(Buffer.from(bytes))).to.equal(true);
    const back = readSubjects(bytes);
    expect(back.subjects).to.deep.equal(model.subjects);
    expect([...back.probabilities('废钢入炉')!]).to.deep.equal([...model.probabilities('废钢入炉')!]);
  });

  it('refuses a file that is damaged, cut off, of another kind or of another version, with the reason', () => {
    const bytes = writeSubjects(weights);
    const changed = Uint8Array.from(bytes);
    changed[changed.length - 5]! ^= 1;
    const renamed = (line: string) => {
      const end = bytes.indexOf(10);
      return Buffer.concat([Buffer.from(line), bytes.subarray(end)]);
    };
    for (const [file, reason] of [
      [changed, '校验值'],
      [bytes.subarray(0, bytes.length - 9), '不完整'],
      [renamed('qianxian encoder 1'), '不是学科模型'],
      [renamed('qianxian subjects 2'), '不是本版本'],
      [writeSubjects({ ...weights, sharpness: 0 }), '文件头'],
      [writeSubjects({ ...weights, subjects: ['水产'] }), '文件头'],
      [new Uint8Array(), '不是学科模型'],
    ] as const) {
      expect(() => readSubjects(file), reason).to.throw(QianxianError, reason);
    }
  });
});

describe('subjects of degrees', () => {
  it('share themselves out over the codes of the forms', () => {
    for (const { name, disciplines: shares, fields } of degreeSubjects) {
      const sum = (one: object) => Object.values(one).reduce((total, share) => total + share, 0);
      expect(sum(shares), name).to.be.closeTo(1, 1e-9);
      expect(sum(fields), name).to.be.closeTo(1, 1e-9);
      for (const code of Object.keys(shares)) expect(disciplines.map((row) => row.code)).to.include(code);
      for (const code of Object.keys(fields)) expect(technologyFields.map((row) => row.code)).to.include(code);
    }
    expect(new Set(degreeSubjects.map(({ name }) => name)).size).to.equal(degreeSubjects.length);
  });

  it('are all that the shipped model tells', async () => {
    const { subjects } = await shippedSubjects();
    expect([...subjects].sort()).to.deep.equal(degreeSubjects.map(({ name }) => name).sort());
  });
});

describe('disciplines and fields that a text suggests', () => {
  const first = async (text: string) => {
    const { disciplines: codes, technologyFields: fields } = suggestSubjects(await shippedSubjects(), text);
    return [codes[0]?.label, fields[0]?.label];
  };

  it('name what real texts are about', async () => {
    expect(await first('电弧炉炼钢废钢预热与烟气余热回收技术，吨钢电耗降低')).to.deep.equal([
      '冶金工程技术',
      '新材料及应用',
    ]);
    expect(await first('南美白对虾工厂化养殖水质调控与病害防控')).to.deep.equal(['水产学', '现代农业']);
    expect((await first('基于深度学习的钢板表面缺陷图像识别软件'))[1]).to.equal('电子信息');
  });

  it('are three at most, the likeliest first, and none for a text that says too little', async () => {
    const model = await shippedSubjects();
    const { disciplines: codes, technologyFields: fields } = suggestSubjects(model, '稀土抛光粉粒度分布控制技术研究');
    for (const list of [codes, fields]) {
      expect(list.length).to.be.within(1, 3);
      const confidences = list.map(({ confidence }) => confidence);
      expect(confidences).to.deep.equal([...confidences].sort((a, b) => b - a));
      expect(Math.min(...confidences)).to.be.at.least(0.05);
    }
    for (const text of ['', '抛光', '1234567890 12345', '！！！！！！！！！！！', 'x'.repeat(7)]) {
      const { disciplines: none } = suggestSubjects(model, text);
      expect(
        none.every(({ confidence }) => Number.isFinite(confidence)),
        text,
      ).to.equal(true);
    }
    expect(suggestSubjects(model, '抛光')).to.deep.equal({ disciplines: [], technologyFields: [] });
    // Very long, all English, traditional characters: an order without a fault.
    for (const text of [
      '抛光粉'.repeat(7_000),
      'deep learning for steel surface inspection',
      '稀土拋光粉的製備與應用研究',
    ]) {
      expect(suggestSubjects(model, text).technologyFields.length, text.slice(0, 20)).to.be.at.least(1);
    }
  });
});
