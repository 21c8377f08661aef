import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { restoreRecords } from '../../src/engines/embedded/record-backup.ts';
import { openRecordStore } from '../../src/engines/embedded/record-store.ts';
import { hasSqliteDriver, sqliteDrivers } from '../../src/engines/embedded/sqlite-driver.ts';
import type { Log } from '../../src/ports/log.ts';
import type { MovableStore } from '../../src/ports/record-moving.ts';
import { recordStoreContract } from '../contract/record-store.ts';

const silent: Log = { debug() {}, info() {}, warn() {}, error() {} };

for (const driver of sqliteDrivers) {
  const usable = hasSqliteDriver(driver);
  const reason = usable ? '' : ` (skipped: ${driver} does not load in Node ${process.versions.node})`;
  (usable ? describe : describe.skip)(`record-store on SQLite through ${driver}${reason}`, () => {
    recordStoreContract(
      async ({ clock }) => {
        const folder = await mkdtemp(join(tmpdir(), 'qianxian-store-'));
        const opened: MovableStore[] = [];
        const openAt = async (at: string, forMoving = false) => {
          const store = await openRecordStore({ folder: at, clock, log: silent, driver, forMoving });
          opened.push(store);
          return store;
        };
        const closeAll = async () => {
          for (const store of opened.splice(0)) await store.close();
        };
        let paths = 0;
        return {
          store: await openAt(folder),
          async reopen() {
            await closeAll();
            return openAt(folder);
          },
          another: () => openAt(folder),
          async openTarget(name, { forMoving }) {
            const at = join(folder, name);
            await mkdir(at, { recursive: true });
            return openAt(at, forMoving);
          },
          freshPath: () => join(folder, `copy-${paths++}`),
          async openBackup(path) {
            const at = join(folder, `restored-${paths++}`);
            await restoreRecords({ backup: path, folder: at, driver });
            return openAt(at);
          },
          async destroy() {
            await closeAll();
            await rm(folder, { recursive: true, force: true });
          },
        };
      },
      { manyHandles: true, orderAcrossDocuments: true, volatileConsumers: true, copyOfOneMoment: true },
    );
  });
}
