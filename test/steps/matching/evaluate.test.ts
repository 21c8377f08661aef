import { copyFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect } from 'chai';
import { featureNames } from '../../../src/domain/matching/features.ts';
import { contextNames } from '../../../src/domain/matching/list-context.ts';
import { rankingMetrics } from '../../../src/domain/matching/ranking-metrics.ts';
import { createSegmenter } from '../../../src/engines/jieba/segmenter.ts';
import type { Segmenter } from '../../../src/ports/segmenter.ts';
import { evaluate } from '../../../src/steps/matching/evaluate.ts';
import { evaluateDemo } from '../../../src/steps/matching/evaluate-demo.ts';
import { modelFileNames, modelOf, shippedModel } from '../../../src/steps/matching/model-files.ts';

const rejection = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => undefined,
    (error: unknown) => error,
  );

/** Small trainings: what is tested is not how well they learn. */
const training = { bags: 1, parts: 2, orderTrees: 30, levelTrees: 30, leastRows: 10 };

const things = [
  '抛光粉',
  '曳引机',
  '褐藻胶',
  '催化剂',
  '光伏胶膜',
  '加气混凝土',
  '轧辊',
  '海参',
  '钢渣',
  '膜组件',
  '胶囊',
  '齿轮箱',
];
const tasks = ['回收', '检测', '提纯', '节能'];

/** A relevance set in which the thing decides: the same thing and task 4, the same thing 3, the same task 2, else 1. */
async function writeSet(folder: string): Promise<void> {
  const lines = (rows: readonly unknown[]) => rows.map((row) => `${JSON.stringify(row)}\n`).join('');
  const needs = things.map((thing, i) => ({
    id: `n${i}`,
    title: `${thing}${tasks[i % 4]}技术`,
    description: `需要解决${thing}的${tasks[i % 4]}问题。`,
  }));
  const achievements = things.flatMap((thing, i) =>
    tasks.map((task, j) => ({ id: `a${i}-${j}`, title: `${thing}${task}方法`, terms: [thing, task] })),
  );
  const judgements = needs.flatMap((_, i) =>
    achievements
      .filter((_, k) => (k * 7 + i) % 3 !== 0)
      .map(({ id }) => {
        const [thing, task] = id.slice(1).split('-').map(Number);
        const level = thing === i ? (task === i % 4 ? 4 : 3) : task === i % 4 ? 2 : 1;
        return `n${i}\t${id}\t${level}\n`;
      }),
  );
  await writeFile(join(folder, 'needs.jsonl'), lines(needs));
  await writeFile(join(folder, 'achievements.jsonl'), lines(achievements));
  await writeFile(join(folder, 'judgements.tsv'), `needId\tachievementId\tlevel\n${judgements.join('')}`);
}

