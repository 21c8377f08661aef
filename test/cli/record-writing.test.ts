import { expect } from 'chai';
import { daysLater } from '../../src/domain/expiry.ts';
import { dateIn } from '../../src/domain/week.ts';
import { openRecordStore } from '../../src/engines/embedded/record-store.ts';
import { systemClock } from '../../src/engines/embedded/system-clock.ts';
import { changeDocument } from '../../src/ports/change-document.ts';
import { commandFolder } from './command-folder.ts';

/** As if the need had been published long ago. */
async function endsSoon(data: string, id: string): Promise<void> {
  const log = { debug() {}, info() {}, warn() {}, error() {} };
  const store = await openRecordStore({ folder: data, clock: systemClock, log });
  try {
    const expiresOn = daysLater(dateIn(systemClock.now()), 3);
    await changeDocument(store, 'needs', id, (entry) => ({ document: { ...entry, expiresOn } }));
  } finally {
    await store.close();
  }
}

describe('the command line: records written for their organisations', function () {
  this.timeout(300_000);
  const on = commandFolder('demo');
  const { run, json, refused } = on;
  let organisation: string;
  let content: Record<string, unknown>;
  let id: string;

  before(async () => {
    for (const login of ['lan', 'mei']) await json('user', 'add', login, '--name', `${login}科员`, '--role', 'staff');
    const [need] = await json('record', 'list', '--kind', 'need', '--state', 'published');
    const shown = await json('record', 'show', need.id);
    ({ organisationId: organisation } = shown);
    const year = new Date().getFullYear();
    content = { ...shown.content, title: '渔网防附着涂层', startYear: year, endYear: year + 2 };
  });

  it('enters a draft for an organisation, says what is wrong with the file, and changes it as a whole', async () => {
    const wrong = await on.file('wrong.json', { ...content, startYear: '明年' });
    const entered = ['record', 'add', '--kind', '需求', '--organisation'];
    await refused(2, /需求起始年/, ...entered, organisation, '--file', wrong);
    const file = await on.file('need.json', content);
    await refused(2, /没有机构“没有的公司”/, ...entered, '没有的公司', '--file', file);
    await refused(2, /读不到文件/, ...entered, organisation, '--file', `${file}.none`);
    const toldBy = '王经理，11月25日电话';
    const made = await json(...entered, organisation, '--file', file, '--told-by', toldBy);
    expect(made).to.include({ kind: 'need', state: 'draft', organisationId: organisation, toldBy });
    ({ id } = made);
    expect((await run('record', 'show', id)).stdout).to.include(`代填，告知人：${toldBy}`);
    const edited = await on.file('edited.json', { ...content, title: '渔网防附着涂层（二）' });
    const told = await run('record', 'edit', id, '--file', edited);
    expect([told.stdout, told.stderr]).to.deep.equal(['《渔网防附着涂层（二）》：草稿\n', '']);
    await refused(2, /没有编号为“nothing”/, 'record', 'edit', 'nothing', '--file', edited);
  });

  it('puts a need into a campaign, and takes it out', async () => {
    const text = '面向全区渔业企业征集技术需求。';
    const campaign = await json('campaign', 'add', '渔业需求征集', '--text', text, '--until', '2099-12-31');
    await refused(1, /没有这次征集/, 'record', 'campaign', id, campaign.id);
    await json('campaign', 'open', campaign.id);
    expect((await run('record', 'campaign', id, campaign.id)).stdout).to.include(`属于征集 ${campaign.id}`);
    expect((await json('record', 'show', id)).campaignId).to.equal(campaign.id);
    expect((await run('record', 'campaign', id, 'none')).stdout).to.include('不属于任何一次征集');
    const [achievement] = await json('record', 'list', '--kind', 'achievement', '--state', 'published');
    await refused(2, /只有需求/, 'record', 'campaign', achievement.id, 'none');
    const path = await on.file('need.json', content);
    const wrong = ['--kind', 'achievement', '--organisation', organisation, '--file', path, '--campaign', campaign.id];
    await refused(2, /请去掉 --campaign/, 'record', 'add', ...wrong);
    const direct = ['--kind', 'need', '--organisation', organisation, '--file', path, '--campaign', campaign.id];
    expect((await json('record', 'add', ...direct)).campaignId).to.equal(campaign.id);
  });

  it('hands it in, changes what is published, and gives a change up only when the answer is yes', async () => {
    expect((await run('record', 'submit', id)).stdout).to.equal('《渔网防附着涂层（二）》：待审核\n');
    expect((await run('record', 'submit', id)).code).to.equal(1);
    await json('record', 'publish', id);
    const changed = await on.file('changed.json', { ...content, title: '渔网防附着涂层（三）' });
    expect((await run('record', 'edit', id, '--file', changed)).stdout).to.include('（三）》：已发布，修改中');
    expect((await run('record', 'submit', id)).stdout).to.include('已发布，修改待审核');
    await refused(2, /放弃对《.*》的修改.*--yes/, 'record', 'discard', id);
    expect((await run('record', 'discard', id, '--yes')).stdout).to.equal('《渔网防附着涂层（二）》：已发布\n');
    expect((await run('record', 'discard', id, '--yes')).code).to.equal(1);
    await refused(1, /现在不用续期/, 'record', 'renew', id);
    await endsSoon(on.data, id);
    expect((await run('record', 'renew', id)).stdout).to.match(/已发布，有效期至 \d{4}-\d\d-\d\d/);
  });

  it('asks its people something, takes that back, and withdraws it, each told before', async () => {
    const question = ['record', 'ask', id, '--question', '请写明渔网的材质'];
    await refused(2, /将通知《.*》的填写人.*“请写明渔网的材质”.*--yes/, ...question);
    expect((await json('record', 'show', id)).questions).to.deep.equal([]);
    await json(...question, '--yes');
    const [{ id: questionId }] = (await json('record', 'show', id)).questions;
    await refused(2, /没有编号为“nothing”的问题/, 'record', 'unask', id, 'nothing');
    expect((await run('record', 'unask', id, questionId)).stdout).to.include('已收回对《');
    expect((await json('record', 'show', id)).questions).to.deep.equal([]);
    await refused(2, /不能恢复.*--yes/, 'record', 'withdraw', id, '--reason', '企业已自行解决');
    const ended = await run('record', 'withdraw', id, '--reason', '企业已自行解决', '--yes');
    expect(ended.stdout, ended.stderr).to.include('》：已撤回');
    expect((await run('record', 'show', id)).stdout).to.match(/已撤回：企业已自行解决/);
    expect((await run('record', 'renew', id)).code).to.equal(1);
  });

  it('turns an archived record into a draft of the organisation that is named for it', async () => {
    const row = await on.file('old.jsonl', '{"externalId": "1", "title": "旧的紫菜需求"}\n');
    await json('import', row, '--kind', 'need', '--as', 'archive');
    const [{ id: old }] = await json('record', 'list', '--kind', 'need', '--state', 'archived');
    const file = await on.file('old.json', { ...content, title: '旧的紫菜需求' });
    const edited = await json('record', 'edit', old, '--file', file, '--organisation', organisation);
    expect(edited).to.include({ state: 'archived', organisationId: organisation });
    expect((await run('record', 'complete', old)).stdout).to.equal('《旧的紫菜需求》：草稿\n');
  });

  it('names who wrote it where two persons are required, and lets nobody publish his own', async () => {
    on.environment = { QIANXIAN_TWO_PERSONS: 'on' };
    const file = await on.file('two.json', { ...content, title: '养殖网箱监测' });
    const entered = ['record', 'add', '--kind', 'need', '--organisation', organisation, '--file', file];
    await refused(2, /双人审核.*--by/, ...entered);
    await refused(2, /没有登录名为“nobody”/, ...entered, '--by', 'nobody');
    const made = await json(...entered, '--by', 'lan');
    await refused(2, /双人审核.*--by/, 'record', 'submit', made.id);
    await json('record', 'submit', made.id, '--by', 'lan');
    await refused(1, /另一位工作人员/, 'record', 'publish', made.id, '--by', 'lan');
    expect(await json('record', 'publish', made.id, '--by', 'mei')).to.deep.include({ done: [made.id] });
  });
});
