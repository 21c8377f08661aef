import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { QianxianError } from '../../src/domain/errors.ts';
import { openSearchIndex } from '../../src/engines/cluster/search-index.ts';
import type { RequestLimits } from '../../src/engines/cluster/search-server.ts';
import type { Log } from '../../src/ports/log.ts';
import type { Following } from '../../src/ports/record-store.ts';
import type { SearchIndex } from '../../src/ports/search-index.ts';
import { compareIndex } from '../../src/steps/indexing/compare-index.ts';
import { indexChanges } from '../../src/steps/indexing/index-changes.ts';
import { parking, triesTogether } from '../../src/steps/parking/park-changes.ts';
import { indexDocument } from '../contract/search-index.ts';
import { achievementEntry } from '../steps/indexing/entry-fixtures.ts';
import { type IndexingPorts, indexingPorts } from '../steps/indexing/indexing-ports.ts';
import { silent } from './cluster-records.ts';
import { dropPrefixes, freshPrefix, mappingsFolder, searchUrl } from './cluster-search.ts';
import { type Mishap, openSearchProxy, type Passing, type SearchProxy } from './search-proxy.ts';
import { openSearchStandIn } from './search-stand-in.ts';

const clock = { now: () => new Date() };

const isBulk = ({ path }: Passing): boolean => path.startsWith('/_bulk');
const isSearch = ({ path }: Passing): boolean => path.includes('/_search');

const rejected = JSON.stringify({ error: { type: 'es_rejected_execution_exception', reason: 'queue is full' } });
const starting = JSON.stringify({ error: { type: 'cluster_block_exception', reason: 'state not recovered' } });

const mishaps: Readonly<Record<string, Mishap>> = {
  '429': { answers: 429, body: rejected },
  '429 that asks for a pause': { answers: 429, retryAfter: '1', body: rejected },
  '429 of a proxy, without a body': { answers: 429 },
  '503 of a server that starts': { answers: 503, body: starting },
  '503 of a proxy, in HTML': { answers: 503, body: '<html>no server</html>' },
  'a bulk of which half is refused': { applies: 'half' },
  'a bulk of which half is dropped without a word': { applies: 'half', silently: true },
  'a hang before the request was carried out': { hangs: 'before' },
  'a hang after it was carried out': { hangs: 'after' },
  'a reset before it was carried out': { resets: 'before' },
  'a reset after it was carried out': { resets: 'after' },
  'an answer that is no JSON': { garbles: 'json' },
  'half of an answer': { garbles: 'body' },
};

const secured = (reason: string): string => JSON.stringify({ error: { type: 'security_exception', reason } });
/** What refuses whoever asks, and takes it again later: a new password, a proxy, a server that has not read its users yet. */
const refusals: Readonly<Record<string, Mishap>> = {
  '401 of the server': { answers: 401, body: secured('unable to authenticate user [u]') },
  '403 of the server': { answers: 403, body: secured('action [indices:data/write/bulk] is unauthorized') },
  '401 of a proxy': { answers: 401, body: '<html>who are you</html>' },
};

/** Numbers from 0 to 1 that are the same in every run (mulberry32). */
function chance(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

async function failure(work: Promise<unknown>): Promise<QianxianError> {
  const error = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error, 'no error').to.be.instanceOf(QianxianError);
  return error as QianxianError;
}

const entriesOf = async (index: SearchIndex): Promise<string[]> => {
  const found: string[] = [];
  for await (const { id, version } of index.entries('achievement')) found.push(`${id} ${version}`);
  return found;
};

/** What a consumer of the feed does: the same again until it was taken. */
async function untilTaken<T>(work: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries++) {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof QianxianError && error.code === 'unavailable') || tries === 100) throw error;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
}

