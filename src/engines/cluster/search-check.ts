import { QianxianError } from '../../domain/errors.ts';
import type { Log } from '../../ports/log.ts';
import { SearchFault } from './search-fault.ts';
import { readSearchAddress, type SearchServer } from './search-server.ts';
import { firstWords, speaksTls } from './server-probe.ts';

/** Since when a sparse vector can be mapped: 8.0 to 8.10 refuse the field, which the impacts of words are kept in. */
const oldest = { major: 8, minor: 11 };
const tested = '8.18';

const misconfigured = (message: string, cause?: unknown): QianxianError =>
  new QianxianError('misconfigured', message, cause === undefined ? {} : { cause });

const notElasticsearch = (cause?: unknown): QianxianError =>
  misconfigured(
    'ELASTICSEARCH_URL 指向的不是 Elasticsearch，请检查主机和端口（例如 http://127.0.0.1:9200）；OpenSearch 不能代替',
    cause,
  );

/** What a login that is refused is at a start: nothing that waiting would mend. */
export const refusedLogin = (cause: SearchFault): QianxianError =>
  misconfigured('Elasticsearch 拒绝了用户名、密码或权限，请检查 ELASTICSEARCH_URL 里的用户名和密码', cause);

/**
 * Asks the server who it is. Throws `misconfigured`, naming `ELASTICSEARCH_URL` and the mend, for what cannot work: another
 * product, an old version, a wrong scheme, certificate or login; `unavailable` where nobody answers. A version that was
 * not tested is a warning.
 */
export async function checkSearchServer(server: SearchServer, url: string, log: Log): Promise<void> {
  let info: { readonly version?: { readonly number?: unknown } };
  try {
    info = await server.call((client, options) => client.info(undefined, options));
  } catch (error) {
    throw error instanceof SearchFault ? await explained(error, url) : error;
  }
  const number = info.version?.number;
  const [major = Number.NaN, minor = Number.NaN] = String(number ?? '')
    .split('.')
    .map(Number);
  if (Number.isNaN(major)) throw notElasticsearch();
  if (major < oldest.major || (major === oldest.major && minor < oldest.minor)) throw tooOld(String(number));
  const advice = searchVersionAdvice(String(number));
  if (advice !== null) {
    log.warn({ version: number, setting: 'ELASTICSEARCH_URL', advice }, 'this version of Elasticsearch was not tried');
  }
}

/** What is to be said of a version that works as far as one can tell, but was not tried, with the mend (Chinese); else null. */
export function searchVersionAdvice(version: string): string | null {
  if (version.startsWith(`${tested}.`)) return null;
  return `ELASTICSEARCH_URL 所指的是 Elasticsearch ${version}，本程序在 ${tested} 上试过，没有在这个版本上试过；请先在试用环境里核对，或换用 ${tested}`;
}

const tooOld = (version: string): QianxianError =>
  misconfigured(
    `Elasticsearch 的版本（${version}）太旧（没有 sparse_vector 字段），需要 ${oldest.major}.${oldest.minor} 或更新的 8.x，请升级，或把 ELASTICSEARCH_URL 换成新的服务器`,
  );

async function explained(fault: SearchFault, url: string): Promise<QianxianError> {
  const reason = (fault.cause as Error).message;
  if (fault.type === 'product') return notElasticsearch(fault);
  // Elasticsearch 7 knows no `compatible-with=8`.
  if (fault.status === 406 || /media_type_header|compatible-with/.test(reason)) return tooOld('7.x');
  if (fault.kind === 'refused' && fault.status === 404) return notElasticsearch(fault);
  if (fault.kind === 'login') return refusedLogin(fault);
  if (fault.kind !== 'away') return fault;
  if (/wrong version number|packet length too long|unknown protocol|EPROTO/i.test(reason)) {
    return misconfigured('Elasticsearch 没有用 https，请把 ELASTICSEARCH_URL 的 https:// 改成 http://', fault);
  }
  if (/certificate|self.signed|altnames|unable to verify/i.test(reason)) {
    return misconfigured(
      'Elasticsearch 的证书不受信任，请让服务器用受信任的证书，或用环境变量 NODE_EXTRA_CA_CERTS 指定它的 CA 证书文件（ELASTICSEARCH_URL）',
      fault,
    );
  }
  if (/ENOTFOUND|EAI_AGAIN/.test(reason)) {
    return new QianxianError('unavailable', '找不到 ELASTICSEARCH_URL 里的主机，请检查主机名和网络', {
      cause: fault,
      retryAfter: 5,
    });
  }
  // Elasticsearch with TLS hangs up on who speaks without.
  const { node } = readSearchAddress(url);
  const host = node.hostname.replace(/^\[|\]$/g, '');
  const place = { host, port: Number(node.port || (node.protocol === 'https:' ? 443 : 80)) };
  if (node.protocol === 'http:' && /other side closed|socket hang up|ECONNRESET/i.test(reason)) {
    if (await speaksTls(place)) {
      return misconfigured('Elasticsearch 要求 https，请把 ELASTICSEARCH_URL 的 http:// 改成 https://', fault);
    }
  }
  // Whatever answers there does not speak HTTP: Redis, MongoDB, ssh.
  if (/HPE_|Parse Error|Response does not match|Expected HTTP/i.test(reason)) return notElasticsearch(fault);
  // Some of them say nothing to a whole request, or hang up in the middle of it: their first word tells.
  const word = /ECONNREFUSED/.test(reason) ? '' : await firstWords(place, 'GET / HTTP/1.0\r\n\r\n');
  if (node.protocol === 'http:' && word !== '' && !word.startsWith('HTTP/')) return notElasticsearch(fault);
  return fault;
}
