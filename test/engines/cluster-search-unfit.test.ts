import { expect } from 'chai';
import { QianxianError } from '../../src/domain/errors.ts';
import { examineSearch } from '../../src/engines/cluster/search-examination.ts';
import { askedPause, faultKindOf } from '../../src/engines/cluster/search-fault.ts';
import { openSearchIndex, type SearchIndexOptions } from '../../src/engines/cluster/search-index.ts';
import { indexDocument } from '../contract/search-index.ts';
import { freshPrefix, mappingsFolder } from './cluster-search.ts';
import { type Mishap, openSearchProxy, type SearchProxy } from './search-proxy.ts';
import { openSearchStandIn, type SearchStandIn } from './search-stand-in.ts';

const password = 'geheim-9f3c';
const json = (body: object): string => JSON.stringify(body);

describe('a search server that does not fit', function () {
  this.timeout(60_000);
  let standIn: SearchStandIn;
  let proxy: SearchProxy;
  let logged: string;
  const heard = (...given: readonly unknown[]) => {
    for (const one of given) {
      logged += json({
        one,
        ...(one instanceof Error ? { said: `${one.message} ${one.stack} ${String(one.cause)}` } : {}),
      });
      const { err } = (one ?? {}) as { err?: Error };
      if (err) logged += `${err.message} ${err.stack} ${String((err as Error).cause)}`;
    }
  };
  const log = { debug: heard, info: heard, warn: heard, error: heard };
  const open = async (given: Partial<SearchIndexOptions> = {}) => {
    const index = await openSearchIndex({
      url: proxy.url,
      mappings: mappingsFolder,
      prefix: 'unfit',
      clock: { now: () => new Date() },
      log,
      limits: { interactiveMs: 800, patientMs: 800 },
      ...given,
    });
    await index.close();
    return index;
  };
  /** The one line that a user reads; the password is in nothing that was said or logged. */
  async function refusal(given: Partial<SearchIndexOptions> = {}): Promise<string> {
    const error = await open(given).then(
      () => undefined,
      (thrown: unknown) => thrown as QianxianError,
    );
    expect(error, 'it opened').to.be.instanceOf(QianxianError);
    expect(error!.code).to.equal('misconfigured');
    expect(error!.message).to.include('ELASTICSEARCH_URL').and.not.include('\n');
    for (let told: unknown = error; told instanceof Error; told = told.cause) {
      expect(`${told.message} ${json(told)}`).not.to.include(password);
    }
    expect(logged).not.to.include(password);
    return error!.message;
  }
  const everything = (mishap: Mishap) => proxy.mishap(() => mishap);
  beforeEach(async () => {
    logged = '';
    standIn = await openSearchStandIn();
    proxy = await openSearchProxy(standIn.url);
  });
  afterEach(async () => {
    await proxy.close();
    await standIn.close();
  });

  it('is told by an address that is none, or of another scheme', async () => {
    for (const url of [`ftp://u:${password}@127.0.0.1:9200`, `redis://:${password}@127.0.0.1`, 'localhost:9200']) {
      expect(await refusal({ url }), url).to.match(/应以 http:\/\/ 或 https:\/\/ 开头/);
    }
    for (const url of ['', '127.0.0.1:9200', `http://u:${password}@`, `http://u%zz:${password}@127.0.0.1`]) {
      expect(await refusal({ url }), url).to.match(/不是有效的地址，应写成/);
    }
  });

  it('is told by a wrong password, which is in no message and no log', async () => {
    everything({
      answers: 401,
      body: json({ error: { type: 'security_exception', reason: 'unable to authenticate user [u]' }, status: 401 }),
    });
    const url = proxy.url.replace('http://', `http://u:${password}@`);
    expect(await refusal({ url })).to.match(/拒绝了用户名、密码或权限，请检查 ELASTICSEARCH_URL/);
  });

  it('is told by versions that are too old, whether they understand the request or not', async () => {
    for (const number of ['7.17.29', '8.10.4', '6.8.23']) {
      everything({ answers: 200, body: json({ version: { number } }) });
      expect(await refusal(), number).to.match(new RegExp(`版本（${number}）太旧.*请升级`));
    }
    everything({
      answers: 406,
      body: json({ error: { type: 'media_type_header_exception', reason: 'Invalid media-type compatible-with=8' } }),
    });
    expect(await refusal()).to.match(/版本（7\.x）太旧/);
  });

  it('warns of a version that was not tried, older or newer, and works; the check-up says the same', async () => {
    const findings = async () => (await examineSearch({ url: standIn.url, log }))[0]!;
    await open();
    expect(logged).not.to.include('was not tried');
    expect(await findings()).to.include({ state: 'good', mend: '' });
    for (const version of ['8.11.4', '8.17.10', '8.19.0', '8.180.0', '9.1.0']) {
      logged = '';
      await proxy.close();
      await standIn.close();
      standIn = await openSearchStandIn(version);
      proxy = await openSearchProxy(standIn.url);
      await open();
      expect(logged, version).to.include('was not tried');
      expect(logged).to.match(new RegExp(`ELASTICSEARCH_URL.*${version}.*8\\.18`));
      const finding = await findings();
      expect(finding.state, version).to.equal('warning');
      expect(finding.mend).to.include('ELASTICSEARCH_URL').and.include('8.18');
    }
  });

  it('is told by another product', async () => {
    // Answers as OpenSearch does, and as a web server does.
    everything({ answers: 200, body: '<html>Willkommen</html>' });
    expect(await refusal()).to.match(/不是 Elasticsearch.*OpenSearch 不能代替/);
    everything({ answers: 404, body: '<html>404</html>' });
    expect(await refusal()).to.match(/不是 Elasticsearch/);
  });

  it('is told by an index of another mapping or version, which a rebuild mends', async () => {
    const index = await openSearchIndex({
      url: standIn.url,
      mappings: mappingsFolder,
      prefix: 'unfit',
      clock: { now: () => new Date() },
      log,
    });
    await index.put([indexDocument('a')]);
    await index.close();
    const described = (await (await fetch(`${standIn.url}/unfit-need-000001`)).json()) as {
      'unfit-need-000001': { mappings: { properties: Record<string, unknown> } };
    };
    const { mappings } = described['unfit-need-000001'];
    const change = (body: object) =>
      fetch(`${standIn.url}/unfit-need-000001/_mapping`, { method: 'PUT', body: json(body) });
    await change({ properties: { ...mappings.properties, title: { type: 'text' } } });
    expect(await refusal()).to.match(/unfit-need-000001 的映射与程序不符（.*title.*）.*npx qianxian reindex/);
    await change({
      properties: mappings.properties,
      _meta: { qianxian: { shape: 'other', averages: {}, stamp: null } },
    });
    expect(await refusal()).to.match(/另一版本的程序建立的.*npx qianxian reindex/);
    const mending = await openSearchIndex({
      url: standIn.url,
      mappings: mappingsFolder,
      prefix: 'unfit',
      unfit: 'rebuild',
      clock: { now: () => new Date() },
      log,
    });
    await mending.rebuild(async (sink) => {
      await sink.put([indexDocument('a')]);
    });
    expect(await mending.count('achievement')).to.equal(1);
    await mending.close();
    await open();
  });

  it('is told by an alias that is a plain index, that names several, or that names one of another program', async () => {
    const make = (name: string, alias?: string) =>
      fetch(`${standIn.url}/${name}`, { method: 'PUT', body: json(alias ? { aliases: { [alias]: {} } } : {}) });
    await make('unfit-need');
    expect(await refusal()).to.match(/unfit-need 是一个普通索引，不是别名：请把它删除或改名/);
    await fetch(`${standIn.url}/unfit-need`, { method: 'DELETE' });
    await make('theirs', 'unfit-need');
    expect(await refusal()).to.match(/theirs 不是本程序建立的：请删除这个别名/);
    await make('more', 'unfit-need');
    expect(await refusal()).to.match(/指向多个索引（theirs、more）.*请删除这个别名/);
  });

  it('opens where the index takes no writes, says so and what to do, and goes on when it does', async () => {
    const index = await openSearchIndex({
      url: standIn.url,
      mappings: mappingsFolder,
      prefix: 'unfit',
      clock: { now: () => new Date() },
      log,
    });
    await index.put([indexDocument('a')]);
    expect(await index.advice()).to.deep.equal([]);
    standIn.block(true);
    const error = await index.put([indexDocument('b')]).then(
      () => undefined,
      (thrown: unknown) => thrown as QianxianError,
    );
    expect(error!.code).to.equal('unavailable');
    expect(error!.message).to.match(/只读.*腾出磁盘.*index\.blocks/);
    expect((await index.search({ kind: 'achievement', words: [], audiences: ['public'], limit: 1 })).total).to.equal(1);
    const told = (await index.advice()).map(({ detail, mend }) => detail + mend);
    expect(told.join()).to.match(/unfit-achievement-000001.*只读.*ELASTICSEARCH_URL/);
    await open();
    expect(logged).to.match(/takes no writes/);
    standIn.block(false);
    expect((await index.put([indexDocument('b')]))[0]!.result).to.equal('applied');
    await index.close();
  });

  it('opens where nobody answers, and works as soon as somebody does', async () => {
    everything({ resets: 'before' });
    const index = await openSearchIndex({
      url: proxy.url,
      mappings: mappingsFolder,
      prefix: freshPrefix(),
      clock: { now: () => new Date() },
      log,
      limits: { interactiveMs: 800, patientMs: 800 },
    });
    const error = await index.ping().catch((thrown: unknown) => thrown as QianxianError);
    expect(error).to.have.property('code', 'unavailable');
    proxy.mishap(() => undefined);
    for (let tries = 0; tries < 50; tries++) {
      if ((await index.ping().catch(() => 'away')) !== 'away') break;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    expect((await index.put([indexDocument('a')]))[0]!.result).to.equal('applied');
    await index.close();
  });

  it('is waited for where it shows only while the program runs, and told once in the log', async () => {
    everything({ resets: 'before' });
    const index = await openSearchIndex({
      url: proxy.url,
      mappings: mappingsFolder,
      prefix: freshPrefix(),
      clock: { now: () => new Date() },
      log: { ...log, error: (facts: object, message: string) => void errors.push(`${json(facts)} ${message}`) },
      limits: { interactiveMs: 800, patientMs: 800 },
    });
    const errors: string[] = [];
    const said = { error: { type: 'security_exception', reason: 'unable to authenticate' }, status: 401 };
    const unfit: Readonly<Record<string, Mishap>> = {
      拒绝: { answers: 401, body: json(said) },
      太旧: { answers: 200, body: json({ version: { number: '7.17.29' } }) },
    };
    const refused = async () =>
      (await index.put([indexDocument('a')]).catch((error: unknown) => error)) as QianxianError;
    for (const [tells, mishap] of Object.entries(unfit)) {
      everything(mishap);
      // The circuit lets it through again only after a pause.
      for (let tries = 0; tries < 50 && !(await refused()).message.includes(tells); tries++) {
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
      for (let n = 0; n < 3; n++) {
        const error = await refused();
        expect(error.code, error.message).to.equal('unavailable');
        expect(error.retryAfter).to.be.at.least(1);
        expect(error.message).to.include('ELASTICSEARCH_URL').and.include(tells);
        expect(await index.ping().catch((thrown: unknown) => thrown)).to.have.property('message', error.message);
      }
    }
    expect(errors.filter((one) => one.includes('refuses the login'))).to.have.length(1);
    expect(errors.filter((one) => one.includes('太旧'))).to.have.length(1);
    for (const one of errors) expect(one).to.include('ELASTICSEARCH_URL');
    proxy.mishap(() => undefined);
    expect((await index.put([indexDocument('a')]))[0]!.result).to.equal('applied');
    await index.close();
  });
});

describe('what a search server says went wrong', () => {
  it('is told apart by what can be done about it', () => {
    expect(faultKindOf(429, ['es_rejected_execution_exception'])).to.equal('busy');
    expect(faultKindOf(429, ['circuit_breaking_exception'])).to.equal('busy');
    expect(faultKindOf(429, [])).to.equal('busy');
    expect(faultKindOf(503, ['cluster_block_exception'])).to.equal('busy');
    expect(faultKindOf(429, ['cluster_block_exception'])).to.equal('blocked');
    expect(faultKindOf(403, ['cluster_block_exception'])).to.equal('blocked');
    expect(faultKindOf(403, ['security_exception'])).to.equal('login');
    expect(faultKindOf(502, [])).to.equal('away');
    expect(faultKindOf(500, ['null_pointer_exception'])).to.equal('busy');
    expect(faultKindOf(404, ['index_not_found_exception'])).to.equal('missing');
    expect(faultKindOf(400, ['mapper_parsing_exception'])).to.equal('refused');
  });

  it('names the pause that it asks for in seconds or as a date', () => {
    const now = Date.parse('2026-11-25T10:00:00Z');
    expect(askedPause('3', now)).to.equal(3_000);
    expect(askedPause('Wed, 25 Nov 2026 10:00:07 GMT', now)).to.equal(7_000);
    for (const header of ['-4', 'Wed, 25 Nov 2026 09:00:00 GMT', 'soon', '', undefined, null]) {
      expect(askedPause(header, now), String(header)).to.equal(0);
    }
  });
});
