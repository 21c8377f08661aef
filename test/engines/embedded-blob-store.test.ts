import { mkdir, mkdtemp, readdir, rm, stat, symlink, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { QianxianError } from '../../src/domain/errors.ts';
import { openBlobStore } from '../../src/engines/embedded/blob-store.ts';
import { blobStoreContract } from '../contract/blob-store.ts';

const temporary = () => mkdtemp(join(tmpdir(), 'qianxian-blobs-'));

blobStoreContract('embedded', async () => {
  const folder = await temporary();
  return {
    blobs: await openBlobStore({ folder }),
    reopen: () => openBlobStore({ folder }),
    destroy: () => rm(folder, { recursive: true, force: true }),
  };
});

describe('blob store in a folder', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await temporary();
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  it('leaves no part behind, and lets nobody else read', async () => {
    const blobs = await openBlobStore({ folder });
    await blobs.put('a', Buffer.from('x'));
    expect(await readdir(folder)).to.deep.equal(['a']);
    expect((await stat(join(folder, 'a'))).mode & 0o077).to.equal(0);
  });

  it('leaves no part behind where the write fails, and says so', async () => {
    const blobs = await openBlobStore({ folder });
    // A folder of the name: the last step, the rename, fails.
    await mkdir(join(folder, 'taken'));
    let failure: unknown;
    await blobs.put('taken', Buffer.from('x')).catch((error) => {
      failure = error;
    });
    expect(failure).to.be.instanceOf(QianxianError).with.property('code', 'unavailable');
    expect(await readdir(folder)).to.deep.equal(['taken']);
  });

  it('sweeps parts that a killed process left, but not those of one that may run', async () => {
    await writeFile(join(folder, '.old-0011aabbccdd.part'), 'x');
    await writeFile(join(folder, '.new-0011aabbccdd.part'), 'x');
    await utimes(join(folder, '.old-0011aabbccdd.part'), 1_000, 1_000);
    const blobs = await openBlobStore({ folder });
    expect(await readdir(folder)).to.deep.equal(['.new-0011aabbccdd.part']);
    const ids: string[] = [];
    for await (const id of blobs.list()) ids.push(id);
    expect(ids).to.deep.equal([]);
  });

  it('lists neither folders nor links', async () => {
    const blobs = await openBlobStore({ folder });
    await mkdir(join(folder, 'folder'));
    await symlink('/', join(folder, 'link'));
    const ids: string[] = [];
    for await (const id of blobs.list()) ids.push(id);
    expect(ids).to.deep.equal([]);
  });

  it('refuses a place that is no folder with one clear line', async () => {
    await writeFile(join(folder, 'file'), 'x');
    let failure: unknown;
    await openBlobStore({ folder: join(folder, 'file') }).catch((error) => {
      failure = error;
    });
    expect(failure).to.be.instanceOf(QianxianError).with.property('code', 'misconfigured');
    expect((failure as QianxianError).message).to.include('附件文件夹');
  });
});
