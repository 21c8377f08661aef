import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { webOperations } from '../../scripts/web-operations.ts';
import { isPageAddress, pageAddresses } from '../../src/http/contract/pages.ts';
import { routes } from '../../src/http/routes.ts';
import { packageRoot } from '../../src/package-root.ts';
import { pagesFolder } from '../../src/serve.ts';
import { type HttpFixture, openHttp } from '../http/open-http.ts';

const built = existsSync(join(pagesFolder, 'index.html'));

describe('the operations that pages know', () => {
  it('are as the table of routes has them', async () => {
    const path = 'src/web/api/operations.ts';
    const rows = (text: string) => text.split('\n').filter((line) => /^ {2}'/.test(line));
    const now = new Set(rows(await webOperations()));
    const known = rows(readFileSync(join(packageRoot, path), 'utf8'));
    expect(known.length).to.be.greaterThan(40);
    // A route that no page uses yet may be missing there; one that changed may not.
    for (const row of known) {
      expect(now.has(row), `${row}\n${path} is out of date: npm run web:operations`).to.equal(true);
    }
  });
});

describe('addresses of pages', () => {
  it('never hide a route of the interface', () => {
    for (const { path } of routes) expect(isPageAddress(path.replace(/\{\w+\}/g, 'x')), path).to.equal(false);
  });

  it('are told from others', () => {
    for (const address of Object.values(pageAddresses)) {
      expect(isPageAddress(address.replace(/:\w+/g, '2026-W48')), address).to.equal(true);
    }
    for (const path of ['/api', '/api/v1/session', '/healthz', '/assets/x.js', '/reviewx', '//', '/review/a/b/c']) {
      expect(isPageAddress(path), path).to.equal(false);
    }
  });
});

(built ? describe : describe.skip)('the built pages, as they are served', () => {
  let fixture: HttpFixture;
  before(async () => {
    fixture = await openHttp();
  });
  after(() => fixture.close());

  const html = { accept: 'text/html,application/xhtml+xml,*/*;q=0.8' };
  const get = (path: string, headers: Record<string, string> = {}) => fixture.client().get(path, headers);

  it('have one document at every page address, with a nonce of its own each time', async () => {
    const nonces = new Set<string>();
    for (const path of ['/', '/login', '/review', '/review/2026-W48', '/review/2026-W48/a~b']) {
      const reply = await get(path, html);
      expect(reply.status, path).to.equal(200);
      expect(reply.headers.get('content-type')).to.equal('text/html; charset=utf-8');
      expect(reply.headers.get('cache-control')).to.equal('no-cache');
      const policy = reply.headers.get('content-security-policy')!;
      expect(policy)
        .to.include("script-src 'self';")
        .and.not.to.match(/unsafe|\*/);
      const nonce = /style-src 'self' 'nonce-([\w-]{20,})'/.exec(policy)![1]!;
      expect(reply.text).to.include(`nonce="${nonce}"`);
      nonces.add(nonce);
      expect(reply.text).to.not.match(/<script(?![^>]* src=)|style=|\son\w+=/);
    }
    expect(nonces.size).to.equal(5);
  });

  it('have their files compressed, typed and kept for ever under the hash in their names', async () => {
    const { text } = await get('/', html);
    const files = [...text.matchAll(/(?:src|href)="(\/assets\/[^"]+)"/g)].map((match) => match[1]!);
    expect(files.some((file) => file.endsWith('.js'))).to.equal(true);
    let compressed = 0;
    for (const file of files) {
      const types = { js: /^text\/javascript/, css: /^text\/css/ };
      for (const encoding of ['br', 'gzip', 'identity']) {
        const reply = await get(file, { 'accept-encoding': encoding });
        expect(reply.status, file).to.equal(200);
        expect(reply.headers.get('content-type')).to.match(types[file.endsWith('.js') ? 'js' : 'css']);
        expect(reply.headers.get('cache-control')).to.equal('public, max-age=31536000, immutable');
        // What compressing does not make smaller lies there plain alone.
        const packed = existsSync(join(pagesFolder, `${file}.${encoding === 'br' ? 'br' : 'gz'}`));
        expect(reply.headers.get('content-encoding'), `${file} ${encoding}`).to.equal(
          encoding === 'identity' || !packed ? null : encoding,
        );
        compressed += packed && encoding !== 'identity' ? 1 : 0;
        expect(reply.headers.get('vary')).to.include('Accept-Encoding');
        expect(reply.headers.get('x-content-type-options')).to.equal('nosniff');
      }
    }
    expect(compressed).to.be.at.least(4);
  });

  it('are no answer to programs: what nobody knows stays 404 in JSON', async () => {
    for (const [path, headers] of [
      ['/api/v1/nothing', html],
      ['/api', html],
      ['/nothing', {}],
      ['/assets/nothing.js', {}],
      ['/assets/..%2f..%2fpackage.json', {}],
    ] as const) {
      const reply = await get(path, headers);
      expect(reply.status, path).to.equal(404);
      expect(reply.headers.get('content-type'), path).to.match(/^application\/problem\+json/);
    }
    const lost = await get('/nothing', html);
    expect(lost.status).to.equal(404);
    expect(lost.headers.get('content-type')).to.match(/^text\/html/);
  });

  it('are only looked at', async () => {
    const reply = await fixture.client().post('/login', {});
    expect(reply.status).to.equal(405);
    expect(reply.headers.get('allow')).to.equal('GET, HEAD, OPTIONS');
    expect((await fixture.client().request('HEAD', '/login')).status).to.equal(200);
  });

  it('ask for at most 300 kB of compressed script before the first page stands', () => {
    interface Chunk {
      readonly file: string;
      readonly imports?: readonly string[];
      readonly isEntry?: boolean;
    }
    const manifest = JSON.parse(readFileSync(join(pagesFolder, '.vite', 'manifest.json'), 'utf8')) as Record<
      string,
      Chunk
    >;
    const needed = new Set<string>();
    const need = (key: string): void => {
      if (needed.has(key)) return;
      needed.add(key);
      for (const other of manifest[key]!.imports ?? []) need(other);
    };
    const entry = Object.keys(manifest).find((key) => manifest[key]!.isEntry)!;
    const size = (from: readonly string[]) => {
      needed.clear();
      for (const key of from) need(key);
      return [...needed].reduce((sum, key) => {
        const plain = join(pagesFolder, manifest[key]!.file);
        return sum + readFileSync(existsSync(`${plain}.gz`) ? `${plain}.gz` : plain).length;
      }, 0);
    };
    const home = size([entry, 'pages/home/home-page.tsx']);
    console.log(`      first load: ${(home / 1000).toFixed(0)} kB of script, gzip`);
    expect(home).to.be.at.most(300_000);
  });
});
