import { expect } from 'chai';
import mongoose, { type Connection } from 'mongoose';
import { QianxianError } from '../../src/domain/errors.ts';
import { atStart, explained, withoutCredentials } from '../../src/engines/cluster/mongo-fault.ts';
import { mongoConditions } from '../../src/engines/cluster/record-filter.ts';
import { shapeOf } from '../../src/engines/cluster/record-indexes.ts';
import { keysOf, wantedIndexes } from '../../src/engines/cluster/record-keys.ts';
import { pageRange } from '../../src/engines/cluster/record-page.ts';
import { openRecordStore, type RecordStoreOptions } from '../../src/engines/cluster/record-store.ts';
import { collectionKeys, type RecordStore } from '../../src/ports/record-store.ts';
import { dropDatabases, emptyDatabase, freshDatabase, mongoUri, silent } from './cluster-records.ts';

const reason = mongoUri ? '' : ' (skipped: MONGODB_URI is not set)';

async function refusal(work: Promise<unknown>): Promise<QianxianError> {
  try {
    await work;
  } catch (error) {
    expect(error, String(error)).to.be.instanceOf(QianxianError);
    return error as QianxianError;
  }
  throw new Error('it was not refused');
}

describe('queries of MongoDB', () => {
  it('makes an operator of every condition, and of nothing else', () => {
    expect(mongoConditions({ id: 'a', 'content.name': { in: ['x', null] }, n: { gte: 1, lt: 5 }, s: { not: true } }))
      .to.deep //
      .equal([
        { _id: { $eq: 'a' } },
        { 'content.name': { $in: ['x', null] } },
        { n: { $gte: 1, $lt: 5 } },
        { s: { $ne: true } },
      ]);
  });

  it('looks nowhere for what cannot be stored', () => {
    expect(mongoConditions({ a: '\uD800' })).to.deep.equal([{ a: { $in: [] } }]);
    expect(mongoConditions({ a: { not: '\uD800' } })).to.deep.equal([{ a: { $nin: [] } }]);
    expect(mongoConditions({ a: { in: ['x', '\u0000'] } })).to.deep.equal([{ a: { $in: ['x'] } }]);
  });

  it('refuses the fields of the store itself, and operators in the place of values', () => {
    for (const where of [{ '_store.live': true }, { _id: 'a' }, { a: { $gt: '' } }, { a: { in: [{ $ne: null }] } }]) {
      expect(() => mongoConditions(where as never))
        .to.throw(QianxianError)
        .with.property('code', 'malformed');
    }
  });

  it('begins a page after any value, null before numbers and numbers before texts', () => {
    const branches = (value: string | number | null, direction: 'asc' | 'desc') =>
      (pageRange({ by: 'n', direction }, { value, id: 'i' }).conditions[0] as { $or: object[] }).$or;
    const tie = (value: string | number | null) => ({ n: { $eq: value }, _id: { $gt: 'i' } });
    const numbers = { n: { $gte: Number.NEGATIVE_INFINITY } };
    expect(branches(null, 'asc')).to.deep.equal([tie(null), numbers, { n: { $gte: '' } }]);
    expect(branches(null, 'desc')).to.deep.equal([tie(null)]);
    expect(branches(5, 'asc')).to.deep.equal([tie(5), { n: { $gt: 5 } }, { n: { $gte: '' } }]);
    expect(branches(5, 'desc')).to.deep.equal([tie(5), { n: { $lt: 5 } }, { n: { $eq: null } }]);
    expect(branches('x', 'asc')).to.deep.equal([tie('x'), { n: { $gt: 'x' } }]);
    expect(branches('x', 'desc')).to.deep.equal([tie('x'), { n: { $lt: 'x' } }, numbers, { n: { $eq: null } }]);
  });

  it('makes a unique index of every unique key, and leaves out what lacks a path', () => {
    for (const keys of Object.values(collectionKeys)) {
      const unique = wantedIndexes(keys).filter((index) => index.unique);
      expect(unique.map(({ name }) => name)).to.deep.equal(Object.keys(keys.unique).map((name) => `unique_${name}`));
      expect(unique.every(({ sparse }) => sparse)).to.equal(true);
      const names = wantedIndexes(keys).map(({ name }) => name);
      expect(new Set(names).size, 'two tables of paths make one name').to.equal(names.length);
      expect(names.length, 'MongoDB holds 64 indexes in a collection').to.be.below(64);
    }
    const keys = { unique: { origin: ['p.s', 'p.e'] }, indexes: [] };
    expect(keysOf(keys, { p: { s: 'a', e: 'x' } })).to.deep.equal({ origin: '["a","x"]' });
    for (const p of [null, undefined, {}, { s: 'a' }, { s: 'a', e: null }])
      expect(keysOf(keys, { p })).to.equal(undefined);
    expect(keysOf(keys, { p: { s: 'a","b', e: 'c' } })).not.to.deep.equal(keysOf(keys, { p: { s: 'a', e: 'b","c' } }));
  });
});

