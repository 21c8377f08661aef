import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { Conflict, QianxianError } from '../../src/domain/errors.ts';
import { createChangeFeed } from '../../src/engines/embedded/change-feed.ts';
import { createGroupCommit } from '../../src/engines/embedded/group-commit.ts';
import { filterSql } from '../../src/engines/embedded/record-filter.ts';
import { pageParts } from '../../src/engines/embedded/record-page.ts';
import { assertDurable, type KeyTable, scalarPathsOf } from '../../src/engines/embedded/record-schema.ts';
import { sealOf } from '../../src/engines/embedded/record-seal.ts';
import { databaseName, openRecordStore } from '../../src/engines/embedded/record-store.ts';
import {
  hasSqliteDriver,
  openSqlite,
  type SqlDatabase,
  type SqliteDriver,
  type SqlValue,
  sqliteDrivers,
} from '../../src/engines/embedded/sqlite-driver.ts';
import { explained, faultOf } from '../../src/engines/embedded/sqlite-fault.ts';
import type { Log } from '../../src/ports/log.ts';
import { collectionKeys, type Filter, type FindOptions, type RecordStore } from '../../src/ports/record-store.ts';

const silent: Log = { debug() {}, info() {}, warn() {}, error() {} };
const event = (type: string) => ({ type, at: '2026-11-23T01:00:00.000Z', by: 'u1' });

for (const driver of sqliteDrivers) {
  const usable = hasSqliteDriver(driver);
  const reason = usable ? '' : ` (skipped: ${driver} does not load in Node ${process.versions.node})`;
  (usable ? describe : describe.skip)(`embedded record engine through ${driver}${reason}`, () => engineCases(driver));
}

describe('SQLite libraries', () => {
  it('says what to do where the one that is asked for does not load', () => {
    const missing = sqliteDrivers.filter((driver) => !hasSqliteDriver(driver));
    for (const driver of missing) {
      expect(() => openSqlite(':memory:', { driver }))
        .to.throw(QianxianError, /Node 22\.13/)
        .with.property('code', 'misconfigured');
    }
    expect(missing.length).to.be.below(sqliteDrivers.length);
  });
});

