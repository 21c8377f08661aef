import { isAbsolute, join, resolve } from 'node:path';
import { type FieldIssue, QianxianError } from './domain/errors.ts';
import { readSecondReview, type SecondReview } from './domain/second-review-setting.ts';
import type { ServiceFacts } from './ports/service-facts.ts';

/**
 * Every setting, its environment variable, its default and what it is for: the one table of the environment.
 * `qianxian doctor` and the READMEs show it.
 */
export const settings = [
  { name: 'QIANXIAN_DATA', default: './data', about: '数据文件夹（数据库、邮件、短信、附件）' },
  { name: 'PORT', default: '3000', about: '网页与接口的端口，只在 HOST 所指的地址上监听' },
  { name: 'HOST', default: '127.0.0.1', about: '监听的地址；0.0.0.0 为所有网卡' },
  { name: 'METRICS_PORT', default: '9464', about: '运行指标的端口，只在本机回环地址上监听；0 为关闭' },
  { name: 'NODE_ENV', default: 'development', about: 'production 时不装演示数据，并拒绝缺省密钥' },
  {
    name: 'QIANXIAN_SECRET',
    default: '',
    about: '会话签名密钥，至少 32 个字符；生产环境必填，其余环境自动生成并存入数据文件夹',
  },
  {
    name: 'QIANXIAN_PUBLIC_URL',
    default: '',
    about: '对外的网址，例如 https://qianxian.example.com；以 https 开头时会话 Cookie 只走加密连接',
  },
  { name: 'QIANXIAN_PROXY_HOPS', default: '0', about: '前面有几层反向代理；0 时不信 X-Forwarded-* 头' },
  { name: 'QIANXIAN_DICTIONARY', default: '', about: '科技局自己的词典文件，每行一个词' },
  { name: 'QIANXIAN_WEEKLY', default: '0 6 * * 1', about: '每周匹配的时刻（cron，北京时间），off 为不自动运行' },
  { name: 'QIANXIAN_DOCKET_SIZE', default: '40', about: '每周清单的对数' },
  {
    name: 'QIANXIAN_SECOND_REVIEW',
    default: 'off',
    about:
      '清单上哪些对的“通过”须另一位工作人员复核：off，或匹配程度和抽查比例，用逗号分开，例如 弱,10%；从下一份清单起有效',
  },
  {
    name: 'QIANXIAN_SMTP',
    default: '',
    about: '发信服务器，例如 smtps://user:password@mail.example.com；不设则写入数据文件夹的 mail',
  },
  {
    name: 'QIANXIAN_FOLDER_MAIL_DAYS',
    default: '90',
    about: '写入数据文件夹的邮件和短信保留多少天，过期自动删除；里面有收件人的地址',
  },
  { name: 'QIANXIAN_MAIL_FROM', default: '牵线 <qianxian@localhost>', about: '发信人' },
  {
    name: 'QIANXIAN_SMS_URL',
    default: '',
    about: '短信服务的地址（docs/notices.md 说明约定）；不设则写入数据文件夹的 sms',
  },
  {
    name: 'QIANXIAN_WEBHOOK_HOSTS',
    default: '',
    about: '可以发送事件的主机，用逗号分开，例如 oa.example.com,10.1.2.3:8443；内网地址须写出地址本身；不设则都不发',
  },
  { name: 'QIANXIAN_SMS_KEY', default: '', about: '与短信服务约定的签名密钥，至少 16 个字符；设了地址时必填' },
  { name: 'MONGODB_URI', default: '', about: 'MongoDB 的地址；与下面两项一起设，就用外部服务器；都不设，就用内置引擎' },
  { name: 'ELASTICSEARCH_URL', default: '', about: 'Elasticsearch 8 的地址' },
  { name: 'REDIS_URL', default: '', about: 'Redis 的地址' },
  {
    name: 'QIANXIAN_PREFIX',
    default: 'qianxian',
    about: 'Elasticsearch 的索引名和 Redis 的键以此开头；几套牵线共用这些服务器时各设一个，MongoDB 则各用一个数据库',
  },
  {
    name: 'QIANXIAN_REQUIRE_TOTP',
    default: '',
    about: '科技局账号是否必须用两步验证：on 或 off；不设时生产环境为 on，其余环境为 off',
  },
  {
    name: 'QIANXIAN_TWO_PERSONS',
    default: 'off',
    about: '工作人员自己录入、修改或提交的记录，是否须由另一人审核发布：on 或 off；只有一位工作人员时请用 off',
  },
  { name: 'QIANXIAN_IDLE_BUREAU', default: '15', about: '科技局账号多少分钟不操作即退出' },
  { name: 'QIANXIAN_IDLE', default: '30', about: '其他账号多少分钟不操作即退出' },
  { name: 'QIANXIAN_SESSION_HOURS', default: '12', about: '登录最长多少小时，之后须重新登录' },
  { name: 'QIANXIAN_AUDIT_DAYS', default: '400', about: '审计记录保留多少天，至少 190' },
  { name: 'QIANXIAN_LOG', default: 'info', about: '日志级别：debug、info、warn、error、silent' },
] as const;

