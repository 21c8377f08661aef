import { expect } from 'chai';
import { askingNeed, features } from '../../../src/domain/matching/features.ts';
import {
  type ContextName,
  contextLimit,
  contextNames,
  type ListedOffer,
  listContext,
  withContext,
} from '../../../src/domain/matching/list-context.ts';
import { prepareRecord } from '../../../src/domain/matching/prepared-record.ts';
import { seededRandom, shuffled } from '../../../src/domain/seeded-random.ts';
import { madeAchievement, madeEncoder, madeNeed, statisticsOf } from './made-records.ts';

const encoder = madeEncoder();

function listed(titles: readonly string[]): ListedOffer[] {
  const need = madeNeed('n', { title: '稀土|抛光粉|回收' });
  const offers = titles.map((title, i) => madeAchievement(`a${String(i).padStart(3, '0')}`, { title }));
  const statistics = statisticsOf([need, ...offers]);
  const asking = askingNeed(prepareRecord(need, statistics, encoder));
  return offers.map((profile) => {
    const record = prepareRecord(profile, statistics, encoder);
    return { record, vector: features(asking, record) };
  });
}
const context = (list: readonly ListedOffer[], one: ListedOffer): Record<ContextName, number> => {
  const vector = withContext(one.vector, one.record, listContext(list, 2)!);
  return Object.fromEntries(contextNames.map((name, i) => [name, vector[one.vector.length + i]!])) as Record<
    ContextName,
    number
  >;
};

describe('a pair among the other candidates of its need', () => {
  const titles = ['稀土|抛光粉|回收', '抛光粉|研制', '稀土|系统', '海带|加工', '心理|咨询', '电炉|节能'];
  const list = listed(titles);

  it('keeps its own features in front', () => {
    const [first] = list;
    const vector = withContext(first!.vector, first!.record, listContext(list, 2)!);
    expect([...vector.slice(0, first!.vector.length)]).to.deep.equal([...first!.vector]);
    expect(vector.length - first!.vector.length).to.equal(contextNames.length);
  });

  it('stands above the others where it fits best, and below where it does not', () => {
    const best = context(list, list[0]!);
    const worst = context(list, list[3]!);
    for (const name of ['placeByMeaning', 'placeByCharacters', 'aboveByMeaning', 'aboveByCharacters'] as const) {
      expect(best[name], name).to.be.greaterThan(worst[name]);
    }
    expect(best.placeByMeaning).to.be.closeTo(5.5 / 6, 1e-9);
  });

  it('is like the others where they speak of the same', () => {
    const alike = listed(['稀土|回收', '稀土|抛光粉', '稀土|研制', '心理|咨询']);
    expect(context(alike, alike[0]!).likeTheOthers).to.be.greaterThan(context(alike, alike[3]!).likeTheOthers + 0.1);
    expect(context(alike, alike[3]!).likeTheOthers).to.be.closeTo(0, 1e-6);
    expect(context(alike, alike[0]!).listLikeness).to.be.greaterThan(context(list, list[0]!).listLikeness);
  });

  it('gives one context whatever the order of the candidates, and to one that stands beside the list', () => {
    const turned = shuffled(list, seededRandom('turned'));
    for (const one of list) expect(context(turned, one)).to.deep.equal(context(list, one));
    const beside = context(list.slice(1), list[0]!);
    for (const name of contextNames) expect(beside[name], name).to.be.within(0, 1);
    expect(beside.placeByMeaning).to.equal(1);
  });

  it('looks at the best of a long list, so that what else was recalled changes nothing', () => {
    const many = listed([...titles, ...Array.from({ length: contextLimit }, () => '抛光粉|回收')]);
    const cut = context(many, many[0]!);
    expect(cut.listSize).to.equal(1);
    const without = context(
      many.filter((one) => one.record.profile.texts[0]!.text !== '心理咨询'),
      many[0]!,
    );
    expect(cut).to.deep.equal(without);
  });

  it('is nothing where there is no other, and finite where all are the same or empty', () => {
    expect(listContext(list.slice(0, 1), 2)).to.equal(undefined);
    expect(listContext(list), 'six').to.equal(undefined);
    expect(listContext([])).to.equal(undefined);
    for (const same of [listed(['', '', '']), listed(['系统', '系统'])]) {
      for (const one of same) {
        for (const [name, value] of Object.entries(context(same, one))) expect(value, name).to.be.within(0, 1);
      }
    }
  });
});
