import { expect } from 'chai';
import { systemPrincipal } from '../../src/domain/user.ts';
import { openRecordStore } from '../../src/engines/embedded/record-store.ts';
import { systemClock } from '../../src/engines/embedded/system-clock.ts';
import { changeDocument } from '../../src/ports/change-document.ts';
import { answerQuestion, askEntry } from '../../src/steps/intake/entries.ts';
import { organisationOf } from '../http/world.ts';
import { commandFolder } from './command-folder.ts';

/** As if this clerk had written the achievement as it stands, over HTTP. */
async function writtenBy(data: string, id: string, login: string): Promise<void> {
  const log = { debug() {}, info() {}, warn() {}, error() {} };
  const store = await openRecordStore({ folder: data, clock: systemClock, log });
  try {
    const [user] = (await store.collection('users').find({ where: { login } })).items;
    await changeDocument(store, 'achievements', id, (entry) => ({ document: { ...entry, editedBy: user!.id } }));
  } finally {
    await store.close();
  }
}

/** As if the bureau had asked about the achievement, and its organisation had answered. */
async function askedAndAnswered(data: string, id: string): Promise<void> {
  const log = { debug() {}, info() {}, warn() {}, error() {} };
  const clock = systemClock;
  const store = await openRecordStore({ folder: data, clock, log });
  try {
    const entry = (await store.collection('achievements').get(id))!;
    const question = { id: 'question-1', question: '请写明用过的企业' };
    const asked = await askEntry({ store, clock }, systemPrincipal, 'achievement', id, entry.version, question);
    const owner = { role: 'manager', userId: 'u1', name: '周老师', organisationId: entry.organisationId! } as const;
    await answerQuestion({ store, clock }, owner, 'achievement', id, asked.version, question.id, '某某水产公司');
  } finally {
    await store.close();
  }
}

describe('the command line: organisations without a code, and two persons', function () {
  this.timeout(300_000);
  const on = commandFolder();
  const { run, json } = on;
  let id: string;

  before(async () => {
    await json('init');
    for (const [login, name] of [
      ['lan', '兰科员'],
      ['mei', '梅科长'],
    ] as const) {
      await json('user', 'add', login, '--name', name, '--role', 'staff');
    }
  });

  it('completes and approves an organisation that an import knows by name alone', async () => {
    const file = await on.file('one.jsonl', '{"externalId": "1", "name": "示范丁大学"}\n');
    await json('import', file, '--kind', 'organisation', '--as', 'archive');
    const [found] = await json('organisation', 'list', '示范丁');
    expect(found.state).to.equal('registered');
    id = found.id;
    await on.refused(
      2,
      /资料还不完整.*统一社会信用代码.*organisation complete/s,
      'organisation',
      'approve',
      '示范丁大学',
    );
    const wrong = await on.file('wrong.json', { creditCode: '123' });
    await on.refused(2, /信用代码/, 'organisation', 'complete', '示范丁大学', '--file', wrong);
    const some = await on.file('some.json', { type: 'university', region: '示例区', contact: { name: '赵老师' } });
    expect((await run('organisation', 'complete', '示范丁大学', '--file', some)).stdout).to.include(
      '待补全：统一社会信用代码',
    );
    const { name: _name, ...facts } = organisationOf('示范丁大学', 7, 'university');
    const rest = await on.file('rest.json', facts);
    const told = await run('organisation', 'complete', id, '--file', rest);
    expect(told.stdout, told.stderr).to.include('已修改“示范丁大学”').and.not.include('待补全');
    expect((await run('organisation', 'approve', '示范丁大学')).stdout).to.include('“示范丁大学”已通过');
    await on.refused(2, /没有机构“没有的公司”/, 'organisation', 'approve', '没有的公司');
  });

  it('enters one for an organisation without an account', async () => {
    const { creditCode } = organisationOf('示范戊公司', 8);
    const content = { name: '示范戊公司', type: 'enterprise', creditCode };
    const made = await json('organisation', 'add', '--file', await on.file('new.json', content));
    expect(made).to.include({ state: 'approved' });
    expect((await run('organisation', 'list')).stdout).to.match(/已通过.*示范戊公司.*待补全/);
  });

  it('lists who was invited into an organisation, without the whole address', async () => {
    expect((await run('user', 'invitations')).stdout).to.include('没有邀请');
    const invited = await run('user', 'invite', 'wang.li@example.com', '--organisation', '示范戊公司');
    expect(invited.code, invited.stderr).to.equal(0);
    const listed = await run('user', 'invitations', '--organisation', '示范戊公司');
    expect(listed.stdout).to.include('w***@example.com').and.include('有效').and.include('示范戊公司');
    expect(listed.stdout).not.to.include('wang.li');
    expect((await json('user', 'invitations'))[0].state).to.equal('open');
    await on.refused(2, /没有机构“没有的公司”/, 'user', 'invitations', '--organisation', '没有的公司');
  });

  it('publishes nothing by whoever entered it where two persons are required', async () => {
    const row = {
      externalId: '1',
      organisation: '示范丁大学',
      title: '紫菜烘干热泵机组',
      abstract: '排湿热回收，吨菜耗电降低三成以上。',
    };
    await json('import', await on.file('a.jsonl', `${JSON.stringify(row)}\n`), '--kind', 'achievement');
    const [{ id: recordId }] = await json('record', 'list');
    on.environment = { QIANXIAN_TWO_PERSONS: 'on' };
    await on.refused(2, /双人审核.*--by/, 'record', 'publish', recordId);
    await on.refused(2, /没有登录名为“nobody”/, 'record', 'publish', recordId, '--by', 'nobody');
    await writtenBy(on.data, recordId, 'lan');
    const own = await run('record', 'publish', recordId, '--by', 'lan');
    expect(own.stderr).to.match(/您自己录入、修改或提交的.*另一位工作人员/);
    expect(own.code).to.equal(1);
    await json('user', 'disable', 'mei');
    await on.refused(2, /不是在用的科技局账号/, 'record', 'publish', recordId, '--by', 'mei');
    await json('user', 'enable', 'mei');
    expect(await json('record', 'publish', recordId, '--by', 'mei')).to.deep.include({ done: [recordId] });
    // An answer to a question of the bureau waits until somebody has looked at it.
    await askedAndAnswered(on.data, recordId);
    expect((await run('record', 'show', recordId)).stdout).to.match(/请补充 question-1：.*\n.*答复：某某水产公司/);
    await on.refused(2, /没有找到这个问题/, 'record', 'note', recordId, 'nothing');
    expect((await run('record', 'note', recordId, 'question-1')).stdout).to.include(
      '已确认看过《紫菜烘干热泵机组》的答复',
    );
    expect((await run('record', 'show', recordId)).stdout).to.include('答复，已看过：某某水产公司');
  });
});