function engineCases(driver: SqliteDriver): void {
  let folder: string;
  let file: string;
  let now = new Date('2026-11-23T01:00:00.000Z');
  const opened: { close(): unknown }[] = [];
  const open = async (keys?: KeyTable): Promise<RecordStore> => {
    const store = await openRecordStore({
      folder,
      clock: { now: () => now },
      log: silent,
      driver,
      ...(keys ? { keys } : {}),
    });
    opened.push(store);
    return store;
  };
  const raw = (): SqlDatabase => {
    const database = openSqlite(file, { driver });
    opened.push(database);
    return database;
  };
  const closeAll = async () => {
    for (const one of opened.splice(0)) await one.close();
  };

  beforeEach(async () => {
    now = new Date('2026-11-23T01:00:00.000Z');
    folder = await mkdtemp(join(tmpdir(), 'qianxian-engine-'));
    file = join(folder, databaseName);
  });
  afterEach(async () => {
    await closeAll();
    await rm(folder, { recursive: true, force: true });
  });

  describe('driver', () => {
    it('refuses parameters that would be lost or changed', () => {
      const database = raw();
      database.exec('CREATE TABLE t (a, b)');
      const insert = database.prepare(`INSERT INTO t VALUES (?, ?) -- '?'`);
      expect(() => insert.run('only one')).to.throw(TypeError, '2 parameters');
      expect(() => insert.run('a', 'b', 'c')).to.throw(TypeError, '2 parameters');
      expect(() => insert.run('a', 'b\u0000c')).to.throw(TypeError, 'NUL');
      expect(() => insert.run('a', undefined as unknown as SqlValue)).to.throw(TypeError);
      expect(insert.run('钢', 1.5)).to.deep.equal({ changes: 1 });
      expect(insert.run(null, -7).changes).to.equal(1);
      const select = database.prepare('SELECT a, b FROM t ORDER BY b');
      expect(select.all().map((row) => ({ ...row }))).to.deep.equal([
        { a: null, b: -7 },
        { a: '钢', b: 1.5 },
      ]);
      expect(select.get()).to.include({ b: -7 });
      expect(database.prepare('SELECT a FROM t WHERE b = ?').get(99)).to.equal(undefined);
    });

    it('may be left in the middle of a walk', () => {
      const database = raw();
      database.exec('CREATE TABLE t (a); INSERT INTO t VALUES (1), (2), (3)');
      const walk = database.prepare('SELECT a FROM t');
      for (let round = 0; round < 3; round++) {
        for (const row of walk.iterate()) {
          expect(row.a).to.equal(1);
          break;
        }
        database.exec('INSERT INTO t VALUES (4)');
      }
      expect(walk.all()).to.have.length(6);
    });

    it('names the faults of SQLite', () => {
      const database = raw();
      database.exec(`CREATE TABLE t (id TEXT PRIMARY KEY, n); CREATE UNIQUE INDEX t_unique_n ON t (n + 0)`);
      const insert = database.prepare('INSERT INTO t VALUES (?, ?)');
      insert.run('a', 1);
      const fault = (work: () => unknown) => {
        try {
          work();
        } catch (error) {
          return faultOf(error);
        }
        return 'none';
      };
      expect(fault(() => insert.run('a', 2))).to.equal('unique');
      expect(fault(() => insert.run('b', 1))).to.equal('unique');
      expect(fault(() => database.exec('nonsense'))).to.equal('other');
      expect(fault(() => database.prepare(`SELECT json_extract(?, '$.a')`).get('{broken'))).to.equal('damaged');
      expect(fault(() => openSqlite(join(folder, 'none', 'x'), { driver }))).to.equal('cannot_open');
      database.exec('BEGIN IMMEDIATE');
      const other = openSqlite(file, { driver, busyTimeoutMs: 0 });
      opened.push(other);
      expect(fault(() => other.exec('BEGIN IMMEDIATE'))).to.equal('busy');
      database.exec('COMMIT');
      const reader = openSqlite(file, { driver, readOnly: true });
      opened.push(reader);
      expect(fault(() => reader.exec('DELETE FROM t'))).to.equal('readonly');
      expect(faultOf(new Error('something else'))).to.equal(undefined);
      expect(faultOf('no error')).to.equal(undefined);
    });

    it('explains each fault in Chinese with its code', () => {
      const codes: readonly (readonly [string, string])[] = [
        ['SQLITE_BUSY', 'unavailable'],
        ['SQLITE_FULL', 'unavailable'],
        ['SQLITE_IOERR_WRITE', 'unavailable'],
        ['SQLITE_READONLY_DBMOVED', 'misconfigured'],
        ['SQLITE_CANTOPEN', 'misconfigured'],
        ['SQLITE_NOTADB', 'damaged'],
        ['SQLITE_CORRUPT_VTAB', 'damaged'],
      ];
      for (const [code, ours] of codes) {
        const error = explained(Object.assign(new Error(code), { code }), '/data/qianxian.sqlite') as QianxianError;
        expect(error, code).to.be.instanceOf(QianxianError).with.property('code', ours);
        expect(error.message)
          .to.match(/\p{Script=Han}/u)
          .and.include('/data/qianxian.sqlite');
      }
      const own = new Conflict();
      expect(explained(own, 'x')).to.equal(own);
    });
  });

  describe('durability', () => {
    it('refuses to go on without an fsync at each commit', () => {
      const database = raw();
      database.exec('PRAGMA journal_mode = WAL');
      database.exec('PRAGMA synchronous = NORMAL');
      expect(() => assertDurable(database, file))
        .to.throw(QianxianError, 'synchronous=1')
        .with.property('code', 'misconfigured');
      database.exec('PRAGMA synchronous = FULL');
      assertDurable(database, file);
      database.exec('PRAGMA journal_mode = DELETE');
      expect(() => assertDurable(database, file)).to.throw(QianxianError, 'journal_mode=delete');
    });
  });

  describe('group commit', () => {
    const counting = (database: SqlDatabase, patienceMs?: number) => {
      const groups: number[] = [];
      let writes = 0;
      const commits = createGroupCommit(
        database,
        {
          begin: () => {
            writes = 0;
          },
          end: () => {
            groups.push(writes);
          },
          committed: () => {},
          explain: (error) => explained(error, file),
        },
        patienceMs,
      );
      const insert = database.prepare('INSERT INTO t VALUES (?)');
      const write = (value: string, bytes = 10) =>
        commits.write(() => {
          writes++;
          return insert.run(value).changes;
        }, bytes);
      return { groups, commits, write };
    };
    const values = (database: SqlDatabase) =>
      database
        .prepare('SELECT a FROM t ORDER BY rowid')
        .all()
        .map((row) => row.a);
    let database: SqlDatabase;
    beforeEach(() => {
      database = raw();
      database.exec('PRAGMA journal_mode = WAL; CREATE TABLE t (a TEXT)');
    });

    it('puts the writes of one turn into one transaction, and those of the next into another', async () => {
      const { groups, write } = counting(database);
      await Promise.all(Array.from({ length: 100 }, (_, n) => write(`a${n}`)));
      await Promise.all([write('b0'), write('b1')]);
      expect(groups).to.deep.equal([100, 2]);
      expect(values(database)).to.have.length(102);
    });

    it('resolves only after the commit', async () => {
      const other = raw();
      const { write } = counting(database);
      const first = write('a').then(() => values(other));
      await new Promise((resolve) => process.nextTick(resolve));
      expect(values(other), 'nothing is committed in the same breath').to.deep.equal([]);
      expect(await first).to.deep.equal(['a']);
    });

    it('bounds a transaction by writes and by bytes', async () => {
      const { groups, write } = counting(database);
      await Promise.all(Array.from({ length: 2_500 }, (_, n) => write(`a${n}`)));
      expect(groups).to.deep.equal([1_000, 1_000, 500]);
      groups.length = 0;
      await Promise.all(Array.from({ length: 5 }, (_, n) => write(`b${n}`, 9 * 1024 * 1024)));
      expect(groups).to.deep.equal([2, 2, 1]);
    });

    it('undoes one write that throws, wholly, and keeps the others', async () => {
      const { commits, write } = counting(database);
      const insert = database.prepare('INSERT INTO t VALUES (?)');
      const results = await Promise.allSettled([
        write('before'),
        commits.write(() => {
          insert.run('half of it');
          throw new Conflict();
        }, 10),
        write('after'),
      ]);
      expect(results.map(({ status }) => status)).to.deep.equal(['fulfilled', 'rejected', 'fulfilled']);
      expect(values(database)).to.deep.equal(['before', 'after']);
    });

    it('acknowledges none of a group that does not fit on the disk, and goes on when there is room', async () => {
      const { write } = counting(database);
      await write('small');
      const pages = Number(database.prepare('PRAGMA page_count').get()?.page_count);
      database.exec(`PRAGMA max_page_count = ${pages + 2}`);
      const results = await Promise.allSettled([write('one'), write('x'.repeat(50_000)), write('three')]);
      for (const result of results) {
        expect(result.status).to.equal('rejected');
        expect((result as PromiseRejectedResult).reason)
          .to.be.instanceOf(QianxianError)
          .with.property('code', 'unavailable');
      }
      expect(values(database)).to.deep.equal(['small']);
      database.exec('PRAGMA max_page_count = 100000');
      await write('again');
      expect(values(database)).to.deep.equal(['small', 'again']);
    });

    it('waits for the lock of another process without standing still', async () => {
      const other = raw();
      other.exec('BEGIN IMMEDIATE');
      const { write } = counting(database);
      let written = false;
      const writing = write('waits').then(() => {
        written = true;
      });
      let turns = 0;
      for (; turns < 50; turns++) await new Promise((resolve) => setTimeout(resolve, 1));
      expect(written).to.equal(false);
      other.exec("INSERT INTO t VALUES ('first')");
      other.exec('COMMIT');
      await writing;
      expect(values(database)).to.deep.equal(['first', 'waits']);
    });

    it('gives a write up after its patience, and takes the next one', async () => {
      const other = raw();
      other.exec('BEGIN IMMEDIATE');
      const { write } = counting(database, 20);
      const results = await Promise.allSettled([write('a'), write('b')]);
      for (const result of results) {
        expect((result as PromiseRejectedResult).reason)
          .to.be.instanceOf(QianxianError)
          .with.property('code', 'unavailable');
      }
      other.exec('COMMIT');
      await write('c');
      expect(values(database)).to.deep.equal(['c']);
    });

    it('says so where the database cannot be written at all', async () => {
      const reader = openSqlite(file, { driver, readOnly: true });
      opened.push(reader);
      const { write } = counting(reader);
      const error = await write('a').catch((caught: unknown) => caught);
      expect(error).to.be.instanceOf(QianxianError).with.property('code', 'misconfigured');
    });

    it('settles what was asked for, and takes nothing when closed', async () => {
      const { commits, write } = counting(database);
      const done: string[] = [];
      void write('a').then(() => done.push('a'));
      await commits.settled();
      expect(done).to.deep.equal(['a']);
      await commits.settled();
      const last = write('b').then(() => done.push('b'));
      await commits.close();
      await last;
      const late = await write('c').catch((error: QianxianError) => error.code);
      expect(late).to.equal('unavailable');
    });
  });

  describe('indexes', () => {
    it('are what finds by state, organisation, week and time go by', async () => {
      await open();
      const database = raw();
      const plan = (collection: keyof typeof collectionKeys, { where = {}, order, cursor }: FindOptions) => {
        const filter = filterSql(where, scalarPathsOf(collectionKeys[collection]));
        return pageParts(order, cursor === undefined ? undefined : { value: cursor, id: 'x' }).map((part) =>
          database
            .prepare(
              `EXPLAIN QUERY PLAN SELECT id, document FROM "${collection}" WHERE document IS NOT NULL AND ${filter.sql} AND ${part.sql} ORDER BY ${part.orderBy} LIMIT 50`,
            )
            .all(...filter.parameters, ...part.parameters)
            .map((row) => String(row.detail))
            .join('; '),
        );
      };
      const searches: readonly (readonly [keyof typeof collectionKeys, Filter])[] = [
        ['needs', { state: 'published' }],
        ['needs', { organisationId: { in: ['a', 'b'] } }],
        ['matches', { needId: 'n' }],
        ['dockets', { week: '2026-W48' }],
        ['sessions', { expiresAt: { lt: '2026-11-23' } }],
        ['users', { login: 'li' }],
        ['needs', { 'provenance.source': 's', 'provenance.externalId': 'x' }],
        ['organisations', { 'content.creditCode': 'c' }],
        ['needs', { id: { in: ['a', 'b'] } }],
      ];
      for (const [collection, where] of searches) {
        for (const steps of plan(collection, { where })) {
          expect(steps, `${collection} ${JSON.stringify(where)}`).to.match(/^SEARCH .* USING INDEX/);
        }
      }
      for (const direction of ['asc', 'desc'] as const) {
        for (const cursor of [undefined, '2026-11-23']) {
          for (const steps of plan('needs', { order: { by: 'updatedAt', direction }, ...(cursor ? { cursor } : {}) })) {
            expect(steps, `by updatedAt ${direction}`).to.match(/^(SEARCH|SCAN) needs USING INDEX needs_by_updatedAt/);
            // Only equal times are put in order by hand, never the whole collection.
            expect(steps, `by updatedAt ${direction}`).not.to.match(/TEMP B-TREE FOR ORDER BY/);
          }
        }
      }
    });

    it('give the pages of lists without sorting what matches', async () => {
      await open();
      const database = raw();
      const lists: readonly Filter[] = [{ state: 'published' }, { organisationId: 'o' }];
      for (const where of lists) {
        for (const direction of ['asc', 'desc'] as const) {
          const filter = filterSql(where, scalarPathsOf(collectionKeys.needs));
          const after = { value: '2026-11-23', id: 'x' };
          for (const part of pageParts({ by: 'updatedAt', direction }, after)) {
            const plan = database
              .prepare(
                `EXPLAIN QUERY PLAN SELECT id, document FROM needs WHERE document IS NOT NULL AND ${filter.sql} AND ${part.sql} ORDER BY ${part.orderBy} LIMIT 50`,
              )
              .all(...filter.parameters, ...part.parameters)
              .map((row) => String(row.detail))
              .join('; ');
            expect(plan).to.match(/^SEARCH needs USING INDEX needs_by_(state|organisationId)_updatedAt/);
            expect(plan).not.to.match(/TEMP B-TREE FOR ORDER BY/);
          }
        }
      }
    });

    it('follow the table of keys in a folder that has documents', async () => {
      const bare: KeyTable = { users: { unique: {}, indexes: [['role']] } };
      const keyed: KeyTable = {
        users: { unique: { login: ['login'] }, indexes: [['organisationId']] },
        needs: { unique: {}, indexes: [] },
      };
      const first = await open(bare);
      const user = (id: string, login: string) =>
        ({ id, login }) as unknown as Parameters<ReturnType<typeof first.collection<'users'>>['insert']>[0];
      await first.collection('users').insert(user('1', 'li'));
      await first.collection('users').insert(user('2', 'wu'));
      await closeAll();

      const second = await open(keyed);
      const error = await second
        .collection('users')
        .insert(user('3', 'li'))
        .catch((caught: unknown) => caught);
      expect(error).to.be.instanceOf(QianxianError).with.property('key', 'login');
      const names = raw()
        .prepare(
          "SELECT name FROM sqlite_schema WHERE type = 'index' AND sql IS NOT NULL AND tbl_name IN ('users', 'needs') ORDER BY name",
        )
        .all()
        .map(({ name }) => name);
      expect(names).to.deep.equal([
        'needs_removed',
        'needs_sequence',
        'users_by_organisationId',
        'users_removed',
        'users_sequence',
        'users_unique_login',
      ]);
      await closeAll();

      const third = await open(bare);
      await third.collection('users').insert(user('3', 'li'));
      await closeAll();
      const refused = await open(keyed).catch((caught: unknown) => caught);
      expect(refused).to.be.instanceOf(QianxianError).with.property('code', 'damaged');
      expect((refused as Error).message).to.match(/集合 users 里有重复的记录，不能建立唯一键 login/);
      const fourth = await open(bare);
      expect(await fourth.collection('users').count(), 'a refused upgrade changes nothing').to.equal(3);
    });

    it('are made by whichever of many first opens comes first', async () => {
      const stores = await Promise.all(Array.from({ length: 5 }, () => open()));
      await Promise.all(stores.map((store, n) => store.collection('settings').insert({ id: `k${n}`, value: n })));
      expect(await stores[0]!.collection('settings').count()).to.equal(5);
    });
  });

  describe('what the feed reads', () => {
    it('is one moment of all collections, whatever other processes commit in between', async () => {
      const other = await open();
      await other.collection('settings').insert({ id: 'first', value: 0 });
      const database = raw();
      const connection = raw();
      // Commits in another connection's name exactly between the reading of two collections.
      let betweens = 0;
      const commitBetween = () => {
        if (betweens++ > 0) return;
        const sequence = Number(connection.prepare('SELECT value FROM store_sequence').get()?.value);
        const text = (id: string) => `{"id":"${id}","version":1,"createdAt":"x","updatedAt":"x"}`;
        connection.exec('BEGIN IMMEDIATE');
        for (const [n, [collection, id]] of [
          ['settings', 'slipped'],
          ['users', 'seen'],
        ].entries()) {
          const at = sequence + 1 + n;
          connection
            .prepare(`INSERT INTO "${collection}" VALUES (?, 1, ?, ?, NULL, ?)`)
            .run(id!, at, text(id!), sealOf(collection!, id!, 1, at, text(id!)));
        }
        connection.prepare('UPDATE store_sequence SET value = value + 2').run();
        connection.exec('COMMIT');
      };
      const watched: SqlDatabase = {
        ...database,
        prepare(sql) {
          const statement = database.prepare(sql);
          if (!/FROM "users" WHERE sequence > /.test(sql)) return statement;
          return {
            ...statement,
            all: (...parameters) => {
              commitBetween();
              return statement.all(...parameters);
            },
          };
        },
      };
      const commits = createGroupCommit(watched, {
        begin: () => {},
        end: () => {},
        committed: () => {},
        explain: (error) => error,
      });
      const feed = createChangeFeed({ database: watched, commits, log: silent });
      const ids: string[] = [];
      const following = feed.follow('index', { collections: ['settings', 'users'] }, async (changes) => {
        ids.push(...changes.map(({ id }) => id));
      });
      await following.caughtUp();
      feed.wake();
      await following.caughtUp();
      await feed.close();
      expect(betweens).to.be.greaterThan(1);
      expect(ids).to.deep.equal(['first', 'slipped', 'seen']);
    });
  });

  describe('what the feed hands over', () => {
    it('is each event once, though a document is written anew after it was handed over ahead of its turn', async () => {
      const store = await open();
      const settings = store.collection('settings');
      await settings.insert({ id: 'a', value: 1 }, [event('first')]);
      await settings.insert({ id: 'b', value: 1 }, [event('first')]);
      await settings.update('a', 1, { id: 'a', value: 2 }, [event('second')]);
      const seen: string[] = [];
      // One at a time: with its first event `a` comes whole, before `b`, and changes again before its second one's turn.
      const following = store.follow('audit', { collections: ['settings'], batch: 1 }, async ([change]) => {
        seen.push(...change!.events.map(({ id }) => id));
        if (change!.id === 'a' && change!.version === 2) {
          await settings.update('a', 2, { id: 'a', value: 3 }, [event('third')]);
        }
      });
      await following.caughtUp();
      expect(seen).to.deep.equal(['settings/a/1/0', 'settings/a/2/0', 'settings/b/1/0', 'settings/a/3/0']);
    });
  });

  describe('what the feed keeps', () => {
    const kept = () => Number(raw().prepare('SELECT count(*) AS n FROM store_events').get()?.n);

    it('is dropped when every consumer of the collection has handled it', async () => {
      const store = await open();
      const settings = store.collection('settings');
      const index = store.follow('index', { collections: ['settings'] }, async () => {});
      const audit = store.follow('audit', { collections: ['settings', 'users'] }, async () => {});
      await Promise.all([index.caughtUp(), audit.caughtUp()]);
      await audit.stop();
      for (let n = 0; n < 10; n++) await settings.insert({ id: `k${n}`, value: n }, [event('a'), event('b')]);
      await index.caughtUp();
      expect(kept()).to.equal(20);
      const back = store.follow('audit', { collections: ['settings', 'users'] }, async () => {});
      await back.caughtUp();
      expect(kept()).to.equal(0);
    });

    it('has removals of transient collections for a day, of others for good', async () => {
      const store = await open();
      const sessions = store.collection('sessions');
      const session = { id: 's', userId: null, data: '', expiresAt: '2026-11-24T00:00:00.000Z' };
      await sessions.insert(session);
      await sessions.remove('s', 1);
      await store.collection('settings').insert({ id: 'a', value: 1 });
      await store.collection('settings').remove('a', 1);
      const rows = (collection: string) => Number(raw().prepare(`SELECT count(*) AS n FROM ${collection}`).get()?.n);
      const later = async (hours: number) => {
        await closeAll();
        now = new Date(now.getTime() + hours * 3_600_000);
        const next = await open();
        // Whatever the opening has begun to write is done before this.
        await next.collection('settings').insert({ id: `opened ${now.toISOString()}`, value: 1 });
        return next;
      };
      const soon = await later(23);
      expect(rows('sessions')).to.equal(1);
      const seen: string[] = [];
      const following = soon.follow('watch', { collections: ['sessions', 'settings'] }, async (changes) => {
        for (const { id, document } of changes) if (document === null) seen.push(id);
      });
      await following.caughtUp();
      expect(seen).to.deep.equal(['s', 'a']);
      const next = await later(2);
      expect(rows('sessions')).to.equal(0);
      expect((await next.collection('sessions').insert(session)).version).to.equal(1);
      expect((await next.collection('settings').insert({ id: 'a', value: 2 })).version).to.equal(3);
    });

    it('has removals of transient collections for as long as a consumer has not heard of them', async () => {
      const store = await open();
      const watch = store.follow('watch', { collections: ['sessions'] }, async () => {});
      await watch.caughtUp();
      await watch.stop();
      const session = { id: 's', userId: null, data: '', expiresAt: '2026-11-24T00:00:00.000Z' };
      await store.collection('sessions').insert(session);
      await store.collection('sessions').remove('s', 1);
      await closeAll();
      now = new Date(now.getTime() + 72 * 3_600_000);
      const seen: string[] = [];
      const following = (await open()).follow('watch', { collections: ['sessions'] }, async (changes) => {
        for (const { id, version } of changes) seen.push(`${id} ${version}`);
      });
      await following.caughtUp();
      expect(seen).to.deep.equal(['s 2']);
    });
  });
}
