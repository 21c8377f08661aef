import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, existsSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { type ErrorCode, QianxianError } from '../../src/domain/errors.ts';
import { backUp, restoreRecords } from '../../src/engines/embedded/record-backup.ts';
import { schemaVersion } from '../../src/engines/embedded/record-schema.ts';
import { databaseName, openRecordStore } from '../../src/engines/embedded/record-store.ts';
import { hasSqliteDriver, openSqlite, sqliteDrivers } from '../../src/engines/embedded/sqlite-driver.ts';
import { checkWal } from '../../src/engines/embedded/wal-check.ts';
import type { Log } from '../../src/ports/log.ts';
import type { RecordStore } from '../../src/ports/record-store.ts';

const clock = { now: () => new Date('2026-11-23T01:00:00.000Z') };
const silent: Log = { debug() {}, info() {}, warn() {}, error() {} };
const usableDriver = sqliteDrivers.find(hasSqliteDriver)!;
/** Children are transformed in another way than the tests: their coverage would be counted on the wrong lines.
 * Empty and not left out: Node hands it down where it is missing. */
const withoutCoverage = { ...process.env, NODE_V8_COVERAGE: '' };
const writerFile = fileURLToPath(new URL('./record-writer.ts', import.meta.url));

async function failure(promise: Promise<unknown>, code: ErrorCode, message: RegExp): Promise<void> {
  try {
    await promise;
  } catch (error) {
    expect(error, String(error)).to.be.instanceOf(QianxianError);
    expect((error as QianxianError).code).to.equal(code);
    expect((error as Error).message).to.match(message);
    return;
  }
  throw new Error(`expected ${code}`);
}

