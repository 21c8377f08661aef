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
});
