import { expect } from 'chai';
import fc from 'fast-check';
import { fieldFrequency, inverseDocumentFrequency, wordScore } from '../../src/domain/bm25.ts';
import { QianxianError } from '../../src/domain/errors.ts';
import {
  type Audience,
  fieldWeights,
  type IndexDocument,
  type IndexKind,
  type RecallQuery,
  type SearchIndex,
  type SearchQuery,
  typicalLengths,
} from '../../src/ports/search-index.ts';

/** A document of which a test only says what it is about. */
export function indexDocument(
  id: string,
  given: Partial<IndexDocument> & { readonly words?: string } = {},
): IndexDocument {
  const { words = '', ...rest } = given;
  return {
    kind: 'achievement',
    id,
    version: 1,
    title: id,
    fields: words === '' ? {} : { title: words.split(' ') },
    facets: {},
    numbers: {},
    audience: 'public',
    ...rest,
  };
}

const everybody: readonly Audience[] = ['public', 'members', 'bureau'];
const ask = (given: Partial<SearchQuery> = {}): SearchQuery => ({
  kind: 'achievement',
  words: [],
  audiences: everybody,
  limit: 10,
  ...given,
});

/**
 * Every document's score for weighted words, by going through all documents: the definition that engines are held to.
 * Words and fields are added up in their order, so that an engine that does the same gets the same floating-point sum.
 * Average lengths are those of the documents, or the given ones.
 */
export function naiveScores(
  documents: readonly IndexDocument[],
  terms: RecallQuery['terms'],
  averages?: Readonly<Record<string, number>>,
): Map<string, { readonly score: number; readonly matched: number }> {
  const lengths = new Map<string, { total: number; documents: number }>();
  for (const document of documents) {
    for (const [name, words] of Object.entries(document.fields)) {
      if (words.length === 0) continue;
      const known = lengths.get(name) ?? { total: 0, documents: 0 };
      lengths.set(name, { total: known.total + words.length, documents: known.documents + 1 });
    }
  }
  const scores = new Map<string, { score: number; matched: number }>();
  for (const { word, weight } of terms) {
    const holding = documents.filter((document) =>
      Object.values(document.fields).some((words) => words.includes(word)),
    );
    const idf = inverseDocumentFrequency(holding.length, documents.length);
    for (const document of holding) {
      let frequency = 0;
      for (const [name, words] of Object.entries(document.fields)) {
        const times = words.filter((other) => other === word).length;
        if (times === 0) continue;
        const { total, documents: count } = lengths.get(name)!;
        const fieldWeight = Object.hasOwn(fieldWeights, name) ? fieldWeights[name]! : 1;
        frequency += fieldFrequency(times, fieldWeight, words.length, averages?.[name] ?? total / count);
      }
      const known = scores.get(document.id) ?? { score: 0, matched: 0 };
      scores.set(document.id, {
        score: known.score + weight * wordScore(idf, frequency),
        matched: known.matched + 1,
      });
    }
  }
  return scores;
}

const byScore = (a: { id: string; score: number }, b: { id: string; score: number }): number =>
  b.score - a.score || (a.id < b.id ? -1 : 1);

async function failure(work: Promise<unknown>): Promise<QianxianError> {
  const error = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).to.be.instanceOf(QianxianError);
  return error as QianxianError;
}

/**
 * That a ranking is the best `k` by true scores. With a tolerance, scores may differ by so much of themselves, and only
 * documents whose true scores are so close may stand in another order, or one for the other at the end.
 */
export function expectRanking(
  found: readonly { readonly id: string; readonly score: number }[],
  truth: ReadonlyMap<string, number>,
  k: number,
  tolerance: number,
): void {
  const expected = [...truth].map(([id, score]) => ({ id, score })).sort(byScore);
  if (tolerance === 0) {
    expect(found.map(({ id }) => id)).to.deep.equal(expected.slice(0, k).map(({ id }) => id));
  }
  expect(found).to.have.length(Math.min(k, expected.length));
  expect(new Set(found.map(({ id }) => id)).size).to.equal(found.length);
  for (const [place, { id, score }] of found.entries()) {
    expect(truth.has(id), id).to.equal(true);
    expect(score).to.be.closeTo(truth.get(id)!, Math.abs(score) * tolerance);
    const next = found[place + 1];
    if (next) expect(byScore({ id, score }, next)).to.be.below(0);
    // What stands here is as good as what should.
    expect(truth.get(id)!).to.be.closeTo(expected[place]!.score, Math.abs(score) * 2 * tolerance);
  }
}

/** What a suite must know of an engine beside what its port says. */
export interface IndexSuiteOptions {
  /** By how much of itself a score may differ from the definition's (0: not at all), with the reason. */
  readonly tolerance?: { readonly scores: number; readonly because: string };
  /** Makes what was written visible to searches; by waiting for `visibleAfterMs` where there is no quicker way. */
  readonly settle?: (index: SearchIndex) => Promise<void>;
  /** Random corpora that are tried, each on an index of its own. */
  readonly runs?: number;
}

