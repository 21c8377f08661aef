import { expect } from 'chai';
import { compose } from '../../src/compose.ts';
import { readConfig } from '../../src/config.ts';
import { signalInterest } from '../../src/steps/interest/interests.ts';
import { commandFolder } from './command-folder.ts';

describe('the command line: two clerks on a docket, and searches that are kept', function () {
  this.timeout(300_000);
  const on = commandFolder('demo');
  const { run, json, refused } = on;

  before(async () => {
    for (const login of ['lan', 'mei']) await json('user', 'add', login, '--name', `${login}科员`, '--role', 'staff');
    // Every pair of this docket needs two.
    on.environment = { QIANXIAN_SECOND_REVIEW: '100%' };
    await json('match');
  });

  it('marks no 通过 without a name where a second clerk must agree, and lets nobody be both', async () => {
    await refused(2, /由另一人复核.*--by/, 'docket', 'mark', '1', 'accept');
    await refused(2, /没有登录名为“nobody”/, 'docket', 'mark', '1', 'accept', '--by', 'nobody');
    await json('docket', 'mark', '1', 'accept', '--by', 'lan');
    await refused(1, /复核/, 'docket', 'close', '--yes');
    await refused(1, /您自己标记的.*另一位/, 'docket', 'agree', '1', '--by', 'lan');
    // A mark that is taken back and set anew under no name would be agreed to by whoever set it.
    await json('docket', 'unmark', '1');
    await refused(2, /由另一人复核.*--by/, 'docket', 'mark', '1', 'accept');
    await json('docket', 'mark', '1', 'accept', '--by', 'lan');
    expect((await run('docket', 'agree', '1', '--by', 'mei')).stdout).to.match(/第 1 对：mei科员复核通过/);
    await refused(1, /已在.*复核通过/, 'docket', 'agree', '1', '--by', 'mei');
    await refused(1, /不需要复核|请先标记|只有标记为/, 'docket', 'agree', '2', '--by', 'mei');
    // What needs no second person needs no name.
    await json('docket', 'mark', '2', '不通过', '--reason', '技术不对口');
  });

  it('closes in the name of a clerk, as the docket tells', async () => {
    await json('user', 'disable', 'mei');
    await refused(2, /不是在用的科技局账号，不能关闭清单/, 'docket', 'close', '--yes', '--by', 'mei');
    expect(await json('docket', 'close', '--yes', '--by', 'lan')).to.include({ accept: 1, reject: 1 });
    expect((await json('docket', 'show')).closed.byName).to.equal('lan科员');
  });

  it('keeps, lists, runs and forgets a search for somebody, with his rights', async () => {
    const search = ['saved-search', 'add', '海带加工', '海带', '--kind', 'achievement', '--alert', '每天'];
    await refused(2, /--for/, ...search);
    await refused(2, /没有登录名为“nobody”/, ...search, '--for', 'nobody');
    await refused(2, /不是在用的账号/, ...search, '--for', 'mei');
    const wrong = await on.file('wrong.json', { facets: { colour: ['red'] } });
    await refused(2, /colour|筛选/, ...search, '--for', 'lan', '--file', wrong);
    const { id } = await json(...search, '--for', 'lan');
    const listed = await run('saved-search', 'list', '--for', 'lan');
    expect(listed.stdout, listed.stderr).to.match(/海带加工.*每天.*成果：海带/);
    const found = await json('saved-search', 'run', id, '--for', 'lan', '--limit', '3');
    expect(found.hits.map(({ title }: { title: string }) => title).join()).to.match(/海带|海藻|藻/);
    // Nobody else has it.
    await json('user', 'enable', 'mei');
    expect((await run('saved-search', 'list', '--for', 'mei')).stdout).to.include('还没有保存搜索');
    await refused(2, /没有编号为/, 'saved-search', 'run', id, '--for', 'mei');
    await refused(2, /将删除“海带加工”.*--yes/, 'saved-search', 'remove', id, '--for', 'lan');
    expect((await run('saved-search', 'remove', id, '--for', 'lan', '--yes')).stdout).to.equal('已删除“海带加工”\n');
    expect(await json('saved-search', 'list', '--for', 'lan')).to.deep.equal([]);
  });

  it('lists who is interested in a need, and confirms that it was looked at', async () => {
    expect((await run('interest', 'list')).stdout).to.equal('没有符合的\n');
    await refused(2, /没有找到|不存在/, 'interest', 'note', 'nowhere');
    const { ports, close } = await compose(readConfig({ QIANXIAN_DATA: on.data, NODE_ENV: 'test' }), {
      log: { debug() {}, info() {}, warn() {}, error() {} },
      serving: false,
    });
    try {
      const { items } = await ports.store.collection('needs').find({ where: { state: 'published' }, limit: 1 });
      const universities = await ports.store
        .collection('organisations')
        .find({ where: { 'content.type': 'university' } });
      const organisationId = universities.items[0]!.id;
      const university = { userId: 'u', role: 'member', name: '科研处', organisationId } as const;
      await signalInterest(ports, university, items[0]!.id, { text: '本单位有相近的中试线' });
    } finally {
      await close();
    }
    const listed = await json('interest', 'list', '--state', 'open');
    expect(listed.items).to.have.length(1);
    const { id, organisationName, needTitle } = listed.items[0];
    expect((await run('interest', 'list')).stdout).to.match(/待科技局查看.*相近的中试线/);
    expect((await run('interest', 'note', id)).stdout).to.equal(
      `已确认看过：${organisationName}对“${needTitle}”感兴趣\n`,
    );
    await refused(1, /科技局已看过|不能/, 'interest', 'note', id);
    expect((await json('interest', 'list', '--state', 'open')).items).to.deep.equal([]);
  });
});
