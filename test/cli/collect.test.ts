import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { commandFolder } from './command-folder.ts';

describe('the command line: files, campaigns and calls', function () {
  this.timeout(300_000);
  const on = commandFolder('demo');
  const { run, json } = on;
  let needId: string;

  before(async () => {
    const [found] = (await json('search', '稀土', '--kind', 'need')) as { hits: { id: string }[] }[];
    needId = found!.hits[0]!.id;
  });

  it('keeps a file of a record, gives it back, does not overwrite, and removes it', async () => {
    const path = await on.file('检测报告.txt', '粒度达标');
    const file = await json('attachment', 'add', 'needs', needId, path);
    expect(file).to.include({ name: '检测报告.txt', type: 'text', audience: 'inside' });
    expect((await run('attachment', 'list', 'needs', needId)).stdout).to.match(/仅内部.*文本.*检测报告\.txt/);
    expect((await json('attachment', 'open', file.id)).audience).to.equal('open');
    const out = join(on.folder, 'out.txt');
    await json('attachment', 'get', file.id, '--out', out);
    expect(await readFile(out, 'utf8')).to.equal('粒度达标');
    const again = await run('attachment', 'get', file.id, '--out', out);
    expect([again.code, again.stderr]).to.satisfy(
      ([code, said]: [number, string]) => code === 1 && /没有覆盖/.test(said),
    );
    const wrong = await run('attachment', 'add', 'needs', needId, join(on.folder, 'nowhere.pdf'));
    expect([wrong.code, wrong.stderr]).to.satisfy(
      ([code, said]: [number, string]) => code === 2 && /读不到文件/.test(said),
    );
    await json('attachment', 'remove', file.id);
    expect(await json('attachment', 'list', 'needs', needId)).to.deep.equal([]);
  });

  it('runs a campaign and a call, each told in Chinese', async () => {
    const made = await json(
      'campaign',
      'add',
      '新材料需求征集',
      '--text',
      '面向全区企业征集新材料需求。',
      '--until',
      '2099-12-31',
      '--field',
      'materials',
    );
    expect((await run('campaign', 'open', made.id)).stdout).to.match(/征集中：新材料需求征集/);
    expect((await run('campaign', 'list')).stdout).to.match(/征集中.*2099-12-31.*新材料需求征集/);
    await on.refused(2, /没有写要改什么/, 'campaign', 'edit', made.id);
    await on.refused(2, /早于/, 'campaign', 'edit', made.id, '--until', '2020-01-01');
    const edited = await json('campaign', 'edit', made.id, '--until', '2099-06-30', '--field', 'materials,marine');
    expect(edited.content).to.deep.include({ title: '新材料需求征集', until: '2099-06-30' });
    expect((await run('campaign', 'cancel', made.id)).code).to.equal(2);
    expect((await run('campaign', 'close', made.id)).stdout).to.match(/已截止/);
    expect((await run('campaign', 'reopen', made.id)).code).to.equal(2);
    expect((await run('campaign', 'reopen', made.id, '--reason', '企业要求')).stdout).to.match(/征集中/);

    expect((await run('call', 'wanting')).stdout).to.match(/没有这样的需求/);
    const call = await json('call', 'propose', needId);
    expect(call.addressees.length).to.be.greaterThan(0);
    for (const { reasons } of call.addressees) expect(reasons.length).to.be.greaterThan(0);
    const only = call.addressees[0].organisationId as string;
    const asked = await run('call', 'send', call.id, '--only', only);
    expect([asked.code, asked.stdout]).to.deep.equal([2, '']);
    expect(asked.stderr).to.match(/将把《.*》发给 1 家.*确认请加 --yes/);
    expect((await run('call', 'send', call.id, '--only', only, '--yes')).stdout).to.match(/征集中.*1 家/);
    const shown = await json('call', 'show', call.id);
    expect(shown.replies).to.have.length(1);
    const declined = await run('call', 'decline', shown.replies[0].requestId, '--reason', '没有相关团队');
    expect(declined.stdout).to.match(/已记录谢绝/);
    const requests = await run('call', 'requests', '--organisation', only, '--state', '已谢绝');
    expect(requests.stdout).to.include('已谢绝').and.include(shown.replies[0].requestId);
    expect((await run('call', 'requests', '--state', 'answered')).stdout).to.match(/没有这样的征集/);
    expect((await run('call', 'show', call.id)).stdout).to.match(/已谢绝（没有相关团队）/);
    expect((await run('call', 'list', '--state', 'open')).stdout).to.include(call.id);
    expect((await run('call', 'close', call.id)).stdout).to.match(/已结束/);
  });
});