type SettingName = (typeof settings)[number]['name'];

/** Addresses of servers: set all three for the cluster engines, none for the embedded ones. */
const serverSettings = [
  {
    name: 'MONGODB_URI',
    key: 'mongodb',
    schemes: ['mongodb', 'mongodb+srv'],
    example: 'mongodb://用户:密码@主机:27017/qianxian',
  },
  {
    name: 'ELASTICSEARCH_URL',
    key: 'elasticsearch',
    schemes: ['http', 'https'],
    example: 'http://用户:密码@主机:9200',
  },
  { name: 'REDIS_URL', key: 'redis', schemes: ['redis', 'rediss'], example: 'redis://:密码@主机:6379' },
] as const;

/** The three servers of the cluster engines. The addresses hold passwords: never log them. */
export interface Servers {
  readonly mongodb: string;
  readonly elasticsearch: string;
  readonly redis: string;
}

export interface Config {
  /** Null for the embedded engines. */
  readonly servers: Servers | null;
  /** Beginning of names on servers that several deployments may share. */
  readonly prefix: string;
  readonly dataFolder: string;
  readonly host: string;
  readonly port: number;
  readonly metricsPort: number;
  readonly production: boolean;
  /** Empty where none was set: the composition makes one and keeps it in the data folder (never in production). */
  readonly secret: string;
  readonly publicUrl: string;
  readonly proxyHops: number;
  readonly dictionary: string;
  /** A cron pattern in Asia/Shanghai, or null where the weekly run is started by hand. */
  readonly weekly: string | null;
  readonly docketSize: number;
  /** Which pairs need a second review; null for none. */
  readonly secondReview: SecondReview | null;
  readonly smtpUrl: string;
  readonly mailFrom: string;
  /** Whether staff and administrators need a second factor. */
  readonly requireTotp: boolean;
  /** Whether who entered a record may not publish it himself. */
  readonly twoPersons: boolean;
  /** Minutes without a request after which a session ends, and hours after which it ends in any case. */
  readonly sessions: { readonly idleBureau: number; readonly idle: number; readonly hours: number };
  readonly auditDays: number;
  readonly folderMailDays: number;
  /** Hosts that webhooks may go to, as `host` or `host:port`. */
  readonly webhookHosts: readonly string[];
  /** Null where short messages are files. The key signs: never log it. */
  readonly sms: { readonly url: string; readonly key: string } | null;
  readonly logLevel: 'debug' | 'info' | 'warn' | 'error' | 'silent';
}

