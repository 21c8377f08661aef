import { join } from 'node:path';
import { expect } from 'chai';
import { commandFolder } from './command-folder.ts';

describe('the command line: answers and invitations', function () {
  this.timeout(300_000);
  const on = commandFolder('week');
  const { run, json } = on;

  before(async () => {
    for (const place of ['1', '2']) await json('docket', 'mark', place, 'accept');
    // Whoever is refused is owed a letter; whoever is accepted is invited.
    for (const place of ['3', '4']) await json('docket', 'mark', place, 'reject', '--reason', 'off-topic');
    await json('docket', 'close', '--yes');
  });

  it('records what both sides said on the phone, and a partnership comes of two 愿意', async () => {
    const [one, two] = (await json('invitation', 'list')) as { id: string }[];
    expect((await run('invitation', 'list')).stdout).to.match(/需求方未答复.*成果方未答复/);
    const phone = (id: string, side: string, ...more: string[]) =>
      run('invitation', 'phone', id, '--side', side, '--said-by', '王经理', ...more);
    const bare = await phone(one!.id, 'need', '--answer', 'unwilling');
    expect([bare.code, bare.stderr]).to.satisfy(
      ([code, said]: [number, string]) => code === 2 && /--reason/.test(said),
    );
    expect((await phone(one!.id, '需求方', '--answer', '愿意', '--note', '请先寄样品')).stdout).to.match(
      /需求方：愿意，王经理 在电话里答复：请先寄样品/,
    );
    expect((await run('invitation', 'take-back', one!.id, '--side', 'need')).stdout).to.include('需求方：未答复');
    for (const side of ['need', 'achievement']) await phone(one!.id, side, '--answer', 'willing');
    const agreed = await json('invitation', 'show', one!.id);
    expect(agreed.state).to.equal('agreed');
    expect((await json('partnership', 'show', agreed.partnershipId)).id).to.equal(agreed.partnershipId);

    const refused = await phone(two!.id, 'achievement', '--answer', 'unwilling', '--reason', 'no-capacity');
    expect(refused.stdout).to.include('有一方不愿意').and.include('不愿意（近期没有人手或条件）');
    expect((await run('invitation', 'again', two!.id)).stdout).to.include('征询中');
    expect((await json('invitation', 'remind', two!.id)).state).to.equal('open');
    const again = await run('invitation', 'remind', two!.id);
    expect([again.code, again.stderr]).to.satisfy(
      ([code, said]: [number, string]) => code === 1 && /今天/.test(said),
      again.stderr,
    );
    expect((await run('invitation', 'list', '--state', 'lapsed')).stdout).to.include('没有“到期无答复”的邀请');
    expect((await run('invitation', 'show', 'nobody')).code).to.equal(2);
  });

  it('edits, approves, sends and drops answers; sending asks first, and sends once', async () => {
    const [first, second] = (await json('answer', 'list')) as { id: string }[];
    const path = await on.file('answer.txt', '贵单位的需求已列入本周清单，审核结果另行告知。\n');
    expect((await run('answer', 'edit', first!.id, '--file', path)).stdout).to.include('已修改');
    expect((await run('answer', 'show', first!.id)).stdout).to.include('另行告知');
    expect((await run('answer', 'edit', first!.id, '--file', join(on.folder, 'none'))).stderr).to.include('读不到文件');
    expect((await run('answer', 'approve')).stderr).to.include('没有写编号');
    expect((await json('answer', 'approve', first!.id)).done).to.deep.equal([first!.id]);
    expect((await run('answer', 'send', first!.id)).stderr).to.include('--yes');
    const sent = await run('answer', 'send', first!.id, '--yes');
    const { state } = await json('answer', 'show', first!.id);
    // Without an account or an address it is told so, and nothing is taken for sent.
    expect(state).to.equal(sent.code === 0 ? 'sent' : 'approved');
    if (sent.code === 0) expect((await run('answer', 'send', first!.id, '--yes')).code).to.not.equal(0);
    else expect(sent.stderr).to.include('发不出去');
    expect((await run('answer', 'drop', second!.id, '--reason', '已电话告知王经理')).stdout).to.include('不发');
    expect((await json('answer', 'show', second!.id)).state).to.equal('dropped');
    expect((await run('answer', 'list', '--overdue')).stdout).to.include('没有过了期限的答复');
  });

  it('approves and sends by two persons where the bureau requires them', async () => {
    for (const [login, name] of [
      ['lan', '兰科员'],
      ['mei', '梅科长'],
    ] as const) {
      await json('user', 'add', login, '--name', name, '--role', 'staff');
    }
    const [left] = (await json('answer', 'list', '--state', 'drafted')) as { id: string }[];
    on.environment = { QIANXIAN_TWO_PERSONS: 'on' };
    await on.refused(2, /双人审核.*--by/, 'answer', 'approve', left!.id);
    expect((await json('answer', 'approve', left!.id, '--by', 'lan')).done).to.deep.equal([left!.id]);
    const own = await run('answer', 'send', left!.id, '--by', 'lan', '--yes');
    expect(own.stderr).to.include('您自己批准的，须由另一人发出');
    const other = await run('answer', 'send', left!.id, '--by', 'mei', '--yes');
    expect(other.stderr).not.to.include('另一人');
    on.environment = {};
  });
});
