import { expect } from 'chai';
import { connectMongo } from '../../src/engines/cluster/mongo-connection.ts';
import { recordModels } from '../../src/engines/cluster/record-schemas.ts';
import { silent } from './cluster-records.ts';
import { type FakeMongoKind, fakeMongo } from './fake-mongo.ts';

/** The commands that reads and a write of both kinds, by a model and of the store's own, come to. */
async function commandsTo(
  kind: FakeMongoKind,
  query = '',
  limits: { readonly patienceMs?: number } = {},
): Promise<readonly Record<string, unknown>[]> {
  const server = await fakeMongo(kind);
  const uri = `mongodb://127.0.0.1:${server.port}/qianxian${query}`;
  const connection = await connectMongo({ uri, log: silent, ...limits });
  try {
    const { needs } = recordModels(connection.mongo);
    await needs.findOne({ _id: 'a' }).lean();
    await needs.find({}).sort({ _id: 1 }).limit(3).lean();
    await needs.countDocuments({});
    for await (const _ of needs.find({}).lean().cursor()) expect.fail('the server has nothing');
    await connection.mongo.db!.collection('store_consumers').find({}).toArray();
    await needs.updateOne({ _id: 'a' }, { $set: { state: 'draft' } });
  } finally {
    await connection.close();
    await server.close();
  }
  return server.commands;
}

const isRead = (command: Record<string, unknown>) => 'find' in command || 'aggregate' in command;

describe('what is read from MongoDB', () => {
  it('is what the majority of a replica set has: a new primary cannot take it back', async () => {
    const commands = await commandsTo('is a primary');
    const reads = commands.filter(isRead);
    expect(reads.length).to.equal(5);
    for (const read of reads) expect(read.readConcern, JSON.stringify(read)).to.include({ level: 'majority' });
    const [write] = commands.filter((command) => 'update' in command);
    expect(write?.writeConcern).to.include({ w: 'majority', j: true });
  });

  it('asks a server that stands alone for no majority', async () => {
    const reads = (await commandsTo('stands alone')).filter(isRead);
    expect(reads.length).to.equal(5);
    for (const read of reads) expect(read).not.to.have.property('readConcern');
  });

  it('waits for the majority of a write as long as the call may take: long for restores and migrations', async () => {
    for (const [limits, waits] of [
      [{}, 2_000],
      [{ patienceMs: 60_000 }, 60_000],
    ] as const) {
      const commands = await commandsTo('is a primary', '', limits);
      const [write] = commands.filter((command) => 'update' in command);
      expect(write?.writeConcern, JSON.stringify(limits)).to.include({ wtimeout: waits });
    }
  });

  it('keeps to a level that the address names', async () => {
    const reads = (await commandsTo('is a primary', '?readConcernLevel=linearizable')).filter(isRead);
    for (const read of reads) expect(read.readConcern).to.include({ level: 'linearizable' });
  });
});
