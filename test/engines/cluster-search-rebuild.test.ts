import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { expect } from 'chai';
import { QianxianError } from '../../src/domain/errors.ts';
import { openSearchIndex } from '../../src/engines/cluster/search-index.ts';
import type { SearchIndex } from '../../src/ports/search-index.ts';
import { indexDocument } from '../contract/search-index.ts';
import { silent } from './cluster-records.ts';
import { askServer, dropPrefixes, freshPrefix, mappingsFolder, searchUrl } from './cluster-search.ts';
import { openSearchProxy, type SearchProxy } from './search-proxy.ts';
import { openSearchStandIn } from './search-stand-in.ts';

const day = 24 * 60 * 60_000;
const runner = join(import.meta.dirname, 'cluster-search-runner.ts');

async function codeOf(work: Promise<unknown>): Promise<string> {
  try {
    await work;
  } catch (error) {
    expect(error, String(error)).to.be.instanceOf(QianxianError);
    return (error as QianxianError).code;
  }
  return 'no error';
}

const entriesOf = async (index: SearchIndex): Promise<string[]> => {
  const found: string[] = [];
  for await (const { id, version } of index.entries('achievement')) found.push(`${id} ${version}`);
  return found;
};

const removal = (id: string, version: number) => ({ kind: 'achievement' as const, id, version });
const numbered = (count: number) => Array.from({ length: count }, (_, n) => `d${String(n).padStart(4, '0')}`);

interface Target {
  readonly url: string;
  close(): Promise<void>;
}

