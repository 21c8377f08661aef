import { createHash } from 'node:crypto';
import { expect } from 'chai';
import { inverseDocumentFrequency } from '../../src/domain/bm25.ts';
import { QianxianError } from '../../src/domain/errors.ts';
import { readCursor, writeCursor } from '../../src/engines/cluster/search-cursor.ts';
import { readMappings } from '../../src/engines/cluster/search-mapping.ts';
import {
  mostCounted,
  readFoundPage,
  readRecalled,
  readStatistics,
  recallBody,
  recallTerms,
  searchBody,
  statisticsBody,
  suggestBody,
  type WordStatistics,
} from '../../src/engines/cluster/search-query.ts';
import { wordToken } from '../../src/engines/cluster/search-word.ts';
import { queryFingerprint } from '../../src/ports/query-fingerprint.ts';
import type { SearchQuery } from '../../src/ports/search-index.ts';
import { mappingsFolder } from './cluster-search.ts';

const { names } = (await readMappings(mappingsFolder)).achievement;
const statistics: WordStatistics = {
  documents: 100,
  frequencies: new Map([
    ['稀土', 4],
    ['抛光', 25],
  ]),
};
const idf = (frequency: number): number => inverseDocumentFrequency(frequency, 100);
const ask = (given: Partial<SearchQuery> = {}): SearchQuery => ({
  kind: 'achievement',
  words: [],
  audiences: ['public'],
  limit: 10,
  ...given,
});
const asker = [
  { term: { removed: false } },
  { bool: { should: [{ terms: { audience: ['public'] } }], minimum_should_match: 1 } },
];
const rare = { term: { impacts: { value: '稀土', boost: idf(4) } } };
const common = { term: { impacts: { value: '抛光', boost: idf(25) } } };
const nothing = { match_none: {} };