/** Limits are shorter than usual, so that a server that hangs does not hang the tests. */
function mishapsOn(
  name: string,
  limits: RequestLimits,
  target: () => Promise<{ readonly url: string; close(): Promise<void> }>,
): void {
  describe(`a search server that fails (${name})`, function () {
    this.timeout(120_000);
    let behind: { url: string; close(): Promise<void> };
    let proxy: SearchProxy;
    let index: SearchIndex;
    const prefixes: string[] = [];
    const open = (log: Log = silent, prefix = freshPrefix()) => {
      prefixes.push(prefix);
      return openSearchIndex({ url: proxy.url, mappings: mappingsFolder, prefix, clock, log, limits });
    };
    before(async () => {
      behind = await target();
    });
    after(() => behind.close());
    beforeEach(async () => {
      proxy = await openSearchProxy(behind.url);
      index = await open();
    });
    afterEach(async () => {
      proxy.mishap(() => undefined);
      await index.close();
      await proxy.close();
      if (behind.url === searchUrl) await dropPrefixes(prefixes.splice(0));
    });

    for (const [title, mishap] of Object.entries(mishaps)) {
      it(`has every write once and the newest after ${title}`, async () => {
        await index.put([indexDocument('late', { version: 4 }), indexDocument('gone', { version: 4 })]);
        const mishapsAWrite = title === '429' ? 2 : 1;
        let bulks = 0;
        proxy.mishap((passing) => (isBulk(passing) && bulks++ < mishapsAWrite ? mishap : undefined));
        const documents = Array.from({ length: 30 }, (_, n) => indexDocument(`d${String(n).padStart(2, '0')}`));
        await untilTaken(() => index.put(documents));
        expect(bulks, 'bulks until all was taken').to.be.within(mishapsAWrite + 1, 6);
        bulks = 0;
        // An older version comes late, and is told that it is stale however often it has to be sent.
        const receipts = await untilTaken(() =>
          index.put([indexDocument('late', { version: 3 }), indexDocument('late', { version: 5 })]),
        );
        expect(receipts.map(({ result }) => result)).to.deep.equal(['stale', 'applied']);
        bulks = 0;
        await untilTaken(() => index.remove([{ kind: 'achievement', id: 'gone', version: 5 }]));
        bulks = 0;
        const [back] = await untilTaken(() => index.put([indexDocument('gone', { version: 4 })]));
        expect(back!.result).to.equal('stale');
        proxy.mishap(() => undefined);
        expect(await entriesOf(index)).to.deep.equal([...documents.map(({ id }) => `${id} 1`), 'late 5'].sort());
        expect(await index.count('achievement')).to.equal(31);
      });
    }

    it('waits as long as the server asks before it writes again', async () => {
      let bulks = 0;
      proxy.mishap((passing) => (isBulk(passing) && bulks++ === 0 ? mishaps['429 that asks for a pause'] : undefined));
      await index.put([indexDocument('a')]);
      const [first, second] = proxy.seen.filter(isBulk);
      expect(second!.at - first!.at).to.be.at.least(990);
    });

    it('comes out right where three in ten requests fail in whatever way', async () => {
      const next = chance(7);
      const kinds = Object.values(mishaps).filter((one) => !('hangs' in one));
      proxy.mishap((passing) => {
        if (next() > 0.3) return undefined;
        const one = kinds[Math.floor(next() * kinds.length)]!;
        return 'applies' in one && !isBulk(passing) ? { resets: 'after' } : one;
      });
      const newest = new Map<string, number>();
      for (let round = 0; round < 15; round++) {
        const items = Array.from({ length: 5 }, () => ({
          id: `r${Math.floor(next() * 12)}`,
          version: 1 + Math.floor(next() * 40),
          removes: next() < 0.3,
        }));
        const distinct = [...new Map(items.map((item) => [`${item.id} ${item.version}`, item])).values()];
        for (const { id, version, removes } of distinct) {
          newest.set(id, Math.max(newest.get(id) ?? 0, version * 2 + (removes ? 1 : 0)));
        }
        const puts = distinct.filter(({ removes }) => !removes);
        const removals = distinct.filter(({ removes }) => removes);
        await untilTaken(() => index.put(puts.map(({ id, version }) => indexDocument(id, { version }))));
        await untilTaken(() =>
          index.remove(removals.map(({ id, version }) => ({ kind: 'achievement' as const, id, version }))),
        );
      }
      proxy.mishap(() => undefined);
      const expected = [...newest].filter(([, order]) => order % 2 === 0).map(([id, order]) => `${id} ${order / 2}`);
      expect(await untilTaken(() => entriesOf(index))).to.deep.equal(expected.sort());
    });

    describe('searches', () => {
      const search = () => index.search({ kind: 'achievement', words: ['词'], audiences: ['public'], limit: 10 });
      beforeEach(async () => {
        await index.put([indexDocument('a', { words: '词' })]);
        // What is counted is visible.
        await index.count('achievement');
      });

      for (const [title, mishap] of Object.entries(mishaps)) {
        if ('applies' in mishap) continue;
        it(`are refused as unavailable in time after ${title}`, async () => {
          proxy.mishap((passing) => (isSearch(passing) ? mishap : undefined));
          const from = performance.now();
          const error = await failure(search());
          expect(error.code).to.equal('unavailable');
          expect(error.retryAfter).to.be.at.least(1);
          expect(performance.now() - from).to.be.below(limits.interactiveMs + 500);
          proxy.mishap(() => undefined);
          expect((await untilTaken(search)).total).to.equal(1);
        });
      }

      for (const body of ['{}', '{"hits":{}}', '{"hits":{"hits":[]}}', '{"hits":{"hits":[]},"aggregations":{}}']) {
        it(`are refused as unavailable where the answer is JSON, but none: ${body}`, async () => {
          const everything = { kind: 'achievement', words: [], audiences: ['public'], limit: 10 } as const;
          const suggest = () =>
            index.suggest('词', { kinds: ['achievement'], audiences: ['public'], limit: 5 }).then(() => 'answered');
          proxy.mishap((passing) => (isSearch(passing) ? { answers: 200, body } : undefined));
          for (const work of [() => index.search(everything), search]) {
            const error = await failure(work());
            expect(error.code).to.equal('unavailable');
            expect(error.retryAfter).to.be.at.least(1);
          }
          if (!body.includes('[]')) expect((await failure(suggest())).code).to.equal('unavailable');
        });
      }

      it('have one limit for all their requests together, of which each alone would be in time', async () => {
        proxy.mishap((passing) => (isSearch(passing) ? { delaysMs: limits.interactiveMs * 0.7 } : undefined));
        const from = performance.now();
        expect((await failure(search())).code).to.equal('unavailable');
        expect(performance.now() - from).to.be.below(limits.interactiveMs * 1.3);
      });

      for (const title of ['a hang before the request was carried out', '503 of a proxy, in HTML'] as const) {
        it(`make no storm after ${title}: a hundred askers, few requests`, async () => {
          await search();
          const before = proxy.seen.length;
          proxy.mishap(() => mishaps[title]);
          const outcomes: Promise<QianxianError>[] = [];
          for (let n = 0; n < 100; n++) {
            outcomes.push(failure(search()));
            await new Promise((resolve) => setTimeout(resolve, 30));
          }
          for (const error of await Promise.all(outcomes)) expect(error.code).to.equal('unavailable');
          const hang = 'hangs' in mishaps[title]!;
          // Where it hangs, those that came before the first limit ran out are under way already.
          expect(proxy.seen.length - before).to.be.below(hang ? limits.interactiveMs / 30 + 15 : 20);
          proxy.mishap(() => undefined);
          const back = performance.now();
          expect((await untilTaken(search)).total).to.equal(1);
          expect(performance.now() - back).to.be.below(8_000);
        });
      }

      it('are asked no more than twice where the server asks to be left alone', async () => {
        proxy.mishap((passing) => (isSearch(passing) ? mishaps['429'] : undefined));
        const before = proxy.seen.length;
        for (let n = 0; n < 10; n++) await failure(search());
        expect(proxy.seen.length - before).to.be.at.most(20);
        proxy.mishap((passing) => (isSearch(passing) ? { answers: 429, retryAfter: '30' } : undefined));
        const asked = proxy.seen.length;
        const error = await failure(search());
        expect(proxy.seen.length - asked, 'no repetition before the pause that it asks for').to.equal(1);
        expect(error.retryAfter).to.equal(30);
      });
    });

    describe('recall', () => {
      const isRecall = ({ path }: Passing): boolean => path.startsWith('/_msearch');
      /** How many searches each request held. */
      const searchesIn = ({ body }: Passing): number => body.split('\n').filter(Boolean).length / 2;
      const queries = (count: number, k = 3) =>
        Array.from({ length: count }, (_, n) => ({ terms: [{ word: `词${n}`, weight: 1 }], k }));
      const firsts = (count: number) => Array.from({ length: count }, (_, n) => `d${n}`);
      const recalled = async (given: ReturnType<typeof queries>) => {
        const found = await index.recall('achievement', given);
        return found.map(([first]) => first!.id);
      };
      beforeEach(() => index.put(Array.from({ length: 80 }, (_, n) => indexDocument(`d${n}`, { words: `词${n}` }))));

      it('asks again for the one query of a batch that failed, and for no other', async () => {
        let multis = 0;
        proxy.mishap((passing) => (isRecall(passing) && multis++ === 0 ? { rejectsSearch: 2 } : undefined));
        expect(await recalled(queries(5))).to.deep.equal(firsts(5));
        expect(proxy.seen.filter(isRecall).map(searchesIn)).to.deep.equal([5, 1]);
        expect(proxy.seen.filter(isRecall)[1]!.body).to.include('词2');
      });

      it('asks again for a batch of which no answer came', async () => {
        let multis = 0;
        proxy.mishap((passing) => (isRecall(passing) && multis++ === 0 ? { garbles: 'json' } : undefined));
        expect(await recalled(queries(5))).to.deep.equal(firsts(5));
        expect(proxy.seen.filter(isRecall).map(searchesIn)).to.deep.equal([5, 5]);
      });

      for (const [title, body] of Object.entries({
        'an empty answer': { responses: [{}, {}, {}, {}, {}] },
        'an answer without hits': { responses: Array(5).fill({ status: 200 }) },
        'an answer to another question': { acknowledged: true },
      })) {
        it(`asks again after ${title}, which is none that nothing was found in`, async () => {
          let multis = 0;
          proxy.mishap((passing) =>
            isRecall(passing) && multis++ === 0 ? { answers: 200, body: JSON.stringify(body) } : undefined,
          );
          expect(await recalled(queries(5))).to.deep.equal(firsts(5));
          expect(proxy.seen.filter(isRecall).map(searchesIn)).to.deep.equal([5, 5]);
        });
      }

      it('gives up, saying that the server is busy, where one query fails for ever', async () => {
        proxy.mishap((passing) => (isRecall(passing) ? { rejectsSearch: 0 } : undefined));
        expect((await failure(index.recall('achievement', queries(2)))).code).to.equal('unavailable');
        expect(proxy.seen.filter(isRecall).length).to.be.at.most(8);
      });

      it('keeps every request within bounds of queries, words, hits and bytes', async () => {
        expect(await recalled(queries(80))).to.deep.equal(firsts(80));
        expect(proxy.seen.filter(isRecall).map(searchesIn).sort()).to.deep.equal([16, 32, 32]);

        const wide = queries(20).map(({ terms, k }) => ({
          terms: [...terms, ...Array.from({ length: 950 }, (_, n) => ({ word: `词${n % 80}`.repeat(20), weight: 1 }))],
          k,
        }));
        let from = proxy.seen.length;
        await recalled(wide);
        const sizes = proxy.seen.slice(from).filter(isRecall).map(searchesIn);
        expect(Math.max(...sizes)).to.equal(8);

        from = proxy.seen.length;
        await recalled(queries(12, 20_000));
        const deep = proxy.seen.slice(from).filter(isRecall);
        expect(Math.max(...deep.map(searchesIn))).to.equal(5);
        for (const { body } of deep) expect(body).to.match(/"size":10000/);
        for (const { body } of proxy.seen) expect(body.length).to.be.below(10 * 1024 * 1024);
      });
    });

    describe('behind the changes feed', () => {
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

      it('ends with no difference from the store, whatever failed on the way', async () => {
        const next = chance(11);
        const kinds = Object.values(mishaps).filter((one) => !('hangs' in one));
        let failing = true;
        proxy.mishap((passing) => {
          if (!failing || next() > 0.25) return undefined;
          const one = kinds[Math.floor(next() * kinds.length)]!;
          return 'applies' in one && !isBulk(passing) ? { resets: 'after' } : one;
        });
        const through = { ...ports, index };
        following = ports.store.follow(
          'index',
          { collections: ['achievements'], from: 'beginning' },
          indexChanges(through),
        );
        const achievements = ports.store.collection('achievements');
        for (let n = 0; n < 60; n++) {
          await achievements.insert(achievementEntry(`a${n}`, { title: `成果${n}` }));
          if (n % 3 === 0) await achievements.update(`a${n}`, 1, achievementEntry(`a${n}`, { title: `新成果${n}` }));
          if (n % 5 === 0) {
            const { version } = (await achievements.get(`a${n}`))!;
            await achievements.update(`a${n}`, version, achievementEntry(`a${n}`, { title: '撤' }, 'withdrawn'));
          }
          if (n % 10 === 0) await new Promise((resolve) => setTimeout(resolve, 50));
        }
        await new Promise((resolve) => setTimeout(resolve, 2_000));
        failing = false;
        await following.caughtUp();
        const none = { count: 0, first: [] };
        expect(await untilTaken(() => compareIndex(through))).to.deep.equal({
          refused: none,
          missing: none,
          extra: none,
          stale: none,
        });
        expect(await index.count('achievement')).to.equal(48);
      });

      for (const [title, mishap] of Object.entries(refusals)) {
        it(`puts nothing aside and ends with no difference after ${title} for a while`, async () => {
          const through = { ...ports, index };
          const careful = parking(through, 'index', indexChanges(through), async () => {});
          const refusals: QianxianError[] = [];
          // As often in a row as it takes until changes are tried one by one and put aside, without the feed's pauses.
          following = ports.store.follow(
            'index',
            { collections: ['achievements'], from: 'beginning' },
            async (changes) => {
              for (let tries = 0; tries < triesTogether + 2; tries++) {
                try {
                  return await careful(changes);
                } catch (error) {
                  refusals.push(error as QianxianError);
                }
              }
              await careful(changes);
            },
          );
          await index.put([indexDocument('before')]);
          await index.remove([{ kind: 'achievement', id: 'before', version: 2 }]);
          proxy.mishap(() => mishap);
          for (let n = 0; n < 5; n++) {
            await ports.store.collection('achievements').insert(achievementEntry(`a${n}`, { title: `成果${n}` }));
          }
          while (refusals.length < triesTogether + 5) await new Promise((resolve) => setTimeout(resolve, 20));
          proxy.mishap(() => undefined);
          await following.caughtUp();
          for (const { code, message, retryAfter } of refusals) {
            expect(code, message).to.equal('unavailable');
            expect(message).to.include('ELASTICSEARCH_URL');
            expect(retryAfter).to.be.at.least(1);
          }
          expect(await ports.store.collection('parkedChanges').count()).to.equal(0);
          const none = { count: 0, first: [] };
          expect(await untilTaken(() => compareIndex(through))).to.deep.equal({
            refused: none,
            missing: none,
            extra: none,
            stale: none,
          });
          expect(await index.count('achievement')).to.equal(5);
        });
      }

      it('writes and acknowledges nothing while a program of another version fills its index, and all of it after', async () => {
        const prefix = freshPrefix();
        const folder = await mkdtemp(join(tmpdir(), 'qianxian-mappings-'));
        const errors: string[] = [];
        const log = { ...silent, error: (_facts: object, message: string) => void errors.push(message) };
        try {
          for (const kind of ['need', 'achievement']) {
            const mapping = JSON.parse(await readFile(join(mappingsFolder, `${kind}.json`), 'utf8'));
            mapping.mappings.properties.addedLater = { type: 'keyword' };
            await writeFile(join(folder, `${kind}.json`), JSON.stringify(mapping));
          }
          const old = await open(log, prefix);
          await old.put([indexDocument('before')]);
          const newer = await openSearchIndex({
            url: proxy.url,
            mappings: folder,
            prefix,
            clock,
            log: silent,
            limits,
            unfit: 'rebuild',
          });
          await newer.rebuild(async (sink) => {
            await sink.put([indexDocument('before')]);
            for (let n = 0; n < 2; n++) {
              const error = await failure(old.put([indexDocument('meanwhile')]));
              expect(error.code).to.equal('unavailable');
              expect(error.retryAfter).to.be.at.least(1);
              expect(error.message).to.include('npx qianxian reindex').and.include('ELASTICSEARCH_URL');
            }
            expect((await failure(old.remove([{ kind: 'achievement', id: 'before', version: 2 }]))).code).to.equal(
              'unavailable',
            );
            // What it refused was not written where it is searched now, and the check-up tells.
            expect(await old.held('achievement', ['meanwhile'])).to.deep.equal(new Map());
            expect((await old.advice()).map(({ detail }) => detail).join()).to.include('另一版本');
          });
          expect(errors, 'told once').to.have.length(1);
          expect((await failure(old.put([indexDocument('meanwhile')]))).code).to.equal('unavailable');
          expect((await newer.put([indexDocument('meanwhile')]))[0]!.result).to.equal('applied');
          expect(await entriesOf(newer)).to.deep.equal(['before 1', 'meanwhile 1']);
          expect(await newer.advice()).to.deep.equal([]);
          await old.close();
          await newer.close();
        } finally {
          await rm(folder, { recursive: true, force: true });
        }
      });
    });
  });
}

mishapsOn('a stand-in', { interactiveMs: 1_000, patientMs: 1_000 }, () => openSearchStandIn());
if (searchUrl)
  mishapsOn('Elasticsearch', { interactiveMs: 2_500, patientMs: 2_500 }, async () => ({
    url: searchUrl!,
    close: async () => {},
  }));