describe('the indexes of MongoDB', () => {
  it('are another where they are over other documents', () => {
    const wanted = { key: { a: 1 }, partialFilterExpression: { a: { $exists: true } } };
    expect(shapeOf({ ...wanted })).to.equal(shapeOf(wanted));
    expect(shapeOf({ key: { a: 1 } })).not.to.equal(shapeOf(wanted));
    expect(shapeOf({ ...wanted, partialFilterExpression: { a: { $exists: false } } })).not.to.equal(shapeOf(wanted));
    expect(shapeOf({ ...wanted, unique: true })).not.to.equal(shapeOf(wanted));
  });
});

describe('errors of MongoDB', () => {
  const mongoError = (name: string, code: number | undefined, message: string) =>
    Object.assign(new Error(message), { name, ...(code === undefined ? {} : { code }) });

  it('become words of ours that name the setting, without the password', () => {
    const uri = 'mongodb://qianxian:secret-word@db:27017/x';
    const cases = [
      [mongoError('MongoServerError', 18, `Authentication failed for ${uri}`), 'unavailable'],
      [mongoError('MongoServerError', 13, 'not authorized'), 'unavailable'],
      [mongoError('MongoParseError', undefined, `Invalid connection string "${uri}"`), 'misconfigured'],
      [mongoError('MongoCompatibilityError', undefined, 'maximum wire version 4'), 'misconfigured'],
      [mongoError('MongoServerSelectionError', undefined, `connect ECONNREFUSED ${uri}`), 'unavailable'],
      [mongoError('MongoServerError', 50, 'operation exceeded time limit'), 'unavailable'],
      [mongoError('MongoServerError', 10107, 'not primary'), 'unavailable'],
      [mongoError('MongoBulkWriteError', undefined, 'read ECONNRESET'), 'unavailable'],
      // The driver lets this one through as the socket made it.
      [Object.assign(new Error('This socket has been ended by the other party'), { code: 'EPIPE' }), 'unavailable'],
      [mongoError('MongoServerError', 17419, 'Resulting document after update is larger than 16777216'), 'too_large'],
    ] as const;
    for (const [error, code] of cases) {
      const told = explained(error) as QianxianError;
      expect(told, error.message).to.be.instanceOf(QianxianError).with.property('code', code);
      expect(told.message).to.match(/\p{Script=Han}/u);
      expect(`${told.message} ${String(told.cause)} ${(told.cause as Error).stack}`).not.to.include('secret-word');
      if (code === 'misconfigured') expect(told.message).to.include('MONGODB_URI');
    }
    // A login that is refused is waited for while the program runs, and ends a start.
    for (const refused of [cases[0][0], cases[1][0]]) {
      const told = explained(refused) as QianxianError;
      expect(told.retryAfter).to.be.at.least(1);
      expect(told.message).to.include('MONGODB_URI');
      const ending = atStart(told) as QianxianError;
      expect(ending).to.include({ code: 'misconfigured', message: told.message });
      expect(String(ending.cause)).not.to.include('secret-word');
    }
    expect(atStart(explained(cases[4][0]))).to.have.property('code', 'unavailable');
    expect(withoutCredentials(`x mongodb+srv://a:b@h/ y ${uri}`)).to.equal(
      'x mongodb+srv://***@h/ y mongodb://***@db:27017/x',
    );
  });

  it('refuses an address that is none, at once', async () => {
    const clock = { now: () => new Date() };
    for (const uri of [
      '',
      'localhost',
      'http://localhost:27017/x',
      'redis://localhost',
      'mongodb://a:secret-word@@@/',
      'mongodb://',
    ]) {
      const error = await refusal(openRecordStore({ uri, clock, log: silent, limitMs: 500 }));
      expect(error.code, uri).to.equal('misconfigured');
      expect(error.message).to.include('MONGODB_URI');
      expect(`${error.message} ${String(error.cause)}`).not.to.include('secret-word');
    }
  });
});

