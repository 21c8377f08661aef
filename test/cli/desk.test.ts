import { readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { commandFolder } from './command-folder.ts';

describe('the command line: the desk and corrections', function () {
  this.timeout(300_000);
  const on = commandFolder('week');
  const { run, json } = on;

  it('gives work to a clerk, says who has it, lets another take over, and gives it back', async () => {
    await json('user', 'add', 'lan', '--name', '兰科员', '--role', 'staff');
    await json('user', 'add', 'mei', '--name', '梅科长', '--role', 'staff');
    const [{ recordId, waitsOn }] = (await json('desk')).lists.pair;
    expect(waitsOn).to.deep.equal([]);
    await on.refused(2, /没有编号为“none”的这类工作/, 'desk', 'assign', 'pair', 'none', 'lan');
    await on.refused(2, /没有登录名为“nobody”/, 'desk', 'assign', 'pair', recordId, 'nobody');
    expect((await run('desk', 'assign', '清单上未标记的对', recordId, 'lan')).stdout).to.equal('已由兰科员经办\n');
    await on.refused(1, /现在由兰科员经办；.*--take-over/, 'desk', 'assign', 'pair', recordId, 'mei');
    expect((await run('desk', '--mine', 'lan')).stdout).to.match(new RegExp(`兰科员经办.*${recordId}`));
    await json('desk', 'assign', 'pair', recordId, 'mei', '--take-over');
    const { figures } = await json('desk');
    expect(figures.find(({ kind }: { kind: string }) => kind === 'pair').onWhom).to.have.length(1);
    expect((await run('desk')).stdout).to.include('梅科长 1');
    expect((await run('desk', 'release', 'pair', recordId)).stdout).to.include('已交回');
    await on.refused(2, /没有人经办/, 'desk', 'release', 'pair', recordId);
  });

  it('corrects what a closed docket decided, with a reason', async () => {
    await json('docket', 'mark', '1', 'accept');
    const correct = ['docket', 'correct', '1', 'reject', '--reason', 'off-topic'];
    await on.refused(1, /./, ...correct, '--because', '还没有关闭');
    await json('docket', 'close', '--yes');
    await on.refused(2, /缺少选项/, ...correct);
    const told = await run(...correct, '--because', '企业来电说明不对口');
    expect(told.stdout).to.match(/第 1 对更正为不通过：企业来电说明不对口/);
    expect((await json('docket', 'show', '--pair', '1')).match.state).to.equal('rejected');
  });

  it('writes the minutes of the week, shows them, and saves them as a Word file', async () => {
    const who = ['--chair', '梅科长', '--attendees', '梅科长、兰科员', '--recorder', '兰科员'];
    await on.refused(2, /没有填写.*地点|地点.*没有填写/, 'docket', 'minutes', ...who);
    await on.refused(2, /以 \.docx 结尾/, 'docket', 'minutes', '--to', '纪要.pdf');
    const shown = await run('docket', 'minutes', '--place', '三楼会议室', ...who);
    expect(shown.stdout)
      .to.match(/会议纪要〔\d{4}〕第\d+期\n/)
      .and.to.match(/地点：三楼会议室\n/);
    expect(shown.stdout)
      .to.match(/本周共审1对：不通过1对。/)
      .and.to.match(/会后更正1次/);
    const path = join(tmpdir(), `qianxian-minutes-${process.pid}.docx`);
    try {
      const saved = await json('docket', 'minutes', '--place', '二楼', '--to', path);
      const file = await readFile(path);
      expect(saved).to.deep.equal({ path, bytes: file.length });
      expect(file.subarray(0, 2).toString()).to.equal('PK');
    } finally {
      await rm(path, { force: true });
    }
    expect((await json('docket', 'minutes')).meeting).to.include({ place: '二楼', chair: '梅科长' });
  });
});
