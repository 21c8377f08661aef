import { expect } from 'chai';
import type { EntryKind } from '../../../src/domain/entry.ts';
import { QianxianError } from '../../../src/domain/errors.ts';
import type { Ports } from '../../../src/ports/ports.ts';
import type { Change, CollectionName, Filter, Following } from '../../../src/ports/record-store.ts';
import type { IndexDocument } from '../../../src/ports/search-index.ts';
import { compareIndex } from '../../../src/steps/indexing/compare-index.ts';
import { indexChanges } from '../../../src/steps/indexing/index-changes.ts';
import { firstRefusals } from '../../../src/steps/indexing/index-refusals.ts';
import { reindex } from '../../../src/steps/indexing/reindex.ts';
import { achievementEntry, needEntry, organisationRecord } from './entry-fixtures.ts';
import { type IndexingPorts, indexingPorts } from './indexing-ports.ts';

const none = { count: 0, first: [] };
const inStep = { refused: none, missing: none, extra: none, stale: none };

describe('the index follows the store', () => {
  let ports: IndexingPorts;
  let following: Following | undefined;
  beforeEach(async () => {
    ports = await indexingPorts();
  });
  afterEach(async () => {
    await following?.stop();
    following = undefined;
    await ports.close();
  });

  const follow = () => {
    following = ports.store.follow(
      'index',
      { collections: ['organisations', 'needs', 'achievements'], from: 'beginning' },
      indexChanges(ports),
    );
    return following;
  };
  const find = async (word: string, kind: EntryKind = 'achievement') => {
    await following?.caughtUp();
    const result = await ports.index.search({
      kind,
      words: [word],
      audiences: ['public', 'members', 'bureau'],
      limit: 100,
    });
    return result.hits.map(({ id }) => id);
  };
  const needs = () => ports.store.collection('needs');
  const achievements = () => ports.store.collection('achievements');
  const organisations = () => ports.store.collection('organisations');

  describe('what the index holds already', () => {
    let segmented: number;
    /** As a process that begins after a fill: nothing is known to it. */
    const followDurably = (batch = 200) => {
      const counting: Ports = {
        ...ports,
        segmenter: {
          ...ports.segmenter,
          segment: (texts, mode) => {
            segmented += texts.length;
            return ports.segmenter.segment(texts, mode);
          },
        },
      };
      following = ports.store.follow(
        'index',
        { collections: ['organisations', 'needs', 'achievements'], batch },
        indexChanges(counting),
      );
      return following;
    };
    beforeEach(async () => {
      segmented = 0;
      await organisations().insert(organisationRecord('o', { name: '海州大学' }));
      for (const id of ['a', 'b', 'c']) {
        await achievements().insert(achievementEntry(id, { title: '紫菜干燥' }, 'published', 'o'));
      }
    });

    it('is not made again by a consumer that is new to it', async () => {
      // As if the organisation had been written long before the fill.
      const later: Ports = { ...ports, clock: { now: () => new Date(ports.clock.now().getTime() + 3_600_000) } };
      await reindex(later);
      await followDurably().caughtUp();
      expect(segmented).to.equal(0);
      expect(await compareIndex(ports)).to.deep.equal(inStep);
      await achievements().update('b', 1, achievementEntry('b', { title: '海藻养殖' }, 'published', 'o'));
      expect(await find('海藻')).to.deep.equal(['b']);
      expect(segmented).to.be.greaterThan(0);
    });

    it('is made again where the organisation may have been written since', async () => {
      await reindex(ports);
      await followDurably().caughtUp();
      expect(segmented).to.be.greaterThan(0);
    });

    it('is made again where the organisation is renamed before a record of it is written', async () => {
      const later: Ports = { ...ports, clock: { now: () => new Date(ports.clock.now().getTime() - 3_600_000) } };
      await reindex(later);
      await followDurably().caughtUp();
      await following?.stop();
      await achievements().update('a', 1, achievementEntry('a', { title: '紫菜养殖' }, 'published', 'o'));
      await organisations().update('o', 1, organisationRecord('o', { name: '稀土研究院' }));
      // The record comes first, with the new name already: it must not make the organisation pass for known.
      await followDurably(1).caughtUp();
      expect(await find('稀土')).to.deep.equal(['a', 'b', 'c']);
    });
  });

  describe('a walk over the store for a new index', () => {
    /** The store, whose walks end with a fault after so many documents, so many times. */
    const faltering = (after: number, times: number): Ports => {
      let left = times;
      const collection = ((name: CollectionName) => {
        const real = ports.store.collection(name);
        return {
          ...real,
          async *stream(where?: Filter) {
            let given = 0;
            for await (const document of real.stream(where)) {
              if (given++ === after && left-- > 0) throw new QianxianError('unavailable', '应答太慢');
              yield document;
            }
          },
        };
      }) as Ports['store']['collection'];
      return { ...ports, store: { ...ports.store, collection } };
    };
    beforeEach(async () => {
      for (let number = 0; number < 9; number++) {
        await achievements().insert(achievementEntry(`a${number}`, { title: '紫菜' }));
      }
    });

    it('goes on behind the last document where the store was once too slow', async () => {
      const read: number[] = [];
      const filled = await reindex(faltering(2, 3), (done) => read.push(done));
      expect(filled).to.deep.equal({ documents: 9, refused: 0 });
      expect(read.at(-1)).to.equal(9);
      expect(await compareIndex(ports)).to.deep.equal(inStep);
    });

    it('gives up where the store answers no more', async () => {
      const code = await reindex(faltering(0, 1_000)).catch((error: QianxianError) => error.code);
      expect(code).to.equal('unavailable');
    }).timeout(20_000);
  });

  it('takes in what is there at the beginning and what is written later', async () => {
    await achievements().insert(achievementEntry('a1', { title: '稀土抛光粉', abstract: '回收' }));
    await follow().caughtUp();
    expect(await find('抛光粉')).to.deep.equal(['a1']);
    await needs().insert(needEntry('n1', { title: '紫菜干燥' }));
    expect(await find('紫菜', 'need')).to.deep.equal(['n1']);
    expect(await find('紫菜')).to.deep.equal([]);
    expect(await compareIndex(ports)).to.deep.equal(inStep);
  });

  it('follows a record through its states', async () => {
    follow();
    const draft = achievementEntry('a1', { title: '曳引机' }, 'draft');
    let { version } = await achievements().insert(draft);
    expect(await find('曳引机')).to.deep.equal([]);
    ({ version } = await achievements().update('a1', version, achievementEntry('a1', { title: '曳引机' })));
    expect(await find('曳引机')).to.deep.equal(['a1']);
    ({ version } = await achievements().update('a1', version, achievementEntry('a1', { title: '限速器' })));
    expect(await find('曳引机')).to.deep.equal([]);
    expect(await find('限速器')).to.deep.equal(['a1']);
    ({ version } = await achievements().update(
      'a1',
      version,
      achievementEntry('a1', { title: '限速器' }, 'withdrawn'),
    ));
    expect(await find('限速器')).to.deep.equal([]);
    ({ version } = await achievements().update('a1', version, achievementEntry('a1', { title: '限速器' }, 'archived')));
    expect(await find('限速器')).to.deep.equal(['a1']);
    await achievements().remove('a1', version);
    expect(await find('限速器')).to.deep.equal([]);
    expect(await compareIndex(ports)).to.deep.equal(inStep);
  });

  it('makes the records of a renamed organisation again under their old version', async () => {
    follow();
    await organisations().insert(organisationRecord('o1', { name: '甲方钢铁', type: 'enterprise', region: '东区' }));
    await organisations().insert(organisationRecord('o2', { name: '乙方水泥' }));
    await needs().insert(needEntry('n1', { title: '连铸' }, 'published', 'o1'));
    await needs().insert(needEntry('hidden', { title: '轧机', hideOrganisation: true }, 'published', 'o1'));
    await achievements().insert(achievementEntry('a1', { title: '除尘' }, 'archived', 'o1'));
    await achievements().insert(achievementEntry('a2', { title: '除尘' }, 'published', 'o2'));
    expect(await find('钢铁', 'need')).to.deep.equal(['n1']);
    expect(await find('钢铁')).to.deep.equal(['a1']);
    await organisations().update(
      'o1',
      1,
      organisationRecord('o1', { name: '丙方光伏', type: 'enterprise', region: '西区' }),
    );
    expect(await find('钢铁', 'need')).to.deep.equal([]);
    expect(await find('光伏', 'need')).to.deep.equal(['n1']);
    expect(await find('光伏')).to.deep.equal(['a1']);
    const { counts } = await ports.index.search({
      kind: 'need',
      words: [],
      audiences: ['public'],
      limit: 1,
      count: ['region'],
    });
    expect(counts.region).to.deep.equal([{ value: '西区', count: 2 }]);
    expect(await find('水泥')).to.deep.equal(['a2']);
    expect(await compareIndex(ports)).to.deep.equal(inStep);
  });

  it('notices a new name also where the record was indexed with it in the same breath', async () => {
    // The rename is in the store, but its change not yet handed on, when a second record of the organisation comes.
    await organisations().insert(organisationRecord('o1', { name: '旧名机械' }));
    const first = await needs().insert(needEntry('n1', { title: '一' }, 'published', 'o1'));
    const handle = indexChanges(ports);
    const change = (document: typeof first): Change =>
      ({ collection: 'needs', id: document.id, version: document.version, document, events: [] }) as Change;
    await handle([change(first)]);
    const renamed = await organisations().update('o1', 1, organisationRecord('o1', { name: '新名电子' }));
    const second = await needs().insert(needEntry('n2', { title: '二' }, 'published', 'o1'));
    await handle([change(second)]);
    await handle([{ collection: 'organisations', id: 'o1', version: 2, document: renamed, events: [] } as Change]);
    expect((await find('电子', 'need')).sort()).to.deep.equal(['n1', 'n2']);
    expect(await find('机械', 'need')).to.deep.equal([]);
  });

  it('notices a new name after a restart of the consumer beside an index that stayed', async () => {
    await organisations().insert(organisationRecord('o1', { name: '旧名机械' }));
    const record = await needs().insert(needEntry('n1', { title: '一' }, 'published', 'o1'));
    await indexChanges(ports)([
      { collection: 'needs', id: 'n1', version: record.version, document: record, events: [] } as Change,
    ]);
    const renamed = await organisations().update('o1', 1, organisationRecord('o1', { name: '新名电子' }));
    await indexChanges(ports)([
      { collection: 'organisations', id: 'o1', version: 2, document: renamed, events: [] } as Change,
    ]);
    expect(await find('电子', 'need')).to.deep.equal(['n1']);
  });

  it('keeps a new name that another process indexed while this one worked with the old one', async () => {
    await organisations().insert(organisationRecord('o1', { name: '旧名机械' }));
    const record = await needs().insert(needEntry('n1', { title: '一' }, 'published', 'o1'));
    let renamed = false;
    const slow: Ports = {
      ...ports,
      segmenter: {
        ...ports.segmenter,
        segment: async (texts, mode) => {
          const words = await ports.segmenter.segment(texts, mode);
          if (renamed) return words;
          renamed = true;
          const document = await organisations().update('o1', 1, organisationRecord('o1', { name: '新名电子' }));
          await indexChanges(ports)([
            { collection: 'organisations', id: 'o1', version: 2, document, events: [] } as Change,
          ]);
          return words;
        },
      },
    };
    await indexChanges(slow)([
      { collection: 'needs', id: 'n1', version: record.version, document: record, events: [] } as Change,
    ]);
    expect(renamed).to.equal(true);
    expect(await find('电子', 'need')).to.deep.equal(['n1']);
    expect(await find('机械', 'need')).to.deep.equal([]);
  });

  it('comes out the same whatever is repeated or late', async () => {
    const handle = indexChanges(ports);
    const one = await achievements().insert(achievementEntry('a1', { title: '一号' }));
    const two = await achievements().update('a1', 1, achievementEntry('a1', { title: '二号' }));
    const three = await achievements().update('a1', 2, achievementEntry('a1', { title: '二号' }, 'withdrawn'));
    const change = (document: typeof one): Change =>
      ({ collection: 'achievements', id: 'a1', version: document.version, document, events: [] }) as Change;
    await handle([change(two)]);
    await handle([change(one), change(two)]);
    expect(await find('二号')).to.deep.equal(['a1']);
    await handle([change(three)]);
    await handle([change(two), change(one), change(three)]);
    expect(await ports.index.count('achievement')).to.equal(0);
  });

  it('survives a feed that had to repeat after the segmenter was lost', async () => {
    let broken = 2;
    const flaky: Ports = {
      ...ports,
      segmenter: {
        ...ports.segmenter,
        segment: async (texts, mode) => {
          if (broken-- > 0) throw new Error('lost');
          return ports.segmenter.segment(texts, mode);
        },
      },
    };
    await achievements().insert(achievementEntry('a1', { title: '紫菜' }));
    following = ports.store.follow('index', { collections: ['achievements'], from: 'beginning' }, indexChanges(flaky));
    expect(await find('紫菜')).to.deep.equal(['a1']);
  });

  it('takes more records than one batch', async () => {
    await organisations().insert(organisationRecord('o1', { name: '旧名' }));
    for (let from = 0; from < 450; from += 50) {
      await Promise.all(
        Array.from({ length: 50 }, (_, n) =>
          achievements().insert(achievementEntry(`a${from + n}`, { title: `紫菜${from + n}` }, 'published', 'o1')),
        ),
      );
    }
    await follow().caughtUp();
    expect(await ports.index.count('achievement')).to.equal(450);
    await organisations().update('o1', 1, organisationRecord('o1', { name: '机器人' }));
    await following!.caughtUp();
    const { total } = await ports.index.search({
      kind: 'achievement',
      words: ['机器人'],
      audiences: ['public'],
      limit: 1,
    });
    expect(total).to.equal(450);
  });

  describe('what the index refuses for good', () => {
    /** The real index, which refuses every record whose title has the word, as long as it does. */
    let refuses = true;
    let puts = 0;
    const picky = (): Ports => {
      const refused = (document: IndexDocument) => refuses && document.title.includes('拒');
      /** A version that no store gives is refused by every index. */
      const marred = (documents: readonly IndexDocument[]) => {
        puts++;
        return documents.map((one) => (refused(one) ? { ...one, version: 0 } : one));
      };
      return {
        ...ports,
        index: {
          ...ports.index,
          put: (documents) => ports.index.put(marred(documents)),
          rebuild: (fill, options) =>
            ports.index.rebuild((sink) => fill({ ...sink, put: (documents) => sink.put(marred(documents)) }), options),
        },
      };
    };
    const followPicky = () => {
      following = ports.store.follow(
        'index',
        { collections: ['achievements'], from: 'beginning' },
        indexChanges(picky()),
      );
      return following;
    };
    const refusals = async () =>
      (await firstRefusals(ports, 10)).map(({ id, recordVersion }) => `${id} ${recordVersion}`);
    beforeEach(async () => {
      refuses = true;
      puts = 0;
      await achievements().insert(achievementEntry('a', { title: '紫菜' }));
      await achievements().insert(achievementEntry('b', { title: '拒收的紫菜' }));
      await achievements().insert(achievementEntry('c', { title: '紫菜' }));
    });

    it('is kept in the store while the rest goes on, once', async () => {
      await followPicky().caughtUp();
      expect(await find('紫菜')).to.deep.equal(['a', 'c']);
      expect(puts).to.equal(1);
      expect(await refusals()).to.deep.equal(['achievement/b 1']);
      expect((await firstRefusals(ports, 1))[0]!.reason).to.match(/版本号/);
      expect(await compareIndex(ports)).to.deep.equal({
        ...inStep,
        refused: { count: 1, first: ['achievement/b'] },
      });
    });

    it('takes the older version out of the index, which would tell what is no longer so', async () => {
      await followPicky().caughtUp();
      await achievements().update('a', 1, achievementEntry('a', { title: '拒' }));
      expect(await find('紫菜')).to.deep.equal(['c']);
      expect(await refusals()).to.deep.equal(['achievement/a 2', 'achievement/b 1']);
    });

    it('can come under its own version, once the cause is mended', async () => {
      await achievements().update('b', 1, achievementEntry('b', { title: '又拒收的紫菜' }));
      const handle = indexChanges(picky());
      const change = async (): Promise<Change> => {
        const document = (await achievements().get('b'))!;
        return { collection: 'achievements', id: 'b', version: document.version, document, events: [] } as never;
      };
      await handle([await change()]);
      expect(await refusals()).to.deep.equal(['achievement/b 2']);
      refuses = false;
      await handle([await change()]);
      expect(await refusals()).to.deep.equal([]);
      expect(await find('紫菜')).to.deep.equal(['b']);
    });

    it('is forgotten when a later version is taken, and when the record leaves', async () => {
      await achievements().insert(achievementEntry('d', { title: '拒' }));
      await followPicky().caughtUp();
      await achievements().update('b', 1, achievementEntry('b', { title: '紫菜' }));
      await achievements().update('d', 1, achievementEntry('d', { title: '拒' }, 'withdrawn'));
      expect(await find('紫菜')).to.deep.equal(['a', 'b', 'c']);
      expect(await refusals()).to.deep.equal([]);
      expect(await compareIndex(ports)).to.deep.equal(inStep);
    });

    it('does not stop a new index, and is forgotten by one that takes it', async () => {
      expect(await reindex(picky())).to.deep.equal({ documents: 2, refused: 1 });
      expect(await refusals()).to.deep.equal(['achievement/b 1']);
      refuses = false;
      expect(await reindex(picky())).to.deep.equal({ documents: 3, refused: 0 });
      expect(await refusals()).to.deep.equal([]);
      expect(await compareIndex(ports)).to.deep.equal(inStep);
    });
  });

  describe('reindex and compareIndex', () => {
    beforeEach(async () => {
      await organisations().insert(organisationRecord('o1', { name: '机器人公司' }));
      for (const id of ['a', 'b', 'c']) {
        await achievements().insert(achievementEntry(id, { title: `成果${id}` }, 'published', 'o1'));
      }
      await needs().insert(needEntry('draft', { title: '草稿' }, 'draft'));
      await needs().insert(needEntry('old', { title: '旧' }, 'archived'));
    });

    it('names what is missing, extra and stale', async () => {
      expect(await compareIndex(ports)).to.deep.equal({
        refused: none,
        missing: { count: 4, first: ['need/old', 'achievement/a', 'achievement/b', 'achievement/c'] },
        extra: none,
        stale: none,
      });
      await reindex(ports);
      expect(await compareIndex(ports)).to.deep.equal(inStep);
      const extra = {
        kind: 'achievement' as const,
        title: '',
        fields: {},
        facets: {},
        numbers: {},
        audience: 'public' as const,
      };
      await ports.index.put([
        { ...extra, id: 'a', version: 7 },
        { ...extra, id: 'aa', version: 1 },
        { ...extra, id: 'z', version: 1 },
        { ...extra, kind: 'need', id: 'draft', version: 1 },
      ]);
      await ports.index.remove([{ kind: 'achievement', id: 'c', version: 9 }]);
      expect(await compareIndex(ports)).to.deep.equal({
        refused: none,
        missing: { count: 1, first: ['achievement/c'] },
        extra: { count: 3, first: ['need/draft', 'achievement/aa', 'achievement/z'] },
        stale: { count: 1, first: ['achievement/a'] },
      });
      await reindex(ports);
      expect(await compareIndex(ports)).to.deep.equal(inStep);
    });

    it('names the first twenty only', async () => {
      await Promise.all(Array.from({ length: 30 }, (_, n) => needs().insert(needEntry(`m${n}`, { title: '多' }))));
      const { missing } = await compareIndex(ports);
      expect(missing.count).to.equal(34);
      expect(missing.first).to.have.length(20);
    });

    it('fills the index with organisations and tells its progress', async () => {
      const steps: [number, number][] = [];
      expect(await reindex(ports, (done, total) => steps.push([done, total]))).to.deep.equal({
        documents: 4,
        refused: 0,
      });
      expect(steps).to.deep.equal([
        [2, 5],
        [5, 5],
      ]);
      expect((await find('机器人')).sort()).to.deep.equal(['a', 'b', 'c']);
    });

    it('keeps a name that was changed while the batch was made', async () => {
      follow();
      await following!.caughtUp();
      let renamed = false;
      const slow: Ports = {
        ...ports,
        segmenter: {
          ...ports.segmenter,
          segment: async (texts, mode) => {
            const words = await ports.segmenter.segment(texts, mode);
            if (!renamed && texts.includes('成果a')) {
              renamed = true;
              await organisations().update('o1', 1, organisationRecord('o1', { name: '电梯公司' }));
              await following!.caughtUp();
            }
            return words;
          },
        },
      };
      await reindex(slow);
      expect(renamed).to.equal(true);
      expect(await find('机器人')).to.deep.equal([]);
      expect((await find('电梯')).sort()).to.deep.equal(['a', 'b', 'c']);
    });

    it('loses no write that comes while it fills', async () => {
      follow();
      await following!.caughtUp();
      let written = false;
      const slow: Ports = {
        ...ports,
        segmenter: {
          ...ports.segmenter,
          segment: async (texts, mode) => {
            const words = await ports.segmenter.segment(texts, mode);
            if (!written && texts.includes('成果a')) {
              written = true;
              await achievements().update('a', 1, achievementEntry('a', { title: '曳引机' }, 'published', 'o1'));
              await achievements().update('b', 1, achievementEntry('b', { title: '成果b' }, 'withdrawn', 'o1'));
              await achievements().insert(achievementEntry('0', { title: '更新的' }));
              await following!.caughtUp();
            }
            return words;
          },
        },
      };
      await reindex(slow);
      expect(await compareIndex(ports)).to.deep.equal(inStep);
      expect(await find('曳引机')).to.deep.equal(['a']);
    });

    it('keeps the old index, and names the record, where the index fails one', async () => {
      await reindex(ports);
      const failing: Ports = {
        ...ports,
        index: {
          ...ports.index,
          // The real index, which refuses a version that no store gives.
          rebuild: (fill, options) =>
            ports.index.rebuild(
              (sink) =>
                fill({ ...sink, put: (documents) => sink.put(documents.map((one) => ({ ...one, version: 0 }))) }),
              options,
            ),
        },
      };
      const error = await reindex(failing).then(
        () => expect.fail('was accepted'),
        (thrown: QianxianError) => thrown,
      );
      expect(error.code).to.equal('unavailable');
      expect(error.message).to.match(/4条记录没有编入索引，例如 old（版本号.*索引未更换/);
      expect(await compareIndex(ports)).to.deep.equal(inStep);
    });

    /** The real index, whose new one says of some documents that it took them, and does not have them. */
    const losing = (loses: (document: IndexDocument) => boolean): Ports => ({
      ...ports,
      index: {
        ...ports.index,
        rebuild: (fill, options) =>
          ports.index.rebuild(
            (sink) =>
              fill({
                ...sink,
                async put(documents) {
                  await sink.put(documents.filter((document) => !loses(document)));
                  return documents.map(({ id }) => ({ id, result: 'applied' }));
                },
              }),
            options,
          ),
      },
    });

    it('makes again what the new index turns out not to hold', async () => {
      let lost = 0;
      const { documents } = await reindex(losing(({ id }) => id === 'b' && lost++ === 0));
      expect(lost).to.equal(2);
      expect(documents).to.equal(4);
      expect(await compareIndex(ports)).to.deep.equal(inStep);
    });

    it('takes out again what was withdrawn meanwhile and that nobody told the new index', async () => {
      let withdrawn = false;
      const slow: Ports = {
        ...ports,
        segmenter: {
          ...ports.segmenter,
          segment: async (texts, mode) => {
            const words = await ports.segmenter.segment(texts, mode);
            if (!withdrawn && texts.includes('成果a')) {
              withdrawn = true;
              await achievements().update('b', 1, achievementEntry('b', { title: '成果b' }, 'withdrawn', 'o1'));
              await achievements().remove('c', 1);
            }
            return words;
          },
        },
      };
      expect(await reindex(slow)).to.deep.equal({ documents: 2, refused: 0 });
      expect(await compareIndex(ports)).to.deep.equal(inStep);
    });

    it('keeps the old index where the new one does not come to hold what the store holds', async () => {
      await reindex(ports);
      const message = await reindex(losing(({ id }) => id === 'b')).catch((error: Error) => error.message);
      expect(message).to.match(/新索引与数据库差 1 条，例如 achievement\/b，索引未更换/);
      expect(await compareIndex(ports)).to.deep.equal(inStep);
    });

    it('makes the first index also where it refuses everything, rather than none', async () => {
      const refusing: Ports = {
        ...ports,
        index: {
          ...ports.index,
          rebuild: (fill, options) =>
            ports.index.rebuild(
              (sink) =>
                fill({ ...sink, put: (documents) => sink.put(documents.map((one) => ({ ...one, version: 0 }))) }),
              options,
            ),
        },
      };
      expect(await reindex(refusing)).to.deep.equal({ documents: 0, refused: 4 });
      expect((await compareIndex(ports)).refused.count).to.equal(4);
    });

    it('keeps the old index where the segmenter is lost in the middle', async () => {
      await reindex(ports);
      const broken: Ports = {
        ...ports,
        segmenter: { ...ports.segmenter, segment: () => Promise.reject(new Error('lost')) },
      };
      const message = await reindex(broken).catch((error: Error) => error.message);
      expect(message).to.equal('lost');
      expect(await compareIndex(ports)).to.deep.equal(inStep);
    });
  });
});