/** What every search index promises. `open` makes an empty one; each is closed by the suite. */
export function searchIndexContract(
  name: string,
  open: () => Promise<SearchIndex>,
  options: IndexSuiteOptions = {},
): void {
  const tolerance = options.tolerance?.scores ?? 0;
  const settle =
    options.settle ?? ((index: SearchIndex) => new Promise((resolve) => setTimeout(resolve, index.visibleAfterMs)));
  const withReason = options.tolerance ? ` (within ${tolerance}: ${options.tolerance.because})` : '';
  /** Average lengths that scores come from where no rebuild has measured any; those of the documents otherwise. */
  const averagesOf = (index: SearchIndex) => (index.averageLengths === 'live' ? undefined : typicalLengths);

  describe(`search index: ${name}`, () => {
    let index: SearchIndex;
    beforeEach(async () => {
      index = await open();
    });
    afterEach(() => index.close());

    const visible = () => settle(index);
    const put = async (...documents: IndexDocument[]) => {
      const receipts = await index.put(documents);
      await visible();
      return receipts;
    };
    const ids = async (given: Partial<SearchQuery> = {}) => (await index.search(ask(given))).hits.map((hit) => hit.id);
    const list = async (kind: IndexKind = 'achievement') => {
      const found: { id: string; version: number }[] = [];
      for await (const entry of index.entries(kind)) found.push({ id: entry.id, version: entry.version });
      return found;
    };

    describe('put and remove', () => {
      it('acknowledges each item in order', async () => {
        const receipts = await index.put([indexDocument('b'), indexDocument('a')]);
        expect(receipts).to.deep.equal([
          { id: 'b', result: 'applied' },
          { id: 'a', result: 'applied' },
        ]);
      });

      it('never lets an older version win', async () => {
        await put(indexDocument('a', { version: 3, words: '新' }));
        const [receipt] = await put(indexDocument('a', { version: 2, words: '旧' }));
        expect(receipt!.result).to.equal('stale');
        expect(await ids({ words: ['新'] })).to.deep.equal(['a']);
        expect(await ids({ words: ['旧'] })).to.deep.equal([]);
        expect(await list()).to.deep.equal([{ id: 'a', version: 3 }]);
      });

      it('replaces by a newer version and by the same version, whole', async () => {
        await put(indexDocument('a', { words: '旧 词', facets: { field: ['x'] }, numbers: { trl: 3 } }));
        expect((await put(indexDocument('a', { words: '同' })))[0]!.result).to.equal('applied');
        expect(await ids({ words: ['旧'] })).to.deep.equal([]);
        expect(await ids({ words: ['同'] })).to.deep.equal(['a']);
        expect(await ids({ facets: { field: ['x'] } })).to.deep.equal([]);
        expect(await ids({ ranges: { trl: { gte: 0 } } })).to.deep.equal([]);
        await put(indexDocument('a', { version: 2, words: '新' }));
        expect(await ids({ words: ['同'] })).to.deep.equal([]);
        expect(await ids({ words: ['新'] })).to.deep.equal(['a']);
        expect(await index.count('achievement')).to.equal(1);
      });

      it('applies the last of several versions in one call', async () => {
        const receipts = await put(
          indexDocument('a', { version: 2, words: '二' }),
          indexDocument('a', { version: 1, words: '一' }),
          indexDocument('a', { version: 3, words: '三' }),
        );
        expect(receipts.map(({ result }) => result)).to.deep.equal(['applied', 'stale', 'applied']);
        expect(await ids({ words: ['三'] })).to.deep.equal(['a']);
      });

      it('removes, and a late put never brings the removed back', async () => {
        await put(indexDocument('a', { version: 2, words: '词' }));
        const receipts = await index.remove([{ kind: 'achievement', id: 'a', version: 3 }]);
        await visible();
        expect(receipts).to.deep.equal([{ id: 'a', result: 'applied' }]);
        expect(await ids({ words: ['词'] })).to.deep.equal([]);
        expect(await index.count('achievement')).to.equal(0);
        for (const version of [1, 2, 3]) {
          expect((await put(indexDocument('a', { version, words: '词' })))[0]!.result, `version ${version}`).to.equal(
            'stale',
          );
        }
        expect((await put(indexDocument('a', { version: 4, words: '词' })))[0]!.result).to.equal('applied');
        expect(await ids({ words: ['词'] })).to.deep.equal(['a']);
      });

      it('remembers a removal that comes before the put that it overtook', async () => {
        await index.remove([{ kind: 'achievement', id: 'a', version: 5 }]);
        expect((await put(indexDocument('a', { version: 4 })))[0]!.result).to.equal('stale');
        expect(await index.count('achievement')).to.equal(0);
      });

      it('never removes what is newer', async () => {
        await put(indexDocument('a', { version: 5 }));
        const [receipt] = await index.remove([{ kind: 'achievement', id: 'a', version: 4 }]);
        await visible();
        expect(receipt!.result).to.equal('stale');
        expect(await index.count('achievement')).to.equal(1);
        expect((await index.remove([{ kind: 'achievement', id: 'a', version: 5 }]))[0]!.result).to.equal('applied');
        await visible();
        expect(await index.count('achievement')).to.equal(0);
      });

      it('keeps an older tombstone from replacing a newer one', async () => {
        await index.remove([{ kind: 'achievement', id: 'a', version: 5 }]);
        await index.remove([{ kind: 'achievement', id: 'a', version: 3 }]);
        expect((await put(indexDocument('a', { version: 4 })))[0]!.result).to.equal('stale');
      });

      it('fails one item with a reason, keeps nothing of it, and applies the others', async () => {
        const wrong: readonly Partial<IndexDocument>[] = [
          { version: 0 },
          { version: 1.5 },
          { title: 7 as never },
          { fields: { title: ['甲', 7 as never] } },
          { fields: { title: '甲' as never } },
          { facets: { field: [null as never] } },
          { numbers: { trl: Number.NaN } },
          { numbers: { trl: '3' as never } },
          { audience: 'nobody' as never },
          { kind: 'nothing' as never },
        ];
        for (const given of wrong) {
          const receipts = await put(
            indexDocument('bad', { words: '甲', ...given }),
            indexDocument('good', { words: '甲' }),
          );
          expect(
            receipts.map(({ result }) => result),
            JSON.stringify(given),
          ).to.deep.equal(['failed', 'applied']);
          expect(receipts[0]!.reason).to.be.a('string').and.not.equal('');
        }
        expect(await ids({ words: ['甲'] })).to.deep.equal(['good']);
        expect(await index.count('achievement')).to.equal(1);
        const before = (await index.search(ask({ words: ['甲'] }))).hits[0]!.score;
        const naive = naiveScores(
          [indexDocument('good', { words: '甲' })],
          [{ word: '甲', weight: 1 }],
          averagesOf(index),
        );
        expect(before).to.be.closeTo(naive.get('good')!.score, before * tolerance);
      });

      it('keeps needs and achievements apart, their statistics too', async () => {
        await put(indexDocument('a', { words: '稀土' }), indexDocument('a', { kind: 'need', words: '稀土 抛光' }));
        const alone = (await index.search(ask({ words: ['稀土'] }))).hits[0]!.score;
        await put(
          ...Array.from({ length: 20 }, (_, n) => indexDocument(`n${n}`, { kind: 'need', words: '紫菜 养殖 海' })),
        );
        expect((await index.search(ask({ words: ['稀土'] }))).hits[0]!.score).to.be.closeTo(alone, alone * tolerance);
        expect(await ids({ kind: 'need', words: ['抛光'] })).to.deep.equal(['a']);
        expect(await ids({ words: ['抛光'] })).to.deep.equal([]);
        await index.remove([{ kind: 'need', id: 'a', version: 9 }]);
        await visible();
        expect(await index.count('achievement')).to.equal(1);
      });

      it('takes ids, words and values that are names of object members for what they are', async () => {
        const names = ['__proto__', 'constructor', 'toString', 'hasOwnProperty', '$gt', ''];
        const receipts = await put(
          ...names.map((id) =>
            indexDocument(id, { fields: { title: [id, '词'] }, facets: { field: [id] }, title: id }),
          ),
        );
        expect(receipts.map(({ result }) => result)).to.deep.equal(names.map(() => 'applied'));
        expect(await list()).to.deep.equal([...names].sort().map((id) => ({ id, version: 1 })));
        for (const name of names) {
          expect(await ids({ words: [name] }), name).to.deep.equal([name]);
          expect(await ids({ facets: { field: [name] } }), name).to.deep.equal([name]);
          const [found] = await index.recall('achievement', [{ terms: [{ word: name, weight: 1 }], k: 3 }]);
          expect(
            found!.map(({ id }) => id),
            name,
          ).to.deep.equal([name]);
        }
        const { counts } = await index.search(ask({ count: ['field'] }));
        expect(counts.field!.map(({ value }) => value).sort()).to.deep.equal([...names].sort());
      });

      it('takes words that hold white space, dots, controls and 10,000 letters for what they are', async () => {
        const words = [
          'a b',
          'a',
          'b',
          'a.b',
          'a\u00a0b',
          'a\tb',
          'a\u0000b',
          '\\',
          '.',
          ' ',
          'x'.repeat(10_000),
          'x'.repeat(9_999),
        ];
        await put(...words.map((word, n) => indexDocument(`d${n}`, { fields: { title: [word] } })));
        for (const [n, word] of words.entries()) {
          expect(await ids({ words: [word] }), JSON.stringify(word.slice(0, 10))).to.deep.equal([`d${n}`]);
        }
      });

      it('takes fields, facets and numbers of any name, or refuses the document for one it has no place for', async () => {
        const names = ['__proto__', 'constructor', 'toString', 'hasOwnProperty', '$gt', ''];
        const own = <T>(value: T) => JSON.parse(JSON.stringify(Object.fromEntries(names.map((key) => [key, value]))));
        const filter = { facets: own(['x']), count: names, ranges: own({ gte: 7 }) };
        const document = indexDocument('a', { fields: own(['甲', '词']), facets: own(['x']), numbers: own(7) });
        const [receipt] = await put(document);
        if (index.names === 'mapped') {
          expect(receipt!.result).to.equal('failed');
          for (const part of ['fields', 'facets', 'numbers'] as const) {
            const [one] = await put(indexDocument('a', { [part]: document[part] }));
            expect(one!.result, part).to.equal('failed');
            expect(one!.reason, part).to.include('__proto__');
          }
          expect(await index.count('achievement')).to.equal(0);
          await put(indexDocument('b', { words: '词' }));
          expect(await ids(filter)).to.deep.equal([]);
          expect(await ids({ sort: { by: '__proto__', direction: 'asc' } })).to.deep.equal(['b']);
        } else {
          expect(receipt!.result).to.equal('applied');
          expect(await ids({ words: ['甲'] })).to.deep.equal(['a']);
          expect(await ids(filter)).to.deep.equal(['a']);
        }
        const counted = await index.search(ask({ count: ['__proto__'] }));
        const rows = Object.entries(counted.counts);
        const expected = index.names === 'mapped' ? [] : [{ value: 'x', count: 1 }];
        expect(rows).to.deep.equal([['__proto__', expected]]);
      });
    });

    describe('search', () => {
      beforeEach(() =>
        put(
          indexDocument('a', {
            words: '稀土 抛光粉 回收',
            numbers: { trl: 3 },
            facets: { field: ['新材料'], stage: ['x'] },
          }),
          indexDocument('b', {
            words: '稀土 永磁',
            numbers: { trl: 7 },
            facets: { field: ['新材料', '能源'], stage: ['y'] },
          }),
          indexDocument('c', { words: '紫菜 养殖', numbers: { trl: 5 }, facets: { field: ['海洋'], stage: ['x'] } }),
          indexDocument('d', { words: '紫菜 回收', facets: { field: ['海洋'] } }),
        ),
      );

      it('demands every word', async () => {
        const result = await index.search(ask({ words: ['稀土', '回收'] }));
        expect(result.hits.map((hit) => hit.id)).to.deep.equal(['a']);
        expect(result).to.include({ total: 1, relaxed: false });
      });

      it('demands a word once however often it was asked', async () => {
        expect(await ids({ words: ['稀土', '稀土', '抛光粉'] })).to.deep.equal(['a']);
      });

      it('falls back to any word where no document has all, and says so', async () => {
        const result = await index.search(ask({ words: ['抛光粉', '养殖', '没有'] }));
        expect(result.hits.map((hit) => hit.id).sort()).to.deep.equal(['a', 'c']);
        expect(result).to.include({ total: 2, relaxed: true });
      });

      it('does not call it relaxed where there is nothing at all, or any was asked', async () => {
        expect(await index.search(ask({ words: ['没有'] }))).to.include({ total: 0, relaxed: false });
        const any = await index.search(ask({ words: ['抛光粉', '养殖'], match: 'any' }));
        expect(any).to.include({ total: 2, relaxed: false });
      });

      it('decides about falling back without facets and ranges', async () => {
        for (const narrowed of [{ facets: { field: ['海洋'] } }, { ranges: { trl: { gte: 5 } } }]) {
          expect(await index.search(ask({ words: ['稀土', '回收'], ...narrowed }))).to.include({
            total: 0,
            relaxed: false,
          });
        }
      });

      it('decides about falling back by what the asker may see', async () => {
        await put(indexDocument('secret', { words: '抛光粉 养殖', audience: 'bureau' }));
        const result = await index.search(ask({ words: ['抛光粉', '养殖'], audiences: ['public'] }));
        expect(result).to.include({ total: 2, relaxed: true });
      });

      it('answers all documents for no words, ties by id', async () => {
        const result = await index.search(ask());
        expect(result.hits).to.deep.equal(['a', 'b', 'c', 'd'].map((id) => ({ id, version: 1, score: 0 })));
        expect(result.total).to.equal(4);
      });

      it('filters: any value within a facet, all facets together', async () => {
        expect(await ids({ facets: { field: ['能源', '海洋'] } })).to.deep.equal(['b', 'c', 'd']);
        expect(await ids({ facets: { field: ['新材料', '海洋'], stage: ['x'] } })).to.deep.equal(['a', 'c']);
        expect(await ids({ facets: { field: [] } })).to.deep.equal(['a', 'b', 'c', 'd']);
        expect(await ids({ facets: { none: ['x'] } })).to.deep.equal([]);
        expect(await ids({ facets: { field: ['没有'] } })).to.deep.equal([]);
      });

      it('filters by numbers, ends included, without those that have none', async () => {
        expect(await ids({ ranges: { trl: { gte: 3, lte: 5 } } })).to.deep.equal(['a', 'c']);
        expect(await ids({ ranges: { trl: { gte: 5.5 } } })).to.deep.equal(['b']);
        expect(await ids({ ranges: { trl: {} } })).to.deep.equal(['a', 'b', 'c']);
        expect(await ids({ ranges: { none: { gte: 0 } } })).to.deep.equal([]);
      });

      it('sorts by a number, those without it last both ways, ties by id', async () => {
        await put(indexDocument('a2', { numbers: { trl: 3 } }));
        expect(await ids({ sort: { by: 'trl', direction: 'asc' } })).to.deep.equal(['a', 'a2', 'c', 'b', 'd']);
        expect(await ids({ sort: { by: 'trl', direction: 'desc' } })).to.deep.equal(['b', 'c', 'a', 'a2', 'd']);
        expect(await ids({ sort: { by: 'none', direction: 'desc' } })).to.deep.equal(['a', 'a2', 'b', 'c', 'd']);
      });

      it("counts facets exactly; a facet's own filter does not narrow its own counts", async () => {
        const { counts } = await index.search(
          ask({ facets: { field: ['新材料'], stage: ['x'] }, count: ['field', 'stage', 'none'] }),
        );
        expect(counts).to.deep.equal({
          field: [
            { value: '新材料', count: 1 },
            { value: '海洋', count: 1 },
          ],
          stage: [
            { value: 'x', count: 1 },
            { value: 'y', count: 1 },
          ],
          none: [],
        });
      });

      it('counts with words, ranges and audiences, values by count and then by name', async () => {
        await put(
          indexDocument('e', { words: '紫菜', audience: 'bureau', facets: { field: ['海洋'] }, numbers: { trl: 9 } }),
        );
        const fields = async (given: Partial<SearchQuery>) =>
          (await index.search(ask({ count: ['field'], ...given }))).counts.field;
        expect(await fields({})).to.deep.equal([
          { value: '海洋', count: 3 },
          { value: '新材料', count: 2 },
          { value: '能源', count: 1 },
        ]);
        expect(await fields({ audiences: ['public'], words: ['紫菜'] })).to.deep.equal([{ value: '海洋', count: 2 }]);
        expect(await fields({ ranges: { trl: { gte: 7 } } })).to.deep.equal([
          { value: '新材料', count: 1 },
          { value: '海洋', count: 1 },
          { value: '能源', count: 1 },
        ]);
      });

      it('counts on every page the whole of what was found', async () => {
        const first = await index.search(ask({ count: ['field'], limit: 1 }));
        const second = await index.search(ask({ count: ['field'], limit: 1, cursor: first.next! }));
        expect(second.counts).to.deep.equal(first.counts);
        expect(second.total).to.equal(4);
      });

      it('refuses limits that no page has', async () => {
        for (const limit of [0, -1, 101, 1.5, Number.NaN]) {
          expect((await failure(index.search(ask({ limit })))).code).to.equal('malformed');
        }
        expect((await failure(index.search(ask({ kind: 'nothing' as never })))).code).to.equal('malformed');
      });
    });

    describe('audiences', () => {
      beforeEach(() =>
        put(
          indexDocument('public', { words: '词', facets: { organisation: ['o1'] } }),
          indexDocument('members', { words: '词', audience: 'members', facets: { organisation: ['o2'] } }),
          indexDocument('bureau', { words: '词', audience: 'bureau', facets: { organisation: ['o3'] } }),
          indexDocument('bureau-none', { words: '词', audience: 'bureau' }),
        ),
      );

      it('shows each asker what is his, in hits, totals, counts and suggestions', async () => {
        const cases: readonly [Partial<SearchQuery>, string[]][] = [
          [{ audiences: [] }, []],
          [{ audiences: ['public'] }, ['public']],
          [{ audiences: ['public', 'members'] }, ['members', 'public']],
          [{ audiences: ['public', 'members'], ownOrganisation: 'o3' }, ['bureau', 'members', 'public']],
          [{ audiences: ['public'], ownOrganisation: 'none' }, ['public']],
          [{ audiences: everybody }, ['bureau', 'bureau-none', 'members', 'public']],
        ];
        for (const [asker, expected] of cases) {
          for (const words of [[], ['词']]) {
            const result = await index.search(ask({ ...asker, words, count: ['organisation'] }));
            expect(result.hits.map((hit) => hit.id).sort(), JSON.stringify(asker)).to.deep.equal(expected);
            expect(result.total).to.equal(expected.length);
            expect(result.counts.organisation).to.have.length(expected.filter((id) => id !== 'bureau-none').length);
          }
          for (const id of ['public', 'members', 'bureau-none']) {
            const suggested = await index.suggest(id, {
              kinds: ['achievement'],
              audiences: asker.audiences!,
              ...(asker.ownOrganisation ? { ownOrganisation: asker.ownOrganisation } : {}),
              limit: 10,
            });
            expect(
              suggested.some((one) => one.id === id),
              `${id} ${JSON.stringify(asker)}`,
            ).to.equal(expected.includes(id));
          }
        }
      });
    });

    describe('paging', () => {
      const walk = async (given: Partial<SearchQuery>) => {
        const seen: string[] = [];
        let cursor: string | undefined;
        for (let page = 0; page < 100; page++) {
          const result = await index.search(ask({ ...given, ...(cursor === undefined ? {} : { cursor }) }));
          seen.push(...result.hits.map((hit) => hit.id));
          cursor = result.next;
          if (cursor === undefined) return seen;
        }
        throw new Error('no end of pages');
      };

      it('gives every document once in the order of one page, by score, by number and by id', async () => {
        const documents = Array.from({ length: 47 }, (_, n) =>
          indexDocument(`d${String(n).padStart(2, '0')}`, {
            words: `词 ${'多 '.repeat(n % 5)}${n % 3 === 0 ? '少' : ''}`.trim(),
            numbers: n % 4 === 0 ? {} : { trl: n % 6 },
          }),
        );
        await put(...documents);
        const queries: readonly Partial<SearchQuery>[] = [
          { words: ['词'] },
          { words: ['多', '少'], match: 'any' },
          { words: ['多', '没有'] },
          {},
          { sort: { by: 'trl', direction: 'asc' } },
          { words: ['词'], sort: { by: 'trl', direction: 'desc' } },
        ];
        for (const query of queries) {
          const whole = (await index.search(ask({ ...query, limit: 100 }))).hits.map((hit) => hit.id);
          for (const limit of [1, 7, 47]) {
            expect(await walk({ ...query, limit }), JSON.stringify({ query, limit })).to.deep.equal(whole);
          }
        }
      });

      it('has no next page where nothing follows', async () => {
        await put(indexDocument('a'), indexDocument('b'));
        expect((await index.search(ask({ limit: 2 }))).next).to.equal(undefined);
        expect((await index.search(ask({ limit: 1 }))).next).to.be.a('string');
      });

      it('goes on after the last hit although it and others were removed meanwhile', async () => {
        await put(...['a', 'b', 'c', 'd'].map((id) => indexDocument(id)));
        const first = await index.search(ask({ limit: 2 }));
        await index.remove([
          { kind: 'achievement', id: 'b', version: 2 },
          { kind: 'achievement', id: 'c', version: 2 },
        ]);
        await visible();
        const second = await index.search(ask({ limit: 2, cursor: first.next! }));
        expect(second.hits.map((hit) => hit.id)).to.deep.equal(['d']);
      });

      it('stays relaxed on later pages when a document with all words comes in between', async () => {
        await put(indexDocument('a', { words: '甲' }), indexDocument('b', { words: '乙' }));
        const first = await index.search(ask({ words: ['甲', '乙'], limit: 1 }));
        expect(first.relaxed).to.equal(true);
        await put(indexDocument('c', { words: `甲 乙 ${'丙 '.repeat(60).trim()}` }));
        const second = await index.search(ask({ words: ['甲', '乙'], limit: 5, cursor: first.next! }));
        expect(second.relaxed).to.equal(true);
        expect(second.hits.map((hit) => hit.id)).to.include('b');
      });

      it('refuses what is not a cursor, and a cursor of another query', async () => {
        await put(...['a', 'b', 'c'].map((id) => indexDocument(id, { words: '词', numbers: { trl: 1 } })));
        const { next } = await index.search(ask({ words: ['词'], limit: 1 }));
        const forged = [
          'x',
          '',
          '[]',
          Buffer.from('[]').toString('base64url'),
          Buffer.from('{"id":"a"}').toString('base64url'),
          Buffer.from('["a",1,"b",0]').toString('base64url'),
          `${next}x`.replace(/^./, '!'),
        ];
        for (const cursor of forged) {
          expect((await failure(index.search(ask({ words: ['词'], cursor })))).code, cursor).to.equal('malformed');
        }
        const others: readonly Partial<SearchQuery>[] = [
          { words: ['词', '二'] },
          { words: ['词'], facets: { field: ['x'] } },
          { words: ['词'], audiences: ['public'] },
          { words: ['词'], sort: { by: 'trl', direction: 'asc' } },
          { words: ['词'], kind: 'need' },
        ];
        for (const other of others) {
          const error = await failure(index.search(ask({ ...other, cursor: next! })));
          expect(error.code, JSON.stringify(other)).to.equal('malformed');
          expect(error.message).to.match(/[\u4e00-\u9fff]/);
        }
        expect((await index.search(ask({ words: ['词'], limit: 2, cursor: next! }))).hits).to.have.length(2);
      });
    });

    describe('scores', () => {
      const vocabulary = ['甲', '乙', '丙', '丁', '戊', '己', '__proto__'];
      // `own` has no weight of its own.
      const fieldNames = ['title', 'abstract', 'keywords', 'own'];
      const wordList = fc.array(fc.constantFrom(...vocabulary), { maxLength: 8 });
      const document = fc.record({
        id: fc.constantFrom(...Array.from({ length: 12 }, (_, n) => `d${n}`)),
        fields: fc.dictionary(fc.constantFrom(...fieldNames), wordList, { maxKeys: 4, noNullPrototype: true }),
        archive: fc.boolean(),
      });
      const action = fc.oneof(
        { weight: 4, arbitrary: fc.record({ put: document }) },
        {
          weight: 1,
          arbitrary: fc.record({ remove: fc.constantFrom(...Array.from({ length: 12 }, (_, n) => `d${n}`)) }),
        },
      );
      const term = fc.record({
        word: fc.constantFrom(...vocabulary, '没有'),
        weight: fc.double({ min: 0.1, max: 5, noNaN: true }),
      });

      it(`are those of the definition after any puts, replacements and removals, for recall and search${withReason}`, async function () {
        this.timeout(120_000);
        await fc.assert(
          fc.asyncProperty(
            fc.array(action, { minLength: 1, maxLength: 40 }),
            fc.uniqueArray(term, { selector: ({ word }) => word, minLength: 1, maxLength: 5 }),
            fc.integer({ min: 1, max: 6 }),
            async (actions, terms, k) => {
              const one = await open();
              try {
                const documents = new Map<string, IndexDocument>();
                let version = 0;
                for (const step of actions) {
                  version++;
                  if ('put' in step) {
                    const { id, archive } = step.put;
                    const { own, ...named } = step.put.fields;
                    const fields = one.names === 'any' || !own ? step.put.fields : { ...named, scenario: own };
                    const made = indexDocument(id, { version, fields, facets: { archive: [archive ? 'yes' : 'no'] } });
                    documents.set(id, made);
                    await one.put([made]);
                  } else {
                    documents.delete(step.remove);
                    await one.remove([{ kind: 'achievement', id: step.remove, version }]);
                  }
                }
                await settle(one);
                const all = [...documents.values()];
                const averages = averagesOf(one);
                const scored = [...naiveScores(all, terms, averages)].map(([id, { score }]) => [id, score] as const);
                const kept = scored.filter(([id]) => documents.get(id)!.facets.archive![0] === 'no');
                const [everything, filtered] = await one.recall('achievement', [
                  { terms, k },
                  { terms, k, facets: { archive: ['no'] } },
                ]);
                expectRanking(everything!, new Map(scored), k, tolerance);
                expectRanking(filtered!, new Map(kept), k, tolerance);

                const words = terms.map(({ word }) => word);
                const once = words.map((word) => ({ word, weight: 1 }));
                const plain = [...naiveScores(all, once, averages)];
                const full = plain.filter(([, { matched }]) => matched === words.length);
                const expected = new Map(
                  (full.length > 0 ? full : plain).map(([id, { score }]) => [id, score] as const),
                );
                const result = await one.search(ask({ words, limit: 100 }));
                expectRanking(result.hits, expected, 100, tolerance);
                expect(result.total).to.equal(expected.size);
                expect(result.relaxed).to.equal(full.length === 0 && plain.length > 0);
                expect(await one.count('achievement')).to.equal(documents.size);
              } finally {
                await one.close();
              }
            },
          ),
          { seed: 20261123, numRuns: options.runs ?? 200 },
        );
      });

      it(`are those of the definition for a thousand documents of which most were replaced or removed${withReason}`, async function () {
        this.timeout(60_000);
        const documents = new Map<string, IndexDocument>();
        let random = 12345;
        const next = (below: number) => {
          random = (random * 1103515245 + 12345) % 2147483648;
          return random % below;
        };
        for (let from = 0; from < 4000; from += 250) {
          const put: IndexDocument[] = [];
          const removed: { kind: IndexKind; id: string; version: number }[] = [];
          for (let version = from + 1; version <= from + 250; version++) {
            const id = `d${next(900)}`;
            if (next(10) === 0) {
              documents.delete(id);
              removed.push({ kind: 'achievement', id, version });
              continue;
            }
            const made = indexDocument(id, {
              version,
              fields: {
                title: Array.from({ length: 1 + next(6) }, () => `w${next(40)}`),
                abstract: Array.from({ length: next(30) }, () => `w${next(300)}`),
              },
              facets: { field: [`f${next(5)}`] },
              numbers: { trl: next(9) },
            });
            documents.set(id, made);
            put.push(made);
          }
          await index.put(put);
          await index.remove(removed);
        }
        await visible();
        const all = [...documents.values()];
        if (index.averageLengths === 'since rebuild') {
          await index.rebuild(async (sink) => {
            await sink.put(all);
          });
        }
        const terms = Array.from({ length: 30 }, (_, n) => ({ word: `w${n * 3}`, weight: 1 + (n % 4) / 3 }));
        const truth = new Map([...naiveScores(all, terms)].map(([id, { score }]) => [id, score] as const));
        const [found] = await index.recall('achievement', [{ terms, k: 100 }]);
        expectRanking(found!, truth, 100, tolerance);
        const counts = new Map<string, number>();
        for (const { facets, numbers } of all) {
          if (numbers.trl! >= 4) counts.set(facets.field![0]!, (counts.get(facets.field![0]!) ?? 0) + 1);
        }
        const result = await index.search(ask({ ranges: { trl: { gte: 4 } }, count: ['field'], limit: 1 }));
        expect(new Map(result.counts.field!.map(({ value, count }) => [value, count]))).to.deep.equal(counts);
        expect(await list()).to.deep.equal(
          all.map(({ id, version }) => ({ id, version })).sort((a, b) => (a.id < b.id ? -1 : 1)),
        );
      });
    });

    describe('recall', () => {
      it('answers in the order of its queries, the best k of each, ties by id', async () => {
        await put(
          ...['c', 'a', 'b'].map((id) => indexDocument(id, { words: '同' })),
          indexDocument('z', { words: '另' }),
        );
        const found = await index.recall('achievement', [
          { terms: [{ word: '另', weight: 1 }], k: 5 },
          { terms: [{ word: '同', weight: 1 }], k: 2 },
          { terms: [{ word: '没有', weight: 1 }], k: 5 },
          { terms: [], k: 5 },
        ]);
        expect(found.map((one) => one.map(({ id }) => id))).to.deep.equal([['z'], ['a', 'b'], [], []]);
        expect(await index.recall('achievement', [])).to.deep.equal([]);
      });

      it('lets weights decide, and takes none from weights that are not positive', async () => {
        await put(indexDocument('a', { words: '甲' }), indexDocument('b', { words: '乙' }));
        const first = async (x: number, y: number) =>
          (
            await index.recall('achievement', [
              {
                terms: [
                  { word: '甲', weight: x },
                  { word: '乙', weight: y },
                ],
                k: 2,
              },
            ])
          )[0]!.map(({ id }) => id);
        expect(await first(1, 2)).to.deep.equal(['b', 'a']);
        expect(await first(2, 1)).to.deep.equal(['a', 'b']);
        expect(await first(0, 1)).to.deep.equal(['b']);
        expect(await first(-1, Number.NaN)).to.deep.equal([]);
      });

      it('refuses a k that is none', async () => {
        for (const k of [0, -1, 1.5]) {
          expect((await failure(index.recall('achievement', [{ terms: [], k }]))).code).to.equal('malformed');
        }
      });

      it('lets the event loop run between the queries of a batch', async () => {
        await put(...Array.from({ length: 200 }, (_, n) => indexDocument(`d${n}`, { words: `词 w${n}` })));
        let turns = 0;
        let running = true;
        const turn = () => {
          turns++;
          if (running) setImmediate(turn);
        };
        setImmediate(turn);
        const queries = Array.from({ length: 50 }, () => ({ terms: [{ word: '词', weight: 1 }], k: 10 }));
        await index.recall('achievement', queries);
        running = false;
        expect(turns).to.be.at.least(10);
      });
    });

    describe('suggest', () => {
      const titled = (id: string, title: string, words: string, given: Partial<IndexDocument> = {}) =>
        indexDocument(id, { title, words, ...given });
      beforeEach(() =>
        put(
          titled('a', '稀土抛光粉回收', '稀土 抛光 抛光粉 回收'),
          titled('b', '重庆银行的女式ＡＢＳ外壳', '重庆 银行 的 女式 abs 外壳'),
          titled('c', '抛光机', '抛光 抛光机'),
          titled('d', '紫菜', '紫菜', { kind: 'need' }),
        ),
      );
      const suggest = async (written: string, limit = 10, kinds: readonly IndexKind[] = ['achievement', 'need']) =>
        (await index.suggest(written, { kinds, audiences: everybody, limit })).map(({ id }) => id);

      it('takes the beginning of the title in Chinese, pinyin and initials', async () => {
        for (const written of ['稀', '稀土抛', 'xi', 'xitupao', 'xtpg', '稀土抛光粉回收']) {
          expect(await suggest(written), written).to.deep.equal(['a']);
        }
      });

      it('takes the beginning of a word in the title, titles that begin so first', async () => {
        for (const written of ['抛光', 'paoguang', 'pg']) {
          expect(await suggest(written), written).to.deep.equal(['c', 'a']);
        }
        expect(await suggest('抛光粉回')).to.deep.equal(['a']);
        expect(await suggest('光粉'), 'inside of a word').to.deep.equal([]);
      });

      it('reads characters as their word is read, ü as v or ü', async () => {
        expect(await suggest('chongqing')).to.deep.equal(['b']);
        expect(await suggest('yinhang')).to.deep.equal(['b']);
        expect(await suggest('nvshi')).to.deep.equal(['b']);
        expect(await suggest('nüshi')).to.deep.equal(['b']);
      });

      it('does not care about width, case, script and spaces', async () => {
        for (const written of ['ＡＢＳ', 'Abs', ' a b s ', '重慶', 'CQYH']) {
          expect(await suggest(written), written).to.deep.equal(['b']);
        }
      });

      it('respects kinds and limit, and gives kind and title', async () => {
        expect(await suggest('zicai')).to.deep.equal(['d']);
        expect(await suggest('zicai', 10, ['achievement'])).to.deep.equal([]);
        expect(await suggest('抛光', 1)).to.deep.equal(['c']);
        const found = await index.suggest('zc', { kinds: ['need'], audiences: everybody, limit: 5 });
        expect(found).to.deep.equal([{ kind: 'need', id: 'd', title: '紫菜' }]);
      });

      it('gives titles that are the same by id, whatever came first', async () => {
        await put(titled('z', '光伏', '光伏'), titled('y', '光伏', '光伏'), titled('x', '光伏玻璃', '光伏 玻璃'));
        expect(await suggest('gf')).to.deep.equal(['y', 'z', 'x']);
        expect(await suggest('gf', 2)).to.deep.equal(['y', 'z']);
      });

      it('lets the kinds take turns', async () => {
        await put(
          ...Array.from({ length: 5 }, (_, n) => titled(`n${n}`, `水泥${'甲'.repeat(n)}`, '水泥', { kind: 'need' })),
          ...Array.from({ length: 5 }, (_, n) => titled(`m${n}`, `水泥${'乙'.repeat(n)}`, '水泥')),
        );
        expect(await suggest('水泥', 4, ['need', 'achievement'])).to.deep.equal(['n0', 'm0', 'n1', 'm1']);
      });

      it('answers nothing for nothing, signs, and what no title begins with', async () => {
        for (const written of ['', '  ', '——', '没有', 'zzzz', '__proto__', 'x'.repeat(5000)]) {
          expect(await suggest(written), written).to.deep.equal([]);
        }
      });

      it('forgets titles that were replaced or removed', async () => {
        await put(titled('a', '紫菜干燥', '紫菜 干燥', { version: 2 }));
        expect(await suggest('xitu')).to.deep.equal([]);
        expect(await suggest('zicaigan')).to.deep.equal(['a']);
        await index.remove([{ kind: 'achievement', id: 'a', version: 3 }]);
        await visible();
        expect(await suggest('zicaigan')).to.deep.equal([]);
      });
    });

    describe('rebuild', () => {
      beforeEach(() => put(indexDocument('old', { words: '旧' }), indexDocument('both', { words: '旧' })));

      it('answers from the old index until the new one is full, then only from that', async () => {
        const result = await index.rebuild(async (sink) => {
          const receipts = await sink.put([indexDocument('both', { version: 2, words: '新' })]);
          expect(receipts).to.deep.equal([{ id: 'both', result: 'applied' }]);
          expect(await ids({ words: ['旧'] })).to.deep.equal(['both', 'old']);
          expect(await ids({ words: ['新'] })).to.deep.equal([]);
        });
        await visible();
        expect(result).to.deep.equal({ documents: 1 });
        expect(await ids()).to.deep.equal(['both']);
        expect(await ids({ words: ['新'] })).to.deep.equal(['both']);
      });

      it('has in both indexes what is written meanwhile, and lets nothing older win', async () => {
        await index.rebuild(async (sink) => {
          await put(indexDocument('fresh', { version: 4, words: '新' }));
          await index.remove([{ kind: 'achievement', id: 'both', version: 3 }]);
          await visible();
          expect(await ids({ words: ['新'] })).to.deep.equal(['fresh']);
          expect(await ids({ words: ['旧'] })).to.deep.equal(['old']);
          const receipts = await sink.put([
            indexDocument('fresh', { version: 3, words: '旧' }),
            indexDocument('both', { version: 2, words: '旧' }),
            indexDocument('old', { version: 1, words: '旧' }),
          ]);
          expect(receipts.map(({ result }) => result)).to.deep.equal(['stale', 'stale', 'applied']);
        });
        await visible();
        expect(await list()).to.deep.equal([
          { id: 'fresh', version: 4 },
          { id: 'old', version: 1 },
        ]);
      });

      it('keeps the old index where filling fails', async () => {
        const error = await index
          .rebuild(async (sink) => {
            await sink.put([indexDocument('new')]);
            throw new Error('filling failed');
          })
          .catch((thrown: Error) => thrown.message);
        expect(error).to.equal('filling failed');
        expect(await ids()).to.deep.equal(['both', 'old']);
        await put(indexDocument('later'));
        expect(await ids()).to.deep.equal(['both', 'later', 'old']);
        expect(await index.rebuild(async () => {})).to.deep.equal({ documents: 0 });
      });

      it('runs one after the other where two are asked for', async () => {
        const steps: string[] = [];
        const fill = (name: string) =>
          index.rebuild(async (sink) => {
            steps.push(`${name} begins`);
            await new Promise((resolve) => setImmediate(resolve));
            await sink.put([indexDocument(name)]);
            steps.push(`${name} ends`);
          });
        await Promise.all([fill('one'), fill('two')]);
        await visible();
        expect(steps).to.deep.equal(['one begins', 'one ends', 'two begins', 'two ends']);
        expect(await ids()).to.deep.equal(['two']);
      });

      it('loses nothing of a stream of writes that goes on before, during and after', async () => {
        let running = true;
        let version = 1;
        const latest = new Map<string, number>();
        const writing = (async () => {
          while (running) {
            version++;
            const id = `w${version % 7}`;
            if (version % 5 === 0) {
              latest.delete(id);
              await index.remove([{ kind: 'achievement', id, version }]);
            } else {
              latest.set(id, version);
              await index.put([indexDocument(id, { version })]);
            }
            await new Promise((resolve) => setImmediate(resolve));
          }
        })();
        for (let round = 0; round < 3; round++) {
          await index.rebuild(async (sink) => {
            // What a walk over the store sees: some of it old by the time that it is put.
            const seen = [...latest].map(([id, at]) => indexDocument(id, { version: at }));
            for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve));
            await sink.put(seen);
          });
        }
        running = false;
        await writing;
        await visible();
        const expected = [...latest].map(([id, at]) => ({ id, version: at })).sort((a, b) => (a.id < b.id ? -1 : 1));
        expect(await list()).to.deep.equal(expected);
      });
    });

    describe('rebuild unless stamped', () => {
      it('does nothing where the stamp is there when its turn comes, and everything where it is not', async () => {
        const filled: string[] = [];
        const fill = (name: string, stamp: string) =>
          index.rebuild(
            async (sink) => {
              filled.push(name);
              await sink.put([indexDocument(name)]);
            },
            { stamp, unlessStamped: true },
          );
        const results = await Promise.all([fill('one', 'words 1'), fill('two', 'words 1'), fill('three', 'words 2')]);
        expect(filled).to.deep.equal(['one', 'three']);
        expect(results).to.deep.equal([{ documents: 1 }, null, { documents: 1 }]);
        expect(await index.stamp()).to.equal('words 2');
        await visible();
        expect(await ids()).to.deep.equal(['three']);
      });

      it('fills an index that was never stamped', async () => {
        expect(await index.rebuild(async () => {}, { stamp: 'words 1', unlessStamped: true })).not.to.equal(null);
        expect(await index.rebuild(async () => {}, { stamp: 'words 1' })).not.to.equal(null);
      });
    });

    describe('held', () => {
      it('tells the versions of what is there, at once, and nothing of what is removed, absent or of the other kind', async () => {
        await index.put([
          indexDocument('a', { version: 3 }),
          indexDocument('长/编 号', { version: 7 }),
          indexDocument('gone', { version: 2 }),
          indexDocument('other', { kind: 'need' }),
        ]);
        await index.remove([{ kind: 'achievement', id: 'gone', version: 2 }]);
        const asked = ['a', '长/编 号', 'gone', 'other', 'never', 'x'.repeat(2_000)];
        expect([...(await index.held('achievement', asked))]).to.have.deep.members([
          ['a', 3],
          ['长/编 号', 7],
        ]);
        await index.put([indexDocument('a', { version: 4 })]);
        expect((await index.held('achievement', ['a'])).get('a')).to.equal(4);
        expect((await index.held('achievement', [])).size).to.equal(0);
      });

      it('does not count what is still being filled', async () => {
        await index.put([indexDocument('a')]);
        await index.rebuild(async (sink) => {
          await sink.put([indexDocument('a', { version: 2 }), indexDocument('b')]);
          expect([...(await index.held('achievement', ['a', 'b']))]).to.deep.equal([['a', 1]]);
        });
        expect((await index.held('achievement', ['a', 'b'])).size).to.equal(2);
      });
    });

    describe('count, entries, ping and close', () => {
      it('lists ids and versions by id', async () => {
        await put(indexDocument('b', { version: 7 }), indexDocument('a'), indexDocument('c', { kind: 'need' }));
        expect(await list()).to.deep.equal([
          { id: 'a', version: 1 },
          { id: 'b', version: 7 },
        ]);
        expect(await index.count('need')).to.equal(1);
        await index.ping();
      });

      it('answers unavailable after it was closed, and closes twice without harm', async () => {
        const other = await open();
        await other.close();
        await other.close();
        const calls: readonly (() => Promise<unknown>)[] = [
          () => other.search(ask()),
          () => other.put([indexDocument('a')]),
          () => other.remove([{ kind: 'need', id: 'a', version: 1 }]),
          () => other.recall('need', []),
          () => other.suggest('a', { kinds: ['need'], audiences: [], limit: 1 }),
          () => other.rebuild(async () => {}),
          () => other.count('need'),
          () => other.held('need', ['a']),
          () => other.ping(),
        ];
        for (const call of calls) expect((await failure(call())).code).to.equal('unavailable');
      });
    });
  });
}
