import { expect } from 'chai';
import { commandFolder } from './command-folder.ts';

describe('the command line: partnerships', function () {
  this.timeout(300_000);
  const on = commandFolder('demo');
  const { json } = on;
  const run = (...args: string[]) => on.run('partnership', ...args);
  let id: string;

  it('enters one that began outside, with a registered side and one by name', async () => {
    const [{ content, id: organisationId }] = await json('organisation', 'list', '--state', 'approved');
    await on.refused(2, /需求方.*没有填写/s, 'partnership', 'add', '场外合作', '--achievement-party', content.name);
    await on.refused(
      2,
      /没有机构“91440300/,
      'partnership',
      'add',
      '场外合作',
      '--achievement-party',
      '91440300MA5F1LYM2X',
    );
    const sides = ['--need-party', '外地企业', '--achievement-party', content.name];
    const made = await json('partnership', 'add', '场外合作', ...sides);
    expect(made).to.include({ state: 'contacting', origin: 'manual', needParty: '外地企业' });
    expect(made).to.include({ needOrganisationId: null, achievementOrganisationId: organisationId });
    id = made.id;
    expect((await run('list')).stdout).to.match(new RegExp(`接洽.*场外合作.*外地企业 × ${content.name}.*${id}`));
    expect((await run('list', '--state', 'signed')).stdout).to.match(/没有合作项目/);
  });

  it('writes down visits, milestones and who agreed to be reached', async () => {
    const visit = ['log', id, '看了中试线', '--kind', '走访', '--who', '企业和大学各两人', '--on', '2026-01-10'];
    await on.refused(2, /下一步/, 'partnership', ...visit, '--next-by', '2026-02-01');
    await run(...visit, '--next', '寄样品', '--next-by', '2099-02-01', '--bureau-only');
    const added = await json('partnership', 'milestone', 'add', id, '中试', '--due', '2026-03-01');
    const milestoneId = added.milestones[0].id;
    await on.refused(2, /原因/, 'partnership', 'milestone', 'change', id, milestoneId, '--due', '2026-04-01');
    await run('milestone', 'change', id, milestoneId, '--due', '2026-04-01', '--reason', '设备晚到');
    const other = await json('partnership', 'milestone', 'add', id, '小试', '--due', '2026-02-01');
    await run('milestone', 'remove', id, other.milestones[1].id, '--reason', '已并入中试');
    expect((await run('milestone', 'reach', id, milestoneId, '--on', '2026-03-20')).stdout).to.include('已登记完成');
    const shown = (await run('show', id)).stdout;
    expect(shown)
      .to.match(/走访：2026-01-10 企业和大学各两人，看了中试线；下一步：寄样品（2099-02-01 前）（仅科技局可见）/)
      .and.to.match(new RegExp(`里程碑：2026-04-01 中试（2026-03-20 完成） ${milestoneId}`))
      .and.not.match(/^里程碑：.*小试/m);
    const agreed = await run('agree-contacts', id, '--side', '需求方', '--source', '王经理 11月25日电话同意');
    expect(agreed.stdout).to.equal('需求方已同意，成果方未同意\n');
  });

  it('names what a step lacks, signs, counts what was paid and what came of it', async () => {
    await on.refused(2, /还不能签约.*contract\.technologyAmount.*请填写技术交易额/s, 'partnership', 'move', id, 'sign');
    const contract = {
      type: 'development',
      signedOn: '2026-01-20',
      amount: 50.5,
      technologyAmount: 40,
      from: '2026-01-20',
      until: '2027-01-19',
    };
    const broken = await on.file('broken.json', '{"contract":');
    expect((await run('move', id, 'sign', '--facts', broken)).stderr).to.match(/不是 JSON/);
    const facts = await on.file('facts.json', { contract });
    expect((await run('move', id, 'sign', '--facts', facts)).stdout).to.match(/签约.*成交额 50\.5 万元/s);
    await on.refused(2, /支付金额/, 'partnership', 'payment', 'add', id, '多少');
    const paid = await run('payment', 'add', id, '20.5', '--on', '2026-02-01', '--note', '首付');
    expect(paid.stdout).to.match(/累计 20\.5 万元/);
    const { payments } = await json('partnership', 'show', id);
    expect((await run('show', id)).stdout).to.include(`支付：2026-02-01 20.5 万元（首付） ${payments[0].id}`);
    expect((await run('payment', 'remove', id, payments[0].id, '--reason', '登错了')).stdout).to.match(
      /累计支付 0 万元/,
    );
    const stated = await json(
      'partnership',
      'results',
      id,
      '2026H1',
      '--side',
      'need',
      '--sales',
      '120.5',
      '--jobs',
      '3',
    );
    expect(stated.results[0]).to.include({ period: '2026H1', side: 'need', sales: 120.5, jobs: 3 });
    const number = await on.file('number.json', { contract: { ...contract, registrationNumber: '2026-0001' } });
    const edited = await json('partnership', 'edit', id, '--facts', number, '--title', '场外合作（更名）');
    expect(edited).to.deep.include({ title: '场外合作（更名）' });
    expect(edited.contract.registrationNumber).to.equal('2026-0001');
  });

  it('keeps the people of a side, and notes each look at them and at the contacts', async () => {
    const people = await on.file('people.json', [{ name: '陈工', role: '中试负责人', mobile: '13800000000' }]);
    await on.refused(2, /--side/, 'partnership', 'people', id, '--file', people);
    const nameless = await on.file('nameless.json', [{ role: '负责人' }]);
    await on.refused(2, /联系人/, 'partnership', 'people', id, '--side', 'need', '--file', nameless);
    expect((await run('people', id, '--side', '需求方', '--file', people)).stdout).to.include('需求方的人员已登记');
    expect((await run('show', id)).stdout).not.to.include('陈工');
    const looks = async () => (await json('audit', 'list', '--action', 'contact.viewed')).length;
    const before = await looks();
    const shown = await run('contacts', id);
    expect(shown.stdout)
      .to.match(/需求方：没有登记的机构\n {2}联系人：没有\n {2}人员：陈工，中试负责人，13800000000\n/)
      .and.to.match(/成果方：.+\n {2}联系人：.+/);
    expect(shown.stderr).to.include('已记入审计');
    expect(await looks()).to.equal(before + 1);
  });

  it('goes back by correction with a reason, and ends', async () => {
    await on.refused(2, /原因/, 'partnership', 'move', id, 'correct');
    expect((await run('move', id, '更正', '--reason', '签错了合同')).stdout).to.match(/接洽：签错了合同/);
    const ended = await run('move', id, 'terminate', '--reason', '企业转产');
    expect([ended.code, ended.stderr]).to.deep.equal([0, '']);
    expect((await run('show', id)).stdout).to.match(/终止：企业转产/);
  });
});
