import { expect } from 'chai';
import { readConfig } from '../../src/config.ts';
import { QianxianError } from '../../src/domain/errors.ts';

const secret = '0123456789abcdef0123456789abcdef';

describe('settings', () => {
  it('need nothing: the defaults serve on loopback', () => {
    const config = readConfig({});
    expect(config).to.include({
      host: '127.0.0.1',
      port: 3000,
      production: false,
      docketSize: 40,
      weekly: '0 6 * * 1',
    });
  });

  for (const [title, environment, name] of [
    ['a port that is no number', { PORT: 'http' }, 'PORT'],
    ['a port beyond the last', { PORT: '65536' }, 'PORT'],
    ['production without a secret', { NODE_ENV: 'production' }, 'QIANXIAN_SECRET'],
    ['a short secret', { QIANXIAN_SECRET: 'secret' }, 'QIANXIAN_SECRET'],
    ['a secret of one letter', { QIANXIAN_SECRET: 'a'.repeat(40) }, 'QIANXIAN_SECRET'],
    ['a cron of four parts', { QIANXIAN_WEEKLY: '0 6 * *' }, 'QIANXIAN_WEEKLY'],
    ['an unknown log level', { QIANXIAN_LOG: 'loud' }, 'QIANXIAN_LOG'],
    ['a public address with a path', { QIANXIAN_PUBLIC_URL: 'https://a.example.com/x' }, 'QIANXIAN_PUBLIC_URL'],
    ['a second review of nothing known', { QIANXIAN_SECOND_REVIEW: '弱,一成' }, 'QIANXIAN_SECOND_REVIEW'],
    ['a docket of nothing', { QIANXIAN_DOCKET_SIZE: '0' }, 'QIANXIAN_DOCKET_SIZE'],
    [
      'two of the three servers',
      { MONGODB_URI: 'mongodb://127.0.0.1/x', REDIS_URL: 'redis://127.0.0.1' },
      'ELASTICSEARCH_URL',
    ],
    [
      'a server with the wrong scheme',
      {
        MONGODB_URI: 'postgres://127.0.0.1/x',
        ELASTICSEARCH_URL: 'http://127.0.0.1:9200',
        REDIS_URL: 'redis://127.0.0.1',
      },
      'MONGODB_URI',
    ],
    ['a prefix of capitals', { QIANXIAN_PREFIX: 'QX' }, 'QIANXIAN_PREFIX'],
  ] as const) {
    it(`refuse ${title}, with its mend`, () => {
      try {
        readConfig(environment);
      } catch (error) {
        expect(error).to.be.instanceOf(QianxianError);
        const { code, issues } = error as QianxianError;
        expect(code).to.equal('misconfigured');
        expect(issues.map((issue) => issue.field)).to.deep.equal([name]);
        expect(issues[0]!.mend).to.match(/\S/);
        return;
      }
      expect.fail('accepted');
    });
  }

  it('name all that is wrong at once', () => {
    expect(() => readConfig({ PORT: 'x', NODE_ENV: 'production' })).to.throw(/^(?=.*PORT)(?=.*QIANXIAN_SECRET)/s);
  });

  it('take what is right', () => {
    const config = readConfig({
      NODE_ENV: 'production',
      QIANXIAN_SECRET: secret,
      QIANXIAN_WEEKLY: 'off',
      PORT: '8080',
      QIANXIAN_PUBLIC_URL: 'https://a.example.com/',
    });
    expect(config).to.include({
      production: true,
      secret,
      weekly: null,
      port: 8080,
      publicUrl: 'https://a.example.com',
    });
  });
});
