import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { compose } from '../../src/compose.ts';
import { readConfig } from '../../src/config.ts';
import { systemPrincipal } from '../../src/domain/user.ts';
import { createPartnership } from '../../src/steps/partnership/partnerships.ts';
import { isBuilt, runCommand } from './run-command.ts';

describe('the command line: partnerships', function () {
  this.timeout(300_000);
  let folder: string;
  let data: string;

  before(async function () {
    if (!isBuilt) {
      this.skip();
    }
    folder = await mkdtemp(join(tmpdir(), 'qianxian-partnership-'));
    data = join(folder, 'data');
    const log = { debug() {}, info() {}, warn() {}, error() {} };
    const clock = { now: () => new Date() };
    const composed = await compose(readConfig({ QIANXIAN_DATA: data, NODE_ENV: 'test' }), {
      clock,
      log,
      serving: true,
    });
    const input = { title: '场外合作', needParty: '外地企业', achievementParty: '外地大学' };
    await createPartnership(composed.ports, systemPrincipal, input, { id: 'p1' });
    await composed.close();
  });
  after(async () => {
    if (folder) await rm(folder, { recursive: true, force: true });
  });

  it('lists, shows and moves one, and names what a step lacks', async () => {
    const run = (...args: string[]) => runCommand(data, ['partnership', ...args]);
    expect((await run('list')).stdout).to.match(/接洽.*场外合作.*外地企业 × 外地大学.*p1/);
    expect((await run('list', '--state', 'signed')).stdout).to.match(/没有合作项目/);
    const lacking = await run('move', 'p1', 'sign');
    expect(lacking.code).to.equal(2);
    expect(lacking.stderr)
      .to.match(/还不能签约/)
      .and.to.match(/contract\.technologyAmount.*请填写技术交易额/);
    const facts = join(folder, 'facts.json');
    const contract = {
      type: 'development',
      signedOn: '2026-01-20',
      amount: 50.5,
      technologyAmount: 40,
      from: '2026-01-20',
      until: '2027-01-19',
    };
    await writeFile(facts, '{"contract":');
    expect((await run('move', 'p1', 'sign', '--facts', facts)).stderr).to.match(/不是 JSON/);
    await writeFile(facts, JSON.stringify({ contract }));
    expect((await run('move', 'p1', 'sign', '--facts', facts)).stdout).to.match(/签约.*成交额 50\.5 万元/s);
    const ended = await run('move', 'p1', 'terminate', '--reason', '企业转产');
    expect([ended.code, ended.stderr]).to.deep.equal([0, '']);
    expect((await run('show', 'p1')).stdout).to.match(/终止：企业转产/);
  });
});
