import { expect } from 'chai';
import mongoose, { type Connection } from 'mongoose';
import type { QianxianError } from '../../src/domain/errors.ts';
import { type ClusterBlobStore, openBlobStore } from '../../src/engines/cluster/blob-store.ts';
import { blobStoreContract } from '../contract/blob-store.ts';
import { dropDatabases, emptyDatabase, freshDatabase, mongoUri, silent } from './cluster-records.ts';

const reason = mongoUri ? '' : ' (skipped: MONGODB_URI is not set)';

(mongoUri ? describe : describe.skip)(`blob store on MongoDB${reason}`, () => {
  const uri = mongoUri!;
  const database = freshDatabase();
  const opened: ClusterBlobStore[] = [];
  const open = async (options: { sweepMs?: number } = {}) => {
    const blobs = await openBlobStore({ uri, database, log: silent, limitMs: 20_000, ...options });
    opened.push(blobs);
    return blobs;
  };
  const closeAll = async () => {
    for (const blobs of opened.splice(0)) await blobs.close();
  };
  after(() => dropDatabases([database]));

  blobStoreContract('cluster', async () => ({
    blobs: await open(),
    reopen: () => open(),
    async destroy() {
      await closeAll();
      await emptyDatabase(database);
    },
  }));

  describe('in chunks', () => {
    let direct: Connection;
    before(async () => {
      direct = await mongoose.createConnection(uri, { dbName: database, bufferCommands: false }).asPromise();
    });
    after(() => direct.close());
    afterEach(async () => {
      await closeAll();
      await emptyDatabase(database);
    });
    const chunkCount = () => direct.db!.collection('store_blob_chunks').countDocuments();

    it('keeps what is larger than a document of MongoDB, and only its newest chunks', async () => {
      const blobs = await open();
      const large = Buffer.alloc(20 * 1024 * 1024 + 5, 7);
      expect((await blobs.put('large', large)).size).to.equal(large.byteLength);
      expect(Buffer.compare(await (await open()).get('large'), large)).to.equal(0);
      await blobs.put('large', Buffer.from('small now'));
      expect(await chunkCount()).to.equal(1);
      await blobs.remove('large');
      expect(await chunkCount()).to.equal(0);
    });

    it('gives one of two contents, whole, to a reader while others replace it', async () => {
      const [blobs, other] = [await open(), await open()];
      const contents = [1, 2].map((fill) => Buffer.alloc(3 * 1024 * 1024, fill));
      await blobs.put('busy', contents[0]!);
      let done = false;
      const writing = (async () => {
        for (let round = 0; round < 12; round++) await other.put('busy', contents[round % 2]!);
        done = true;
      })();
      do {
        const read = await blobs.get('busy').catch((error: QianxianError) => error);
        // Replaced ten times while it was read: said, not mixed.
        if (!Buffer.isBuffer(read)) expect(read).to.have.property('code', 'unavailable');
        else expect(contents.some((content) => Buffer.compare(content, read) === 0)).to.equal(true);
      } while (!done);
      await writing;
    });

    it('sweeps chunks that a killed process left, and leaves those that belong to a file', async () => {
      await direct
        .db!.collection('store_blob_chunks')
        .insertOne({ _id: 'left/000000' as never, generation: 'left', data: Buffer.from('x') });
      const blobs = await open({ sweepMs: 200 });
      await blobs.put('kept', Buffer.from('kept'));
      while ((await chunkCount()) > 1) await new Promise((resolve) => setTimeout(resolve, 50));
      expect(Buffer.from(await blobs.get('kept')).toString()).to.equal('kept');
    });

    it('tells a damaged and a half-lost file from a sound one', async () => {
      const blobs = await open();
      await blobs.put('a', Buffer.from('sound'));
      const chunks = direct.db!.collection('store_blob_chunks');
      await chunks.updateOne({}, { $set: { data: Buffer.from('other') } });
      expect(await blobs.get('a').catch((error: QianxianError) => error.code)).to.equal('damaged');
      await chunks.deleteMany({});
      expect(await blobs.get('a').catch((error: QianxianError) => error.code)).to.equal('damaged');
    });
  });
});
