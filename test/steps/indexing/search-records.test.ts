import { expect } from 'chai';
import type { EntryKind } from '../../../src/domain/entry.ts';
import type { QianxianError } from '../../../src/domain/errors.ts';
import type { SearchInput } from '../../../src/domain/search-input.ts';
import type { Principal } from '../../../src/domain/user.ts';
import { reindex } from '../../../src/steps/indexing/reindex.ts';
import { type FoundRecord, searchRecords } from '../../../src/steps/indexing/search-records.ts';
import { suggestRecords } from '../../../src/steps/indexing/suggest-records.ts';
import { achievementEntry, memberOf, needEntry, organisationRecord, staff } from './entry-fixtures.ts';
import { type IndexingPorts, indexingPorts } from './indexing-ports.ts';

const contact = { name: '联系甲', phone: '0518-12345678' };
const marked = (found: FoundRecord): string =>
  found.titleSegments.map((segment) => (segment.hit ? `[${segment.text}]` : segment.text)).join('');

describe('searching and suggesting', () => {
  let ports: IndexingPorts;
  before(async () => {
    ports = await indexingPorts();
    const { store } = ports;
    await store
      .collection('organisations')
      .insert(organisationRecord('steel', { name: '海州特钢公司', type: 'enterprise', region: '赣榆区', contact }));
    await store
      .collection('organisations')
      .insert(organisationRecord('university', { name: '海州大学', type: 'university' }));
    const needs = store.collection('needs');
    const achievements = store.collection('achievements');
    await needs.insert(
      needEntry(
        'open',
        {
          title: '稀土抛光粉废料再生',
          problem: `${'现有工艺能耗高。'.repeat(30)}抛光粉中的稀土难以回收。`,
          keywords: ['抛光粉'],
          budgetWan: 80,
          fields: ['materials'],
          solutionModes: ['transfer'],
          industry: 'C',
          contact,
        },
        'published',
        'steel',
      ),
    );
    await needs.insert(
      needEntry(
        'hidden',
        { title: '转炉渣利用', budgetWan: 200, hideOrganisation: true, fields: ['environment'] },
        'published',
        'steel',
      ),
    );
    await needs.insert(needEntry('members', { title: '轧机振动', visibility: 'members' }, 'published', 'steel'));
    await needs.insert(
      needEntry('bureau', { title: '高炉长寿', visibility: 'bureau', budgetWan: 10 }, 'published', 'steel'),
    );
    await needs.insert(needEntry('archived', { title: '旧的高炉' }, 'archived', 'steel'));
    await needs.insert(needEntry('draft', { title: '高炉草稿' }, 'draft', 'steel'));
    await achievements.insert(
      achievementEntry(
        'polish',
        {
          title: '氧化铈抛光液',
          abstract: '用于玻璃抛光的抛光液。',
          trl: 8,
          priceMinWan: 30,
          cooperationModes: ['licence'],
          fields: ['materials'],
        },
        'published',
        'university',
      ),
    );
    await achievements.insert(
      achievementEntry(
        'seaweed',
        { title: '紫菜干燥', abstract: '热泵干燥。', trl: 3, fields: ['marine', 'agriculture'] },
        'published',
        'university',
      ),
    );
    await reindex(ports);
  });
  after(() => ports.close());

  const search = (input: Partial<SearchInput>, principal: Principal | null = null) =>
    searchRecords(ports, principal, { kind: 'need', ...input });
  const ids = async (input: Partial<SearchInput>, principal: Principal | null = null) =>
    (await search(input, principal)).hits.map(({ id }) => id);
  const refusal = async (input: unknown): Promise<QianxianError> =>
    searchRecords(ports, null, input as SearchInput).then(
      () => expect.fail('was accepted'),
      (error: QianxianError) => error,
    );

  describe('searchRecords', () => {
    it('finds by words and shows where they stand', async () => {
      const page = await search({ text: '稀土的抛光粉' });
      expect(page).to.deep.include({ words: ['稀土', '抛光粉'], total: 1, relaxed: false, sort: 'relevance' });
      const [found] = page.hits;
      expect(found).to.deep.include({
        kind: 'need',
        id: 'open',
        version: 1,
        state: 'published',
        title: '稀土抛光粉废料再生',
        organisationId: 'steel',
        organisationName: '海州特钢公司',
        organisationHidden: false,
        keywords: ['抛光粉'],
        fields: ['materials'],
        industry: 'C',
        modes: ['transfer'],
        publishedAt: '2026-11-20T02:00:00.000Z',
        budgetWan: 80,
        trl: null,
      });
      expect(found!.score).to.be.above(0);
      expect(marked(found!)).to.equal('[稀土抛光粉]废料再生');
      expect(found!.fragments).to.have.length(1);
      const [fragment] = found!.fragments;
      expect(fragment).to.include({ field: 'problem', label: '主要问题', cutBefore: true, cutAfter: false });
      expect(fragment!.segments.filter(({ hit }) => hit).map(({ text }) => text)).to.deep.equal(['抛光粉', '稀土']);
    });

    it('shows the beginning of the text where no word stands in it', async () => {
      const { hits } = await searchRecords(ports, null, { kind: 'achievement', text: '海州大学', limit: 1 });
      const [fragment] = hits[0]!.fragments;
      expect(fragment!.segments.every(({ hit }) => !hit)).to.equal(true);
      expect(fragment).to.include({ field: 'abstract', cutBefore: false, cutAfter: false });
    });

    it('understands other widths, cases and scripts', async () => {
      expect(await ids({ text: '轉爐渣' })).to.deep.equal(['hidden']);
    });

    it('falls back to some of the words, and says so', async () => {
      expect(await search({ text: '抛光粉 转炉渣' })).to.include({ total: 2, relaxed: true });
    });

    it('falls back to no single character, unless nothing else was asked for', async () => {
      const achievements = ports.store.collection('achievements');
      const pump = await achievements.insert(
        achievementEntry('pump', { title: '水 泵', abstract: '泵 送 水。' }, 'published', 'university'),
      );
      await reindex(ports);
      const found = async (text: string) => {
        const { hits, relaxed } = await searchRecords(ports, null, { kind: 'achievement', text });
        return { ids: hits.map(({ id }) => id), relaxed };
      };
      expect(await found('水')).to.deep.equal({ ids: ['pump'], relaxed: false });
      expect(await found('水 泵')).to.deep.equal({ ids: ['pump'], relaxed: false });
      expect(await found('水 抛光液')).to.deep.equal({ ids: ['polish'], relaxed: true });
      expect(await found('水 飞船')).to.deep.equal({ ids: [], relaxed: false });
      expect(await found('水 虫')).to.deep.equal({ ids: ['pump'], relaxed: true });
      const paged = { kind: 'achievement', text: '水 抛光液 紫菜', limit: 1 } as const;
      const first = await searchRecords(ports, null, paged);
      const second = await searchRecords(ports, null, { ...paged, cursor: first.next! });
      expect([...first.hits, ...second.hits].map(({ id }) => id)).to.have.members(['polish', 'seaweed']);
      expect([second.relaxed, second.next]).to.deep.equal([true, undefined]);
      await achievements.remove(pump.id, pump.version);
      await reindex(ports);
    });

    it('finds nothing for signs alone, and everything for no text', async () => {
      expect(await search({ text: '！！——' })).to.deep.include({ total: 0, hits: [], words: [] });
      const all = await search({});
      expect(all).to.deep.include({ total: 2, sort: 'newest' });
      expect(all.hits.every(({ score }) => score === 0)).to.equal(true);
    });

    it('shows each asker what he may see', async () => {
      const cases: readonly [string, Principal | null, string[]][] = [
        ['anybody', null, ['hidden', 'open']],
        ['another organisation', memberOf('university'), ['hidden', 'members', 'open']],
        ['the owner', memberOf('steel'), ['archived', 'bureau', 'hidden', 'members', 'open']],
        ['staff', staff, ['archived', 'bureau', 'hidden', 'members', 'open']],
      ];
      for (const [who, principal, expected] of cases) {
        expect((await ids({}, principal)).sort(), who).to.deep.equal(expected);
        expect((await search({}, principal)).total, who).to.equal(expected.length);
        const blast = await search({ text: '高炉' }, principal);
        expect(blast.total, who).to.equal(expected.filter((id) => id === 'archived' || id === 'bureau').length);
      }
    });

    it('tells a hidden enterprise to its own people and to staff alone, in hits, filters, counts and words', async () => {
      const hiddenFor = async (principal: Principal | null) =>
        (await search({ text: '转炉渣' }, principal)).hits.map(
          ({ organisationId, organisationName, organisationHidden }) => ({
            organisationId,
            organisationName,
            organisationHidden,
          }),
        )[0];
      const told = { organisationId: 'steel', organisationName: '海州特钢公司', organisationHidden: false };
      const untold = { organisationId: null, organisationName: null, organisationHidden: true };
      expect(await hiddenFor(staff)).to.deep.equal(told);
      expect(await hiddenFor(memberOf('steel'))).to.deep.equal(told);
      expect(await hiddenFor(memberOf('university'))).to.deep.equal(untold);
      expect(await hiddenFor(null)).to.deep.equal(untold);

      expect(await ids({ facets: { organisation: ['steel'] } })).to.deep.equal(['open']);
      expect((await ids({ facets: { organisation: ['steel'] } }, staff)).sort()).to.include('hidden');
      const counted = async (principal: Principal | null) =>
        (await search({}, principal)).counts.find(({ name }) => name === 'organisation')!.values;
      expect(await counted(null)).to.deep.equal([{ value: 'steel', label: '海州特钢公司', count: 1 }]);
      expect(await counted(staff)).to.deep.equal([{ value: 'steel', label: '海州特钢公司', count: 5 }]);
      expect(await ids({ text: '海州特钢' })).to.deep.equal(['open']);
    });

    it('never shows a contact', async () => {
      for (const principal of [null, memberOf('steel'), staff]) {
        expect(JSON.stringify(await search({}, principal))).not.to.match(/联系甲|12345678/);
      }
    });

    it('does not show what was withdrawn a moment ago, though the index still has it', async () => {
      const { store } = ports;
      const achievements = store.collection('achievements');
      const { version } = await achievements.insert(achievementEntry('gone', { title: '光伏组件' }));
      await reindex(ports);
      const query = { kind: 'achievement' as const, text: '光伏' };
      expect((await searchRecords(ports, null, query)).hits.map(({ id }) => id)).to.deep.equal(['gone']);
      await achievements.update('gone', version, achievementEntry('gone', { title: '光伏组件' }, 'withdrawn'));
      expect((await searchRecords(ports, staff, query)).hits).to.deep.equal([]);
      expect(await suggestRecords(ports, staff, { text: 'guangfu' })).to.deep.equal([]);
      await achievements.remove('gone', version + 1);
      expect((await searchRecords(ports, null, query)).hits).to.deep.equal([]);
      expect(await suggestRecords(ports, null, { text: 'guangfu' })).to.deep.equal([]);
      await reindex(ports);
    });

    it('does not show what was narrowed to the bureau a moment ago, though the index still has it', async () => {
      const achievements = ports.store.collection('achievements');
      const { version } = await achievements.insert(achievementEntry('narrowed', { title: '限速器' }));
      await reindex(ports);
      await achievements.update(
        'narrowed',
        version,
        achievementEntry('narrowed', { title: '限速器', visibility: 'bureau' }),
      );
      const query = { kind: 'achievement' as const, text: '限速器' };
      expect((await searchRecords(ports, null, query)).hits).to.deep.equal([]);
      expect(await suggestRecords(ports, null, { text: 'xiansuqi' })).to.deep.equal([]);
      expect((await searchRecords(ports, staff, query)).hits).to.have.length(1);
      await achievements.remove('narrowed', version + 1);
      await reindex(ports);
    });

    it('counts every facet of the kind with Chinese names, its own filter apart', async () => {
      const { counts } = await searchRecords(ports, null, { kind: 'achievement', facets: { field: ['materials'] } });
      const facet = (name: string) => counts.find((one) => one.name === name)!;
      expect(counts.map(({ label }) => label)).to.include.members(['技术领域', '合作方式', '技术成熟度', '机构']);
      expect(facet('field').values).to.deep.equal([
        { value: 'agriculture', label: '现代农业', count: 1 },
        { value: 'marine', label: '海洋', count: 1 },
        { value: 'materials', label: '新材料及应用', count: 1 },
      ]);
      expect(facet('mode').values).to.deep.equal([{ value: 'licence', label: '许可使用', count: 1 }]);
      expect(facet('trlBand').values).to.deep.equal([{ value: '7-9', label: 'TRL 7–9 工程应用', count: 1 }]);
      expect(facet('archive').values).to.deep.equal([{ value: 'no', label: '正式发布', count: 1 }]);
      expect(facet('region').values).to.deep.equal([]);
    });

    it('filters by ranges and sorts', async () => {
      expect(await ids({ ranges: { budgetWan: { gte: 100 } } })).to.deep.equal(['hidden']);
      expect(await ids({ ranges: { budgetWan: {} } })).to.deep.equal(['hidden', 'open']);
      expect(await ids({ sort: 'budget-low' }, staff)).to.deep.equal([
        'bureau',
        'open',
        'hidden',
        'archived',
        'members',
      ]);
      expect((await ids({ sort: 'budget-high' }, staff))[0]).to.equal('hidden');
      const achievements = async (input: Partial<SearchInput>) =>
        (await searchRecords(ports, null, { kind: 'achievement', ...input })).hits.map(({ id }) => id);
      expect(await achievements({ sort: 'trl-high' })).to.deep.equal(['polish', 'seaweed']);
      expect(await achievements({ ranges: { trl: { lte: 3 } } })).to.deep.equal(['seaweed']);
      expect(await achievements({ sort: 'price-low' })).to.deep.equal(['polish', 'seaweed']);
    });

    it('pages without loss', async () => {
      const seen: string[] = [];
      let cursor: string | undefined;
      do {
        const page = await search({ limit: 2, ...(cursor ? { cursor } : {}) }, staff);
        seen.push(...page.hits.map(({ id }) => id));
        cursor = page.next;
      } while (cursor);
      expect(seen.sort()).to.deep.equal(['archived', 'bureau', 'hidden', 'members', 'open']);
    });

    it('refuses bad input in Chinese, naming the field', async () => {
      const cases: readonly [unknown, string][] = [
        [{}, 'kind'],
        [{ kind: 'nothing' }, 'kind'],
        [{ kind: 'need', text: '长'.repeat(201) }, 'text'],
        [{ kind: 'need', text: 7 }, 'text'],
        [{ kind: 'need', text: 'a\u0000b' }, 'text'],
        [{ kind: 'need', text: 'a\uD800' }, 'text'],
        [{ kind: 'need', facets: { trlBand: ['1-3'] } }, 'facets.trlBand'],
        [{ kind: 'need', facets: { nothing: ['x'] } }, 'facets.nothing'],
        [{ kind: 'need', facets: JSON.parse('{"__proto__":["x"]}') }, 'facets.__proto__'],
        [{ kind: 'need', facets: { field: 'materials' } }, 'facets.field'],
        [{ kind: 'need', facets: { field: Array.from({ length: 51 }, (_, n) => `x${n}`) } }, 'facets.field'],
        [{ kind: 'need', facets: { shownOrganisation: ['steel'] } }, 'facets.shownOrganisation'],
        [{ kind: 'need', ranges: { trl: { gte: 1 } } }, 'ranges.trl'],
        [{ kind: 'need', ranges: { budgetWan: { gte: 5, lte: 4 } } }, 'ranges.budgetWan.lte'],
        [{ kind: 'need', ranges: { budgetWan: { $gt: 5 } } }, 'ranges.budgetWan.$gt'],
        [{ kind: 'need', sort: 'trl-high' }, 'sort'],
        [{ kind: 'need', limit: 0 }, 'limit'],
        [{ kind: 'need', limit: 101 }, 'limit'],
        [{ kind: 'need', $where: '1' }, '$where'],
      ];
      for (const [input, field] of cases) {
        const error = await refusal(input);
        expect(error.code, JSON.stringify(input).slice(0, 80)).to.equal('invalid');
        expect(error.issues[0]!.field, JSON.stringify(input).slice(0, 80)).to.equal(field);
        expect(error.issues[0]!.reason).to.match(/[\u4e00-\u9fff]/);
        expect(error.issues[0]!.mend).to.match(/[\u4e00-\u9fff]/);
      }
      expect((await refusal({ kind: 'need', cursor: 'x' })).code).to.equal('malformed');
    });
  });

  describe('suggestRecords', () => {
    const suggest = async (text: string, principal: Principal | null = null, kinds?: readonly EntryKind[]) =>
      (await suggestRecords(ports, principal, { text, ...(kinds ? { kinds: [...kinds] } : {}) })).map(({ id }) => id);

    it('takes Chinese, pinyin and initials over both kinds', async () => {
      for (const text of ['氧化铈', 'yanghuashi', 'yhs', '抛光液', 'pgy']) {
        expect(await suggest(text), text).to.deep.equal(['polish']);
      }
      expect(await suggest('xtpgf', null, ['achievement'])).to.deep.equal([]);
      expect(await suggest('xtpgf', null, ['need'])).to.deep.equal(['open']);
      expect(await suggest('')).to.deep.equal([]);
    });

    it('suggests only what the asker may see', async () => {
      expect(await suggest('gaolu')).to.deep.equal([]);
      expect(await suggest('gaolu', memberOf('university'))).to.deep.equal([]);
      expect((await suggest('gaolu', memberOf('steel'))).sort()).to.deep.equal(['archived', 'bureau']);
      expect((await suggest('gaolu', staff)).sort()).to.deep.equal(['archived', 'bureau']);
    });

    it('refuses bad input in Chinese', async () => {
      const inputs = [
        {},
        { text: '长'.repeat(101) },
        { text: 'a', kinds: [] },
        { text: 'a', limit: 21 },
        { text: 'a', kinds: ['x'] },
      ];
      for (const input of inputs) {
        const error = await suggestRecords(ports, null, input as never).then(
          () => expect.fail('was accepted'),
          (thrown: QianxianError) => thrown,
        );
        expect(error.code).to.equal('invalid');
      }
    });
  });
});