describe('queries as Elasticsearch takes them', () => {
  describe('a search', () => {
    it('is the words that count, each by its rarity, and who asks; ordered by score, then id', () => {
      expect(searchBody(ask({ words: ['稀土', '抛光'] }), 'all', names, statistics)).to.deep.equal({
        query: { bool: { filter: asker, must: [rare, common] } },
        aggregations: { known: { filter: { match_all: {} } } },
        sort: [{ _score: { order: 'desc' } }, { id: 'asc' }],
        size: 11,
        track_total_hits: true,
        track_scores: true,
        _source: false,
        docvalue_fields: ['id', 'version'],
      });
    });

    it('wants one of the words where any does, and leaves out those that no document has', () => {
      const { query } = searchBody(ask({ words: ['稀土', '没有', '抛光'] }), 'any', names, statistics);
      expect(query).to.deep.equal({ bool: { filter: asker, should: [rare, common], minimum_should_match: 1 } });
    });

    it('finds nothing, without asking, where all words are wanted and one is in no document', () => {
      expect(searchBody(ask({ words: ['稀土', '没有'] }), 'all', names, statistics).query).to.deep.equal(nothing);
      expect(searchBody(ask({ words: ['没有'] }), 'any', names, statistics).query).to.deep.equal(nothing);
    });

    it('without words finds all that the asker may see', () => {
      const own = ask({ audiences: ['public', 'members'], ownOrganisation: 'o1' });
      expect(searchBody(own, 'all', names, statistics).query).to.deep.equal({
        bool: {
          filter: [
            { term: { removed: false } },
            {
              bool: {
                should: [{ terms: { audience: ['public', 'members'] } }, { term: { 'facets.organisation': 'o1' } }],
                minimum_should_match: 1,
              },
            },
          ],
        },
      });
    });

    it('counts a word once, and no more words than a query may have', () => {
      const many = Array.from({ length: 3000 }, (_, n) => `w${n}`);
      const held = { documents: 5000, frequencies: new Map(many.map((word) => [word, 1])) };
      const twice = searchBody(ask({ words: ['稀土', '稀土'] }), 'all', names, statistics).query;
      expect(twice).to.deep.equal({ bool: { filter: asker, must: [rare] } });
      const { bool } = searchBody(ask({ words: many }), 'any', names, held).query!;
      expect(bool!.should).to.have.length(1000);
    });

    it('filters by facets and ranges after the words, so that they decide nothing about the words', () => {
      const body = searchBody(
        ask({
          facets: { field: ['a', 'b'], region: ['东区'], level: [] },
          ranges: { trl: { gte: 3, lte: 6 }, publishedAt: { gte: 7 }, priceMaxWan: { lte: Number.POSITIVE_INFINITY } },
        }),
        'all',
        names,
        statistics,
      );
      expect(body.query).to.deep.equal({ bool: { filter: asker } });
      expect(body.post_filter).to.deep.equal({
        bool: {
          filter: [
            { range: { 'numbers.trl': { gte: 3, lte: 6 } } },
            { range: { 'numbers.publishedAt': { gte: 7 } } },
            { exists: { field: 'numbers.priceMaxWan' } },
            { terms: { 'facets.field': ['a', 'b'] } },
            { terms: { 'facets.region': ['东区'] } },
          ],
        },
      });
    });

    it('finds nothing by a facet or number that no document can have, and does not ask for its counts', () => {
      const body = searchBody(
        ask({ facets: { __proto__x: ['a'] }, ranges: { height: { gte: 1 } }, count: ['nosuch', 'field'] }),
        'all',
        names,
        statistics,
      );
      expect(body.post_filter).to.deep.equal({ bool: { filter: [nothing, nothing] } });
      expect(Object.keys(body.aggregations!)).to.deep.equal(['known', 'count1']);
    });

    it('counts a facet under all filters but its own', () => {
      const body = searchBody(
        ask({ facets: { field: ['a'], region: ['东区'] }, ranges: { trl: { gte: 3 } }, count: ['field', 'industry'] }),
        'all',
        names,
        statistics,
      );
      const trl = { range: { 'numbers.trl': { gte: 3 } } };
      const [field, region] = [{ terms: { 'facets.field': ['a'] } }, { terms: { 'facets.region': ['东区'] } }];
      expect(body.aggregations!.count0!.filter).to.deep.equal({ bool: { filter: [trl, region] } });
      expect(body.aggregations!.count1!.filter).to.deep.equal({ bool: { filter: [trl, field, region] } });
      expect(body.aggregations!.count0!.aggregations).to.deep.equal({
        values: { terms: { field: 'facets.field', size: 200, order: [{ _count: 'desc' }, { _key: 'asc' }] } },
      });
    });

    it('orders by a number with those without it last, both ways, and by id for an unknown one', () => {
      const sortOf = (sort: SearchQuery['sort']) =>
        searchBody(ask(sort === undefined ? {} : { sort }), 'all', names, statistics).sort;
      expect(sortOf({ by: 'trl', direction: 'asc' })).to.deep.equal([
        { 'numbers.trl': { order: 'asc', missing: Number.MAX_SAFE_INTEGER } },
        { id: 'asc' },
      ]);
      expect(sortOf({ by: 'trl', direction: 'desc' })).to.deep.equal([
        { 'numbers.trl': { order: 'desc', missing: Number.MIN_SAFE_INTEGER } },
        { id: 'asc' },
      ]);
      expect(sortOf({ by: 'nosuch', direction: 'asc' })).to.deep.equal([{ id: 'asc' }]);
    });

    it('goes on after the last hit of the page before', () => {
      expect(searchBody(ask(), 'all', names, statistics, [1.5, 'x']).search_after).to.deep.equal([1.5, 'x']);
      expect(searchBody(ask(), 'all', names, statistics)).not.to.have.property('search_after');
    });
  });

  describe('a page that was found', () => {
    const hit = (id: string, score: number) => ({
      _index: 'i',
      _score: score,
      sort: [score, id],
      fields: { id: [id], version: [3] },
    });
    const response = (ids: readonly string[]) =>
      ({
        hits: { total: { value: 7, relation: 'eq' }, hits: ids.map((id, n) => hit(id, 9 - n)) },
        aggregations: {
          known: { doc_count: 8 },
          count0: { doc_count: 7, values: { buckets: [{ key: 'x', doc_count: 5 }] } },
        },
      }) as never;

    it('ends where its last hit ends if one more was found', () => {
      const page = readFoundPage(response(['a', 'b', 'c']), ask({ limit: 2, count: ['field', 'nosuch'] }))!;
      expect(page).to.deep.equal({
        hits: [
          { id: 'a', version: 3, score: 9 },
          { id: 'b', version: 3, score: 8 },
        ],
        total: 7,
        counts: { field: [{ value: 'x', count: 5 }], nosuch: [] },
        known: 8,
        end: [8, 'b'],
      });
    });

    it('is the last one if no more were found', () => {
      expect(readFoundPage(response(['a', 'b']), ask({ limit: 2 }))).not.to.have.property('end');
    });
  });

  describe('statistics', () => {
    it('count what lives, each word, and what the asker would find with all of them', () => {
      const query = ask({ words: ['稀土', '抛光'] });
      expect(statisticsBody(query.words, query).aggregations).to.deep.equal({
        live: { filter: { term: { removed: false } } },
        holding: { filters: { filters: [{ term: { words: '稀土' } }, { term: { words: '抛光' } }] } },
        all: {
          filter: { bool: { filter: [{ term: { words: '稀土' } }, { term: { words: '抛光' } }, ...asker] } },
        },
      });
      expect(statisticsBody(['稀土']).aggregations).not.to.have.property('all');
      expect(mostCounted).to.be.at.most(65_536);
    });

    it('are read in the order of the words, and not at all from half of an answer', () => {
      const response = {
        aggregations: {
          live: { doc_count: 10 },
          holding: { buckets: [{ doc_count: 4 }, { doc_count: 0 }] },
          all: { doc_count: 0 },
        },
      } as never;
      expect(readStatistics(response, ['甲', '乙'])).to.deep.equal({
        documents: 10,
        frequencies: new Map([['甲', 4]]),
        all: 0,
      });
      expect(readStatistics(response, ['甲'])).to.equal(undefined);
      expect(readStatistics({}, ['甲'])).to.equal(undefined);
    });
  });

  describe('a recall', () => {
    it('is the words that count, by weight and rarity, ties by id', () => {
      const terms = [
        { word: '稀土', weight: 2 },
        { word: '没有', weight: 9 },
        { word: '稀土', weight: 1 },
        { word: '抛光', weight: -1 },
      ];
      expect(recallTerms({ terms, k: 5 })).to.deep.equal(
        new Map([
          ['稀土', 3],
          ['没有', 9],
        ]),
      );
      expect(recallBody({ terms, k: 5, facets: { archive: ['no'] } }, names, statistics, 5, [2, 'm'])).to.deep.equal({
        query: {
          bool: {
            should: [{ term: { impacts: { value: '稀土', boost: 3 * idf(4) } } }],
            minimum_should_match: 1,
            filter: [{ terms: { 'facets.archive': ['no'] } }],
          },
        },
        sort: [{ _score: { order: 'desc' } }, { id: 'asc' }],
        search_after: [2, 'm'],
        size: 5,
        track_total_hits: false,
        _source: false,
      });
      expect(readRecalled([2.5, 'a'])).to.deep.equal({ id: 'a', score: 2.5 });
    });

    it('is not asked where no document has any of its words', () => {
      expect(recallBody({ terms: [], k: 5 }, names, statistics, 5)).to.equal(null);
      expect(recallBody({ terms: [{ word: '没有', weight: 1 }], k: 5 }, names, statistics, 5)).to.equal(null);
      expect(recallBody({ terms: [{ word: '稀土', weight: Number.NaN }], k: 5 }, names, statistics, 5)).to.equal(null);
    });

    it('keeps the words that promise most where there are too many', () => {
      const terms = Array.from({ length: 1500 }, (_, n) => ({ word: `w${n}`, weight: 1 + n }));
      const held = { documents: 5000, frequencies: new Map(terms.map(({ word }) => [word, 1])) };
      const { bool } = recallBody({ terms, k: 5 }, names, held, 5)!.query!;
      const kept = (bool!.should as { term: { impacts: { value: string } } }[]).map(({ term }) => term.impacts.value);
      expect(kept).to.have.length(1000);
      expect(kept).to.include('w1499').and.not.to.include('w499');
    });
  });

  describe('suggestions', () => {
    it('are titles that begin so before words that do, shorter ones first', () => {
      expect(suggestBody('xitu', { audiences: ['public'] }, 5)).to.deep.equal({
        query: {
          bool: {
            filter: asker,
            must: [
              {
                dis_max: {
                  queries: [
                    { constant_score: { filter: { prefix: { 'suggest.title': { value: 'xitu' } } }, boost: 2 } },
                    { constant_score: { filter: { prefix: { 'suggest.word': { value: 'xitu' } } }, boost: 1 } },
                  ],
                },
              },
            ],
          },
        },
        sort: [{ _score: { order: 'desc' } }, { titleLength: 'asc' }, { title: 'asc' }, { id: 'asc' }],
        size: 5,
        track_total_hits: false,
        _source: ['title'],
        docvalue_fields: ['id'],
      });
    });
  });

  describe('words', () => {
    it('are themselves where nothing cuts them, and escaped where something would', () => {
      expect(wordToken('稀土')).to.equal('稀土');
      expect(wordToken('c++')).to.equal('c++');
      expect(wordToken('a.b')).to.equal('a\\2e;b');
      expect(wordToken('a\u3000b\tc')).to.equal('a\\3000;b\\9;c');
      expect(wordToken('a\\b')).to.equal('a\\5c;b');
      expect(wordToken('')).to.equal('\\;');
      expect(wordToken('\ud800')).to.equal('\\d800;');
      expect(wordToken('𠮷')).to.equal('𠮷');
    });

    it('of any length and kind give tokens that differ, without white space or dots', () => {
      const words = [
        '',
        ' ',
        '.',
        '\\',
        '\\;',
        '\\2e;',
        'a b',
        'a\u00a0b',
        'ab',
        '__proto__',
        '*',
        '"',
        '(a OR b)',
        '甲'.repeat(300),
        '甲'.repeat(301),
      ];
      const tokens = words.map(wordToken);
      expect(new Set(tokens).size).to.equal(words.length);
      for (const token of tokens) {
        expect(token).to.match(/^[^\s.]+$/);
        expect(token.length).to.be.at.most(255);
      }
    });

    it('that are syntax elsewhere are only values here', () => {
      const odd = ['*', 'title:x', '"a', 'AND', '$gt', '{"match_all":{}}'];
      const held = { documents: 10, frequencies: new Map(odd.map((word) => [word, 1])) };
      const { bool } = searchBody(ask({ words: odd }), 'all', names, held).query!;
      for (const clause of bool!.must as { term: { impacts: { value: string } } }[]) {
        expect(Object.keys(clause)).to.deep.equal(['term']);
        expect(clause.term.impacts.value).to.be.a('string');
      }
    });
  });
});

