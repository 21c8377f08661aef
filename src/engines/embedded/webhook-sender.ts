import { lookup } from 'node:dns/promises';
import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { BlockList, isIP } from 'node:net';
import { Forbidden, Invalid, QianxianError } from '../../domain/errors.ts';
import type { Log } from '../../ports/log.ts';
import type { WebhookSender } from '../../ports/webhook-sender.ts';

/** A receiver that has not answered within this time is away. */
const defaultTimeoutMs = 10_000;

const subnets = (...rows: readonly (readonly [string, number])[]): BlockList => {
  const found = new BlockList();
  for (const [address, bits] of rows) found.addSubnet(address, bits, address.includes(':') ? 'ipv6' : 'ipv4');
  return found;
};

/** Addresses that no receiver has, whatever is listed: unspecified, link-local (metadata services), multicast, reserved. */
const never = subnets(
  ['0.0.0.0', 8],
  ['169.254.0.0', 16],
  ['192.0.0.0', 24],
  ['192.88.99.0', 24],
  ['224.0.0.0', 4],
  ['240.0.0.0', 4],
  ['::', 128],
  ['fe80::', 10],
  ['fec0::', 10],
  ['ff00::', 8],
  // Addresses that stand for IPv4 addresses by translation: whom they reach is not seen.
  ['64:ff9b::', 96],
  ['64:ff9b:1::', 48],
  ['2001::', 32],
  ['2002::', 16],
);

/** Addresses that are reached only where the address itself is listed: private, loopback, shared, documentation, benchmarks. */
const inward = subnets(
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['172.16.0.0', 12],
  ['192.0.2.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['::1', 128],
  ['100::', 64],
  ['2001:db8::', 32],
  ['fc00::', 7],
);
const loopback = subnets(['127.0.0.0', 8], ['::1', 128]);

const holds = (list: BlockList, address: string) => list.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4');

/** `host` or `host:port`, as `URL` writes them; an IPv6 address in brackets. */
interface Listed {
  readonly host: string;
  readonly port: number;
}

function bare(hostname: string): string {
  return hostname
    .replace(/^\[(.*)\]$/, '$1')
    .replace(/\.$/, '')
    .toLowerCase();
}

/** Throws `misconfigured` for an entry that is no host. */
function readHosts(written: readonly string[]): Listed[] {
  return written.map((entry) => {
    const url = URL.canParse(`https://${entry}`) ? new URL(`https://${entry}`) : undefined;
    if (url?.pathname !== '/' || url.search !== '' || url.hash !== '' || /[@*/\s]/.test(entry)) {
      throw new QianxianError(
        'misconfigured',
        `QIANXIAN_WEBHOOK_HOSTS 里的“${entry}”不是主机名，请写成 oa.example.com 或 10.1.2.3:8443，用逗号分开`,
      );
    }
    return { host: bare(url.hostname), port: url.port === '' ? 443 : Number(url.port) };
  });
}

/**
 * Posts over HTTPS to listed hosts; over plain HTTP only to listed loopback addresses. `resolve` looks up the addresses of
 * a name (the system's resolver by default).
 */
export function createWebhookSender(options: {
  readonly hosts: readonly string[];
  readonly timeoutMs?: number;
  readonly resolve?: (host: string) => Promise<readonly string[]>;
  readonly log: Log;
}): WebhookSender {
  const { timeoutMs = defaultTimeoutMs, log } = options;
  const listed = readHosts(options.hosts);
  const resolve =
    options.resolve ?? (async (host: string) => (await lookup(host, { all: true })).map(({ address }) => address));
  const isListed = (host: string, port: number) => listed.some((one) => one.host === host && one.port === port);

  function refuse(reason: string, mend: string): never {
    throw new Invalid([{ field: 'url', label: '地址', reason, mend }]);
  }

  function checked(written: string): { readonly url: URL; readonly host: string; readonly port: number } {
    if (!URL.canParse(written)) refuse('不是网址', '请写成 https://主机/路径');
    const url = new URL(written);
    const host = bare(url.hostname);
    if (url.protocol !== 'https:' && url.protocol !== 'http:') refuse('不是 https 地址', '请写成 https://主机/路径');
    if (url.username !== '' || url.password !== '') refuse('含有用户名或密码', '请去掉；送出的内容由签名证明');
    const port = url.port === '' ? (url.protocol === 'https:' ? 443 : 80) : Number(url.port);
    const shown = port === 443 ? host : `${host}:${port}`;
    if (!isListed(host, port)) {
      refuse(
        `主机 ${shown} 不在允许之列`,
        '请由系统管理员把它加进 QIANXIAN_WEBHOOK_HOSTS 后重启服务，或改用已允许的主机',
      );
    }
    if (url.protocol === 'http:' && !(isIP(host) && holds(loopback, host))) {
      refuse('没有加密', '请改用 https；http 只能用于本机的回环地址');
    }
    if (isIP(host) && holds(never, host)) refuse('是不能访问的地址', '请改用接收方的主机名');
    return { url, host, port };
  }

  /** The address to connect to: looked up once, every address that came out checked. */
  async function pinned(host: string, port: number): Promise<string> {
    const addresses = isIP(host) ? [host] : await resolve(host);
    for (const address of addresses) {
      if (holds(never, address) || (holds(inward, address) && !isListed(address.toLowerCase(), port))) {
        throw new Forbidden(
          `主机 ${host} 指向内部地址，没有发送；确要发往内网，请把该地址本身也写进 QIANXIAN_WEBHOOK_HOSTS`,
        );
      }
    }
    const [first] = addresses;
    if (first === undefined) throw new Error('no address');
    return first;
  }

  return {
    check(url) {
      checked(url);
    },

    async post({ url: written, headers, body }) {
      const { url, host, port } = checked(written);
      const signal = AbortSignal.timeout(timeoutMs);
      try {
        const address = await pinned(host, port);
        const family = isIP(address) as 4 | 6;
        const send = url.protocol === 'https:' ? httpsRequest : httpRequest;
        return await new Promise<{ readonly status: number }>((done, fail) => {
          const request = send(
            url,
            {
              method: 'POST',
              headers: { ...headers, 'content-length': Buffer.byteLength(body), 'user-agent': 'qianxian-webhook' },
              // A connection of its own, so that none to an unchecked address is used again.
              agent: false,
              signal,
              lookup: (_host, asked, answer) => {
                if (asked.all) answer(null, [{ address, family }]);
                else answer(null, address, family);
              },
            },
            (response) => {
              done({ status: response.statusCode ?? 0 });
              // What else it says is of no interest, and may be without end.
              response.destroy();
            },
          );
          request.once('error', fail);
          request.end(body);
        });
      } catch (cause) {
        if (cause instanceof QianxianError) throw cause;
        log.debug({ err: cause }, 'a webhook was not answered');
        const code = cause instanceof Error && 'code' in cause ? String(cause.code) : '';
        throw new QianxianError('unavailable', `接收方没有应答${whyOf(code, signal.aborted)}`, {
          cause,
          retryAfter: 60,
        });
      }
    },
  };
}

function whyOf(code: string, timedOut: boolean): string {
  if (timedOut) return '（超时）';
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') return '（查不到主机名）';
  if (code === 'ECONNREFUSED') return '（拒绝连接）';
  if (/CERT|SELF_SIGNED|ALTNAME|UNABLE_TO/.test(code)) return '（证书不可信，请检查接收方的证书）';
  return '';
}