function randomNumbers(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

describe('embedded record store on damaged files', function () {
  this.timeout(120_000);
  let folder: string;
  let file: string;
  const opened: RecordStore[] = [];
  const open = async (at = folder, log = silent) => {
    const store = await openRecordStore({ folder: at, clock, log });
    opened.push(store);
    return store;
  };
  const closeAll = async () => {
    for (const store of opened.splice(0)) await store.close();
  };

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'qianxian-damage-'));
    file = join(folder, databaseName);
  });
  afterEach(async () => {
    await closeAll();
    await rm(folder, { recursive: true, force: true });
  });

  /** Changes a text in the file, byte for byte; says how often it was there. */
  function overwrite(path: string, from: string, to: string): number {
    const bytes = readFileSync(path);
    let times = 0;
    for (let at = bytes.indexOf(from); at >= 0; at = bytes.indexOf(from, at + 1)) {
      bytes.write(to, at);
      times++;
    }
    writeFileSync(path, bytes);
    return times;
  }

  it('refuses a file that is no database and leaves it as it is', async () => {
    const text = '这是一份说明文件，不是数据库。'.repeat(400);
    writeFileSync(file, text);
    await failure(open(), 'damaged', /不是数据库/);
    expect(readFileSync(file, 'utf8')).to.equal(text);
  });

  it("refuses another program's database and leaves it as it is", async () => {
    const other = openSqlite(file);
    other.exec('CREATE TABLE theirs (a); INSERT INTO theirs VALUES (1)');
    other.close();
    const before = readFileSync(file);
    await failure(open(), 'damaged', /别的程序的数据库/);
    expect(readFileSync(file).equals(before)).to.equal(true);
  });

  it('refuses a newer database and leaves it as it is', async () => {
    await open();
    await closeAll();
    const raw = openSqlite(file);
    raw.exec(`PRAGMA user_version = ${schemaVersion + 1}`);
    raw.exec('PRAGMA journal_mode = DELETE');
    raw.close();
    const before = readFileSync(file);
    await failure(open(), 'unsupported', new RegExp(`版本是 ${schemaVersion + 1}.*只认到 ${schemaVersion}`));
    expect(readFileSync(file).equals(before)).to.equal(true);
  });

  it('refuses a folder that is none', async () => {
    await failure(open(join(folder, 'missing')), 'misconfigured', /不能打开或写入/);
    writeFileSync(join(folder, 'plain'), '');
    await failure(open(join(folder, 'plain')), 'misconfigured', /不能打开或写入/);
  });

  it('refuses a database that was emptied beside its log', async () => {
    writeFileSync(file, '');
    writeFileSync(`${file}-wal`, 'x'.repeat(5_000));
    await failure(open(), 'damaged', /是空的/);
    expect(readFileSync(`${file}-wal`)).to.have.length(5_000);
  });

  it('begins anew in an empty file', async () => {
    writeFileSync(file, '');
    const store = await open();
    await store.collection('settings').insert({ id: 'a', value: 1 });
  });

  it('refuses a truncated database', async () => {
    const store = await open();
    await Promise.all(
      Array.from({ length: 300 }, (_, n) =>
        store.collection('settings').insert({ id: `k${n}`, value: 'x'.repeat(500) }),
      ),
    );
    await closeAll();
    truncateSync(file, 80_000);
    await failure(open(), 'damaged', /损坏/);
  });

  it('refuses a database whose tables are not as they were made', async () => {
    await open();
    await closeAll();
    const bytes = overwrite(file, 'document TEXT, removed_at INTEGER, seal', 'document TEXT, removed_at INTEGER, leal');
    expect(bytes).to.be.greaterThan(0);
    await failure(open(), 'damaged', /表结构已损坏/);
  });

  it('names the record whose text was changed on the disk, and gives it out by no way of reading', async () => {
    const store = await open();
    const settings = store.collection('settings');
    for (const id of ['a', 'b', 'c']) await settings.insert({ id, value: `text of ${id}` });
    await closeAll();
    expect(overwrite(file, 'text of b', 'TEXT of b')).to.be.greaterThan(0);

    const errors: object[] = [];
    const again = await open(folder, { ...silent, error: (facts) => errors.push(facts) });
    const damaged = again.collection('settings');
    const named = /settings.*编号为 b 的记录与保存时的校验值不符/;
    await failure(damaged.get('b'), 'damaged', named);
    await failure(damaged.getMany(['a', 'b']), 'damaged', named);
    await failure(damaged.find(), 'damaged', named);
    await failure(damaged.update('b', 1, { id: 'b', value: 'new' }), 'damaged', named);
    const streamed: string[] = [];
    await failure(
      (async () => {
        for await (const { id } of damaged.stream()) streamed.push(id);
      })(),
      'damaged',
      named,
    );
    expect(streamed).to.deep.equal(['a']);
    expect((await damaged.get('a'))?.value).to.equal('text of a');
    expect(await again.verify()).to.deep.equal(['集合 settings：编号为 b 的记录与校验值不符']);

    // The feed hands nothing on that it cannot trust, and goes on with all others, now and later.
    const handed: string[] = [];
    const following = again.follow('index', { collections: ['settings'] }, async (changes) => {
      for (const { id, document } of changes) handed.push(document ? id : `without ${id}`);
    });
    await following.caughtUp();
    expect(handed).to.deep.equal(['a', 'c']);
    await damaged.insert({ id: 'd', value: 'text of d' });
    await following.caughtUp();
    expect(handed).to.deep.equal(['a', 'c', 'd']);
    expect(errors.map((facts) => (facts as { err: Error }).err.message).join()).to.match(named);
    expect(errors, 'told of once').to.have.length(1);
    expect(await again.verify()).to.deep.equal(['集合 settings：编号为 b 的记录与校验值不符']);
    // A damaged record can be taken away.
    await damaged.remove('b', 1);
    await following.caughtUp();
    expect(handed).to.deep.equal(['a', 'c', 'd', 'without b']);
    await following.stop();
    expect(await again.verify()).to.deep.equal([]);
  });

  it('says that a record is damaged where its text is no JSON any more', async () => {
    const store = await open();
    for (const id of ['a', 'b']) await store.collection('settings').insert({ id, value: { kind: 'steel' } });
    await closeAll();
    overwrite(file, '{"id":"b"', '["id":"b"');
    const damaged = (await open()).collection('settings');
    await failure(damaged.find({ where: { 'value.kind': 'steel' } }), 'damaged', /损坏/);
    await failure(damaged.count({ 'value.kind': 'steel' }), 'damaged', /损坏/);
  });

  it('notices records that changed places, versions or numbers, and events that changed', async () => {
    const store = await open();
    const event = { type: 'made', at: '2026-11-23T01:00:00.000Z', by: 'u1' };
    for (const id of ['a', 'b', 'c', 'd']) await store.collection('settings').insert({ id, value: id }, [event]);
    await store.collection('settings').remove('d', 1);
    const raw = openSqlite(file);
    const finds = async (id: string, sql: string, undo: string) => {
      raw.exec(sql);
      expect((await store.verify()).join('\n'), sql).to.include(`编号为 ${id} `);
      raw.exec(undo);
      expect(await store.verify(), undo).to.deep.equal([]);
    };
    await finds(
      'a',
      "UPDATE settings SET version = 2 WHERE id = 'a'",
      "UPDATE settings SET version = 1 WHERE id = 'a'",
    );
    await finds(
      'b',
      "UPDATE settings SET sequence = 99 WHERE id = 'b'",
      "UPDATE settings SET sequence = 2 WHERE id = 'b'",
    );
    await finds('x', "UPDATE settings SET id = 'x' WHERE id = 'c'", "UPDATE settings SET id = 'c' WHERE id = 'x'");
    await finds(
      'd',
      "UPDATE settings SET version = 7 WHERE id = 'd'",
      "UPDATE settings SET version = 2 WHERE id = 'd'",
    );
    await finds(
      'a',
      "UPDATE store_events SET event = replace(event, 'made', 'MADE') WHERE document_id = 'a'",
      "UPDATE store_events SET event = replace(event, 'MADE', 'made') WHERE document_id = 'a'",
    );
    await finds('d', 'UPDATE store_sequence SET value = value - 1', 'UPDATE store_sequence SET value = value + 1');
    raw.close();
  });

  it('lets no flipped byte of the database pass for data', async () => {
    const store = await open();
    const settings = store.collection('settings');
    const event = { type: 'made', at: '2026-11-23T01:00:00.000Z', by: 'u1' };
    for (let n = 0; n < 40; n++) await settings.insert({ id: `k${n}`, value: '钢铁'.repeat(n * 60) }, [event]);
    const sound = await settings.find({ limit: 1_000 });
    await closeAll();
    const bytes = readFileSync(file);
    const random = randomNumbers(7);
    let noticed = 0;
    for (let round = 0; round < 120; round++) {
      const at = random(bytes.length);
      const flipped = Buffer.from(bytes);
      flipped[at] = flipped[at]! ^ (1 << random(8));
      const where = join(folder, `flip-${round}`);
      await mkdir(where);
      writeFileSync(join(where, databaseName), flipped);
      let found: readonly unknown[] | undefined;
      let findings: string[] = [];
      try {
        const damaged = await open(where);
        findings = await damaged.verify();
        found = (await damaged.collection('settings').find({ limit: 1_000 })).items;
      } catch (error) {
        expect(error, `byte ${at}: ${String(error)}`).to.be.instanceOf(QianxianError);
      }
      if (found === undefined || findings.length > 0) noticed++;
      // What was not noticed must not matter: space that nothing uses.
      else expect(found, `byte ${at}`).to.deep.equal(sound.items);
      await closeAll();
    }
    expect(noticed).to.be.greaterThan(10);
  });

  describe('log of the last writes', () => {
    /** Leaves a folder as a killed writer does: with writes that stand in the log only. Gives the acknowledged ids. */
    async function killedWriter(): Promise<string[]> {
      const child = spawn(process.execPath, ['--import=tsx', writerFile, folder, 'w', '1', '0', '1500'], {
        stdio: ['ignore', 'pipe', 'inherit'],
        env: withoutCoverage,
      });
      const ids: string[] = [];
      for await (const line of createInterface({ input: child.stdout })) {
        if (line.startsWith('insert')) ids.push(line.split(' ')[1]!);
        if (ids.length === 40) child.kill('SIGKILL');
      }
      if (child.exitCode === null && child.signalCode === null) await once(child, 'close');
      return ids;
    }

    it('is taken in whole after a kill', async () => {
      const ids = await killedWriter();
      expect(checkWal(file)).to.include({ dropped: 0 });
      expect(checkWal(file).sound).to.be.greaterThan(40);
      const settings = (await open()).collection('settings');
      expect((await settings.getMany(ids.filter((_, n) => n % 3 === 0))).length).to.be.greaterThan(10);
    });

    it('is refused where a byte in its middle is flipped, and left as it is', async () => {
      await killedWriter();
      const log = readFileSync(`${file}-wal`);
      const random = randomNumbers(11);
      for (let round = 0; round < 25; round++) {
        const flipped = Buffer.from(log);
        // Somewhere in the first half, the header included: commits follow.
        const at = round === 0 ? 0 : round === 1 ? 17 : random(log.length / 2);
        flipped[at] = flipped[at]! ^ 1;
        writeFileSync(`${file}-wal`, flipped);
        await failure(open(), 'damaged', /日志.*中间已损坏/);
        expect(readFileSync(`${file}-wal`).equals(flipped), `byte ${at}`).to.equal(true);
      }
      writeFileSync(`${file}-wal`, log);
      await open();
    });

    it('is taken in up to a torn end', async () => {
      const ids = await killedWriter();
      const log = readFileSync(`${file}-wal`);
      writeFileSync(`${file}-wal`, log.subarray(0, log.length - 3_000));
      expect(checkWal(file)).to.include({ dropped: 0 });
      const store = await open();
      expect((await store.collection('settings').getMany(ids)).length).to.be.greaterThan(0);
      expect(await store.verify()).to.deep.equal([]);
    });

    it('is broken only where it is so twice, in the same log at the same place', () => {
      writeFileSync(`${file}-wal`, '');
      const old = Buffer.from('old');
      const looks = [
        { header: old, brokenAt: 4_152, sound: 1, dropped: 3 },
        // A frame that was being written is there now, and another is on its way.
        { header: old, brokenAt: 8_272, sound: 3, dropped: 2 },
        // The log was begun anew.
        { header: Buffer.from('new'), brokenAt: 8_272, sound: 1, dropped: 2 },
        { header: Buffer.from('new'), brokenAt: 0, sound: 2, dropped: 0 },
      ];
      const left = [...looks];
      expect(checkWal(file, () => left.shift()!)).to.include({ sound: 2, dropped: 0 });
      expect(left).to.deep.equal([]);
      expect(checkWal(file, () => looks[0]!)).to.include({ sound: 1, dropped: 3 });
    });

    it('is nothing where there is none', () => {
      expect(checkWal(join(folder, 'missing'))).to.deep.equal({ sound: 0, dropped: 0 });
      writeFileSync(join(folder, 'short-wal'), 'abc');
      expect(checkWal(join(folder, 'short'))).to.include({ sound: 0, dropped: 0 });
    });
  });

  describe('backup and restore', () => {
    it('leaves nothing behind where a backup cannot be made', async () => {
      const store = await open();
      await failure(store.backup(join(folder, 'missing', 'copy')), 'misconfigured', /不能写入备份|不能打开或写入/);
      expect(existsSync(join(folder, 'missing'))).to.equal(false);
      const target = join(folder, 'copy');
      await failure(backUp(join(folder, 'nothing'), target, usableDriver), 'misconfigured', /不能打开/);
      expect(existsSync(join(folder, 'nothing'))).to.equal(false);
      expect(existsSync(target) || existsSync(`${target}.partial`)).to.equal(false);
    });

    it('restores into an empty folder only, and only what is a sound backup', async () => {
      const store = await open();
      await store.collection('settings').insert({ id: 'a', value: 'kept' });
      const backup = join(folder, 'copy');
      await store.backup(backup);
      await failure(restoreRecords({ backup, folder }), 'conflict', /已经存在/);
      const elsewhere = join(folder, 'elsewhere');
      await failure(restoreRecords({ backup: join(folder, 'nothing'), folder: elsewhere }), 'not_found', /不存在/);
      const broken = join(folder, 'broken');
      copyFileSync(backup, broken);
      truncateSync(broken, 9_000);
      await failure(restoreRecords({ backup: broken, folder: elsewhere }), 'damaged', /损坏/);
      writeFileSync(broken, 'no database '.repeat(1_000));
      await failure(restoreRecords({ backup: broken, folder: elsewhere }), 'damaged', /不是数据库/);
      expect(existsSync(join(elsewhere, databaseName))).to.equal(false);
      await restoreRecords({ backup, folder: elsewhere });
      expect((await (await open(elsewhere)).collection('settings').get('a'))?.value).to.equal('kept');
    });
  });
});
