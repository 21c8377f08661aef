import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { openRecordStore } from '../../src/engines/embedded/record-store.ts';
import type { Log } from '../../src/ports/log.ts';
import { isBuilt, runCommand } from './run-command.ts';

const silent: Log = { debug() {}, info() {}, warn() {}, error() {} };

describe('a consumer that this version has no more', function () {
  this.timeout(60_000);
  let folder: string;
  before(async function () {
    if (!isBuilt) this.skip();
    folder = await mkdtemp(join(tmpdir(), 'qianxian-consumer-'));
  });
  after(async () => {
    if (folder) await rm(folder, { recursive: true, force: true });
  });

  it('is told by doctor with the mend, forgotten with what waits for it, and then told no more', async () => {
    const run = (...args: string[]) => runCommand(folder, [...args, '--json']);
    expect((await run('init')).code).to.equal(0);
    const store = await openRecordStore({ folder, clock: { now: () => new Date() }, log: silent });
    const following = store.follow('letters', { collections: ['settings', 'policies'] }, async () => {});
    await following.caughtUp();
    await following.stop();
    const event = { type: 'setting.made', at: '2026-11-23T01:00:00.000Z', by: 'u' };
    for (const id of ['one', 'two']) await store.collection('settings').insert({ id, value: 1 }, [event]);
    await store.collection('parkedChanges').insert({
      id: 'letters settings one',
      consumer: 'letters',
      collection: 'settings',
      recordId: 'one',
      recordVersion: 1,
      reason: 'cannot',
      tries: 1,
      parkedAt: '2026-11-23T01:00:00.000Z',
      events: [],
    } as never);
    await store.close();

    const findings = async () => JSON.parse((await run('doctor')).stdout) as { check: string; mend: string }[];
    const ours = (all: readonly { check: string; mend: string }[]) =>
      all.find(({ check }) => check === '不再使用的处理项');
    expect(ours(await findings())?.mend).to.include('qianxian consumer forget letters');
    const { consumers } = JSON.parse((await run('consumer', 'list')).stdout);
    expect(consumers).to.deep.equal([{ name: 'letters', waiting: 2, followed: false }]);

    expect((await run('consumer', 'forget', 'audit')).code, 'one that is followed').to.equal(1);
    expect((await run('consumer', 'forget', 'nobody')).code, 'one that there is not').to.equal(2);
    const forgotten = await run('consumer', 'forget', 'letters');
    expect(forgotten.code, forgotten.stderr).to.equal(0);
    expect(JSON.parse(forgotten.stdout)).to.deep.equal({ name: 'letters', waiting: 2, parked: 1 });
    expect(JSON.parse((await run('consumer', 'list')).stdout)).to.deep.equal({ consumers: [] });
    expect(ours(await findings())).to.equal(undefined);
  });
});
