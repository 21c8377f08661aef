import { expect } from 'chai';
import { compose } from '../../src/compose.ts';
import { readConfig } from '../../src/config.ts';
import { systemPrincipal } from '../../src/domain/user.ts';
import { createOrganisation } from '../../src/steps/accounts/organisations.ts';
import { createUser } from '../../src/steps/accounts/users.ts';
import { organisationOf } from '../http/world.ts';
import { commandFolder } from './command-folder.ts';

describe('the command line: agreements, policies, notices and other systems', function () {
  this.timeout(300_000);
  const on = commandFolder();
  const { run, file } = on;
  on.environment = { QIANXIAN_WEBHOOK_HOSTS: '127.0.0.1:9' };
  let university: string;

  before(async () => {
    const log = { debug() {}, info() {}, warn() {}, error() {} };
    const composed = await compose(readConfig({ QIANXIAN_DATA: on.data, NODE_ENV: 'test' }), {
      clock: { now: () => new Date() },
      log,
      serving: true,
    });
    const { ports } = composed;
    university = (await createOrganisation(ports, systemPrincipal, organisationOf('示例大学', 2, 'university'))).id;
    await createUser(ports, systemPrincipal, { login: 'clerk', name: '兰科员', role: 'staff' });
    await ports.store.collection('notices').insert({
      id: 'failed-one',
      cause: 'test',
      kind: 'account',
      userId: 'u1',
      organisationId: null,
      subject: '没有发出的通知',
      text: '…',
      readAt: null,
      mail: { state: 'failed', tries: 5, dueAt: null, reason: '没有这个收件人', to: 'a***@example.com' },
      sms: null,
      dueAt: null,
    } as never);
    await composed.close();
  });
  it('keeps an agreement from its draft to its end, and finds it by the name of a party', async () => {
    const written = await file('agreement.json', {
      content: { title: '区校战略合作协议', subject: '新材料' },
      parties: [{ name: '示例区人民政府' }, { organisationId: university }],
    });
    const made = await run('agreement', 'add', '--file', written, '--json');
    expect(made.code).to.equal(0);
    const { id } = JSON.parse(made.stdout) as { id: string };
    const lacking = await run('agreement', 'move', id, 'sign');
    expect([lacking.code, lacking.stdout]).to.deep.equal([2, '']);
    expect(lacking.stderr)
      .to.match(/还不能签署/)
      .and.to.match(/content\.agreed.*请填写各方约定了什么/);
    const term = { agreed: '共建研究院', signedOn: '2026-01-20', from: '2026-01-20', until: '2099-01-19' };
    const facts = await file('term.json', term);
    expect((await run('agreement', 'move', id, 'sign', '--content', facts)).stdout).to.match(/执行中/);
    expect((await run('agreement', 'list', '示例大学')).stdout).to.match(/执行中.*2099-01-19.*区校战略合作协议/);
    expect((await run('agreement', 'list', '别的大学')).stdout).to.match(/没有战略合作协议/);
    expect((await run('agreement', 'people', id)).stdout).to.include('没有登记人员');
    const people = await file('people.json', [{ name: '陈工', organisation: '示例大学', mobile: '13800000000' }]);
    expect((await run('agreement', 'people', id, '--file', people)).stdout).to.equal('已登记 1 人\n');
    const seen = await run('agreement', 'people', id);
    expect([seen.stdout, seen.stderr]).to.deep.equal(['陈工，示例大学，13800000000\n', '这次查看已记入审计\n']);
    const ended = await run('agreement', 'move', id, 'terminate', '--reason', '合作方调整');
    expect([ended.code, ended.stderr]).to.deep.equal([0, '']);
    expect((await run('agreement', 'show', id)).stdout).to.match(/终止：合作方调整/);
    const bad = await file('bad.json', { content: { title: '少了类别' }, parties: [{ name: '某公司' }] });
    expect((await run('joint-body', 'add', '--file', bad)).stderr).to.match(/请选择类别/);
  });

  it('publishes a policy only when the answer is yes, having said to how many', async () => {
    const written = await file('policy.json', {
      kind: 'announcement',
      title: '征集高校成果的通知',
      text: '请各高校报送。',
      audience: { types: ['university'] },
    });
    const { id } = JSON.parse((await run('policy', 'add', '--file', written, '--json')).stdout) as { id: string };
    const policy = {
      kind: 'announcement',
      title: '征集高校成果的通知（修订）',
      text: '请各高校于年底前报送。',
      audience: { types: ['university'] },
    };
    const revised = await file('revised.json', policy);
    expect((await run('policy', 'edit', id, '--file', revised)).stdout).to.include('（修订）》（草稿）');
    const asked = await run('policy', 'publish', id);
    expect([asked.code, asked.stdout]).to.deep.equal([2, '']);
    expect(asked.stderr).to.match(/通知适用的 1 家机构.*--yes/);
    expect((await run('policy', 'publish', id, '--yes')).stdout).to.match(/已发布/);
    expect((await run('policy', 'audience', id)).stdout).to.match(/适用 1 家.*已通知.*示例大学/s);
    const unsure = await run('policy', 'edit', id, '--file', revised);
    expect([unsure.code, unsure.stdout]).to.deep.equal([2, '']);
    expect(unsure.stderr).to.match(/已发布：修改立即公开.*--yes/);
    const again = await file('again.json', { ...policy, text: '请各高校于月底前报送。' });
    expect((await run('policy', 'edit', id, '--file', again, '--yes')).stdout).to.include('（已发布）');
    expect((await run('policy', 'withdraw', id)).stderr).to.match(/原因/);
    expect((await run('policy', 'withdraw', id, '--reason', '另行通知')).stdout).to.match(/已撤下/);
    expect((await run('policy', 'list', '--state', 'withdrawn')).stdout).to.match(/征集高校成果的通知/);
  });

  it('shows what was not sent, and doctor says so, until it is sent again', async () => {
    expect((await run('notice', 'list', '--state', 'failed')).stdout).to.match(/发送失败.*没有这个收件人.*failed-one/);
    expect((await run('notice', 'list', '--limit', '0')).stderr).to.match(/请改正 --limit/);
    expect((await run('doctor')).stdout).to.match(/! 通知（邮件）：有 1 条没有发出，最近的原因：没有这个收件人/);
    expect((await run('notice', 'resend')).stderr).to.match(/--failed/);
    expect((await run('notice', 'resend', '--failed')).stdout).to.match(/已重新排队 1 条/);
    expect((await run('doctor')).stdout).to.match(/✓ 通知：没有发送失败的/);
  });

  it('keeps receivers, and gives and takes the right to audit', async () => {
    const made = await run(
      'webhook',
      'add',
      '办公系统',
      'http://127.0.0.1:9/hook',
      '--events',
      'need.published',
      '--json',
    );
    expect(made.stderr).to.equal('');
    const { webhook, secret } = JSON.parse(made.stdout) as { webhook: { id: string }; secret: string };
    expect(secret).to.match(/^whsec_/);
    expect((await run('webhook', 'list')).stdout)
      .to.match(/启用.*办公系统/)
      .and.to.not.contain(secret);
    expect((await run('webhook', 'edit', webhook.id)).stderr).to.match(/没有写要改什么/);
    expect((await run('webhook', 'edit', webhook.id, '--url', 'http://example.com/')).stderr).to.match(
      /QIANXIAN_WEBHOOK_HOSTS/,
    );
    const edited = await run('webhook', 'edit', webhook.id, '--name', '新办公系统', '--events', 'need.published');
    expect(edited.stdout).to.match(/已修改接收方“新办公系统” http:\/\/127\.0\.0\.1:9\/hook\n事件：\S+/);
    await run('webhook', 'edit', webhook.id, '--name', '办公系统');
    expect((await run('webhook', 'test', webhook.id)).stdout).to.match(/已排队/);
    expect((await run('webhook', 'deliveries', webhook.id)).stdout).to.match(/webhook\.test/);
    expect((await run('webhook', 'disable', webhook.id)).stdout).to.match(/已停用/);
    expect((await run('webhook', 'replay', webhook.id, '--since', '2026-01-01')).stderr).to.match(/请先启用/);
    expect((await run('user', 'audit-right', 'clerk', 'grant')).stdout).to.match(/可以查审计记录了/);
    expect((await run('audit', 'list', '--action', 'user.audit-granted')).stdout).to.match(/授予审计权限/);
    expect((await run('user', 'audit-right', 'clerk', 'revoke')).stdout).to.match(/不再能查/);
  });
});
