import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { restoreRecords } from '../../src/engines/cluster/record-backup.ts';
import { openRecordStore } from '../../src/engines/cluster/record-store.ts';
import type { MovableStore } from '../../src/ports/record-moving.ts';
import { recordStoreContract } from '../contract/record-store.ts';
import { dropDatabases, emptyDatabase, freshDatabase, mongoUri, silent } from './cluster-records.ts';

const reason = mongoUri ? '' : ' (skipped: MONGODB_URI is not set)';

(mongoUri ? describe : describe.skip)(`record-store on MongoDB${reason}`, () => {
  const uri = mongoUri!;
  const database = freshDatabase();
  const restored: string[] = [];
  after(() => dropDatabases([database, ...restored]));

  recordStoreContract(
    async ({ clock }) => {
      const folder = await mkdtemp(join(tmpdir(), 'qianxian-copies-'));
      const opened: MovableStore[] = [];
      const targets = new Map<string, string>();
      const openAt = async (name: string, forMoving = false) => {
        const store = await openRecordStore({
          uri,
          database: name,
          clock,
          log: silent,
          migrate: true,
          forMoving,
          limitMs: 20_000,
          pollMs: 100,
        });
        opened.push(store);
        return store;
      };
      const closeAll = async () => {
        for (const store of opened.splice(0)) await store.close();
      };
      let paths = 0;
      return {
        store: await openAt(database),
        async reopen() {
          await closeAll();
          return openAt(database);
        },
        another: () => openAt(database),
        async openTarget(name, { forMoving }) {
          const target = targets.get(name) ?? freshDatabase();
          targets.set(name, target);
          restored.push(target);
          return openAt(target, forMoving);
        },
        freshPath: () => join(folder, `copy-${paths++}`),
        async openBackup(path) {
          const name = freshDatabase();
          restored.push(name);
          await restoreRecords({ backup: path, uri, database: name, log: silent });
          return openAt(name);
        },
        async destroy() {
          await closeAll();
          await emptyDatabase(database);
          await rm(folder, { recursive: true, force: true });
        },
      };
    },
    {
      manyHandles: true,
      orderAcrossDocuments: true,
      volatileConsumers: 'several processes share the work of a consumer, so it keeps its state in the store',
      copyOfOneMoment: 'without transactions a copy is whole document by document',
    },
  );
});