/** All three addresses or none; what lies between is refused with what is missing. */
function readServers(read: (name: string) => string, issues: FieldIssue[]): Servers | null {
  const given = serverSettings.filter(({ name }) => read(name) !== '');
  if (given.length === 0) return null;
  for (const { name, schemes, example } of serverSettings) {
    const address = read(name);
    if (address === '') {
      const others = given.map((one) => one.name).join('、');
      issues.push(
        fault(name, `没有设置（已设 ${others}）`, `请一并设置，例如 ${example}；或去掉 ${others}，用内置引擎`),
      );
    } else if (!schemes.some((scheme) => address.startsWith(`${scheme}://`) && address.length > scheme.length + 3)) {
      issues.push(
        fault(name, `不是 ${schemes.map((scheme) => `${scheme}://`).join(' 或 ')} 开头的地址`, `请写成 ${example}`),
      );
    }
  }
  return Object.fromEntries(serverSettings.map(({ name, key }) => [key, read(name)])) as unknown as Servers;
}

function fault(name: string, reason: string, mend: string): FieldIssue {
  return { field: name, label: name, reason, mend };
}

/**
 * Reads the settings. Throws `misconfigured` that names every setting at fault and its mend.
 * Nothing else in the program looks at the environment.
 */
export function readConfig(environment: Readonly<Record<string, string | undefined>> = process.env): Config {
  const issues: FieldIssue[] = [];
  const read = (name: SettingName): string => {
    const value = environment[name]?.trim();
    return value ? value : settings.find((row) => row.name === name)!.default;
  };
  const whole = (name: SettingName, min: number, max: number): number => {
    const written = read(name);
    const value = Number(written);
    if (!/^\d+$/.test(written) || value < min || value > max) {
      issues.push(
        fault(name, `“${written}”不是${min}到${max}之间的整数`, `请把 ${name} 改为${min}到${max}之间的整数，或不设`),
      );
    }
    return value;
  };

  const servers = readServers((name) => environment[name]?.trim() ?? '', issues);

  const production = read('NODE_ENV') === 'production';
  const secret = read('QIANXIAN_SECRET');
  if (production && secret === '') {
    issues.push(
      fault('QIANXIAN_SECRET', '生产环境没有设置密钥', '请设为至少 32 个随机字符，例如 openssl rand -hex 32 的输出'),
    );
  } else if (secret !== '' && secret.length < 32) {
    issues.push(
      fault(
        'QIANXIAN_SECRET',
        `只有${secret.length}个字符`,
        '请设为至少 32 个随机字符，例如 openssl rand -hex 32 的输出',
      ),
    );
  } else if (secret !== '' && new Set(secret).size < 8) {
    issues.push(fault('QIANXIAN_SECRET', '太容易猜到', '请用 openssl rand -hex 32 生成'));
  }

  const weekly = read('QIANXIAN_WEEKLY');
  if (weekly !== 'off' && weekly.split(/\s+/).length !== 5) {
    issues.push(
      fault(
        'QIANXIAN_WEEKLY',
        `“${weekly}”不是五段的 cron`,
        '请写成“分 时 日 月 星期”，例如 0 6 * * 1（每周一六点），或写 off',
      ),
    );
  }
  const logLevel = read('QIANXIAN_LOG');
  if (!['debug', 'info', 'warn', 'error', 'silent'].includes(logLevel)) {
    issues.push(fault('QIANXIAN_LOG', `没有“${logLevel}”这个级别`, '请从 debug、info、warn、error、silent 中选择'));
  }
  const requireTotp = read('QIANXIAN_REQUIRE_TOTP');
  if (!['', 'on', 'off'].includes(requireTotp)) {
    issues.push(fault('QIANXIAN_REQUIRE_TOTP', `“${requireTotp}”不是 on 或 off`, '请设为 on 或 off，或不设'));
  }
  const twoPersons = read('QIANXIAN_TWO_PERSONS');
  if (!['on', 'off'].includes(twoPersons)) {
    issues.push(fault('QIANXIAN_TWO_PERSONS', `“${twoPersons}”不是 on 或 off`, '请设为 on 或 off'));
  }
  const secondReview = readSecondReview(read('QIANXIAN_SECOND_REVIEW'));
  if (secondReview === undefined) {
    issues.push(
      fault(
        'QIANXIAN_SECOND_REVIEW',
        `“${read('QIANXIAN_SECOND_REVIEW')}”不是匹配程度或抽查比例`,
        '请写 off，或从 强、较强、弱、无 中选，加上 1% 到 100% 的比例，用逗号分开，例如 弱,10%',
      ),
    );
  }
  const publicUrl = read('QIANXIAN_PUBLIC_URL').replace(/\/+$/, '');
  if (publicUrl !== '' && !/^https?:\/\/[^/\s]+$/.test(publicUrl)) {
    issues.push(fault('QIANXIAN_PUBLIC_URL', '不是网址', '请写成 https://域名，后面不带路径'));
  }
  const smsUrl = read('QIANXIAN_SMS_URL');
  const smsKey = read('QIANXIAN_SMS_KEY');
  if (smsUrl !== '' && !(/^https?:\/\/[^\s/@]+(?:[/?]|$)/i.test(smsUrl) && URL.canParse(smsUrl))) {
    issues.push(fault('QIANXIAN_SMS_URL', '不是网址', '请写成 https://服务器/路径，或不设'));
  }
  if (smsUrl !== '' && smsKey.length < 16) {
    issues.push(fault('QIANXIAN_SMS_KEY', '没有设置，或不到 16 个字符', '请设为与短信服务约定的签名密钥'));
  }
  const dataFolder = read('QIANXIAN_DATA');
  const prefix = read('QIANXIAN_PREFIX');
  if (!/^[a-z][a-z0-9-]{0,59}$/.test(prefix)) {
    issues.push(
      fault(
        'QIANXIAN_PREFIX',
        `“${prefix}”不能用作名称的开头`,
        '请用小写字母开头，只含小写字母、数字和短横，最多60个字符',
      ),
    );
  }

  const config: Config = {
    servers,
    prefix,
    dataFolder: isAbsolute(dataFolder) ? dataFolder : resolve(dataFolder),
    host: read('HOST'),
    port: whole('PORT', 0, 65_535),
    metricsPort: whole('METRICS_PORT', 0, 65_535),
    production,
    secret,
    publicUrl,
    proxyHops: whole('QIANXIAN_PROXY_HOPS', 0, 10),
    dictionary: read('QIANXIAN_DICTIONARY'),
    weekly: weekly === 'off' ? null : weekly,
    docketSize: whole('QIANXIAN_DOCKET_SIZE', 1, 500),
    secondReview: secondReview ?? null,
    smtpUrl: read('QIANXIAN_SMTP'),
    mailFrom: read('QIANXIAN_MAIL_FROM'),
    requireTotp: requireTotp === '' ? production : requireTotp === 'on',
    twoPersons: twoPersons === 'on',
    sessions: {
      idleBureau: whole('QIANXIAN_IDLE_BUREAU', 1, 720),
      idle: whole('QIANXIAN_IDLE', 1, 720),
      hours: whole('QIANXIAN_SESSION_HOURS', 1, 24),
    },
    auditDays: whole('QIANXIAN_AUDIT_DAYS', 190, 36_500),
    folderMailDays: whole('QIANXIAN_FOLDER_MAIL_DAYS', 1, 36_500),
    webhookHosts: read('QIANXIAN_WEBHOOK_HOSTS')
      .split(/[,，\s]+/)
      .filter((host) => host !== ''),
    sms: smsUrl === '' ? null : { url: smsUrl, key: smsKey },
    logLevel: logLevel as Config['logLevel'],
  };
  if (issues.length > 0) {
    throw new QianxianError(
      'misconfigured',
      `设置有误：${issues.map((issue) => `${issue.field} ${issue.reason}。${issue.mend}`).join('；')}`,
      { issues },
    );
  }
  return config;
}

/** What steps must know of the settings. */
export function serviceFactsOf(config: Config): ServiceFacts {
  const { host, port, requireTotp, twoPersons, auditDays, folderMailDays } = config;
  const shown = host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host.includes(':') ? `[${host}]` : host;
  return {
    publicUrl: config.publicUrl || `http://${shown}:${port}`,
    requireTotp,
    twoPersons,
    auditDays,
    folderMailDays,
  };
}

/** Where things lie in the data folder. */
export function foldersOf(config: Config): {
  readonly mail: string;
  readonly sms: string;
  readonly blobs: string;
  readonly secretFile: string;
} {
  return {
    mail: join(config.dataFolder, 'mail'),
    sms: join(config.dataFolder, 'sms'),
    blobs: join(config.dataFolder, 'blobs'),
    secretFile: join(config.dataFolder, 'secret'),
  };
}
