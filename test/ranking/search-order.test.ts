import { expect } from 'chai';
import type { AchievementDraft } from '../../src/domain/achievement.ts';
import { reindex } from '../../src/steps/indexing/reindex.ts';
import { searchRecords } from '../../src/steps/indexing/search-records.ts';
import { type FreshPorts, freshPorts } from '../steps/fresh-ports.ts';
import { achievementEntry } from '../steps/indexing/entry-fixtures.ts';

/** A small corpus on which each order has a reason that a clerk would give. Changing weights must not break one of them. */
const corpus: Readonly<Record<string, AchievementDraft>> = {
  'title-polish': { title: '稀土抛光粉的制备', abstract: '以碳酸铈为原料，经焙烧与分级得到粒度均匀的产品。' },
  'abstract-polish': {
    title: '光学玻璃表面加工',
    abstract: '玻璃加工中使用稀土抛光粉，经精磨与清洗得到光洁表面，适合镜头与棱镜。',
  },
  'keyword-polish': {
    title: '玻璃精密加工工艺',
    abstract: '经精磨与清洗得到光洁表面，适合镜头与棱镜的批量生产，成本较低。',
    keywords: ['抛光粉', '玻璃'],
  },
  'a-mention-in-a-long-text': {
    title: '硬盘基片生产线',
    abstract: `${'生产线由上料、清洗、检测和包装组成，节拍稳定，便于维护。'.repeat(12)}其中一步使用抛光粉。`,
  },
  'rare-earth': { title: '稀土永磁材料', abstract: '晶界扩散提高矫顽力，减少重稀土用量。' },
  'rare-earth-glass': { title: '稀土发光玻璃', abstract: '稀土离子掺杂的发光玻璃。' },
  seaweed: { title: '条斑紫菜热泵干燥', abstract: '干燥温度低，紫菜色泽好。' },
  'seaweed-glue': { title: '海藻胶提取', abstract: '从紫菜下脚料中提取海藻胶，兼顾干燥能耗。' },
  'seaweed-often': { title: '养殖水质监测', abstract: '监测紫菜养殖海区的水质，为紫菜育苗和紫菜采收提供数据。' },
  elevator: { title: '电梯曳引机', abstract: '永磁同步电机驱动，噪声低。' },
  alloy: { title: 'Al-Mg合金焊丝', abstract: '用于TIG焊接。' },
  alloys: { title: 'Alloy718锻造', abstract: '高温合金锻造。' },
};

describe('order of search results', () => {
  let ports: FreshPorts;
  before(async () => {
    ports = await freshPorts();
    // Worst first, so that the order of insertion never is the expected one by chance.
    for (const [id, content] of Object.entries(corpus).reverse()) {
      await ports.store.collection('achievements').insert(achievementEntry(id, content));
    }
    await reindex(ports);
  });
  after(() => ports.close());

  const order = async (text: string) => {
    const page = await searchRecords(ports, null, { kind: 'achievement', text });
    return page.hits.map(({ id }) => id);
  };

  it('puts the title before keywords, keywords before the abstract, a mention in a long text last', async () => {
    expect(await order('抛光粉')).to.deep.equal([
      'title-polish',
      'keyword-polish',
      'abstract-polish',
      'a-mention-in-a-long-text',
    ]);
  });

  it('shows only records with every word where there are some', async () => {
    expect(await order('稀土抛光粉')).to.deep.equal(['title-polish', 'abstract-polish']);
  });

  it('lets the rarer word decide where no record has all of them', async () => {
    // 曳引机 stands in one record, 稀土 in several: who asks for both meant the rare one more.
    const found = await order('稀土曳引机');
    expect(found[0]).to.equal('elevator');
    expect(found).to.include.members(['rare-earth', 'rare-earth-glass']);
  });

  it('does not let three mentions in an abstract win over a title about the matter', async () => {
    const found = await order('紫菜');
    expect(found[0]).to.equal('seaweed');
    expect(found).to.have.members(['seaweed', 'seaweed-often', 'seaweed-glue']);
  });

  it('prefers the record about both words to the one that mentions both', async () => {
    expect(await order('紫菜 干燥')).to.deep.equal(['seaweed', 'seaweed-glue']);
  });

  it('prefers a record whose title and abstract both speak of the word', async () => {
    const found = await order('稀土');
    expect(found.indexOf('rare-earth-glass')).to.be.below(found.indexOf('abstract-polish'));
    expect(found.indexOf('rare-earth')).to.be.below(found.indexOf('abstract-polish'));
  });

  it('does not take the beginning of a Latin word for the word', async () => {
    expect(await order('Al')).to.deep.equal(['alloy']);
    expect(await order('ａｌ－ｍｇ')).to.deep.equal(['alloy']);
  });

  it('ranks the same whatever the order in which words were asked', async () => {
    const one = await searchRecords(ports, null, { kind: 'achievement', text: '玻璃 稀土' });
    const other = await searchRecords(ports, null, { kind: 'achievement', text: '稀土 玻璃' });
    expect(one.hits.map(({ id }) => id)).to.deep.equal(other.hits.map(({ id }) => id));
  });
});
