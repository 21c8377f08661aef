import { randomBytes } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join, sep } from 'node:path';
import type { RequestHandler, Response } from 'express';
import { isPageAddress } from './contract/pages.ts';
import { homePage } from './home-page.ts';
import { stateOf } from './request-state.ts';
import { StatusError } from './status-error.ts';

const media: Readonly<Record<string, string>> = {
  js: 'text/javascript; charset=utf-8',
  css: 'text/css; charset=utf-8',
  svg: 'image/svg+xml',
  png: 'image/png',
  woff2: 'font/woff2',
};
/** Built files carry the hash of their content in their name: they never change. */
const forever = 'public, max-age=31536000, immutable';
const forADay = 'public, max-age=86400';
/** Where the document wants the nonce of this answer, under which the component library puts its styles into the page. */
const noncePlace = '__NONCE__';

interface BuiltFile {
  readonly type: string;
  readonly cache: string;
  readonly bytes: Buffer;
  /** Compressed forms that are smaller, best first. */
  readonly encoded: readonly { readonly encoding: 'br' | 'gzip'; readonly bytes: Buffer }[];
}

interface BuiltPages {
  readonly document: string;
  readonly files: ReadonlyMap<string, BuiltFile>;
}

/** The built pages, held in memory (about 4 MB), so that no request reaches the disk and no path of a request is one of it. */
function readBuilt(folder: string): BuiltPages | null {
  let names: string[];
  try {
    names = readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1));
  } catch {
    return null;
  }
  if (!names.includes('index.html')) return null;
  const there = new Set(names);
  const read = (name: string) => readFileSync(join(folder, name));
  const files = new Map<string, BuiltFile>();
  for (const name of names) {
    const type = media[name.slice(name.lastIndexOf('.') + 1)];
    if (type === undefined) continue;
    files.set(`/${name.replaceAll(sep, '/')}`, {
      type,
      cache: name.startsWith(`assets${sep}`) ? forever : forADay,
      bytes: read(name),
      encoded: [
        ...(there.has(`${name}.br`) ? [{ encoding: 'br' as const, bytes: read(`${name}.br`) }] : []),
        ...(there.has(`${name}.gz`) ? [{ encoding: 'gzip' as const, bytes: read(`${name}.gz`) }] : []),
      ],
    });
  }
  return { document: read('index.html').toString('utf8'), files };
}

/**
 * Answers what a browser asks for to show the pages: their files, and the one document at every page address. Other addresses go
 * on, but a browser that navigates (it accepts HTML) to one that nobody knows gets the document too, with 404, so that the
 * person reads where to go instead. `folder` is where the pages are built; where they are not, `/` says so in a few lines.
 */
export function serveWebPages(folder: string | undefined): RequestHandler {
  const built = folder === undefined ? null : readBuilt(folder);
  return function answerPage(request, response, next) {
    const { path } = request;
    if (path === '/api' || path.startsWith('/api/')) return next();
    const file = built?.files.get(path);
    const isPage = isPageAddress(path) && (built !== null || path === '/');
    const navigates = (request.headers.accept ?? '').includes('text/html');
    if (!file && !isPage && !(built && navigates)) return next();
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      if (!file && !isPage) return next();
      if (request.method === 'OPTIONS') {
        response.status(204).set('Allow', 'GET, HEAD, OPTIONS').end();
        return;
      }
      throw new StatusError(405, '不支持的方法', '这个地址只能查看，可用的方法：GET, HEAD', {
        headers: { Allow: 'GET, HEAD, OPTIONS' },
      });
    }
    stateOf(response).route = { path: file ? '(page file)' : '(page)' };
    if (file) sendFile(response, file, request.acceptsEncodings());
    else if (!built) response.type('html').send(homePage);
    else sendDocument(response, built.document, isPage ? 200 : 404);
  };
}

function sendFile(response: Response, file: BuiltFile, accepted: readonly string[]): void {
  const form = file.encoded.find(({ encoding }) => accepted.includes(encoding));
  response.set('Cache-Control', file.cache).set('Content-Type', file.type).set('Vary', 'Accept-Encoding');
  if (form) response.set('Content-Encoding', form.encoding);
  response.send(form?.bytes ?? file.bytes);
}

function sendDocument(response: Response, document: string, status: 200 | 404): void {
  const nonce = randomBytes(18).toString('base64url');
  const policy = String(response.getHeader('Content-Security-Policy'));
  response.set('Content-Security-Policy', policy.replace("style-src 'self'", `style-src 'self' 'nonce-${nonce}'`));
  // Asked for anew each time, so that a browser never holds a document whose files are gone.
  response.set('Cache-Control', 'no-cache');
  response.status(status).type('html').send(document.replaceAll(noncePlace, nonce));
}
