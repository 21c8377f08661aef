import { expect } from 'chai';
import { Schema, trusted } from 'mongoose';
import { connectMongo, type MongoConnection } from '../../src/engines/cluster/mongo-connection.ts';
import { silent } from './cluster-records.ts';
import { fakeMongo } from './fake-mongo.ts';

describe('a filter with an operator that came from outside', () => {
  let server: Awaited<ReturnType<typeof fakeMongo>>;
  let connection: MongoConnection;
  before(async () => {
    server = await fakeMongo('stands alone');
    connection = await connectMongo({ uri: `mongodb://127.0.0.1:${server.port}/x`, log: silent });
  });
  after(async () => {
    await connection.close();
    await server.close();
  });

  it('is a value to be equal to, and never reaches the server as an operator', async () => {
    const model = connection.mongo.model('logins', new Schema({ login: Schema.Types.Mixed }), 'logins');
    const asked = async (filter: object): Promise<unknown> => {
      await model.findOne(filter).catch(() => null);
      return (server.commands.filter(({ find }) => find === 'logins').at(-1) as { filter?: unknown }).filter;
    };
    expect(await asked({ login: { $gt: '' } })).to.deep.equal({ login: { $eq: { $gt: '' } } });
    expect(await asked({ login: { $ne: null } })).to.deep.equal({ login: { $eq: { $ne: null } } });
    // Our own operators are marked.
    expect(await asked({ login: trusted({ $gt: '' }) })).to.deep.equal({ login: { $gt: '' } });
  });
});