function rebuildOn(name: string, target: () => Promise<Target>): void {
  describe(`rebuilding the search index (${name})`, function () {
    this.timeout(120_000);
    let behind: Target;
    let proxy: SearchProxy;
    let prefix: string;
    let laterMs = 0;
    const clock = { now: () => new Date(Date.now() + laterMs) };
    const opened: SearchIndex[] = [];
    const prefixes: string[] = [];
    const open = async (url = behind.url) => {
      const index = await openSearchIndex({ url, mappings: mappingsFolder, prefix, clock, log: silent });
      opened.push(index);
      return index;
    };
    /** Indices of this test as the server lists them. */
    const indices = async (): Promise<string[]> => {
      const answer = await fetch(`${behind.url}/${prefix}-achievement-*`);
      return Object.keys((await answer.json()) as object).sort();
    };
    const rawCount = async (index: string): Promise<number> => {
      await fetch(`${behind.url}/${index}/_refresh`, { method: 'POST' });
      const answer = await fetch(`${behind.url}/${index}/_count`, {
        method: 'POST',
        headers: { 'Content-Type': 'application/json' },
        body: JSON.stringify({ query: { match_all: {} } }),
      });
      return ((await answer.json()) as { count: number }).count;
    };
    before(async () => {
      behind = await target();
    });
    after(() => behind.close());
    beforeEach(async () => {
      laterMs = 0;
      prefix = freshPrefix();
      prefixes.push(prefix);
      proxy = await openSearchProxy(behind.url);
    });
    afterEach(async () => {
      for (const index of opened.splice(0)) await index.close();
      await proxy.close();
      if (behind.url === searchUrl) await dropPrefixes(prefixes.splice(0));
    });

    it('is done by one process of two that begin at once, whole', async () => {
      const [one, other] = [await open(), await open()];
      await one.put(numbered(20).map((id) => indexDocument(id)));
      const fill = async (index: SearchIndex) =>
        index.rebuild(async (sink) => {
          await sink.put(numbered(20).map((id) => indexDocument(id, { version: 2 })));
          await pause(200);
        });
      const outcomes = await Promise.allSettled([fill(one), fill(other)]);
      const failed = outcomes.filter((outcome) => outcome.status === 'rejected');
      expect(failed).to.have.length(1);
      expect((failed[0] as PromiseRejectedResult).reason).to.have.property('code', 'conflict');
      expect(await entriesOf(one)).to.deep.equal(numbered(20).map((id) => `${id} 2`));
      expect(await entriesOf(other)).to.deep.equal(numbered(20).map((id) => `${id} 2`));
      expect(await indices()).to.deep.equal([`${prefix}-achievement-000002`]);
    });

    it('moves both aliases in one call and drops the old indices', async () => {
      const index = await open(proxy.url);
      await index.put([indexDocument('a')]);
      const before = proxy.seen.length;
      await index.rebuild(async (sink) => {
        await sink.put([indexDocument('a')]);
      });
      const moves = proxy.seen.slice(before).filter(({ path }) => path.startsWith('/_aliases'));
      expect(moves).to.have.length(1);
      expect(await indices()).to.deep.equal([`${prefix}-achievement-000002`]);
      const described = (await (await fetch(`${behind.url}/${prefix}-*`)).json()) as Record<
        string,
        { aliases: object; settings: { index: { refresh_interval?: string } } }
      >;
      for (const kind of ['need', 'achievement']) {
        const { aliases, settings } = described[`${prefix}-${kind}-000002`]!;
        expect(Object.keys(aliases).sort()).to.deep.equal([`${prefix}-${kind}`, `${prefix}-${kind}-000002-writing`]);
        expect(settings.index.refresh_interval, 'what is written from now on shows').to.equal('1s');
      }
    });

    it('keeps every put and removal of other processes that goes on, and no search fails meanwhile', async () => {
      const [rebuilding, writing, searching] = [await open(), await open(), await open()];
      const latest = new Map<string, number>();
      await writing.put(numbered(300).map((id) => indexDocument(id, { words: '词' })));
      for (const id of numbered(300)) latest.set(id, 1);
      // What is counted is visible.
      expect(await writing.count('achievement')).to.equal(300);
      let running = true;
      let searches = 0;
      const faults: unknown[] = [];
      const asking = (async () => {
        while (running) {
          try {
            const [{ total }] = await Promise.all([
              searching.search({ kind: 'achievement', words: ['词'], audiences: ['public'], limit: 10 }),
              searching.suggest('d', { kinds: ['achievement'], audiences: ['public'], limit: 3 }),
              searching.recall('achievement', [{ terms: [{ word: '词', weight: 1 }], k: 10 }]),
            ]);
            // Half of what there was at the beginning is never removed.
            if (total < 150) faults.push(`found ${total}`);
            searches++;
          } catch (error) {
            faults.push(error);
          }
        }
      })();
      let version = 1;
      const writes = (async () => {
        while (running) {
          version++;
          const id = numbered(300)[version % 150]!;
          if (version % 4 === 0) {
            latest.delete(id);
            await writing.remove([removal(id, version)]);
          } else {
            latest.set(id, version);
            await writing.put([indexDocument(id, { version, words: '词' })]);
          }
        }
      })();
      for (let round = 0; round < 3; round++) {
        await rebuilding.rebuild(async (sink) => {
          const seen = [...latest].map(([id, at]) => indexDocument(id, { version: at, words: '词' }));
          for (let from = 0; from < seen.length; from += 50) {
            await sink.put(seen.slice(from, from + 50));
            await pause(20);
          }
        });
      }
      running = false;
      await Promise.all([writes, asking]);
      expect(faults).to.deep.equal([]);
      expect(searches).to.be.at.least(10);
      expect(await entriesOf(searching)).to.deep.equal([...latest].map(([id, at]) => `${id} ${at}`).sort());
      expect(await searching.count('achievement')).to.equal(latest.size);
      expect(await indices()).to.have.length(1);
    });

    it('that another process has done is not done again, however long the asker had waited for it', async () => {
      const [one, two] = [await open(), await open()];
      let fills = 0;
      const stamped = { stamp: 'words 1', unlessStamped: true };
      const fill = (index: SearchIndex) =>
        index.rebuild(async (sink) => {
          fills++;
          await sink.put([indexDocument('a')]);
          // The other one has seen an index without a stamp by now, and asks while this one is at it.
          if (index === one) expect(await codeOf(two.rebuild(async () => {}, stamped))).to.equal('conflict');
        }, stamped);
      expect(await fill(one)).to.deep.equal({ documents: 1 });
      expect(await fill(two)).to.equal(null);
      expect(fills).to.equal(1);
      expect(await indices()).to.have.length(1);
      expect(await two.stamp()).to.equal('words 1');
    });

    it('is run again after a kill in the middle: the old index answered, and what was left is gone', async () => {
      const index = await open();
      await index.put([indexDocument('a')]);
      const child = spawn(process.execPath, ['--import', 'tsx', runner, behind.url, prefix], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      await once(child.stdout!, 'data');
      child.kill('SIGKILL');
      await once(child, 'exit');
      expect(await entriesOf(index)).to.deep.equal(['a 1']);
      await index.put([indexDocument('b')]);
      expect(await codeOf(index.rebuild(async () => {}))).to.equal('conflict');
      laterMs = 31_000;
      await index.rebuild(async (sink) => {
        await sink.put([indexDocument('a'), indexDocument('b')]);
      });
      expect(await entriesOf(index)).to.deep.equal(['a 1', 'b 1']);
      expect(await indices()).to.have.length(1);
    });

    it('keeps away what was withdrawn, also by a rebuild of the same day, and forgets it by a later one', async () => {
      const index = await open();
      const late = async () => (await index.put([indexDocument('a', { version: 4 })]))[0]!.result;
      const rebuilt = async () => {
        await index.rebuild(async () => {});
        const [name] = await indices();
        return rawCount(name!);
      };
      await index.put([indexDocument('a', { version: 4 })]);
      await index.remove([removal('a', 5)]);
      expect(await late()).to.equal('stale');
      laterMs = day / 2;
      expect(await rebuilt(), 'tombstones').to.equal(1);
      expect(await late()).to.equal('stale');
      laterMs = 1.5 * day;
      expect(await rebuilt(), 'tombstones').to.equal(0);
    });

    it('is done although the answer to the swap is lost: what is searched then is not dropped', async () => {
      const [index, other] = [await open(proxy.url), await open()];
      await index.put([indexDocument('a')]);
      proxy.mishap(({ path }) => (path.startsWith('/_aliases') ? { resets: 'after' } : undefined));
      const outcome = await index.rebuild(async (sink) => {
        await sink.put([indexDocument('a', { version: 2 })]);
      });
      expect(outcome).to.deep.equal({ documents: 1 });
      expect(await entriesOf(other)).to.deep.equal(['a 2']);
      expect(await indices()).to.deep.equal([`${prefix}-achievement-000002`]);
    });

    it('drops nothing while it cannot be told whether the swap was done, and the next one does', async () => {
      const [index, other] = [await open(proxy.url), await open()];
      await index.put([indexDocument('a')]);
      let isAway = false;
      proxy.mishap(({ path, method }) => {
        if (path.startsWith('/_aliases')) isAway = true;
        if (path.startsWith('/_aliases')) return { resets: 'after' };
        return isAway && method === 'GET' ? { answers: 503 } : undefined;
      });
      const fill = async (sink: { put: SearchIndex['put'] }) => {
        await sink.put([indexDocument('a', { version: 2 })]);
      };
      expect(await codeOf(index.rebuild(fill))).to.equal('unavailable');
      expect(await entriesOf(other)).to.deep.equal(['a 2']);
      laterMs = 31_000;
      await other.rebuild(fill);
      expect(await indices()).to.deep.equal([`${prefix}-achievement-000003`]);
    });

    it('of an emptied server leaves one index behind the alias although a process starts meanwhile', async () => {
      const index = await open();
      await index.put([indexDocument('a')]);
      for (const name of Object.keys((await (await fetch(`${behind.url}/${prefix}-*`)).json()) as object)) {
        await fetch(`${behind.url}/${name}`, { method: 'DELETE' });
      }
      await index.rebuild(async (sink) => {
        await sink.put([indexDocument('a', { version: 2 })]);
        const started = await open();
        await started.put([indexDocument('b')]);
        await sink.put([indexDocument('b')]);
      });
      expect(await indices()).to.deep.equal([`${prefix}-achievement-000001`]);
      expect(await entriesOf(await open())).to.deep.equal(['a 2', 'b 1']);
    });

    it('finds one index behind the alias after two first starts that saw none', async () => {
      const other = await openSearchProxy(behind.url);
      try {
        const looks = (path: string) => decodeURIComponent(path).startsWith(`/${prefix}-achievement-*`);
        // The one makes its index; the other, which saw none, sees that number taken; then both look what there is.
        let first = 0;
        proxy.mishap(({ path, method }) => {
          if (method === 'PUT' && path.startsWith(`/${prefix}-achievement-`)) return { delaysMs: 700 };
          return looks(path) && ++first === 2 ? { delaysMs: 1_200 } : undefined;
        });
        let second = 0;
        other.mishap(({ path }) => (looks(path) ? { delaysMs: ++second === 1 ? 1_500 : 900 } : undefined));
        await Promise.all([open(proxy.url), open(other.url)]);
        expect([first, second], 'looks').to.deep.equal([2, 2]);
        expect(await indices()).to.deep.equal([`${prefix}-achievement-000001`]);
        await (await open()).put([indexDocument('a')]);
      } finally {
        for (const index of opened.splice(0)) await index.close();
        await other.close();
      }
    });

    it('has what the store has again, of before its removal, and still keeps away what only comes late', async () => {
      const index = await open();
      await index.put([indexDocument('back', { version: 4 }), indexDocument('gone', { version: 4 })]);
      await index.remove([removal('back', 5), removal('gone', 5)]);
      await index.rebuild(async (sink) => {
        await sink.put([indexDocument('back', { version: 4 })]);
        // Read before the removal, by a process that stood still since: not what the store has.
        await index.put([indexDocument('gone', { version: 4 })]);
      });
      expect(await entriesOf(index)).to.deep.equal(['back 4']);
      expect((await index.put([indexDocument('gone', { version: 4 })]))[0]!.result).to.equal('stale');
    });

    it('refuses a write that began before it and comes after it, rather than bring back what was withdrawn', async () => {
      const [index, slow] = [await open(), await open(proxy.url)];
      await index.put([indexDocument('a', { version: 4 })]);
      // The slow one has read version 4; before its request is carried out the record goes and the tombstone is purged.
      proxy.mishap(({ path }) => (path.startsWith('/_bulk') ? { delaysMs: 3_000 } : undefined));
      const late = codeOf(slow.put([indexDocument('a', { version: 4 })]));
      for (; !proxy.seen.some(({ path }) => path.startsWith('/_bulk')); await pause(10));
      await index.remove([removal('a', 5)]);
      laterMs = 2 * day;
      await index.rebuild(async () => {});
      expect(await late).to.equal('unavailable');
      expect(await entriesOf(index)).to.deep.equal([]);
    });
  });
}

rebuildOn('a stand-in', () => openSearchStandIn());
if (searchUrl) rebuildOn('Elasticsearch', async () => ({ url: searchUrl!, close: async () => {} }));

(searchUrl ? describe : describe.skip)(
  `what Elasticsearch alone tells${searchUrl ? '' : ' (skipped: needs ELASTICSEARCH_URL)'}`,
  function () {
    this.timeout(300_000);
    const clock = { now: () => new Date() };
    const prefix = freshPrefix();
    let index: SearchIndex;
    before(async () => {
      index = await openSearchIndex({ url: searchUrl!, mappings: mappingsFolder, prefix, clock, log: silent });
    });
    after(async () => {
      await index.close();
      await dropPrefixes([prefix]);
    });

    it('a tombstone outlives the time after which the server forgets its own deletions', async () => {
      const name = `${prefix}-achievement-000001`;
      // A minute by default; here at once.
      await askServer('PUT', `/${name}/_settings`, { 'index.gc_deletes': '1ms' });
      await index.put([indexDocument('gone', { version: 4 })]);
      await index.remove([removal('gone', 5)]);
      const write = (id: string, version: number) =>
        askServer('PUT', `/${name}/_doc/${id}?version=${version}&version_type=external_gte`, { id, version });
      await write('plain', 4);
      await askServer('DELETE', `/${name}/_doc/plain?version=5&version_type=external_gte`);
      // The server looks at its clock now and then only.
      let forgotten = 0;
      for (let tries = 0; tries < 40 && forgotten !== 201; tries++) {
        await pause(250);
        await askServer('POST', `/${name}/_refresh`);
        await askServer('POST', `/${name}/_flush?force=true`);
        forgotten = (await write('plain', 3)).status;
      }
      expect(forgotten, 'a plain deletion is forgotten').to.equal(201);
      await askServer('DELETE', `/${name}/_doc/plain`);
      expect((await index.put([indexDocument('gone', { version: 4 })]))[0]!.result).to.equal('stale');
      expect(await entriesOf(index)).to.deep.equal([]);
    });

    it('gives every one of 10,500 documents once, page by page, while others are written and removed', async () => {
      const ids = Array.from({ length: 10_500 }, (_, n) => `p${String(n).padStart(5, '0')}`);
      for (let from = 0; from < ids.length; from += 1_500) {
        await index.put(ids.slice(from, from + 1_500).map((id) => indexDocument(id, { words: '页', title: '' })));
      }
      await index.count('achievement');
      const found = new Map<string, number>();
      let pages = 0;
      let cursor: string | undefined;
      do {
        const page = await index.search({
          kind: 'achievement',
          words: ['页'],
          audiences: ['public'],
          limit: 100,
          ...(cursor === undefined ? {} : { cursor }),
        });
        for (const { id } of page.hits) found.set(id, (found.get(id) ?? 0) + 1);
        cursor = page.next;
        pages++;
        if (pages === 10) {
          await index.remove([removal(ids[9]!, 2), removal(ids[10_400]!, 2)]);
          await index.put([indexDocument('a', { words: '页' }), indexDocument(ids[10_000]!, { version: 2 })]);
          await index.count('achievement');
        }
      } while (cursor !== undefined);
      // The moment in which pages are read from the third on holds what was removed after it, and nothing newer.
      expect(pages).to.equal(105);
      expect([...found.keys()].sort()).to.deep.equal(ids);
      expect([...found.values()].every((times) => times === 1)).to.equal(true);
    });
  },
);
