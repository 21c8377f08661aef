import { expect } from 'chai';
import type { Ports } from '../../src/ports/ports.ts';
import type { Client } from '../http/http-client.ts';

/** An open service with an administrator `admin` and a member of staff `staff`. */
export interface ServiceUnderTest {
  readonly ports: Ports;
  as(login: string): Promise<Client>;
}

/** What administrators see and do of jobs, whatever the engines. `kind` is a job that no process handles, so that it stays. */
export function jobsOverHttp(service: () => ServiceUnderTest): void {
  const kind = 'handled-by-nobody';
  let admin: Client;
  let kept: string[] = [];

  const keep = async (id: string, state: 'waiting' | 'failed', key: string | null) => {
    const { store, clock } = service().ports;
    await store.collection('jobs').insert({
      id,
      name: kind,
      key: state === 'failed' ? null : key,
      ...(state === 'failed' && key !== null ? { failedKey: key } : {}),
      data: { address: 'not-for-lists@example.org' },
      state,
      attempts: state === 'failed' ? 5 : 1,
      runAt: new Date(clock.now().getTime() + 3_600_000).toISOString(),
      reason: '检索服务器不在',
    });
    kept.push(id);
  };
  const rest = async () => (await admin.get('/api/v1/jobs?limit=100')).body.items as { id: string; name: string }[];

  beforeEach(async () => {
    admin = await service().as('admin');
  });
  afterEach(async () => {
    const jobs = service().ports.store.collection('jobs');
    for (const job of await jobs.getMany(kept)) await jobs.remove(job.id, job.version);
    kept = [];
  });

  it('lists what failed and what waits, with reason, tries and next try, and nothing of their data', async () => {
    await keep('failed-one', 'failed', '2026-W48');
    await keep('waiting-one', 'waiting', '2026-W49');
    const failed = await admin.get('/api/v1/jobs?state=failed');
    expect(failed.status).to.equal(200);
    expect(failed.body.items).to.have.length(1);
    expect(failed.body.items[0]).to.deep.include({
      id: 'failed-one',
      name: kind,
      title: kind,
      key: '2026-W48',
      state: 'failed',
      attempts: 5,
      mostAttempts: null,
      nextTryAt: null,
      reason: '检索服务器不在',
    });
    expect(failed.body.items[0].failedAt).to.match(/Z$/);
    expect(failed.body.counts).to.include({ failed: 1 });
    expect(failed.body.counts.delayed).to.be.at.least(1);
    const waiting = await admin.get('/api/v1/jobs?state=waiting&limit=100');
    const [one] = waiting.body.items.filter((item: { id: string }) => item.id === 'waiting-one');
    expect(one).to.deep.include({ state: 'waiting', attempts: 1, failedAt: null, reason: '检索服务器不在' });
    expect(Date.parse(one.nextTryAt)).to.be.above(service().ports.clock.now().getTime());
    expect(failed.text + waiting.text).not.to.include('not-for-lists');
  });

  it('retries a failed one, and does not touch it where it is not failed', async () => {
    await keep('failed-one', 'failed', '2026-W48');
    expect((await admin.post('/api/v1/jobs/failed-one/retry')).status).to.equal(204);
    expect(await service().ports.store.collection('jobs').get('failed-one')).to.include({
      state: 'waiting',
      attempts: 0,
      key: '2026-W48',
    });
    for (const reply of [
      await admin.post('/api/v1/jobs/failed-one/retry'),
      await admin.delete('/api/v1/jobs/failed-one'),
    ]) {
      expect(reply.status).to.equal(409);
      expect(reply.body.detail).to.include('没有失败');
    }
    for (const reply of [await admin.post('/api/v1/jobs/nothing/retry'), await admin.delete('/api/v1/jobs/nothing')]) {
      expect(reply.status).to.equal(404);
    }
  });

  it('discards a failed one for good', async () => {
    await keep('failed-one', 'failed', null);
    expect((await admin.delete('/api/v1/jobs/failed-one')).status).to.equal(204);
    expect((await rest()).map(({ id }) => id)).not.to.include('failed-one');
    expect((await admin.delete('/api/v1/jobs/failed-one')).status).to.equal(404);
  });

  it('is for administrators alone', async () => {
    await keep('failed-one', 'failed', null);
    const staff = await service().as('staff');
    expect((await staff.get('/api/v1/jobs')).status).to.equal(403);
    expect((await staff.post('/api/v1/jobs/failed-one/retry')).status).to.equal(403);
    expect((await staff.delete('/api/v1/jobs/failed-one')).status).to.equal(403);
    expect((await service().ports.queue.failed()).map(({ id }) => id)).to.include('failed-one');
  });
}