describe('the place where a page ended', () => {
  const query: SearchQuery = { kind: 'need', words: ['膜'], audiences: ['public'], limit: 2 };
  /** A cursor with these fields and a checksum that is right, as anybody can make it. */
  const forged = (fields: unknown): string => {
    const payload = JSON.stringify(fields);
    const sum = createHash('sha256')
      .update(`${queryFingerprint(query)}\n${payload}`)
      .digest('base64url')
      .slice(0, 16);
    return Buffer.from(JSON.stringify([sum, payload])).toString('base64url');
  };

  it('is read as it was written', () => {
    const statistics = { documents: 7, frequencies: new Map([['膜', 3]]) };
    const ends = [
      { end: [1.5, 'a'], page: 1, relaxed: false, statistics },
      { end: ['a'], page: 3, relaxed: true, statistics, moment: 'm' },
    ];
    for (const cursor of ends) expect(readCursor(query, writeCursor(query, cursor))).to.deep.equal(cursor);
    expect(readCursor(query, forged([[1, 'a'], 1, false, 7, [3], null]))).to.include({ page: 1 });
  });

  it('is refused as malformed where it was forged', () => {
    const right = [[1, 'a'], 1, false, 7, [3], null];
    const at = (place: number, value: unknown) => right.map((one, n) => (n === place ? value : one));
    const wrong = [
      null,
      {},
      [],
      right.slice(0, 5),
      ...[null, 'a', [], [null, 'a'], [{}, 'a'], ['a', 'b'], [1, 2], [1, 'a', 'b']].map((end) => at(0, end)),
      ...[null, '1', -1, 0.5].map((page) => at(1, page)),
      at(2, null),
      at(3, 'x'),
      ...[null, 3, {}, ['x'], [-1]].map((counts) => at(4, counts)),
      ...[7, '', {}].map((moment) => at(5, moment)),
    ];
    for (const fields of wrong) {
      expect(() => readCursor(query, forged(fields)), JSON.stringify(fields))
        .to.throw(QianxianError)
        .with.property('code', 'malformed');
    }
  });
});
