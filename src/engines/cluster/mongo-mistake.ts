import { QianxianError } from '../../domain/errors.ts';
import { withoutCredentials } from './mongo-fault.ts';
import { firstWords, type ServerPlace, speaksTls } from './server-probe.ts';

/** What a driver that found no server says of each that it tried, with the causes. */
function reasonsOf(error: unknown): string {
  const said: string[] = [];
  const { reason } = (error ?? {}) as { readonly reason?: { readonly servers?: unknown } };
  const tried: readonly unknown[] = reason?.servers instanceof Map ? [...reason.servers.values()] : [];
  for (const one of [error, ...tried.map((server) => (server as { readonly error?: unknown }).error)]) {
    for (let next: unknown = one; next instanceof Error && said.length < 20; next = next.cause) {
      said.push(`${next.message} ${String((next as NodeJS.ErrnoException).code ?? '')}`);
    }
  }
  return said.join(' / ');
}

/** The first server that an address names; null where a name server knows them. */
function firstPlace(uri: string): ServerPlace | null {
  const hosts = /^mongodb:\/\/(?:[^@/]*@)?([^/?]+)/i.exec(uri)?.[1]?.split(',') ?? [];
  const [, host, port = '27017'] = /^(\[[^\]]+\]|[^:]+)(?::(\d+))?$/.exec(hosts[0] ?? '') ?? [];
  return host === undefined ? null : { host: host.replace(/^\[|\]$/g, ''), port: Number(port) };
}

/**
 * Which mistake in the address keeps a start from finding a server that is there: TLS where there is none and the other way
 * round, a certificate that nobody trusts, another service at the port. Null where the server is merely away.
 */
export async function connectionMistake(error: unknown, uri: string): Promise<QianxianError | null> {
  const said = reasonsOf(error);
  if (!/ServerSelection/.test((error as Error | undefined)?.name ?? '')) return null;
  const mistake = (message: string): QianxianError =>
    new QianxianError('misconfigured', message, { cause: new Error(withoutCredentials(said)) });
  if (/ECONNREFUSED|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH/.test(said)) return null;
  if (/certificate|self.signed|altnames|unable to verify|CERT_/i.test(said)) {
    return mistake(
      'MongoDB 的证书不受信任，请让服务器用受信任的证书，或在 MONGODB_URI 里用 tlsCAFile=文件 指定它的 CA 证书',
    );
  }
  const place = firstPlace(uri);
  const usesTls = /[?&](?:tls|ssl)=true/i.test(uri) || place === null;
  if (usesTls) {
    if (!/wrong version number|packet length too long|unknown protocol|EPROTO|before secure TLS/i.test(said))
      return null;
    return mistake('MongoDB 没有用 TLS，请去掉 MONGODB_URI 里的 tls=true（或 ssl=true），或检查端口');
  }
  if (!(await speaksTls(place))) {
    // MongoDB itself answers a request of HTTP, saying that it is none of that.
    const words = await firstWords(place, 'GET / HTTP/1.0\r\n\r\n');
    if (!words.startsWith('HTTP/') || words.includes('MongoDB')) return null;
    return mistake(
      'MONGODB_URI 所指的端口上是网页服务，不是 MongoDB，请检查主机和端口（例如 mongodb://127.0.0.1:27017/qianxian）',
    );
  }
  return mistake('MongoDB 要求 TLS，请在 MONGODB_URI 末尾加上 tls=true（例如 mongodb://主机:27017/qianxian?tls=true）');
}