describe('evaluation', () => {
  let segmenter: Segmenter;
  let data: string;
  before(async () => {
    segmenter = await createSegmenter({ log: { debug() {}, info() {}, warn() {}, error() {} } });
    data = await mkdtemp(join(tmpdir(), 'qianxian-evaluate-'));
    await writeSet(data);
  });
  after(async () => {
    await segmenter.close();
    await rm(data, { recursive: true, force: true });
  });

  it('says how much better the others of a need stand once some are judged', async () => {
    const report = await evaluate({ segmenter }, { data, model: 'cv', training, judged: 6 });
    const { judged, best, random } = report.reordering!;
    expect(judged).to.equal(6);
    for (const found of [best, random]) {
      expect(found.needs).to.be.within(1, things.length);
      expect(found.with - found.without).to.be.closeTo(found.gain.gain, 1e-9);
      expect(found.gain.gain).to.be.within(found.gain.low, found.gain.high);
    }
    expect(random.with, 'judgements move something').not.to.equal(random.without);
    expect((await evaluate({ segmenter }, { data, model: 'shipped' })).reordering).to.equal(undefined);
    for (const wrong of [0, 51, 1.5]) {
      const refused = await rejection(evaluate({ segmenter }, { data, model: 'cv', training, judged: wrong }));
      expect((refused as Error).message, `${wrong}`).to.include('1到50之间的整数');
    }
  });

  it('ranks what follows the words far above chance and says the baselines beside it', async () => {
    const report = await evaluate({ segmenter }, { data, model: 'cv', training });
    expect(report.ndcg10)
      .to.be.greaterThan(0.9)
      .and.greaterThan(report.baselines.random + 0.3);
    expect(report.contest).to.be.greaterThan(report.baselines.alwaysWeakContest);
    expect(report).to.include({ needs: 12, pairs: 384, model: 'cv' });
    expect(report.folds).to.have.length(5);
    expect(report.ndcg10Low).to.be.at.most(report.ndcg10);
    expect(report.ndcg10High).to.be.at.least(report.ndcg10);
  });

  it('writes predictions that give the same figures', async () => {
    const out = join(data, 'predictions.tsv');
    const report = await evaluate({ segmenter }, { data, model: 'cv', training, out });
    const judged = new Map(
      (await readFile(join(data, 'judgements.tsv'), 'utf8'))
        .split('\n')
        .slice(1)
        .filter(Boolean)
        .map((line) => {
          const [needId, achievementId, level] = line.split('\t');
          return [`${needId}\t${achievementId}`, Number(level)];
        }),
    );
    const rows = (await readFile(out, 'utf8')).trimEnd().split('\n');
    expect(rows).to.have.length(judged.size);
    const metrics = rankingMetrics(
      rows.map((row) => {
        const [needId = '', achievementId = '', score, predicted] = row.split('\t');
        expect(predicted).to.match(/^[1-4]$/);
        return {
          needId,
          level: judged.get(`${needId}\t${achievementId}`)!,
          score: Number(score),
          predicted: Number(predicted),
        };
      }),
    );
    expect(metrics.ndcg10).to.be.closeTo(report.ndcg10, 1e-12);
    expect(metrics.mae).to.be.closeTo(report.mae, 1e-12);
  });

  it('repeats to the digit, and parts the needs otherwise for another seed', async () => {
    const out = join(data, 'seeded.tsv');
    const predictions = async (seed: number) => {
      await evaluate({ segmenter }, { data, model: 'cv', training, seed, out });
      return readFile(out, 'utf8');
    };
    const first = await predictions(1);
    expect(await predictions(1)).to.equal(first);
    expect(await predictions(2)).not.to.equal(first);
  });

  it('learns nothing from the needs that it ranks: false labels on one need leave its own order alone', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'qianxian-leak-'));
    try {
      await writeSet(folder);
      const path = join(folder, 'judgements.tsv');
      const original = await readFile(path, 'utf8');
      const order = async () => {
        const out = join(folder, 'out.tsv');
        await evaluate({ segmenter }, { data: folder, model: 'cv', training, out });
        const rows = (await readFile(out, 'utf8')).split('\n').filter((row) => row.startsWith('n0\t'));
        return rows.map((row) => row.split('\t').slice(0, 3).join('\t'));
      };
      const before = await order();
      const turned = original.replace(/^(n0\t\S+)\t([1-4])$/gm, (_, pair, level) => `${pair}\t${5 - Number(level)}`);
      expect(turned).not.to.equal(original);
      await writeFile(path, turned);
      expect(await order()).to.deep.equal(before);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });

  it('measures the model that ships, without folds', async () => {
    const report = await evaluate({ segmenter }, { data, model: 'shipped' });
    expect(report.folds).to.deep.equal([]);
    expect(report.model).to.equal((await shippedModel()).model.id);
    expect(report.ndcg10).to.be.greaterThan(0.9);
  });

  for (const [what, options, code] of [
    ['one fold', { folds: 1 }, 'invalid'],
    ['half a fold', { folds: 2.5 }, 'invalid'],
    ['a seed that is no number', { seed: Number.NaN }, 'invalid'],
    ['a folder that is not there', { data: '/nowhere' }, 'not_found'],
    ['a file that cannot be written', { out: '/nowhere/out.tsv' }, 'invalid'],
  ] as const) {
    it(`refuses ${what}`, async () => {
      expect(await rejection(evaluate({ segmenter }, { data, model: 'cv', training, ...options }))).to.have.property(
        'code',
        code,
      );
    });
  }

  it('refuses a set without judgements, and one whose needs cannot be parted', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'qianxian-small-'));
    try {
      await writeFile(join(folder, 'needs.jsonl'), '{"id":"n","title":"抛光粉"}\n');
      await writeFile(join(folder, 'achievements.jsonl'), '{"id":"a","title":"抛光粉"}\n');
      await writeFile(join(folder, 'judgements.tsv'), 'needId\tachievementId\tlevel\n');
      expect(await rejection(evaluate({ segmenter }, { data: folder, model: 'cv', training }))).to.have.property(
        'code',
        'invalid',
      );
      await writeFile(join(folder, 'judgements.tsv'), 'n\ta\t4\n');
      expect(await rejection(evaluate({ segmenter }, { data: folder, model: 'cv', training }))).to.have.property(
        'code',
        'invalid',
      );
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });

  it('finds at least 0.9 of the strong and fair achievements of the demo data among the first five', async () => {
    const report = await evaluateDemo({ segmenter }, { folder: 'scripts/demo-data' });
    expect(report.recallAt5).to.be.at.least(0.9);
    expect(report.pairs).to.be.at.least(80);
    expect(report.needs).to.be.at.least(30);
    for (const { place, level } of report.missed) {
      expect(place).to.be.greaterThan(5);
      expect(level).to.be.at.least(3);
    }
    // Full records: what the labels call 强 is mostly called 较强 or better, what they call 无 hardly ever.
    const share = (label: number, levels: readonly string[]): number => {
      const row = report.levels[label]!;
      const all = Object.values(row).reduce((sum, count) => sum + count, 0);
      return levels.reduce((sum, level) => sum + (row[level] ?? 0), 0) / all;
    };
    expect(share(4, ['fair', 'strong'])).to.be.at.least(0.75);
    expect(share(1, ['fair', 'strong'])).to.be.at.most(0.1);
    const labelled = Object.values(report.levels).flatMap((given) => Object.values(given));
    expect(labelled.reduce((sum, count) => sum + count, 0)).to.equal(report.pairs);
  });

  it('tells how sure it is: gain over BM25, reliability, other ways to part the needs, shares and ablation', async () => {
    const report = await evaluate(
      { segmenter },
      { data, model: 'cv', training, splits: 2, explain: true, ablation: true, alone: true },
    );
    expect(report.splits.map(({ seed }) => seed)).to.deep.equal([1, 2]);
    expect(report.splits[0]).to.include({ ndcg10: report.ndcg10, contest: report.contest });
    expect(report.mean.ndcg10).to.be.closeTo((report.splits[0]!.ndcg10 + report.splits[1]!.ndcg10) / 2, 1e-12);
    const { gain, low, high } = report.gainOverBm25;
    const best = Math.max(report.baselines.bm25Title, report.baselines.bm25Need);
    expect(gain).to.be.closeTo(report.ndcg10 - best, 1e-9);
    expect(gain).to.be.within(low, high);
    expect(report.contest).to.be.within(report.contestSpread.low, report.contestSpread.high);
    for (const rows of Object.values(report.reliability)) {
      expect(rows.reduce((sum, row) => sum + row.pairs, 0)).to.equal(report.pairs);
    }
    const counts = Object.values(report.given).flatMap((row) => Object.values(row));
    expect(counts.reduce((sum, count) => sum + count, 0)).to.equal(report.pairs);
    expect(report.explain!.reduce((sum, { share }) => sum + share, 0)).to.be.closeTo(1, 1e-9);
    expect(report.ablation!.map(({ without }) => without)).to.deep.equal([
      'words',
      'characters',
      'meaning',
      'record',
      'list',
    ]);
    expect(report.learningCurve!.at(-1)).to.deep.include({ share: 1, ndcg10: report.ndcg10 });
  });

  describe('the files of a model', () => {
    let folder: string;
    const url = () => pathToFileURL(`${folder}/`);
    beforeEach(async () => {
      folder = await mkdtemp(join(tmpdir(), 'qianxian-models-'));
      for (const name of [modelFileNames.model, modelFileNames.background, modelFileNames.encoder]) {
        await copyFile(join('models', name), join(folder, name));
      }
    });
    afterEach(() => rm(folder, { recursive: true, force: true }));
    const write = (name: string, value: unknown) => writeFile(join(folder, name), JSON.stringify(value));

    it('give way to the previous ranker where the newest cannot be used, and say why', async () => {
      const { model, refused } = await modelOf(url());
      expect(refused).to.equal(undefined);
      await write(modelFileNames.previous, { ...model, id: 'before' });
      for (const [bad, reason] of [
        [{ ...model, format: 1 }, '较早版本'],
        [{ ...model, format: 3 }, '更新版本'],
        [{ ...model, encoder: 'others' }, '另一份文本向量'],
        [null, '不是模型'],
      ] as const) {
        await write(modelFileNames.model, bad);
        const found = await modelOf(url());
        expect(found.model.id).to.equal('before');
        expect(found.refused).to.include(reason);
      }
      await writeFile(join(folder, modelFileNames.model), '{"format":2,');
      expect((await modelOf(url())).refused).to.include('不是完整的JSON');
    });

    it('are refused where no previous ranker fits either, and where the vectors are damaged', async () => {
      await write(modelFileNames.model, { format: 1 });
      expect(await rejection(modelOf(url()))).to.have.property('code', 'misconfigured');
      await write(modelFileNames.previous, { format: 1 });
      expect(await rejection(modelOf(url())))
        .to.have.property('message')
        .that.includes('较早版本');
      await writeFile(join(folder, modelFileNames.encoder), 'nothing');
      expect(await rejection(modelOf(url())))
        .to.have.property('message')
        .that.includes('文本向量');
    });
  });

  it('says where demo data is not complete', async () => {
    expect(await rejection(evaluateDemo({ segmenter }, { folder: data }))).to.have.property('code', 'not_found');
    expect(await rejection(evaluateDemo({ segmenter }, { folder: '/nowhere' }))).to.have.property('code', 'not_found');
  });

  it('ships a model for the features that are measured', async () => {
    const { model, background, encoder } = await shippedModel();
    expect(model.features).to.deep.equal([...featureNames, ...contextNames]);
    expect(model.encoder).to.equal(encoder.id);
    expect(background.documents).to.be.greaterThan(1000);
  });
});
