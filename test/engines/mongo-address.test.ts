import { expect } from 'chai';
import { QianxianError } from '../../src/domain/errors.ts';
import { connectMongo } from '../../src/engines/cluster/mongo-connection.ts';
import { silent } from './cluster-records.ts';

describe('an address of MongoDB that is none', () => {
  for (const uri of [
    'mongodb://h:99999/x',
    'mongodb://h:0/x',
    'mongodb://h:port/x',
    'mongodb://127.0.0.1:1/%zz',
    'mongodb://u:%zz@127.0.0.1:1/x',
  ]) {
    it(`${uri} is answered with the setting and the mend`, async () => {
      const error = await connectMongo({ uri, log: silent, limitMs: 500 }).then(
        () => undefined,
        (thrown: unknown) => thrown,
      );
      expect(error, String(error)).to.be.instanceOf(QianxianError);
      expect((error as QianxianError).code).to.equal('misconfigured');
      expect((error as QianxianError).message).to.match(/MONGODB_URI.*请写成 mongodb:\/\//);
    });
  }
});
