import { mkdir, readdir, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { defaultDocketSettings } from '../../src/domain/docket.ts';
import { createFlow, type Flow } from '../../src/flow.ts';
import { type FreshPorts, freshPorts } from '../steps/fresh-ports.ts';
import { addNeed } from '../steps/matching/matching-fixture.ts';

describe('the rounds that the clock brings', () => {
  let ports: FreshPorts;
  let flow: Flow;
  beforeEach(async () => {
    ports = await freshPorts();
    flow = createFlow(ports, { docket: defaultDocketSettings, weekly: null });
  });
  afterEach(async () => {
    await ports.queue.close();
    await flow.stop();
    await ports.close();
  });

  it('are made at the start, for what was missed while nothing ran', async () => {
    const needs = ports.store.collection('needs');
    const need = await addNeed(ports, 'n1', { title: '抛光粉分级' });
    const { version, createdAt: _, updatedAt: __, ...rest } = (await needs.get(need.id))!;
    await needs.update('n1', version, { ...rest, expiresOn: '2026-11-22' });
    await flow.start();
    await ports.queue.idle();
    expect((await needs.get('n1'))!.state).to.equal('expired');
  });

  it('leave to one job what is brought up to once, which is gone on with after a kill and then never asked for again', async () => {
    const needs = ports.store.collection('needs');
    const waiting = { id: 'q', question: '请补充', askedBy: 'u', askedAt: '2026-11-20T01:00:00.000Z' };
    for (const id of ['n1', 'n2']) {
      await addNeed(ports, id, { title: '抛光粉分级' });
      const { version, createdAt: _, updatedAt: __, ...rest } = (await needs.get(id))!;
      await needs.update(id, version, { ...rest, questions: [waiting] });
    }
    const asked = () => Promise.all(['n1', 'n2'].map(async (id) => (await needs.get(id))!.asked));
    const versions = () => Promise.all(['n1', 'n2'].map(async (id) => (await needs.get(id))!.version));
    // As a worker that was killed left it: one record done, and no mark.
    const { version, createdAt: _, updatedAt: __, ...rest } = (await needs.get('n1'))!;
    await needs.update('n1', version, { ...rest, asked: 'open' });
    const [done] = await versions();
    await flow.start();
    await ports.queue.idle();
    expect(await asked()).to.deep.equal(['open', 'open']);
    expect((await versions())[0]).to.equal(done);
    expect((await ports.store.collection('settings').get('asked-filled'))!.value).to.equal(true);

    const added: string[] = [];
    const queue = Object.assign(Object.create(ports.queue) as typeof ports.queue, {
      async add(name: string) {
        added.push(name);
        return name;
      },
      async start() {},
      handle() {},
    });
    const next = createFlow({ ...ports, queue }, { docket: defaultDocketSettings, weekly: null });
    await next.start();
    await next.stop();
    expect(added).to.include('expire-entries').and.not.include('fill-asked');
  });

  it('sweep the folders of a worker though another one has taken the job', async () => {
    const folder = join(ports.folder, 'mail');
    await mkdir(folder, { recursive: true });
    const old = join(folder, 'old.eml');
    await writeFile(old, 'Subject: x');
    await utimes(old, new Date('2026-01-01T00:00:00Z'), new Date('2026-01-01T00:00:00Z'));
    // Jobs go to a worker elsewhere.
    const elsewhere = Object.assign(Object.create(ports.queue) as typeof ports.queue, {
      async start() {},
      handle() {},
    });
    const worker = createFlow({ ...ports, queue: elsewhere }, { docket: defaultDocketSettings, weekly: null });
    await worker.start();
    await worker.stop();
    expect(await readdir(folder)).to.deep.equal([]);
  });
});
