import { expect } from 'chai';
import { defaultDocketSettings } from '../../src/domain/docket.ts';
import { systemPrincipal } from '../../src/domain/user.ts';
import { createFlow, type Flow } from '../../src/flow.ts';
import { needOf, organisationOf } from '../http/world.ts';
import { type FreshPorts, freshPorts } from '../steps/fresh-ports.ts';
import { mailsOf, noticesOf, person } from '../steps/notices/notice-world.ts';

describe('notices on their way from an event to a mail', () => {
  let ports: FreshPorts;
  let flow: Flow;
  beforeEach(async () => {
    ports = await freshPorts();
    flow = createFlow(ports, { docket: defaultDocketSettings, weekly: null });
    await flow.start();
    await ports.queue.idle();
  });
  afterEach(async () => {
    await ports.queue.close();
    await flow.stop();
    await ports.close();
  });

  /** What follows from everything that was written has happened, and what it asked for has been done. */
  async function settled(): Promise<void> {
    for (let times = 0; times < 3; times++) {
      await flow.settled();
      await ports.queue.idle();
    }
  }

  it('go without anybody asking for it, once', async () => {
    const { id } = await flow.createOrganisation(systemPrincipal, organisationOf('示例抛光材料有限公司', 1));
    const ming = await person(ports, 'ming@example.com', 'member', id);
    let need = await flow.createEntry(ming, 'need', needOf('稀土抛光粉分级'));
    need = await flow.moveEntry(ming, 'need', need.id, need.version, 'submit');
    await flow.moveEntry(systemPrincipal, 'need', need.id, need.version, 'publish');
    await settled();
    const mails = await mailsOf(ports);
    expect(mails.map(({ to, subject }) => `${to} ${subject}`)).to.deep.equal([
      'ming@example.com 需求《稀土抛光粉分级》已发布',
    ]);
    expect(mails[0]!.text).to.include(`http://127.0.0.1:3000/needs/${need.id}`);
    expect(await flow.countUnread(ming)).to.equal(1);
    expect((await noticesOf(ports)).filter(({ userId }) => userId === ming.userId)).to.have.length(1);
  });

  it('tell of a policy whom it fits', async () => {
    const { id } = await flow.createOrganisation(systemPrincipal, organisationOf('示例陶瓷厂', 3));
    const audience = { types: ['enterprise'] };
    const draft = await flow.createPolicy(systemPrincipal, {
      kind: 'policy',
      title: '研发补助',
      text: '正文',
      audience,
    });
    await flow.movePolicy(systemPrincipal, draft.id, draft.version, 'publish');
    await settled();
    expect((await mailsOf(ports)).map(({ to, subject }) => `${to} ${subject}`)).to.deep.equal([
      'contact3@example.com 政策：研发补助',
    ]);
    expect((await flow.previewAudience(systemPrincipal, draft.id)).items[0]).to.have.property('organisationId', id);
  });
});
