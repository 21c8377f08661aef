import { setTimeout as pause } from 'node:timers/promises';
import { expect } from 'chai';
import { openRecordStore } from '../../src/engines/cluster/record-store.ts';
import { openSearchIndex } from '../../src/engines/cluster/search-index.ts';
import { createFeed, type Feed } from '../../src/flow/feed.ts';
import type { Ports } from '../../src/ports/ports.ts';
import type { RecordStore } from '../../src/ports/record-store.ts';
import type { SearchIndex } from '../../src/ports/search-index.ts';
import { type FreshPorts, freshPorts } from '../steps/fresh-ports.ts';
import { achievementEntry } from '../steps/indexing/entry-fixtures.ts';
import { dropDatabases, emptyDatabase, freshDatabase, mongoUri } from './cluster-records.ts';
import { askServer, dropPrefixes, freshPrefix, mappingsFolder, searchUrl } from './cluster-search.ts';

const missing = mongoUri && searchUrl ? '' : ' (skipped: MONGODB_URI or ELASTICSEARCH_URL is not set)';
const records = 300;
const watchMs = 200;

/** One process of several, as far as the index goes. */
interface Process {
  readonly feed: Feed;
  readonly index: SearchIndex;
  readonly store: RecordStore;
  /** What it logged, without the facts. */
  readonly said: string[];
}

(missing ? describe.skip : describe)(`filling the search index${missing}`, function () {
  this.timeout(120_000);
  const database = freshDatabase();
  const clock = { now: () => new Date() };
  let shared: FreshPorts;
  let prefix: string;
  let processes: Process[];
  const prefixes: string[] = [];

  const start = async (): Promise<Process> => {
    const said: string[] = [];
    const say = (_facts: object, message: string) => void said.push(message);
    const log = { debug() {}, info: say, warn: say, error: say };
    const store = await openRecordStore({ uri: mongoUri!, database, clock, log, migrate: true, pollMs: 50 });
    const index = await openSearchIndex({ url: searchUrl!, mappings: mappingsFolder, prefix, clock, log });
    const ports: Ports = { ...shared, store, index, clock, log };
    const one = { feed: createFeed(ports, { watchMs }), index, store, said };
    processes.push(one);
    return one;
  };
  const saidOf = (message: string) => processes.flatMap(({ said }) => said.filter((one) => one === message));
  const indices = async () =>
    (await askServer<{ index: string }[]>('GET', `/_cat/indices/${prefix}-achievement-*?format=json&h=index`)).body
      .map(({ index }) => index)
      .sort();
  const until = async (holds: () => Promise<boolean> | boolean) => {
    for (const end = Date.now() + 60_000; !(await holds()); await pause(50)) {
      if (Date.now() > end) throw new Error('waited in vain');
    }
  };

  before(async () => {
    shared = await freshPorts();
  });
  beforeEach(async () => {
    prefix = freshPrefix();
    prefixes.push(prefix);
    processes = [];
    const store = await openRecordStore({ uri: mongoUri!, database, clock, log: shared.log, migrate: true });
    for (let number = 0; number < records; number++) {
      await store
        .collection('achievements')
        .insert(achievementEntry(`a${String(number).padStart(4, '0')}`, { title: `紫菜干燥 ${number}` }));
    }
    await store.close();
  });
  afterEach(async () => {
    for (const { feed, index, store } of processes) {
      await feed.stop();
      await index.close();
      await store.close();
    }
    await emptyDatabase(database);
  });
  after(async () => {
    await shared.close();
    await dropPrefixes(prefixes);
    await dropDatabases([database]);
  });

  it('is done by one of three processes that begin at once', async () => {
    await Promise.all([start(), start(), start()]);
    await Promise.all(processes.map(({ feed }) => feed.keepIndex()));
    await Promise.all(processes.map(({ feed }) => feed.indexed()));
    for (const { index } of processes) expect(await index.count('achievement')).to.equal(records);
    expect(saidOf('the search index was filled')).to.have.length(1);
    // The first is the empty one that is made at the start.
    expect(await indices()).to.deep.equal([`${prefix}-achievement-000002`]);
  });

  it('is done again, and told once, where the server is emptied while the service runs', async () => {
    const { feed, index, store, said } = await start();
    await feed.keepIndex();
    await feed.indexed();
    await dropPrefixes([prefix]);
    // A record that is written while nothing takes it is there in the end.
    await store.collection('achievements').insert(achievementEntry('later', { title: '海藻养殖' }));
    await until(async () => (await index.count('achievement').catch(() => 0)) === records + 1);
    await feed.indexed();
    expect(said.filter((one) => one.includes('lost its index'))).to.have.length(1);
    expect(saidOf('the search index was filled')).to.have.length(2);
    const { total } = await index.search({ kind: 'achievement', words: ['海藻'], audiences: ['public'], limit: 1 });
    expect(total).to.equal(1);
  });

  it('is left alone where the index was filled with the words of another version', async () => {
    const { feed, index, said } = await start();
    await feed.keepIndex();
    await feed.indexed();
    await index.rebuild(async () => {}, { stamp: 'the words of a newer version' });
    await pause(watchMs * 5);
    expect(await index.stamp()).to.equal('the words of a newer version');
    expect(said.filter((one) => one.includes('lost its index'))).to.deep.equal([]);
  });
});