(mongoUri ? describe : describe.skip)(`the database of MongoDB${reason}`, () => {
  const database = freshDatabase();
  let direct: Connection;
  let stores: RecordStore[] = [];
  const open = async (options: Partial<RecordStoreOptions> = {}) => {
    const store = await openRecordStore({
      uri: mongoUri!,
      database,
      clock: { now: () => new Date() },
      log: silent,
      migrate: true,
      limitMs: 20_000,
      leaseMs: 600,
      pollMs: 50,
      ...options,
    });
    stores.push(store);
    return store;
  };
  const raw = (name: string) => direct.db!.collection<{ _id: string; [field: string]: unknown }>(name);
  const closeAll = async () => {
    for (const store of stores) await store.close();
    stores = [];
  };
  before(async () => {
    direct = await mongoose.createConnection(mongoUri!, { dbName: database, bufferCommands: false }).asPromise();
  });
  afterEach(closeAll);
  after(async () => {
    await direct.close();
    await dropDatabases([database]);
  });

  describe('is made ready', () => {
    beforeEach(() => direct.db!.dropDatabase());

    it('only where that is asked for, and refused before that with what to do', async () => {
      const error = await refusal(open({ migrate: false }));
      expect(error).to.have.property('code', 'misconfigured');
      expect(error.message).to.match(/MONGODB_URI.*qianxian init/);
      await open();
      await closeAll();
      await open({ migrate: false });
    });

    it('once, by one of several processes at once, with every index', async () => {
      const steps: string[] = [];
      const log = { ...silent, info: (facts: object) => steps.push(...(facts as { steps: string[] }).steps) };
      await Promise.all(Array.from({ length: 4 }, () => open({ log })));
      expect(steps).to.have.length(2);
      for (const [name, keys] of Object.entries(collectionKeys)) {
        const names = (await raw(name).listIndexes().toArray()).map((index) => index.name);
        expect(names).to.include.members(wantedIndexes(keys).map((index) => index.name));
      }
      expect(await raw('store_migrations').findOne({ _id: 'lease' })).to.equal(null);
    });

    it('after a process that died at it', async () => {
      await raw('store_migrations').insertOne({ _id: 'lease', holder: 'dead' });
      await open();
    });

    it('anew where the table of keys has changed, without what is not wanted any more', async () => {
      await open();
      await closeAll();
      const done = await raw('store_migrations').findOne({ _id: { $gte: 'indexes-', $lt: 'indexes.' } });
      await raw('store_migrations').deleteOne({ _id: done!._id });
      await raw('store_migrations').insertOne({ _id: 'indexes-of-another-table' });
      await raw('users').dropIndex('unique_login');
      await raw('users').createIndex({ nobody: 1 }, { name: 'by_nobody' });
      await open();
      const names = (await raw('users').listIndexes().toArray()).map((index) => index.name);
      expect(names).to.include('unique_login').and.not.to.include('by_nobody');
      const kept = await raw('store_migrations').find({}).toArray();
      expect(kept.map(({ _id }) => _id))
        .to.include(done!._id)
        .and.not.to.include('indexes-of-another-table');
    });

    it('in a database that has documents of an older program, with the collections, indexes and keys that are new', async () => {
      const bare = { users: { unique: {}, indexes: [['role']] }, settings: { unique: {}, indexes: [] } };
      const keyed = {
        ...bare,
        users: { unique: { login: ['login'] }, indexes: [['organisationId']] },
        needs: { unique: { origin: ['provenance.source', 'provenance.externalId'] }, indexes: [['state']] },
      };
      const user = (id: string, login: string) => ({ id, login }) as never;
      const older = await open({ keys: bare });
      // More than one command holds, and one without the path.
      for (let n = 0; n < 600; n++) await older.collection('users').insert(user(`u${n}`, `l${n}`));
      await older.collection('users').insert({ id: 'nameless' } as never);
      await closeAll();
      expect((await refusal(open({ keys: keyed, migrate: false }))).message).to.match(/qianxian init.*旧版本/);

      const newer = await open({ keys: keyed });
      for (const login of ['l0', 'l599']) {
        expect(await refusal(newer.collection('users').insert(user(`new ${login}`, login)))).to.have.property(
          'key',
          'login',
        );
      }
      await newer.collection('users').insert(user('wu', 'wu'));
      const names = async (name: string) => (await raw(name).listIndexes().toArray()).map((index) => index.name);
      expect(await names('users'))
        .to.include.members(['unique_login', 'by_organisationId', 'by_organisationId_down'])
        .and.not.to.include('by_role');
      expect(await names('needs')).to.include.members(['unique_origin', 'by_state', 'by_state_down']);
      expect(await newer.verify()).to.deep.equal([]);
      await closeAll();

      // The same name for another path: what was equal may differ now, and the other way round.
      const renamed = { ...keyed, users: { unique: { login: ['name'] }, indexes: [['organisationId'], ['name']] } };
      const again = await open({ keys: renamed });
      await again.collection('users').insert({ id: 'second wu', login: 'wu', name: 'x' } as never);
      expect(await refusal(again.collection('users').insert({ id: 'third', login: 'y', name: 'x' } as never))) //
        .to.have.property('key', 'login');
      await closeAll();

      const error = await refusal(open({ keys: keyed }));
      expect(error).to.have.property('code', 'damaged');
      expect(error.message).to.match(/集合 users 里有重复的记录，不能建立唯一键 login/);
      // Refused half-way it is ready for nobody, and the table before still fits.
      expect(await refusal(open({ keys: renamed, migrate: false }))).to.have.property('code', 'misconfigured');
      expect(await (await open({ keys: renamed })).collection('users').count()).to.equal(603);
    });

    it('never over duplicates, nor over the work of a newer program or half a restore', async () => {
      const store = await open();
      for (const id of ['1', '2']) await store.collection('users').insert({ id, login: `l${id}` } as never);
      await closeAll();
      const done = await raw('store_migrations').findOne({ _id: { $gte: 'indexes-', $lt: 'indexes.' } });
      await raw('store_migrations').deleteOne({ _id: done!._id });
      await raw('users').dropIndex('unique_login');
      await raw('users').updateMany({}, { $set: { login: 'same' } });
      expect(await refusal(open())).to.have.property('code', 'damaged');
      await raw('store_migrations').insertOne({ _id: '0999-of-a-newer-program' });
      expect(await refusal(open())).to.have.property('code', 'unsupported');
      await raw('store_migrations').insertOne({ _id: 'restoring' });
      expect(await refusal(open())).to.have.property('code', 'damaged');
    });
  });

  describe('holds', () => {
    before(async () => {
      await direct.db!.dropDatabase();
      await (await open()).close();
      stores = [];
    });
    afterEach(async () => {
      await closeAll();
      await emptyDatabase(database);
    });

    it('the fields of a record at the top, and ours in one place that readers never see', async () => {
      const store = await open();
      await store.collection('users').insert({ id: 'u', login: 'li', role: 'staff' } as never);
      const stored = await raw('users').findOne({ _id: 'u' });
      expect(Object.keys(stored!).sort()).to.deep.equal([
        '_id',
        '_store',
        'createdAt',
        'login',
        'role',
        'updatedAt',
        'version',
      ]);
      expect(await store.collection('users').get('u')).not.to.have.any.keys('_store', '_id');
    });

    it('no field that the type does not have', async () => {
      const users = (await open()).collection('users');
      expect(await refusal(users.insert({ id: 'u', login: 'li', nonsense: 1 } as never))).to.have.property(
        'code',
        'invalid',
      );
      await users.insert({ id: 'u', login: 'li' } as never);
      const error = await refusal(users.update('u', 1, { id: 'u', login: 'li', _store: { live: true } } as never));
      expect(error).to.have.property('code', 'invalid');
      expect(await users.get('u')).to.include({ version: 1, login: 'li' });
    });

    it('what was written: what was changed beside the program is told and not read', async () => {
      const store = await open();
      const settings = store.collection('settings');
      const event = { type: 'made', at: '2026-11-23T01:00:00.000Z', by: 'u' };
      for (const id of ['a', 'b', 'c', 'd']) await settings.insert({ id, value: 1 }, [event]);
      await raw('settings').updateOne({ _id: 'a' }, { $set: { value: 2 } });
      await raw('settings').updateOne(
        { _id: 'b' },
        { $set: { '_store.events': [{ version: 1, position: 0, event: '{}', seal: 'x' }] } },
      );
      await raw('settings').insertOne({ _id: 'by hand', value: 1 });
      await raw('settings').updateOne({ _id: 'c' }, { $set: { foreign: 1 } });
      expect(await refusal(settings.get('a'))).to.have.property('code', 'damaged');
      const findings = await store.verify();
      expect(findings).to.have.length(4);
      for (const id of ['a', 'b', 'c', 'by hand']) expect(findings.join(), id).to.include(`编号为 ${id} 的记录`);
      // One damaged record holds up no other.
      const handed: string[] = [];
      store.follow('audit', { collections: ['settings'] }, async (changes) => {
        handed.push(...changes.map(({ id }) => id));
      });
      while (!handed.includes('d')) await new Promise((resolve) => setTimeout(resolve, 20));
      expect(handed).to.deep.equal(['d']);
    });

    it('no removal of transient records after a day, once every consumer has heard of it', async () => {
      let now = Date.parse('2026-11-23T01:00:00.000Z');
      const clock = { now: () => new Date(now) };
      const store = await open({ clock });
      const sessions = store.collection('sessions');
      const following = store.follow('watch', { collections: ['sessions'] }, async () => {});
      for (const id of ['heard', 'unheard']) await sessions.insert({ id, userId: null, data: '', expiresAt: 'x' });
      await sessions.remove('heard', 1);
      await following.caughtUp();
      await following.stop();
      await sessions.remove('unheard', 1);
      await store.collection('settings').insert({ id: 'kept', value: 1 });
      await store.collection('settings').remove('kept', 1);
      now += 25 * 3_600_000;
      await open({ clock });
      while (await raw('sessions').findOne({ _id: 'heard' })) await new Promise((resolve) => setTimeout(resolve, 20));
      expect(await raw('sessions').findOne({ _id: 'unheard' })).not.to.equal(null);
      expect(await raw('settings').findOne({ _id: 'kept' })).not.to.equal(null);
    });

    it('says of an old server what this program is made for, once a process', async () => {
      const warnings: string[] = [];
      const log = { ...silent, warn: (_facts: object, message: string) => warnings.push(message) };
      for (let times = 0; times < 2; times++) await open({ log });
      const { version } = (await direct.db!.admin().command({ buildInfo: 1 })) as { version: string };
      const major = Number.parseInt(version, 10);
      expect(warnings.filter((line) => line.includes('6 to 8'))).to.have.length(major < 6 || major > 8 ? 1 : 0);
    });
  });
});
