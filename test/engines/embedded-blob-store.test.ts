import { spawnSync } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, utimes, writeFile } from 'node:fs/promises';
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

  it('answers only after file and folder were fsynced', async function () {
    const trace = join(folder, 'trace');
    const blobs = join(folder, 'blobs');
    const engine = new URL('../../src/engines/embedded/blob-store.ts', import.meta.url).href;
    const program = `
      const { writeSync } = await import('node:fs');
      const { openBlobStore } = await import(${JSON.stringify(engine)});
      const blobs = await openBlobStore({ folder: ${JSON.stringify(blobs)} });
      await blobs.put('a', Buffer.from('content-to-keep'));
      writeSync(1, 'acknowledged');
    `;
    const calls = 'trace=write,pwrite64,fsync,fdatasync,rename,renameat,renameat2';
    const node = [process.execPath, '--import', 'tsx', '--input-type=module', '-e', program];
    const run = spawnSync('strace', ['-f', '-qq', '-s', '100', '-o', trace, '-e', calls, ...node], {
      encoding: 'utf8',
    });
    if (run.error || /ptrace/i.test(run.stderr)) {
      this.test!.title += ' (skipped: strace cannot be used here)';
      this.skip();
    }
    expect(run.stdout).to.equal('acknowledged');
    const steps = (await readFile(trace, 'utf8')).split('\n').flatMap((line) => {
      if (/write.*content-to-keep/.test(line)) return ['write'];
      if (/(fsync|fdatasync).*= 0$/.test(line)) return ['sync'];
      if (/rename.*= 0$/.test(line)) return ['rename'];
      return /write.*acknowledged/.test(line) ? ['answer'] : [];
    });
    expect(steps.slice(steps.indexOf('write'))).to.deep.equal(['write', 'sync', 'rename', 'sync', 'answer']);
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
