import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { cp, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { expect } from 'chai';
import { openRecordStore } from '../../src/engines/embedded/record-store.ts';
import { takeServingLock } from '../../src/engines/embedded/serving-lock.ts';
import { systemClock } from '../../src/engines/embedded/system-clock.ts';
import { packageRoot } from '../../src/package-root.ts';
import { commandFolder } from './command-folder.ts';
import { runCommand } from './run-command.ts';

const silentLog = { debug() {}, info() {}, warn() {}, error() {} };

describe('the command line', function () {
  this.timeout(120_000);
  const cli = commandFolder();
  const { run, json } = cli;

  describe('wrong use', () => {
    let begun: string;
    before(async () => {
      begun = join(cli.folder, 'begun');
      expect((await runCommand(begun, ['init'])).code).to.equal(0);
    });
    for (const [title, args, said] of [
      ['an unknown command', ['fly'], '没有“fly”这个命令'],
      ['an unknown option', ['match', '--fast'], '没有“--fast”这个选项'],
      ['a missing argument', ['search'], '缺少参数'],
      ['a missing option', ['import', 'x.csv'], '缺少选项'],
      ['a wrong choice', ['import', 'x.csv', '--kind', 'patent'], '请从'],
      ['a mark that is none', ['docket', 'mark', '1', '也许'], '参数 标记 不能是“也许”，请从 accept 通过'],
      ['a week that is none', ['match', '--week', '2026-W99'], '没有“2026-W99”这一周'],
      ['a file that is not there', ['import', '/nowhere/x.csv', '--kind', 'need'], 'x.csv'],
      ['nothing to measure', ['evaluate'], '三者取一'],
      ['judgements that are not there', ['evaluate', '--data', '/nowhere'], '/nowhere'],
    ] as const) {
      it(`${title} ends with 2 and a Chinese line`, async () => {
        const ended = await runCommand(begun, args);
        expect(ended.stderr).to.include(said);
        expect(ended.code).to.equal(2);
        expect(ended.stdout).to.equal('');
        expect(ended.stderr).to.not.match(/\n\s+at /);
      });
    }
    it('help is no error, and Chinese down to its headings', async () => {
      for (const args of [[], ['docket'], ['docket', 'mark'], ['import'], ['template'], ['evaluate']]) {
        const ended = await run(...args, '--help');
        expect(ended.code).to.equal(0);
        expect(ended.stdout).to.match(/^用法：/);
        expect(ended.stdout).to.not.match(/usage|arguments:|options|commands?\b|choices|default/i);
      }
    });
    it('a folder that is not there, for what a command writes, ends with 2 and a Chinese line', async () => {
      const ended = await run('template', 'need', '--out', '/nowhere/need.xlsx');
      expect(ended.stderr).to.equal('写不到 /nowhere/need.xlsx：文件夹 /nowhere 不存在。请先建立它，或检查路径\n');
      expect(ended.code).to.equal(2);
    });
    it('a form is a workbook, whatever it is to be called, and a folder is no file', async () => {
      const wrong = await run('template', 'need', '--out', join(cli.folder, 'need.csv'));
      expect([wrong.code, existsSync(join(cli.folder, 'need.csv'))]).to.deep.equal([2, false]);
      expect(wrong.stderr).to.include('.xlsx');
      const place = join(cli.folder, '文件夹.xlsx');
      await mkdir(place);
      expect((await run('template', 'need', '--out', place)).stderr).to.equal(
        `${place} 是文件夹。请写出其中的文件名\n`,
      );
    });
    it('a folder without data is told, and left as it is', async () => {
      const mistyped = join(cli.folder, 'mistyped-data');
      for (const args of [
        ['user', 'list'],
        ['search', '海带'],
        ['match'],
        ['audit', 'list'],
        ['import', 'x.csv', '--kind', 'need'],
        ['export', 'need', '--to', join(cli.folder, 'x.csv')],
        ['reindex'],
        ['docket', 'show'],
      ]) {
        const ended = await runCommand(mistyped, args);
        expect(ended.code, args.join(' ')).to.equal(2);
        expect(ended.stderr, args.join(' '))
          .to.include('还没有牵线的数据')
          .and.to.include('QIANXIAN_DATA')
          .and.to.include('npx qianxian init');
        expect(existsSync(mistyped), args.join(' ')).to.equal(false);
      }
      const examined = await runCommand(mistyped, ['doctor']);
      expect(examined.stdout).to.include('还没有牵线的数据');
      expect([examined.code, existsSync(mistyped)]).to.deep.equal([1, false]);
    });
    it('a move to a mistyped place makes nothing', async () => {
      const at = join(cli.folder, 'to-move');
      expect((await runCommand(at, ['init'])).code).to.equal(0);
      for (const [to, said] of [
        ['mogodb://127.0.0.1/qianxian', /不认识 mogodb:/],
        [join(cli.folder, 'no', 'where'), /没有 .*no 这个文件夹/],
      ] as const) {
        const ended = await runCommand(at, ['migrate-store', '--to', to]);
        expect(ended.code, to).to.equal(2);
        expect(ended.stderr).to.match(said);
      }
      expect(existsSync(join(cli.folder, 'no'))).to.equal(false);
      expect(existsSync('mogodb:')).to.equal(false);
    });
    it('several settings or fields at fault are each told once', async () => {
      const ended = await runCommand(join(cli.folder, 'none'), ['user', 'list'], { PORT: 'x', QIANXIAN_LOG: 'loud' });
      expect(ended.stderr.trim().split('\n'), ended.stderr).to.have.length(1);
      expect(ended.stderr).to.include('PORT').and.to.include('QIANXIAN_LOG');
    });
    it('a form makes no data folder', async () => {
      const none = join(cli.folder, 'none');
      const ended = await runCommand(none, ['template', 'achievement', '--out', join(cli.folder, 'achievement.xlsx')]);
      expect(ended.code, ended.stderr).to.equal(0);
      expect(existsSync(none)).to.equal(false);
    });
  });

  describe('an empty folder', () => {
    it('init makes the administrator once', async () => {
      const made = await json('init');
      expect(made.login).to.equal('admin');
      expect(made.oneTimePassword).to.match(/^[a-z0-9]{4}(-[a-z0-9]{4})+$/);
      const again = await run('init');
      expect(again.code).to.equal(1);
      expect(again.stderr).to.include('user passwd');
    });

    it('lists are exported by the end of the file name, whole or not at all', async () => {
      const path = join(cli.folder, '机构.csv');
      expect(await json('export', '机构', '--to', path)).to.have.property('path', path);
      expect((await readFile(path, 'utf8')).startsWith('\ufeff编号,状态,机构全称')).to.equal(true);
      const wrong = await run('export', 'organisation', '--to', join(cli.folder, '机构.doc'));
      expect(wrong.code).to.equal(2);
      expect(wrong.stderr).to.include('.csv 或 .xlsx');
      expect(existsSync(join(cli.folder, '机构.doc'))).to.equal(false);
    });

    it('accounts are added, listed and given new passwords', async () => {
      const made = await json('user', 'add', 'clerk', '--name', '工作人员', '--role', 'staff');
      const renewed = await json('user', 'passwd', 'Ｃlerk');
      expect(renewed.oneTimePassword).to.not.equal(made.oneTimePassword);
      expect((await json('user', 'list')).map((one: { login: string }) => one.login)).to.have.members([
        'admin',
        'clerk',
      ]);
      expect((await json('user', 'passwd', 'ＣＬＥＲＫ')).login).to.equal('clerk');
      expect((await run('user', 'passwd', 'nobody')).code).to.equal(2);
      expect((await run('user', 'add', 'clerk', '--name', '又一个', '--role', 'staff')).code).to.equal(1);
    });

    it('accounts are disabled and enabled again, the last administrator excepted', async () => {
      expect(await json('user', 'disable', 'clerk')).to.include({ login: 'clerk', state: 'disabled' });
      expect((await run('user', 'passwd', 'clerk')).stdout).to.include('user enable clerk');
      expect(await json('user', 'enable', 'Clerk')).to.include({ login: 'clerk', state: 'active' });
      const again = await run('user', 'enable', 'clerk');
      expect(again.code).to.equal(1);
      const last = await run('user', 'disable', 'admin');
      expect(last.code).to.equal(1);
      expect(last.stderr).to.include('至少要留下一位');
      expect((await run('user', 'enable', 'nobody')).code).to.equal(2);
    });

    it('accounts of an organisation name it by what a clerk knows', async () => {
      const file = join(cli.folder, 'own.jsonl');
      await writeFile(file, `${JSON.stringify({ externalId: '9', name: '示范丙公司' })}\n`);
      await json('import', file, '--kind', 'organisation', '--as', 'archive');
      const member = ['--name', '联系人', '--role', 'manager'];
      const made = await json('user', 'add', 'company', ...member, '--organisation', '示范丙公司');
      const byId = await json('user', 'add', 'company2', ...member, '--organisation', made.user.organisationId);
      expect(byId.user.organisationId).to.equal(made.user.organisationId);
      const unknown = await run('user', 'add', 'company3', ...member, '--organisation', '没有的公司');
      expect(unknown.code).to.equal(2);
      expect(unknown.stderr).to.include('没有的公司');
    });

    it('a week without records gets no docket', async () => {
      expect((await json('match')).docket).to.equal(null);
      const told = (await run('match')).stdout;
      expect(told)
        .to.include('没有可以匹配的需求和成果')
        .and.to.include('npx qianxian import')
        .and.not.include('--include-archive');
      const shown = await run('docket', 'show');
      expect(shown.code).to.equal(2);
      expect(shown.stderr).to.match(/清单/);
    });

    it('demo data does not mix with other data', async () => {
      const ended = await run('seed', '--demo');
      expect(ended.code).to.equal(1);
      expect(ended.stderr).to.include('空文件夹');
    });
  });

  describe('a file', () => {
    const rows = (...lines: object[]) => `${lines.map((line) => JSON.stringify(line)).join('\n')}\n`;
    const organisation = (id: string, name: string) => ({ externalId: id, name });

    it('is tried first and written then; a second time changes nothing', async () => {
      const file = join(cli.folder, 'organisations.jsonl');
      await writeFile(file, rows(organisation('1', '示范甲公司'), organisation('2', '示范乙大学')));
      const args = ['import', file, '--kind', 'organisation', '--as', 'archive', '--source', 'cli'];
      const tried = await json(...args, '--dry-run');
      expect(tried).to.include({ total: 2, created: 2, written: false });
      const made = await json(...args);
      expect(made).to.include({ created: 2, incomplete: 2 });
      expect(await json(...args)).to.include({ created: 0, unchanged: 2 });
    });

    it('with a wrong row is not written at all, unless asked', async () => {
      const file = join(cli.folder, 'mixed.jsonl');
      await writeFile(
        file,
        rows(
          {
            externalId: '1',
            organisation: '示范乙大学',
            title: '紫菜烘干热泵机组',
            abstract: '排湿热回收，吨菜耗电降低三成以上。',
          },
          { externalId: '2', organisation: '示范乙大学', title: '没有摘要' },
        ),
      );
      const args = ['import', file, '--kind', 'achievement', '--source', 'cli'];
      const refused = await run(...args);
      expect(refused.code).to.equal(2);
      expect(refused.stdout).to.match(/第 2 行 .*成果摘要.*没有填写/);
      expect((await run(...args, '--only-valid', '--dry-run')).code).to.equal(3);
      const partly = await run(...args, '--only-valid', '--json');
      expect(partly.code).to.equal(3);
      expect(JSON.parse(partly.stdout)).to.include({ created: 1, invalid: 1 });
    });

    it('of wrong rows alone ends with 2, however it is taken', async () => {
      const file = join(cli.folder, 'wrong.jsonl');
      await writeFile(file, rows({ externalId: '1', organisation: '示范乙大学', title: '没有摘要' }));
      const ended = await run('import', file, '--kind', 'achievement', '--only-valid');
      expect(ended.code).to.equal(2);
    });

    it('with numbers that mean other records of its source says so, and ends with 3', async () => {
      const file = join(cli.folder, 'mixed.jsonl');
      const other = {
        externalId: '1',
        organisation: '示范乙大学',
        title: '另一项成果：海带苗种低温保存',
        abstract: '把海带苗种在零下保存一年，出库存活率九成以上。',
      };
      await writeFile(file, rows(other, { ...other, externalId: '3' }));
      const args = ['import', file, '--kind', 'achievement', '--source', 'cli'];
      const ended = await run(...args);
      expect(ended.code).to.equal(3);
      expect(ended.stdout)
        .to.include('编号已有、内容不同而未更新 1')
        .and.to.include('有 1 行的编号在来源“cli”中已经用过')
        .and.to.include('--update')
        .and.to.include('--source');
      const refused = await run(...args, '--update');
      expect([refused.code, refused.stdout]).to.satisfy(
        ([code, said]: [number, string]) => code === 3 && /有 1 行没有更新：.*审核/.test(said),
      );
    });

    it('is published, shown and returned from the command line, one by one or all', async () => {
      const demo = join(packageRoot, 'scripts', 'demo-data');
      await json('import', join(demo, 'organisations-a.jsonl'), '--kind', 'organisation', '--source', 'demo');
      const lines = (await readFile(join(demo, 'achievements-a.jsonl'), 'utf8')).split('\n').slice(0, 2);
      const file = join(cli.folder, 'two.jsonl');
      await writeFile(file, lines.join('\n'));
      await json('import', file, '--kind', 'achievement', '--source', 'demo');
      const listedAll = (await json('record', 'list', '--kind', '成果')) as {
        id: string;
        content: { title: string };
      }[];
      expect(listedAll).to.have.length(4);
      const waiting = listedAll.filter(({ content }) => lines.some((line) => line.includes(content.title)));
      expect(waiting).to.have.length(2);
      const [first, second] = waiting;
      expect((await run('record', 'show', first!.id)).stdout)
        .to.include('成果')
        .and.to.include('待审核')
        .and.to.include(`成果名称：${first!.content.title}`);
      const unsure = await run('record', 'publish', '--all');
      expect(unsure.code).to.equal(2);
      expect(unsure.stderr).to.include('4 项').and.to.include('--yes');
      const partly = await run('record', 'publish', first!.id, 'nothing');
      expect(partly.code).to.equal(3);
      expect(partly.stdout).to.include(`已发布：1 项\n  《${first!.content.title}》`);
      expect(partly.stderr).to.include('没有编号为“nothing”的需求或成果');
      expect((await run('record', 'return', second!.id, '--reason', '请写明保存温度')).code).to.equal(0);
      expect((await run('record', 'list', '--kind', 'need')).stdout).to.include('没有待审核的需求');
      expect((await run('record', 'publish', '--all', '--kind', 'need')).stdout).to.equal(
        '没有待审核的记录，不用发布\n',
      );
      // Records of an organisation that nobody has examined stay where they are, with the reason.
      const unexamined = await run('record', 'publish', '--all', '--yes');
      expect([unexamined.code, unexamined.stderr]).to.satisfy(
        ([code, said]: [number, string]) => code === 1 && said.includes('示范乙大学'),
      );
      const listed = await json('record', 'list', '--state', '已退回');
      expect(listed.map(({ id }: { id: string }) => id)).to.deep.equal([second!.id]);
      // One side alone: what is missing on the other is told, and no option that was given already.
      const oneSided = (await run('match', '--include-archive')).stdout;
      expect(oneSided).to.include('没有可以匹配的需求，').and.not.include('--include-archive');
    });

    it('and all else is in the audit, told in local time and by name', async () => {
      const [entry] = (await json('audit', 'list', '--limit', '1')) as { at: string; subject: { id: string } }[];
      const told = (await run('audit', 'list', '--limit', '1')).stdout;
      const local = new Date(Date.parse(entry!.at) + 8 * 3600_000).toISOString().slice(0, 19).replace('T', ' ');
      expect(told).to.include(local).and.to.include('系统').and.to.include(entry!.subject.id);
      expect((await json('audit', 'list', '--since', '2099-01-01')).length).to.equal(0);
      expect((await json('audit', 'list', '--until', local.slice(0, 10))).length).to.be.above(0);
      const wrong = await run('audit', 'list', '--since', '2026-02-30');
      expect([wrong.code, wrong.stderr]).to.satisfy(
        ([code, said]: [number, string]) => code === 2 && said.includes('北京时间'),
      );
    });

    it('that is no table is refused', async () => {
      const file = join(cli.folder, 'broken.xlsx');
      await writeFile(file, 'PK not a zip at all');
      const ended = await run('import', file, '--kind', 'need');
      expect(ended.code).to.equal(2);
      expect(ended.stderr).to.match(/[一-龥]/);
    });

    it('a template is a workbook', async () => {
      const path = join(cli.folder, 'need.xlsx');
      expect((await json('template', 'need', '--out', path)).path).to.equal(path);
      expect((await readFile(path)).subarray(0, 2).toString()).to.equal('PK');
    });
  });

  describe('a week with the demo data', () => {
    before(() => {
      cli.data = join(cli.folder, 'demo');
    });

    it('is seeded once, matched, shown, marked and closed', async () => {
      const seeded = await json('seed', '--demo');
      expect(seeded.loaded).to.equal(true);
      expect(seeded.accounts.length).to.be.above(3);
      expect((await json('seed', '--demo')).loaded).to.equal(false);

      const matched = await json('match');
      expect(matched.created).to.equal(true);
      expect(matched.docket.items.length).to.be.above(10);
      expect((await json('match')).created).to.equal(false);

      const explained = await run('docket', 'show', '--pair', '1');
      expect(explained.stdout).to.match(/双方|都/);

      expect((await run('docket', 'mark', '1', 'accept')).code).to.equal(0);
      expect((await run('docket', 'mark', '2', '不通过', '--reason', '技术不对口')).code).to.equal(0);
      const unreasoned = await run('docket', 'mark', '3', 'reject');
      expect(unreasoned.code).to.equal(2);
      expect(unreasoned.stderr).to.include('不通过原因');
      const past = await run('docket', 'mark', '3', 'defer', '--until', '2020-01-01');
      expect(past.code).to.equal(2);
      expect((await run('docket', 'mark', '999', 'accept')).code).to.equal(2);

      expect((await run('docket', 'mark', '4', 'accept')).code).to.equal(0);
      expect((await run('docket', 'unmark', '4')).stdout).to.match(/第 4 对：未定/);
      const twice = await run('docket', 'unmark', '4');
      expect([twice.code, twice.stderr]).to.satisfy(
        ([code, said]: [number, string]) => code === 1 && /没有可以撤销的/.test(said),
      );

      const unsure = await run('docket', 'close');
      expect(unsure.code).to.equal(2);
      expect(unsure.stderr).to.include('--yes');
      expect(await json('docket', 'close', '--dry-run')).to.include({ accept: 1, reject: 1 });
      const closed = await json('docket', 'close', '--yes');
      expect(closed).to.include({ accept: 1, reject: 1 });
      expect((await json('docket', 'show', '--pair', '1')).match.state).to.equal('accepted');
      expect((await run('docket', 'close', '--yes')).code).to.equal(1);
      expect((await json('docket', 'list'))[0].state).to.equal('closed');
    });

    it('is searched in Chinese', async () => {
      const [needs, achievements] = await json('search', '海带', '--limit', '3');
      expect(needs.total).to.be.above(0);
      expect(achievements.hits[0].title).to.match(/海带|海藻|藻/);
    });

    it('is sound, backed up and restored', async () => {
      // Which year is missing depends on the day on which this runs.
      const thisYear = new Date().getFullYear();
      for (const year of [thisYear, thisYear + 1]) {
        const path = join(cli.folder, `holidays-${year}.txt`);
        await writeFile(path, `一、元旦：1月1日放假，共1天。`);
        const set = ['holidays', 'set', String(year), '--text', path] as const;
        const unnumbered = await run(...set);
        expect([unnumbered.code, unnumbered.stderr]).to.satisfy(
          ([code, said]: [number, string]) => code === 2 && /--notice/.test(said),
        );
        expect((await run(...set, '--notice', '示例1号', '--dry-run')).stdout).to.include('没有写入');
        expect((await json(...set, '--notice', '示例1号')).entered).to.equal(true);
      }
      const known = await run('holidays', 'list');
      expect(known.stdout)
        .to.include(`${thisYear + 1}年（示例1号，管理员录入）`)
        .and.not.to.match(/^注意/m);
      const findings = (await json('doctor')) as { ok: boolean }[];
      expect(findings.every((one) => one.ok)).to.equal(true);
      expect((await run('holidays', 'remove', '20x7')).stderr).to.include('请写四位的年份');
      expect((await run('holidays', 'remove', String(thisYear + 1))).stdout).to.include('已删除');
      const backup = join(cli.folder, 'backup');
      await json('backup', backup);
      expect((await run('backup', backup)).code).to.equal(1);
      const before = await json('docket', 'show');
      cli.data = join(cli.folder, 'restored');
      expect((await json('restore', backup)).differences).to.deep.equal([]);
      expect(await json('docket', 'show')).to.deep.equal(before);
      expect((await run('restore', backup)).code).to.equal(1);
    });

    it('is restored over other data only when asked, which is kept beside it', async () => {
      cli.data = join(cli.folder, 'other');
      await json('init', '--login', 'other');
      const backup = join(cli.folder, 'backup');
      const refused = await run('restore', backup);
      expect(refused.code).to.equal(1);
      expect(refused.stderr).to.include('--yes');
      const restored = await json('restore', backup, '--yes');
      const logins = async () => (await json('user', 'list')).map((one: { login: string }) => one.login);
      expect(await logins())
        .to.include('staff')
        .and.not.to.include('other');
      cli.data = restored.movedTo;
      expect(await logins()).to.deep.equal(['other']);
    });

    it('is not touched by a backup that is refused', async () => {
      const refuse = async (title: string, change: (backup: string) => Promise<void>, said: RegExp) => {
        const backup = join(cli.folder, title);
        await cp(join(cli.folder, 'backup'), backup, { recursive: true });
        await change(backup);
        for (const into of ['restored', 'never']) {
          cli.data = join(cli.folder, into);
          const ended = await run('restore', backup, '--yes');
          expect(ended.code, title).to.be.oneOf([1, 2]);
          expect(ended.stderr, title).to.match(said);
        }
        expect(existsSync(cli.data), title).to.equal(false);
        cli.data = join(cli.folder, 'restored');
        expect((await json('user', 'list')).length, title).to.equal(5);
      };
      const manifestOf = (backup: string) => join(backup, 'manifest.json');
      const rewritten = async (backup: string, bytes: Buffer) => {
        await writeFile(join(backup, 'store.sqlite'), bytes);
        const manifest = JSON.parse(await readFile(manifestOf(backup), 'utf8'));
        manifest.files['store.sqlite'].sha256 = createHash('sha256').update(bytes).digest('hex');
        await writeFile(manifestOf(backup), JSON.stringify(manifest));
      };
      await refuse(
        'changed',
        async (backup) => {
          const bytes = await readFile(join(backup, 'store.sqlite'));
          bytes[bytes.length >> 1]! ^= 1;
          await writeFile(join(backup, 'store.sqlite'), bytes);
        },
        /store\.sqlite 缺少或与清单不符/,
      );
      await refuse(
        'newer',
        async (backup) => {
          const bytes = await readFile(join(backup, 'store.sqlite'));
          bytes.writeUInt32BE(99, 60); // user_version in the header of a SQLite file
          await rewritten(backup, bytes);
        },
        /newer\/store\.sqlite 的版本是 99/,
      );
      await refuse('empty list', (backup) => writeFile(manifestOf(backup), 'null'), /备份清单.*不完整/);
      await refuse('no file', (backup) => writeFile(manifestOf(backup), '{"format":1,"files":{}}'), /备份清单.*不完整/);
      await refuse('later', (backup) => writeFile(manifestOf(backup), '{"format":2}'), /格式是 2/);
      await refuse('cut off', (backup) => rm(manifestOf(backup)), /不是完整的备份/);
    });

    it('is not made of a folder with nothing in it', async () => {
      cli.data = join(cli.folder, 'mistyped');
      const ended = await run('backup', join(cli.folder, 'backup of nothing'));
      expect(ended.code).to.equal(2);
      expect(ended.stderr).to.include('QIANXIAN_DATA');
      expect(existsSync(join(cli.folder, 'backup of nothing'))).to.equal(false);
    });

    it('the index is rebuilt and equals the store', async () => {
      cli.data = join(cli.folder, 'demo');
      const rebuilt = await json('reindex');
      expect(rebuilt.documents).to.be.above(150);
      expect(
        rebuilt.difference.missing.count + rebuilt.difference.extra.count + rebuilt.difference.stale.count,
      ).to.equal(0);
    });
  });

  describe('a service that starts', () => {
    const started = () => runCommand(join(cli.folder, 'demo'), ['start'], { PORT: '0' }, { stopAt: '已就绪' });

    it('stops in order even when it is told to the moment that it is ready, and keeps its data', async () => {
      for (let times = 0; times < 2; times++) {
        const ended = await started();
        expect(ended.code, ended.stderr).to.equal(0);
        expect(ended.stderr).to.include('正在停止');
        expect(ended.stdout).to.include('user passwd').and.not.include('一次性密码');
      }
    });
  });

  describe('jobs', () => {
    const keep = async (count: number) => {
      const store = await openRecordStore({ folder: cli.data, clock: systemClock, log: silentLog });
      for (let n = 1; n <= count; n++) {
        await store.collection('jobs').insert({
          id: `broken-${n}`,
          name: 'weekly-run',
          key: null,
          failedKey: `weekly-run:2026-W4${n}`,
          data: { week: `2026-W4${n}` },
          state: 'failed',
          attempts: 5,
          runAt: '2026-11-23T01:00:00.000Z',
          reason: '检索服务器不在',
        });
      }
      await store.close();
    };
    const failed = async () =>
      ((await json('jobs', 'list', '--state', 'failed')).jobs as { id: string }[]).map(({ id }) => id);

    it('that failed are listed with their reason and the way to mend them, retried and discarded', async () => {
      await keep(3);
      const listed = await run('jobs', 'list');
      expect(listed.code, listed.stderr).to.equal(0);
      expect(listed.stdout)
        .to.match(/^失败 3 项/)
        .and.to.match(/broken-2 +每周匹配：计划（weekly-run:2026-W42） +失败 +5\/\d+ 次 .*检索服务器不在/)
        .and.to.include('jobs retry 编号');
      expect(await json('jobs', 'retry', 'broken-1')).to.deep.equal({ done: ['broken-1'], refused: [] });
      expect((await run('jobs', 'discard', 'broken-2')).stdout).to.equal(
        '已丢弃：1 项\n  每周匹配：计划（weekly-run:2026-W42）\n',
      );
      expect(await failed()).to.deep.equal(['broken-3']);
      const waiting = (await json('jobs', 'list', '--state', 'waiting')).jobs as { id: string; attempts: number }[];
      expect(waiting.map(({ id, attempts }) => [id, attempts])).to.deep.equal([['broken-1', 0]]);
    });

    it('that are not failed or not there are refused one by one, the others done', async () => {
      const some = await run('jobs', 'discard', 'broken-1', 'broken-3', 'nothing');
      expect(some.code).to.equal(3);
      expect(some.stderr)
        .to.match(/broken-1：.*没有失败/)
        .and.to.match(/nothing：.*没有找到/);
      expect(some.stdout).to.include('已丢弃：1 项');
      expect((await run('jobs', 'discard', 'nothing')).code).to.equal(2);
      expect((await run('jobs', 'discard')).code).to.equal(2);
      const none = await run('jobs', 'retry');
      expect(none.code).to.equal(2);
      expect(none.stderr).to.include('--all');
      expect(await json('jobs', 'retry', '--all')).to.deep.equal({ done: [], refused: [] });
      expect((await run('jobs', 'retry', '--all')).stdout).to.equal('没有失败的任务，不用重试\n');
    });
  });

  describe('without a dictionary', () => {
    const missing = { QIANXIAN_DICTIONARY: '/nowhere/words.txt' };
    for (const args of [['match', '--week', '2026-W50'], ['search', '海带'], ['reindex'], ['evaluate', '--demo']]) {
      it(`${args[0]} says so in one line`, async () => {
        const ended = await runCommand(join(cli.folder, 'demo'), args, missing);
        expect(ended.stderr).to.match(/^词典文件 .*words\.txt 不存在.*\n$/);
        expect(ended.code).to.equal(2);
        expect(ended.stdout).to.equal('');
      });
    }
    it('what needs no words works', async () => {
      const ended = await runCommand(join(cli.folder, 'demo'), ['user', 'list'], missing);
      expect(ended.code, ended.stderr).to.equal(0);
    });
    it('doctor names the one fault and its mend', async () => {
      const ended = await runCommand(join(cli.folder, 'demo'), ['doctor', '--json'], missing);
      expect(ended.code).to.equal(1);
      const faults = (JSON.parse(ended.stdout) as { check: string; ok: boolean; mend: string }[]).filter(
        (one) => !one.ok,
      );
      expect(faults.map((one) => one.check)).to.deep.equal(['分词', '索引']);
      expect(faults[0]!.mend).to.include('QIANXIAN_DICTIONARY');
      expect(faults[1]!.mend).to.equal('先处理分词');
    });
  });

  describe('a service that cannot start', () => {
    const refused = async (environment: Record<string, string>, said: RegExp, on = join(cli.folder, 'start')) => {
      const ended = await runCommand(on, ['start'], { PORT: '0', ...environment });
      expect(ended.code, ended.stderr).to.be.above(0);
      expect(ended.stderr).to.match(said);
      expect(ended.stderr).to.not.match(/\n\s+at /);
    };

    it('says that the port is taken', async () => {
      const server = createServer();
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      const { port } = server.address() as { port: number };
      await refused({ PORT: String(port) }, /端口 \d+ 已被/);
      await new Promise((resolve) => server.close(resolve));
    });
    it('says that another one serves the folder', async () => {
      const lock = takeServingLock(cli.data);
      await refused({}, /正由另一个/, cli.data);
      lock.release();
    });
    it('says that the folder cannot be written', () => refused({}, /不能写入/, '/dev/null/data'));
    it('says that the dictionary is missing', () =>
      refused({ QIANXIAN_DICTIONARY: '/nowhere/words.txt' }, /words\.txt/));
    it('says that the database is none', async () => {
      const broken = join(cli.folder, 'broken');
      await runCommand(broken, ['init']);
      await writeFile(
        join(broken, 'qianxian.sqlite'),
        'this is no database, only a text that is long enough to be looked at',
      );
      await refused({}, /qianxian\.sqlite/, broken);
    });
    it('refuses production without a secret', () => refused({ NODE_ENV: 'production' }, /QIANXIAN_SECRET/));
  });
});
