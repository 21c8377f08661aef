import { expect } from 'chai';
import fc from 'fast-check';
import { Conflict, Duplicate, type ErrorCode, QianxianError } from '../../src/domain/errors.ts';
import type { Need } from '../../src/domain/need.ts';
import type { DomainEvent, Unstored } from '../../src/domain/record.ts';
import type { User } from '../../src/domain/user.ts';
import type { Clock } from '../../src/ports/clock.ts';
import type { ConsumersOf, MovableStore, MovedRecord } from '../../src/ports/record-moving.ts';
import type {
  Change,
  Collection,
  Filter,
  FindOptions,
  FollowOptions,
  Page,
  RecordStore,
  SettingRecord,
} from '../../src/ports/record-store.ts';

/** A store that a test may fill, close and open again. */
export interface StoreUnderTest {
  readonly store: MovableStore;
  /** Closes every handle and opens the same data again. */
  reopen(): Promise<MovableStore>;
  /** Opens an empty store for a move, and again as `name` says, for a move or for service. `destroy` closes it. */
  openTarget(name: string, options: { readonly forMoving: boolean }): Promise<MovableStore>;
  /** Another handle on the same data at the same time, as another process has it. `destroy` closes it. */
  another(): Promise<RecordStore>;
  /** Opens what `backup` wrote. `destroy` closes it. */
  openBackup(path: string): Promise<RecordStore>;
  /** A path where nothing is yet. */
  freshPath(): string;
  destroy(): Promise<void>;
}

/** What an engine may say that it does not do: `true`, or the reason why its cases are skipped. */
export interface StoreCases {
  /** Two handles on the same data at the same time. */
  readonly manyHandles: true | string;
  /** The feed hands documents over in the order of their newest writes, also across documents. */
  readonly orderAcrossDocuments: true | string;
  /** Consumers that follow from the beginning and keep their state in memory. */
  readonly volatileConsumers: true | string;
  /** A copy shows all documents as they were at one moment. */
  readonly copyOfOneMoment: true | string;
}

/** A clock that goes on by a second with every look. */
export function tickingClock(start = '2026-11-23T01:00:00.000Z'): Clock {
  let at = Date.parse(start);
  return {
    now() {
      at += 1_000;
      return new Date(at);
    },
  };
}

const setting = (id: string, value: unknown): Unstored<SettingRecord> => ({ id, value });
/** Records of which the store only needs the keyed paths; the other fields are the steps' affair. */
const user = (id: string, fields: Record<string, unknown>): Unstored<User> =>
  ({ id, ...fields }) as unknown as Unstored<User>;
const need = (id: string, fields: Record<string, unknown>): Unstored<Need> =>
  ({ id, ...fields }) as unknown as Unstored<Need>;
const event = (type: string, data?: Record<string, unknown>): DomainEvent => ({
  type,
  at: '2026-11-23T01:00:00.000Z',
  by: 'u1',
  ...(data ? { data } : {}),
});

/** The error of a promise that must fail with a code. */
async function failure(promise: Promise<unknown>, code: ErrorCode): Promise<QianxianError> {
  let value: unknown;
  try {
    value = await promise;
  } catch (error) {
    expect(error, String(error)).to.be.instanceOf(QianxianError);
    expect((error as QianxianError).code, (error as Error).message).to.equal(code);
    expect((error as Error).message, 'the message is Chinese').to.match(/\p{Script=Han}/u);
    return error as QianxianError;
  }
  throw new Error(`expected ${code}, but it gave ${JSON.stringify(value)}`);
}

async function idsOf(stream: AsyncIterable<{ readonly id: string }>): Promise<string[]> {
  const ids: string[] = [];
  for await (const { id } of stream) ids.push(id);
  return ids;
}

/** All pages of a query, of `limit` each; `between` runs after each page. */
async function allPages<T extends { readonly id: string }>(
  find: (options: FindOptions) => Promise<Page<T>>,
  options: FindOptions,
  between: (page: number) => Promise<void> = async () => {},
): Promise<T[]> {
  const items: T[] = [];
  let cursor: string | undefined;
  for (let page = 0; ; page++) {
    const got = await find({ ...options, ...(cursor === undefined ? {} : { cursor }) });
    expect(got.items.length).to.be.at.most(options.limit ?? 50);
    items.push(...got.items);
    if (got.next === undefined) return items;
    expect(got.items.length, 'a page that another follows is not empty').to.be.greaterThan(0);
    cursor = got.next;
    await between(page);
  }
}

/** A consumer that remembers what it was handed. */
function recorder(store: RecordStore, name: string, options: FollowOptions) {
  const batches: (readonly Change[])[] = [];
  const following = store.follow(name, options, async (changes) => {
    batches.push(changes);
  });
  return {
    ...following,
    batches,
    get changes() {
      return batches.flat();
    },
    get events() {
      return batches.flat().flatMap((change) => change.events);
    },
  };
}

export function recordStoreContract(
  open: (options: { readonly clock: Clock }) => Promise<StoreUnderTest>,
  capabilities: StoreCases,
): void {
  let under: StoreUnderTest;
  let store: MovableStore;
  let settings: Collection<SettingRecord>;
  let users: Collection<User>;
  let needs: Collection<Need>;

  const use = (opened: MovableStore) => {
    store = opened;
    settings = store.collection('settings');
    users = store.collection('users');
    needs = store.collection('needs');
  };

  /** A case that only engines with a capability run; the others show the reason in the skipped case's name. */
  const itWith = (capability: keyof StoreCases, title: string, body: () => Promise<void>) => {
    const able = capabilities[capability];
    if (able === true) it(title, body);
    else
      it(`${title} (${able})`, function () {
        this.skip();
      });
  };

  beforeEach(async () => {
    under = await open({ clock: tickingClock() });
    use(under.store);
  });
  afterEach(async () => {
    await under.destroy();
  });

  describe('writes', () => {
    it('inserts version 1 with its times and gives back what is stored', async () => {
      const stored = await settings.insert(setting('a', { text: '钢铁', list: [1, 2.5, null, true], none: undefined }));
      expect(stored).to.deep.equal({
        id: 'a',
        version: 1,
        createdAt: stored.createdAt,
        updatedAt: stored.createdAt,
        value: { text: '钢铁', list: [1, 2.5, null, true] },
      });
      expect(new Date(stored.createdAt).toISOString()).to.equal(stored.createdAt);
      expect(await settings.get('a')).to.deep.equal(stored);
      expect(Object.keys((stored.value as object) ?? {})).not.to.include('none');
    });

    it('takes the document as it is at the call and gives copies', async () => {
      const value = { list: ['first'] };
      const writing = settings.insert(setting('a', value));
      value.list.push('too late');
      const stored = await writing;
      (stored.value as typeof value).list.push('not in the store');
      expect((await settings.get('a'))?.value).to.deep.equal({ list: ['first'] });
    });

    it('sets version and times itself, whatever the document says', async () => {
      const first = await settings.insert({
        ...setting('a', 1),
        version: 7,
        createdAt: '1999-01-01T00:00:00.000Z',
        updatedAt: '1999-01-01T00:00:00.000Z',
      } as Unstored<SettingRecord>);
      expect(first.version).to.equal(1);
      expect(first.createdAt).not.to.match(/^1999/);
      const second = await settings.update('a', 1, { ...first, value: 2 });
      expect(second.version).to.equal(2);
      expect(second.createdAt).to.equal(first.createdAt);
      expect(second.updatedAt > first.updatedAt, 'updatedAt moves on').to.equal(true);
      expect(await settings.get('a')).to.deep.equal(second);
    });

    it('refuses a taken id and leaves its document', async () => {
      const first = await settings.insert(setting('a', 1));
      const error = await failure(settings.insert(setting('a', 2)), 'duplicate');
      expect(error).to.be.instanceOf(Duplicate);
      expect((error as Duplicate).key).to.equal('id');
      expect(await settings.get('a')).to.deep.equal(first);
    });

    it('keeps collections apart', async () => {
      await settings.insert(setting('a', 1));
      await users.insert(user('a', { login: 'li' }));
      expect(await needs.get('a')).to.equal(undefined);
      expect(await users.count()).to.equal(1);
    });

    it('refuses a taken unique key by its name, on insert and on update', async () => {
      const li = await users.insert(user('1', { login: 'li' }));
      const wu = await users.insert(user('2', { login: 'wu' }));
      for (const attempt of [
        users.insert(user('3', { login: 'li' })),
        users.update('2', 1, user('2', { login: 'li' })),
      ]) {
        const error = await failure(attempt, 'duplicate');
        expect((error as Duplicate).key).to.equal('login');
      }
      expect(await users.get('1')).to.deep.equal(li);
      expect(await users.get('2')).to.deep.equal(wu);
      expect(await users.get('3')).to.equal(undefined);
    });

    it('lets a document keep its own unique key, and frees it by update and by removal', async () => {
      await users.insert(user('1', { login: 'li' }));
      await users.update('1', 1, user('1', { login: 'li', role: 'staff' }));
      await users.update('1', 2, user('1', { login: 'wang' }));
      await users.insert(user('2', { login: 'li' }));
      await users.remove('2', 1);
      await users.insert(user('3', { login: 'li' }));
      expect((await users.find({ where: { login: 'li' } })).items.map(({ id }) => id)).to.deep.equal(['3']);
    });

    it('skips documents in which a path of a unique key is missing or null', async () => {
      await needs.insert(need('1', { provenance: null }));
      await needs.insert(need('2', { provenance: null }));
      await needs.insert(need('3', {}));
      await needs.insert(need('4', { provenance: { source: 'a' } }));
      await needs.insert(need('5', { provenance: { source: 'a', externalId: null } }));
      await needs.insert(need('6', { provenance: { source: 'a', externalId: 'x' } }));
      await needs.insert(need('7', { provenance: { source: 'b', externalId: 'x' } }));
      const error = await failure(
        needs.insert(need('8', { provenance: { source: 'a', externalId: 'x' } })),
        'duplicate',
      );
      expect((error as Duplicate).key).to.equal('origin');
      expect(await needs.count()).to.equal(7);
    });

    it('updates only the version that was seen', async () => {
      await settings.insert(setting('a', 1));
      await settings.update('a', 1, setting('a', 2));
      for (const seen of [1, 3, 1_000]) {
        expect(await failure(settings.update('a', seen, setting('a', 9)), 'conflict')).to.be.instanceOf(Conflict);
        await failure(settings.remove('a', seen), 'conflict');
      }
      expect(await settings.get('a')).to.include({ version: 2, value: 2 });
    });

    it('does not know what is not there', async () => {
      await failure(settings.update('a', 1, setting('a', 1)), 'not_found');
      await failure(settings.remove('a', 1), 'not_found');
      await settings.insert(setting('a', 1));
      await settings.remove('a', 1);
      await failure(settings.update('a', 2, setting('a', 1)), 'not_found');
      await failure(settings.remove('a', 2), 'not_found');
    });

    it('refuses an id that changes and versions that are none', async () => {
      await settings.insert(setting('a', 1));
      await failure(settings.update('a', 1, setting('b', 2)), 'invalid');
      for (const seen of [0, -1, 1.5, Number.NaN, '1', undefined, null]) {
        await failure(settings.update('a', seen as number, setting('a', 2)), 'invalid');
        await failure(settings.remove('a', seen as number), 'invalid');
      }
      expect(await settings.get('a')).to.include({ version: 1, value: 1 });
    });

    it('removes from every way of reading', async () => {
      await settings.insert(setting('a', 1));
      await settings.insert(setting('b', 1));
      await settings.remove('a', 1);
      expect(await settings.get('a')).to.equal(undefined);
      expect(await settings.getMany(['a', 'b'])).to.have.length(1);
      expect((await settings.find()).items.map(({ id }) => id)).to.deep.equal(['b']);
      expect((await settings.find({ where: { id: 'a' } })).items).to.deep.equal([]);
      expect(
        (await settings.find({ where: { missing: null }, order: { by: 'missing', direction: 'asc' } })).items,
      ).to.have.length(1);
      expect(await settings.count()).to.equal(1);
      expect(await idsOf(settings.stream())).to.deep.equal(['b']);
    });

    it('goes on counting versions where a removed id is used again', async () => {
      await settings.insert(setting('a', 1));
      await settings.update('a', 1, setting('a', 2));
      await settings.remove('a', 2);
      const again = await settings.insert(setting('a', 'again'));
      expect(again.version).to.equal(4);
      expect(again.createdAt).to.equal(again.updatedAt);
      expect(await settings.get('a')).to.deep.equal(again);
      await settings.update('a', 4, setting('a', 'and on'));
    });

    it('has exactly one winner among many updates of one version', async () => {
      await settings.insert(setting('a', 'none'));
      const results = await Promise.allSettled(
        Array.from({ length: 40 }, (_, index) => settings.update('a', 1, setting('a', index), [event(`won.${index}`)])),
      );
      const won = results.flatMap((result, index) => (result.status === 'fulfilled' ? [index] : []));
      expect(won).to.have.length(1);
      for (const result of results) {
        if (result.status === 'rejected') expect(result.reason).to.be.instanceOf(Conflict);
      }
      expect(await settings.get('a')).to.include({ version: 2, value: won[0] });
      const consumer = recorder(store, 'audit', { collections: ['settings'] });
      await consumer.caughtUp();
      expect(
        consumer.events.map(({ type }) => type),
        'losers leave no event',
      ).to.deep.equal([`won.${won[0]}`]);
    });

    it('inserts in order, with versions, times and what is in the feed, as far as it goes', async () => {
      const { stored, refused } = await settings.insertInOrder([setting('c', 1), setting('a', 2), setting('b', 3)]);
      expect(refused).to.equal(null);
      expect(stored.map(({ id, version }) => [id, version])).to.deep.equal([
        ['c', 1],
        ['a', 1],
        ['b', 1],
      ]);
      expect(await settings.getMany(['c', 'a', 'b'])).to.deep.equal(stored);
      expect(await settings.insertInOrder([])).to.deep.equal({ stored: [], refused: null });

      const again = await settings.insertInOrder([setting('d', 4), setting('a', 5), setting('e', 6)]);
      expect(again.stored.map(({ id }) => id)).to.deep.equal(['d']);
      expect(again.refused).to.be.instanceOf(Duplicate).and.include({ key: 'id' });
      expect((await settings.get('a'))!.value).to.equal(2);
      expect(await settings.get('e'), 'after what was refused').to.equal(undefined);

      await users.insert(user('1', { login: 'li' }));
      const keyed = await users.insertInOrder([
        user('2', { login: 'wu' }),
        user('3', { login: 'li' }),
        user('4', { login: 'he' }),
      ]);
      expect(keyed.stored.map(({ id }) => id)).to.deep.equal(['2']);
      expect(keyed.refused).to.include({ key: 'login' });
      expect(await users.get('4')).to.equal(undefined);

      const { version } = (await settings.get('d'))!;
      await settings.remove('d', version);
      const used = await settings.insertInOrder([setting('f', 7), setting('d', 8)]);
      expect(
        used.stored.map(({ id }) => id),
        'an id that was used before counts as taken',
      ).to.deep.equal(['f']);
      expect(used.refused).to.include({ key: 'id' });

      const handed: string[] = [];
      const following = store.follow('in-order', { collections: ['settings'] }, async (changes) => {
        handed.push(...changes.filter(({ document }) => document !== null).map(({ id }) => id));
      });
      await settings.insertInOrder([setting('g', 9), setting('h', 10)]);
      await following.caughtUp();
      await following.stop();
      expect(handed).to.have.members(['a', 'b', 'c', 'f', 'g', 'h']);
    });

    it('stores nothing of what is inserted in order where one of it is no plain JSON', async () => {
      await failure(settings.insertInOrder([setting('a', 1), setting('b', Number.NaN)]), 'invalid');
      expect(await settings.get('a')).to.equal(undefined);
    });

    it('leaves no gap where several insert in order at once', async () => {
      const runs = await Promise.all(
        Array.from({ length: 8 }, (_, n) =>
          settings.insertInOrder([setting(`own${n}`, n), setting('shared', n), setting(`after${n}`, n)]),
        ),
      );
      const winners = runs.filter(({ refused }) => refused === null);
      expect(winners).to.have.length(1);
      for (const [n, { stored }] of runs.entries()) {
        expect((await settings.get(`after${n}`)) !== undefined, `${n}`).to.equal(stored.length === 3);
        expect(await settings.get(`own${n}`)).not.to.equal(undefined);
      }
    });

    it('has exactly one winner among many inserts of one id or key', async () => {
      const sameId = await Promise.allSettled(Array.from({ length: 20 }, (_, n) => settings.insert(setting('a', n))));
      expect(sameId.filter(({ status }) => status === 'fulfilled')).to.have.length(1);
      const sameKey = await Promise.allSettled(
        Array.from({ length: 20 }, (_, n) => users.insert(user(`u${n}`, { login: 'li' }))),
      );
      expect(sameKey.filter(({ status }) => status === 'fulfilled')).to.have.length(1);
      expect(await users.count()).to.equal(1);
    });

    it('loses no increment of writers that try again on a conflict', async () => {
      await settings.insert(setting('counter', 0));
      const increment = async (): Promise<void> => {
        for (;;) {
          const seen = await settings.get('counter');
          try {
            await settings.update('counter', seen!.version, setting('counter', (seen!.value as number) + 1));
            return;
          } catch (error) {
            if (!(error instanceof Conflict)) throw error;
          }
        }
      };
      await Promise.all(Array.from({ length: 25 }, increment));
      expect(await settings.get('counter')).to.include({ value: 25, version: 26 });
    });

    it('fails one write of many alone', async () => {
      await settings.insert(setting('k3', 'was here'));
      const results = await Promise.allSettled([
        ...Array.from({ length: 6 }, (_, n) => settings.insert(setting(`k${n}`, n), [event('made', { n })])),
        settings.update('k3', 9, setting('k3', 'wrong version'), [event('never')]),
        settings.remove('missing', 1, [event('never')]),
        settings.update('k3', 1, setting('k3', 'right version'), [event('right')]),
      ]);
      expect(results.map(({ status }) => status === 'fulfilled')).to.deep.equal([
        true,
        true,
        true,
        false,
        true,
        true,
        false,
        false,
        true,
      ]);
      expect(await settings.count()).to.equal(6);
      expect(await settings.get('k3')).to.include({ value: 'right version', version: 2 });
      const consumer = recorder(store, 'audit', { collections: ['settings'] });
      await consumer.caughtUp();
      expect(consumer.events.map(({ type }) => type).sort()).to.deep.equal([
        'made',
        'made',
        'made',
        'made',
        'made',
        'right',
      ]);
    });
  });

  describe('what is no plain JSON', () => {
    const deep = (levels: number): unknown => (levels === 0 ? 'x' : { in: deep(levels - 1) });
    const cycle: Record<string, unknown> = {};
    cycle.self = cycle;
    class Thing {
      readonly name = 'thing';
    }
    const bad: readonly (readonly [string, unknown])[] = [
      ['NUL in a text', 'a\u0000b'],
      ['half a surrogate pair', 'a\uD83D'],
      ['the other half', '\uDE00a'],
      ['NUL in a key', { 'a\u0000': 1 }],
      ['half a pair in a key', { '\uD83D': 1 }],
      ['a $ key', { $where: '1' }],
      ['a deep $ key', { a: [{ b: { $gt: 1 } }] }],
      ['a __proto__ key', JSON.parse('{"__proto__": {"admin": true}}')],
      ['NaN', Number.NaN],
      ['Infinity', [1, Number.POSITIVE_INFINITY]],
      ['a date', new Date(0)],
      ['a map', new Map([['a', 1]])],
      ['a class instance', new Thing()],
      ['bytes', new Uint8Array(3)],
      ['a function', () => 1],
      ['a symbol', Symbol('s')],
      ['a bigint', 1n],
      ['undefined in a list', [1, undefined]],
      ['a cycle', cycle],
      ['a thousand levels', deep(1_000)],
    ];
    for (const [what, value] of bad) {
      it(`refuses ${what} and writes nothing`, async () => {
        await settings.insert(setting('there', 'before'));
        const error = await failure(settings.insert(setting('a', value)), 'invalid');
        expect(error.issues).to.have.length(1);
        expect(error.issues[0]!.field).to.match(/^value/);
        await failure(settings.update('there', 1, setting('there', value)), 'invalid');
        await failure(settings.insert(setting('b', 1), [event('bad', { value })]), 'invalid');
        await failure(settings.remove('there', 1, [event('bad', { value })]), 'invalid');
        expect(await idsOf(settings.stream())).to.deep.equal(['there']);
        expect(await settings.get('there')).to.include({ version: 1, value: 'before' });
      });
    }

    it('refuses documents and ids that are none', async () => {
      for (const document of [null, undefined, 'text', 7, [], {}, new Date()]) {
        await failure(settings.insert(document as unknown as Unstored<SettingRecord>), 'invalid');
      }
      for (const id of ['', 'x'.repeat(201), 'a\u0000', '\uD800', 7, null, undefined, { $gt: '' }]) {
        await failure(settings.insert(setting(id as string, 1)), 'invalid');
      }
      expect(await settings.count()).to.equal(0);
    });

    it('refuses more than 8 MB, counted in bytes, and takes what is just below', async () => {
      const chars = Math.floor((8 * 1024 * 1024) / 3);
      await failure(settings.insert(setting('a', '铁'.repeat(chars + 1))), 'too_large');
      await failure(settings.insert(setting('a', 'x'.repeat(8 * 1024 * 1024))), 'too_large');
      const most = '铁'.repeat(chars - 100);
      await settings.insert(setting('a', most));
      expect((await settings.get('a'))?.value === most).to.equal(true);
    });

    it('keeps everything that is plain as it is', async () => {
      const value = {
        '': 'empty key',
        'a.b': 'dotted key',
        constructor: 'not special',
        字段: '𠮷野家 😀 \u2028 \uFFFD \t\n "quoted" \\u0000 it is text',
        numbers: [0, 1, -1, 0.1, 1e21, 5e-324, 1.7976931348623157e308, 9007199254740991, 12345678901234567000],
        empty: [{}, [], '', null, false],
        deep: deep(50),
      };
      await settings.insert(setting('quote\'"id`;--', value));
      expect((await settings.get('quote\'"id`;--'))?.value).to.deep.equal(value);
      use(await under.reopen());
      expect((await settings.get('quote\'"id`;--'))?.value).to.deep.equal(value);
    });
  });

  describe('reading by id', () => {
    it('gives many in the order that was asked for', async () => {
      for (const id of ['a', 'b', 'c']) await settings.insert(setting(id, id));
      const found = await settings.getMany(['c', 'missing', 'a', 'c', '', 'a\u0000']);
      expect(found.map(({ id }) => id)).to.deep.equal(['c', 'a', 'c']);
      expect(await settings.getMany([])).to.deep.equal([]);
    });

    it('gives thousands at once', async () => {
      const ids = Array.from({ length: 2_500 }, (_, n) => `id-${String(n).padStart(4, '0')}`);
      await Promise.all(ids.map((id) => settings.insert(setting(id, 0))));
      const asked = [...ids].reverse();
      expect((await settings.getMany(asked)).map(({ id }) => id)).to.deep.equal(asked);
    });

    it('has nothing under an id that cannot be one', async () => {
      for (const id of ['', 'a\u0000b', '\uD800', 'x'.repeat(300), 7, null, undefined, { $gt: '' }]) {
        expect(await settings.get(id as string)).to.equal(undefined);
      }
    });
  });

  describe('filters', () => {
    const documents: readonly (readonly [string, unknown])[] = [
      ['text', { kind: 'steel', n: 5, tags: ['冶金', '环保'], team: [{ name: 'li', age: 30 }, { name: 'wu' }] }],
      ['other', { kind: 'sea', n: 10, tags: [], team: [] }],
      ['none', { kind: null, n: null, tags: null, team: null }],
      ['missing', {}],
      ['yes', { flag: true, n: 1, kind: 'true' }],
      ['one', { flag: 1, n: 1.5, kind: '1' }],
      ['no', { flag: false, n: -3, tags: 'steel' }],
      ['object', { kind: { steel: 1 }, tags: [['steel']], n: '5', team: { name: 'li' } }],
    ];
    const cases: readonly (readonly [string, Filter, readonly string[]])[] = [
      ['a text', { 'value.kind': 'steel' }, ['text']],
      ['null, or missing', { 'value.kind': null }, ['missing', 'no', 'none', 'other'].filter((id) => id !== 'other')],
      ['a number', { 'value.n': 5 }, ['text']],
      ['a text that looks like a number', { 'value.n': '5' }, ['object']],
      ['true is not 1', { 'value.flag': true }, ['yes']],
      ['1 is not true', { 'value.flag': 1 }, ['one']],
      ['false is not 0 or missing', { 'value.flag': false }, ['no']],
      ['0 is not false', { 'value.flag': 0 }, []],
      ['a member of a list', { 'value.tags': '环保' }, ['text']],
      ['a text where others have lists', { 'value.tags': 'steel' }, ['no']],
      ['through a list of objects', { 'value.team.name': 'wu' }, ['text']],
      ['through a list or an object', { 'value.team.name': 'li' }, ['object', 'text']],
      ['null in an empty list is not there', { 'value.tags': null }, ['missing', 'none', 'one', 'yes']],
      ['in', { 'value.kind': { in: ['steel', 'sea'] } }, ['other', 'text']],
      ['in of mixed types', { 'value.flag': { in: [true, 1, 'x'] } }, ['one', 'yes']],
      ['in with null', { 'value.flag': { in: [null, false] } }, ['missing', 'no', 'none', 'object', 'other', 'text']],
      ['in of numbers', { 'value.n': { in: [1.5, 10, 77] } }, ['one', 'other']],
      ['in of nothing', { 'value.kind': { in: [] } }, []],
      ['not a text', { 'value.kind': { not: 'steel' } }, ['missing', 'no', 'none', 'object', 'one', 'other', 'yes']],
      ['not null', { 'value.flag': { not: null } }, ['no', 'one', 'yes']],
      ['no member', { 'value.tags': { not: '冶金' } }, ['missing', 'no', 'none', 'object', 'one', 'other', 'yes']],
      ['greater', { 'value.n': { gt: 1.5 } }, ['other', 'text']],
      ['at least', { 'value.n': { gte: 1.5 } }, ['one', 'other', 'text']],
      ['less', { 'value.n': { lt: 1 } }, ['no']],
      ['at most', { 'value.n': { lte: 1 } }, ['no', 'yes']],
      ['between', { 'value.n': { gte: 1, lt: 5 } }, ['one', 'yes']],
      ['texts compare with texts only', { 'value.n': { lt: 'zzz' } }, ['object']],
      ['texts by code point', { 'value.kind': { gte: 'se', lt: 'st' } }, ['other']],
      ['a range over members', { 'value.team.age': { gte: 18 } }, ['text']],
      ['an object is no text', { 'value.kind': '{"steel":1}' }, []],
      ['a list is no text', { 'value.tags': '["冶金","环保"]' }, []],
      ['two conditions', { 'value.n': { gte: 0 }, 'value.kind': 'steel' }, ['text']],
      ['the id', { id: 'yes' }, ['yes']],
      ['some ids', { id: { in: ['yes', 'no', 'nobody'] } }, ['no', 'yes']],
      ['not an id', { id: { not: 'yes' }, 'value.flag': { not: null } }, ['no', 'one']],
      ['ids in a range', { id: { gt: 'object', lte: 'other' } }, ['one', 'other']],
      ['the version', { version: 1, id: { lt: 'n' } }, ['missing']],
      ['a version that nobody has', { version: 2 }, []],
      ['everything', {}, documents.map(([id]) => id).sort()],
      ['a text that cannot be stored', { 'value.kind': 'a\u0000' }, []],
      ['SQL in a value', { 'value.kind': "' OR 1=1 --" }, []],
    ];
    beforeEach(async () => {
      await Promise.all(documents.map(([id, value]) => settings.insert(setting(id, value))));
    });
    it('finds what it should', async () => {
      for (const [what, where, expected] of cases) {
        const found = (await settings.find({ where })).items.map(({ id }) => id);
        expect(found, what).to.deep.equal([...expected].sort());
        expect(await settings.count(where), `count: ${what}`).to.equal(expected.length);
        expect(await idsOf(settings.stream(where)), `stream: ${what}`).to.deep.equal([...expected].sort());
      }
    });

    it('compares on paths with an index as on any other', async () => {
      const rows: readonly (readonly [string, unknown])[] = [
        ['a', 'org1'],
        ['b', null],
        ['c', undefined],
        ['d', true],
        ['e', 1],
        ['f', '1'],
        ['g', 7.25],
      ];
      for (const [id, organisationId] of rows) await users.insert(user(id, { organisationId, login: `login-${id}` }));
      const checks: readonly (readonly [Filter, string])[] = [
        [{ organisationId: 'org1' }, 'a'],
        [{ organisationId: null }, 'bc'],
        [{ organisationId: { not: null } }, 'adefg'],
        [{ organisationId: true }, 'd'],
        [{ organisationId: 1 }, 'e'],
        [{ organisationId: '1' }, 'f'],
        [{ organisationId: { in: ['org1', null, 1] } }, 'abce'],
        [{ organisationId: { not: 'org1' } }, 'bcdefg'],
        [{ organisationId: { gte: 1 } }, 'eg'],
        [{ organisationId: { gte: '' } }, 'af'],
        [{ organisationId: { lt: 'p' } }, 'af'],
      ];
      for (const [where, expected] of checks) {
        const found = (await users.find({ where })).items.map(({ id }) => id).join('');
        expect(found, JSON.stringify(where)).to.equal(expected);
      }
    });

    it('refuses what is no filter', async () => {
      const bad: readonly unknown[] = [
        { 'value.kind': undefined },
        { 'value.kind': {} },
        { 'value.kind': { gt: undefined } },
        { 'value.kind': { $gt: '' } },
        { 'value.kind': { like: '%' } },
        { 'value.kind': { in: 'steel' } },
        { 'value.kind': { in: [{ $gt: '' }] } },
        { 'value.kind': { not: ['a'] } },
        { 'value.kind': { not: 'a', in: ['b'] } },
        { 'value.kind': ['steel'] },
        { 'value.n': Number.NaN },
        { 'value.n': { gt: Number.POSITIVE_INFINITY } },
        { 'value.n': { gt: true } },
        { $where: '1' },
        { 'value.$n': 1 },
        { "value'); DROP TABLE settings; --": 1 },
        { 'value."kind"': 1 },
        { '': 1 },
        { 'value..kind': 1 },
      ];
      for (const where of bad) {
        await failure(settings.find({ where: where as Filter }), 'malformed');
        await failure(settings.count(where as Filter), 'malformed');
        await failure(idsOf(settings.stream(where as Filter)), 'malformed');
      }
      expect(await settings.count()).to.equal(documents.length);
    });
  });

  describe('order and pages', () => {
    const values: readonly (readonly [string, unknown])[] = [
      ['a', 3],
      ['b', null],
      ['c', 1],
      ['d', 'text'],
      ['e', undefined],
      ['f', 3],
      ['g', 'Text'],
      ['h', -2.5],
      ['i', '铁'],
      ['j', 3],
    ];
    const sorted = { asc: 'behcafjgdi', desc: 'idgafjchbe' };

    it('sorts nulls, numbers, texts, and ties by id, both ways, in pages of any size', async () => {
      await Promise.all(values.map(([id, by]) => settings.insert(setting(id, { by }))));
      for (const direction of ['asc', 'desc'] as const) {
        for (const limit of [1, 2, 3, 4, 7, 10, 50]) {
          const found = await allPages((options) => settings.find(options), {
            order: { by: 'value.by', direction },
            limit,
          });
          expect(found.map(({ id }) => id).join(''), `${direction} by ${limit}`).to.equal(sorted[direction]);
        }
      }
    });

    it('sorts by paths with an index, by id and by version as well', async () => {
      const names = ['b', 'a', null, 'c', 'a', undefined];
      for (const [n, organisationId] of names.entries())
        await users.insert(user(`u${n}`, { organisationId, login: `l${n}` }));
      await users.update('u3', 1, user('u3', { organisationId: 'c', login: 'l3' }));
      const order = async (by: string, direction: 'asc' | 'desc') =>
        (await allPages((options) => users.find(options), { order: { by, direction }, limit: 2 }))
          .map(({ id }) => id)
          .join(' ');
      expect(await order('organisationId', 'asc')).to.equal('u2 u5 u1 u4 u0 u3');
      expect(await order('organisationId', 'desc')).to.equal('u3 u0 u1 u4 u2 u5');
      expect(await order('id', 'asc')).to.equal('u0 u1 u2 u3 u4 u5');
      expect(await order('id', 'desc')).to.equal('u5 u4 u3 u2 u1 u0');
      expect(await order('version', 'desc')).to.equal('u3 u0 u1 u2 u4 u5');
      expect(await order('createdAt', 'desc')).to.equal('u5 u4 u3 u2 u1 u0');
    });

    it('pages by numbers that are not exact', async () => {
      const numbers = [
        0.1,
        0.2,
        0.30000000000000004,
        1 / 3,
        1e21,
        5e-324,
        123456789.12345679,
        1.2e18,
        9007199254740991,
      ];
      await Promise.all(numbers.map((by, n) => settings.insert(setting(`n${n}`, { by }))));
      for (const direction of ['asc', 'desc'] as const) {
        const found = await allPages((options) => settings.find(options), {
          order: { by: 'value.by', direction },
          limit: 1,
        });
        const expected = [...numbers].sort((a, b) => (direction === 'asc' ? a - b : b - a));
        expect(found.map(({ value }) => (value as { by: number }).by)).to.deep.equal(expected);
      }
      for (const by of numbers) expect(await settings.count({ 'value.by': by }), String(by)).to.equal(1);
    });

    it('gives 50 where nothing is said, and the end without a cursor', async () => {
      await Promise.all(Array.from({ length: 60 }, (_, n) => settings.insert(setting(`k${n}`, n))));
      const first = await settings.find();
      expect(first.items).to.have.length(50);
      const second = await settings.find({ cursor: first.next! });
      expect(second.items).to.have.length(10);
      expect(second.next).to.equal(undefined);
      expect((await settings.find({ limit: 60 })).next).to.equal(undefined);
    });

    it('refuses limits out of range', async () => {
      for (const limit of [0, -1, 1_001, 1.5, Number.NaN, '10']) {
        await failure(settings.find({ limit: limit as number }), 'invalid');
      }
    });

    it('refuses cursors that are none or of another query', async () => {
      for (const n of [1, 2, 3]) await settings.insert(setting(`k${n}`, { n }));
      for (const n of [1, 2, 3]) await users.insert(user(`k${n}`, { login: `l${n}` }));
      const { next } = await settings.find({ where: { 'value.n': { gte: 0 } }, limit: 1 });
      expect(next).to.be.a('string');
      const others: readonly FindOptions[] = [
        { limit: 1 },
        { where: { 'value.n': { gte: 1 } }, limit: 1 },
        { where: { 'value.n': { gte: 0 } }, order: { by: 'value.n', direction: 'asc' }, limit: 1 },
      ];
      for (const options of others) await failure(settings.find({ ...options, cursor: next! }), 'malformed');
      await failure(users.find({ where: { 'value.n': { gte: 0 } }, limit: 1, cursor: next! }), 'malformed');
      const good = { where: { 'value.n': { gte: 0 } } };
      for (const cursor of [
        '',
        'x',
        '{}',
        'bnVsbA',
        `${next}x`,
        next!.slice(1),
        next!.slice(0, -2),
        'a\u0000',
        '！',
        'A'.repeat(100_000),
      ]) {
        await failure(settings.find({ ...good, cursor }), 'malformed');
      }
      expect(
        (await settings.find({ ...good, cursor: next! })).items.map(({ id }) => id),
        'another size of page is the same query',
      ).to.deep.equal(['k2', 'k3']);
    });

    it('gives what is not written meanwhile exactly once, whatever is written around it', async () => {
      let runs = 0;
      await fc.assert(
        fc.asyncProperty(
          fc.integer({ min: 1, max: 7 }),
          fc.constantFrom('asc' as const, 'desc' as const),
          fc.array(fc.tuple(fc.nat(39), fc.constantFrom('insert', 'update', 'remove'), fc.nat(9)), { maxLength: 60 }),
          async (limit, direction, writes) => {
            const run = `r${runs++}`;
            const still = Array.from({ length: 20 }, (_, n) => `${run}-${String(n * 2).padStart(2, '0')}`);
            await Promise.all(still.map((id, n) => settings.insert(setting(id, { run, by: n % 5 }))));
            const queue = [...writes];
            const found = await allPages(
              (options) => settings.find(options),
              { where: { 'value.run': run }, order: { by: 'value.by', direction }, limit },
              async () => {
                for (const [n, kind, by] of queue.splice(0, 4)) {
                  // Only documents beside the ones that stand still.
                  const id = `${run}-${String((n % 20) * 2 + 1).padStart(2, '0')}`;
                  const present = await settings.get(id);
                  if (!present) await settings.insert(setting(id, { run, by }));
                  else if (kind === 'remove') await settings.remove(id, present.version);
                  else await settings.update(id, present.version, setting(id, { run, by }));
                }
              },
            );
            const met = found.map(({ id }) => id).filter((id) => still.includes(id));
            expect([...met].sort()).to.deep.equal(still);
          },
        ),
        { numRuns: 15, seed: 20261123 },
      );
    });

    it('streams while documents come and go', async () => {
      const ids = Array.from({ length: 1_700 }, (_, n) => `k${String(n).padStart(4, '0')}`);
      await Promise.all(ids.map((id) => settings.insert(setting(id, 0))));
      const met: string[] = [];
      for await (const { id, version } of settings.stream()) {
        met.push(id);
        // The document itself is changed, others are added before and behind.
        if (met.length % 100 === 0) {
          await settings.update(id, version, setting(id, 1));
          await settings.insert(setting(`a${met.length}`, 0));
        }
      }
      expect(met.filter((id) => id.startsWith('k'))).to.deep.equal(ids);
    });

    it('streams documents of megabytes', async () => {
      const sizes = Array.from({ length: 9 }, (_, n) => (n % 3) * 2_500_000 + n);
      await Promise.all(sizes.map((size, n) => settings.insert(setting(`k${n}`, 'x'.repeat(size)))));
      const met: number[] = [];
      for await (const { value } of settings.stream()) met.push((value as string).length);
      expect(met).to.deep.equal(sizes);
    });

    it('ends a stream that is left early without harm', async () => {
      await Promise.all(Array.from({ length: 1_200 }, (_, n) => settings.insert(setting(`k${n}`, n))));
      for await (const _ of settings.stream()) break;
      await settings.insert(setting('after', 1));
      expect(await settings.count()).to.equal(1_201);
    });
  });

  describe('changes feed', () => {
    it('hands over every document with its events', async () => {
      const a = await settings.insert(setting('a', 1), [event('made', { n: 1 }), event('told')]);
      const consumer = recorder(store, 'index', { collections: ['settings'] });
      await consumer.caughtUp();
      const b = await settings.insert(setting('b', 2), [event('made', { n: 2 })]);
      await consumer.caughtUp();
      expect(consumer.changes).to.deep.equal([
        {
          collection: 'settings',
          id: 'a',
          version: 1,
          document: a,
          events: [
            { ...event('made', { n: 1 }), id: 'settings/a/1/0' },
            { ...event('told'), id: 'settings/a/1/1' },
          ],
        },
        {
          collection: 'settings',
          id: 'b',
          version: 1,
          document: b,
          events: [{ ...event('made', { n: 2 }), id: 'settings/b/1/0' }],
        },
      ]);
      expect(await consumer.lag()).to.equal(0);
    });

    it('hands over the newest version with every event of the ones before', async () => {
      await settings.insert(setting('a', 1), [event('one')]);
      await settings.insert(setting('b', 1), [event('between')]);
      await settings.update('a', 1, setting('a', 2), [event('two')]);
      await settings.update('a', 2, setting('a', 3));
      await settings.update('a', 3, setting('a', 4), [event('four'), event('five')]);
      const consumer = recorder(store, 'index', { collections: ['settings'] });
      await consumer.caughtUp();
      const ofA = consumer.changes.filter(({ id }) => id === 'a');
      expect(ofA).to.have.length(1);
      expect(ofA[0]).to.deep.include({ version: 4 });
      expect(ofA[0]!.document).to.deep.include({ value: 4 });
      expect(ofA[0]!.events.map(({ id, type }) => `${id} ${type}`)).to.deep.equal([
        'settings/a/1/0 one',
        'settings/a/2/0 two',
        'settings/a/4/0 four',
        'settings/a/4/1 five',
      ]);
    });

    it('loses no event and hands none twice in batches of one', async () => {
      // Documents that are written again and again while the consumer is at work: events of old writes stand before the newest.
      for (let round = 0; round < 4; round++) {
        for (const id of ['a', 'b', 'c']) {
          const present = await settings.get(id);
          const events = [event(`${id}${round}`)];
          if (present) await settings.update(id, present.version, setting(id, round), events);
          else await settings.insert(setting(id, round), events);
        }
      }
      const consumer = recorder(store, 'index', { collections: ['settings'], batch: 1 });
      await consumer.caughtUp();
      expect(consumer.batches.every((batch) => batch.length === 1)).to.equal(true);
      expect(consumer.events.map(({ type }) => type).sort()).to.deep.equal(
        ['a', 'b', 'c'].flatMap((id) => [0, 1, 2, 3].map((round) => `${id}${round}`)),
      );
      expect(
        consumer.changes.every(({ document }) => (document as SettingRecord).value === 3),
        'newest version',
      ).to.equal(true);
    });

    itWith('orderAcrossDocuments', 'goes in the order of writes, over all collections', async () => {
      await settings.insert(setting('z', 1));
      await users.insert(user('y', { login: 'y' }));
      await settings.insert(setting('x', 1));
      await needs.insert(need('w', {}));
      await settings.update('z', 1, setting('z', 2));
      const consumer = recorder(store, 'index', { collections: ['needs', 'settings', 'users'], batch: 2 });
      await consumer.caughtUp();
      expect(consumer.changes.map(({ id }) => id).join('')).to.equal('yxwz');
      expect(consumer.batches.map((batch) => batch.length)).to.deep.equal([2, 2]);
    });

    it('hands over documents of megabytes', async () => {
      const ids = Array.from({ length: 6 }, (_, n) => `k${n}`);
      await Promise.all(ids.map((id) => settings.insert(setting(id, 'x'.repeat(7_000_000)), [event(id)])));
      const consumer = recorder(store, 'index', { collections: ['settings'] });
      await consumer.caughtUp();
      expect(consumer.changes.map(({ id }) => id).sort()).to.deep.equal(ids);
      expect(consumer.events.map(({ type }) => type).sort()).to.deep.equal(ids);
    });

    it('hands over only the collections that were asked for', async () => {
      await settings.insert(setting('a', 1));
      await users.insert(user('b', { login: 'b' }));
      const consumer = recorder(store, 'index', { collections: ['users'] });
      await consumer.caughtUp();
      await settings.insert(setting('c', 1));
      await consumer.caughtUp();
      expect(consumer.changes.map(({ collection, id }) => `${collection}/${id}`)).to.deep.equal(['users/b']);
    });

    it('hands removals on, with their events', async () => {
      const consumer = recorder(store, 'index', { collections: ['settings'] });
      await settings.insert(setting('a', 1));
      await consumer.caughtUp();
      await settings.remove('a', 1, [event('gone')]);
      await consumer.caughtUp();
      const last = consumer.changes.at(-1)!;
      expect(last).to.deep.equal({
        collection: 'settings',
        id: 'a',
        version: 2,
        document: null,
        events: [{ ...event('gone'), id: 'settings/a/2/0' }],
      });
      await settings.insert(setting('a', 'again'), [event('back')]);
      await consumer.caughtUp();
      expect(consumer.changes.at(-1)).to.deep.include({ id: 'a', version: 3 });
      expect(consumer.events.map(({ id }) => id)).to.deep.equal(['settings/a/2/0', 'settings/a/3/0']);
    });

    it('serves two consumers independently', async () => {
      const index = recorder(store, 'index', { collections: ['settings'] });
      await settings.insert(setting('a', 1), [event('one')]);
      await index.caughtUp();
      const audit = recorder(store, 'audit', { collections: ['settings', 'users'], batch: 1 });
      await audit.caughtUp();
      await settings.update('a', 1, setting('a', 2), [event('two')]);
      await index.stop();
      await settings.update('a', 2, setting('a', 3), [event('three')]);
      await audit.caughtUp();
      const types = audit.events.map(({ type }) => type);
      expect(
        types.filter((type) => type !== 'one'),
        'each event once',
      ).to.deep.equal(['two', 'three']);
      const again = recorder(store, 'index', { collections: ['settings'] });
      await again.caughtUp();
      const ofIndex = [...index.events, ...again.events].map(({ type }) => type);
      expect(ofIndex, 'the stopped consumer missed nothing').to.deep.equal(['one', 'two', 'three']);
    });

    it('keeps an event until the slowest consumer has handled it', async () => {
      const fast = recorder(store, 'fast', { collections: ['settings'] });
      const slow = recorder(store, 'slow', { collections: ['settings'] });
      await Promise.all([fast.caughtUp(), slow.caughtUp()]);
      await slow.stop();
      for (let n = 0; n < 5; n++) {
        await settings.insert(setting(`k${n}`, n), [event(`e${n}`)]);
        await fast.caughtUp();
      }
      await fast.stop();
      use(await under.reopen());
      const back = recorder(store, 'slow', { collections: ['settings'] });
      await back.caughtUp();
      expect(back.events.map(({ type }) => type)).to.deep.equal(['e0', 'e1', 'e2', 'e3', 'e4']);
    });

    it('goes on after its checkpoint when opened again', async () => {
      const before = recorder(store, 'index', { collections: ['settings'] });
      await settings.insert(setting('a', 1), [event('a')]);
      await settings.insert(setting('b', 1), [event('b')]);
      await before.caughtUp();
      use(await under.reopen());
      await settings.insert(setting('c', 1), [event('c')]);
      const after = recorder(store, 'index', { collections: ['settings'] });
      await after.caughtUp();
      expect(after.changes.map(({ id }) => id)).to.deep.equal(['c']);
      expect(after.events.map(({ type }) => type)).to.deep.equal(['c']);
    });

    it('hands a collection that is new to a known consumer over from its beginning', async () => {
      await users.insert(user('old', { login: 'old' }));
      const first = recorder(store, 'index', { collections: ['settings'] });
      await settings.insert(setting('a', 1));
      await first.caughtUp();
      await first.stop();
      const second = recorder(store, 'index', { collections: ['settings', 'users'] });
      await second.caughtUp();
      expect(second.changes.map(({ id }) => id)).to.deep.equal(['old']);
    });

    it('hands the same changes again to a handler that throws, with the same event ids', async () => {
      const calls: (readonly Change[])[] = [];
      await settings.insert(setting('a', 1), [event('one')]);
      const failing = store.follow('index', { collections: ['settings'] }, async (changes) => {
        calls.push(changes);
        if (calls.length < 4) throw new Error('cannot yet');
      });
      const other = recorder(store, 'audit', { collections: ['settings'] });
      await other.caughtUp();
      expect(other.changes, 'others are not held up').to.have.length(1);
      await failing.caughtUp();
      expect(calls).to.have.length(4);
      for (const call of calls) expect(call).to.deep.equal(calls[0]);
      await settings.insert(setting('b', 1));
      await failing.caughtUp();
      expect(
        calls.at(-1)!.map(({ id }) => id),
        'what was handled does not come back',
      ).to.deep.equal(['b']);
    });

    it('does not move the checkpoint past what failed', async () => {
      await settings.insert(setting('a', 1), [event('one')]);
      let called: () => void = () => {};
      const tried = new Promise<void>((resolve) => {
        called = resolve;
      });
      const failing = store.follow('index', { collections: ['settings'] }, async () => {
        called();
        throw new Error('never');
      });
      await tried;
      await failing.stop();
      use(await under.reopen());
      const later = recorder(store, 'index', { collections: ['settings'] });
      await later.caughtUp();
      expect(later.events.map(({ type }) => type)).to.deep.equal(['one']);
    });

    itWith(
      'volatileConsumers',
      'hands a volatile consumer every document once and then what changes, without events',
      async () => {
        for (const id of ['a', 'b', 'gone']) await settings.insert(setting(id, 1), [event('made')]);
        await settings.remove('gone', 1);
        for (const round of [1, 2]) {
          const memory = recorder(store, 'memory', { collections: ['settings'], from: 'beginning', batch: 2 });
          await memory.caughtUp();
          expect(memory.changes.map(({ id, document }) => `${id} ${document !== null}`)).to.deep.equal(
            round === 1 ? ['a true', 'b true'] : ['b true', 'c true'],
          );
          if (round === 1) {
            await settings.insert(setting('c', 1), [event('made')]);
            await settings.remove('a', 1, [event('gone')]);
            await memory.caughtUp();
            expect(
              memory.changes.slice(2).map(({ id, version, document }) => `${id} ${version} ${document !== null}`),
            ).to.deep.equal(['c 1 true', 'a 2 false']);
          }
          expect(memory.events).to.deep.equal([]);
          await memory.stop();
        }
      },
    );

    it('hands over what is written while the handler runs', async () => {
      const met: string[] = [];
      const following = store.follow('chain', { collections: ['settings'], batch: 3 }, async (changes) => {
        for (const { id } of changes) {
          met.push(id);
          // What a consumer creates takes its id from the cause, so a repeated call changes nothing.
          if (id.length < 6) await settings.insert(setting(`${id}x`, 1)).catch(() => {});
        }
      });
      await settings.insert(setting('a', 1));
      while (!met.includes('axxxxx')) await following.caughtUp();
      expect(met).to.deep.equal(['a', 'ax', 'axx', 'axxx', 'axxxx', 'axxxxx']);
    });

    it('counts what waits, and stops only after the running batch', async () => {
      for (let n = 0; n < 5; n++) await settings.insert(setting(`k${n}`, n));
      let release: () => void = () => {};
      const held = new Promise<void>((resolve) => {
        release = resolve;
      });
      let begun: () => void = () => {};
      const running = new Promise<void>((resolve) => {
        begun = resolve;
      });
      const handled: string[] = [];
      const following = store.follow('index', { collections: ['settings'], batch: 2 }, async (changes) => {
        begun();
        await held;
        for (const { id } of changes) handled.push(id);
      });
      await running;
      expect(await following.lag()).to.equal(5);
      // Also for who only looks, without following.
      expect(await store.lags()).to.deep.equal({ index: 5 });
      const waiting = following.caughtUp().then(
        () => 'caught up',
        (error: QianxianError) => error.code,
      );
      const stopped = following.stop();
      let hasStopped = false;
      void stopped.then(() => {
        hasStopped = true;
      });
      await new Promise((resolve) => setImmediate(resolve));
      expect(hasStopped, 'a running batch is not cut off').to.equal(false);
      release();
      await stopped;
      expect(await waiting).to.equal('unavailable');
      expect(handled).to.deep.equal(['k0', 'k1']);
      await settings.insert(setting('later', 1));
      const rest = recorder(store, 'index', { collections: ['settings'] });
      await rest.caughtUp();
      expect(
        rest.changes.map(({ id }) => id),
        'what the stopped batch handled is done',
      ).to.deep.equal(['k2', 'k3', 'k4', 'later']);
    });

    it('never changes the version that users see', async () => {
      const consumer = recorder(store, 'index', { collections: ['settings'] });
      const before = await settings.insert(setting('a', 1), [event('one')]);
      await consumer.caughtUp();
      expect(await settings.get('a')).to.deep.equal(before);
      await settings.update('a', 1, setting('a', 2));
    });

    it('catches up with nothing at once', async () => {
      const consumer = recorder(store, 'index', { collections: ['settings', 'users'] });
      await consumer.caughtUp();
      await users.count();
      await consumer.caughtUp();
      expect(consumer.batches).to.deep.equal([]);
      expect(await consumer.lag()).to.equal(0);
      expect(await store.lags()).to.deep.equal({ index: 0 });
    });

    it('forgets a consumer: what waits for it, and the events that were kept for it alone', async () => {
      const collections = ['settings', 'users'] as const;
      const index = recorder(store, 'index', { collections });
      const gone = recorder(store, 'gone', { collections });
      await Promise.all([index.caughtUp(), gone.caughtUp()]);
      await gone.stop();
      for (const id of ['a', 'b', 'c']) await settings.insert(setting(id, 1), [event(id)]);
      await index.caughtUp();
      expect(await store.lags()).to.deep.equal({ index: 0, gone: 3 });
      await failure(store.forget('index'), 'conflict');
      expect(await store.forget('gone')).to.equal(3);
      expect(await store.lags()).to.deep.equal({ index: 0 });
      expect(await store.forget('gone'), 'twice is as once').to.equal(0);
      // Whoever comes under the name again is new: every document, and no event that was kept for the one before.
      const anew = recorder(store, 'gone', { collections });
      await anew.caughtUp();
      expect(anew.changes.map(({ id }) => id)).to.have.members(['a', 'b', 'c']);
      expect(anew.events).to.deep.equal([]);
      // And nothing came undone for the others.
      await settings.update('a', 1, setting('a', 2), [event('a2')]);
      await Promise.all([index.caughtUp(), anew.caughtUp()]);
      expect(index.events.map(({ type }) => type)).to.deep.equal(['a', 'b', 'c', 'a2']);
      expect(anew.events.map(({ type }) => type)).to.deep.equal(['a2']);
      expect(await store.verify()).to.deep.equal([]);
    });

    it('keeps events for the others when it forgets one', async () => {
      const collections = ['settings'] as const;
      const [slow, gone] = ['slow', 'gone'].map((name) => recorder(store, name, { collections }));
      await Promise.all([slow!.caughtUp(), gone!.caughtUp()]);
      await Promise.all([slow!.stop(), gone!.stop()]);
      await settings.insert(setting('a', 1), [event('one')]);
      await store.forget('gone');
      const back = recorder(store, 'slow', { collections });
      await back.caughtUp();
      expect(back.events.map(({ type }) => type)).to.deep.equal(['one']);
    });

    it('refuses a consumer without a name or collections', async () => {
      const start = (name: string, collections: readonly string[], batch?: number) => async () =>
        store.follow(name, { collections: collections as FollowOptions['collections'], batch }, async () => {});
      await failure(start('', ['settings'])(), 'malformed');
      await failure(start('index', [])(), 'malformed');
      await failure(start('index', ['nothing'])(), 'malformed');
      await failure(start('index', ['settings'], 0)(), 'malformed');
    });

    itWith('manyHandles', 'notices what another process writes', async () => {
      const consumer = recorder(store, 'index', { collections: ['settings'] });
      await consumer.caughtUp();
      const other = await under.another();
      const arrived = new Promise<readonly Change[]>((resolve) => {
        store.follow('watch', { collections: ['settings'] }, async (changes) => resolve(changes));
      });
      await other.collection('settings').insert(setting('from outside', 1), [event('outside')]);
      const changes = await arrived;
      expect(changes.map(({ id }) => id)).to.deep.equal(['from outside']);
      await consumer.caughtUp();
      expect(consumer.events.map(({ type }) => type)).to.deep.equal(['outside']);
    });

    itWith('manyHandles', 'has one winner and one order over two handles', async () => {
      const other = (await under.another()).collection('settings');
      await settings.insert(setting('a', 0));
      const results = await Promise.allSettled(
        Array.from({ length: 20 }, (_, n) => (n % 2 ? other : settings).update('a', 1, setting('a', n))),
      );
      expect(results.filter(({ status }) => status === 'fulfilled')).to.have.length(1);
      await Promise.all(
        Array.from({ length: 200 }, (_, n) => (n % 2 ? other : settings).insert(setting(`k${n}`, n), [event(`e${n}`)])),
      );
      const consumer = recorder(store, 'audit', { collections: ['settings'], batch: 7 });
      await consumer.caughtUp();
      expect(new Set(consumer.events.map(({ type }) => type)).size).to.equal(200);
      expect(consumer.events).to.have.length(200);
    });
  });

  describe('life', () => {
    it('has everything after it was opened again', async () => {
      await settings.insert(setting('a', 1));
      await settings.update('a', 1, setting('a', 2));
      await settings.insert(setting('b', 1));
      await settings.remove('b', 1);
      await users.insert(user('u', { login: 'li' }));
      use(await under.reopen());
      expect(await settings.get('a')).to.include({ version: 2, value: 2 });
      expect(await settings.count()).to.equal(1);
      expect((await settings.insert(setting('b', 2))).version, 'versions go on growing').to.equal(3);
      expect(((await failure(users.insert(user('v', { login: 'li' })), 'duplicate')) as Duplicate).key).to.equal(
        'login',
      );
    });

    it('finishes what was asked for before it closes, and answers nothing after', async () => {
      const writes = Array.from({ length: 50 }, (_, n) => settings.insert(setting(`k${n}`, n)));
      const closing = store.close();
      await Promise.all(writes);
      await closing;
      await store.close();
      await failure(settings.insert(setting('late', 1)), 'unavailable');
      await failure(settings.get('k1'), 'unavailable');
      await failure(settings.find(), 'unavailable');
      await failure(store.ping(), 'unavailable');
      use(await under.reopen());
      expect(await settings.count()).to.equal(50);
    });

    it('answers a ping', async () => {
      await store.ping();
    });

    it('finds nothing damaged in what is sound', async () => {
      await settings.insert(setting('a', 1), [event('made')]);
      await settings.insert(setting('b', 1));
      await settings.remove('b', 1);
      expect(await store.verify()).to.deep.equal([]);
    });

    itWith('copyOfOneMoment', 'copies everything, consistent, while writes go on', async () => {
      await Promise.all(Array.from({ length: 3_000 }, (_, n) => settings.insert(setting(`k${n}`, '钢'.repeat(300)))));
      // Two counters that are written one after the other: a torn copy would have the second ahead of the first.
      await settings.insert(setting('x-first', 0));
      await settings.insert(setting('x-second', 0));
      const path = under.freshPath();
      let done = false;
      const copying = store.backup(path).finally(() => {
        done = true;
      });
      let rounds = 0;
      do {
        rounds++;
        await settings.update('x-first', rounds, setting('x-first', rounds));
        await settings.update('x-second', rounds, setting('x-second', rounds));
      } while (!done);
      await copying;
      const copy = await under.openBackup(path);
      expect(await copy.verify()).to.deep.equal([]);
      const [first, second] = await copy.collection('settings').getMany(['x-first', 'x-second']);
      expect((first!.value as number) - (second!.value as number)).to.be.within(0, 1);
      expect(await copy.collection('settings').count()).to.equal(3_002);
      expect((await copy.collection('settings').get('k7'))?.value).to.equal('钢'.repeat(300));
      await failure(store.backup(path), 'conflict');
    });
  });

  it('copies every document whole while writes go on, with removals, and what waits', async () => {
    await settings.insert(setting('still', '钢'.repeat(300)), [event('still')]);
    await settings.insert(setting('gone', 1));
    await settings.remove('gone', 1);
    await users.insert(user('u', { login: 'li' }));
    await settings.insert(setting('busy', 0));
    const path = under.freshPath();
    let done = false;
    const copying = store.backup(path).finally(() => {
      done = true;
    });
    let rounds = 0;
    do {
      rounds++;
      await settings.update('busy', rounds, setting('busy', rounds));
    } while (!done);
    await copying;
    const copy = await under.openBackup(path);
    expect(await copy.verify()).to.deep.equal([]);
    const copied = copy.collection('settings');
    expect(await copied.get('still')).to.deep.equal(await settings.get('still'));
    const busy = await copied.get('busy');
    expect(busy?.value, 'whole').to.equal(busy!.version - 1);
    expect((await copied.insert(setting('gone', 2))).version, 'versions go on growing').to.equal(3);
    await failure(copy.collection('users').insert(user('v', { login: 'li' })), 'duplicate');
    const consumer = recorder(copy, 'index', { collections: ['settings'] });
    await consumer.caughtUp();
    expect(consumer.events.map(({ type }) => type)).to.deep.equal(['still']);
    await failure(store.backup(path), 'conflict');
  });

  describe('moves', () => {
    const walked = async (from: MovableStore, collection: 'settings' | 'users', consumers: readonly string[]) => {
      const records: MovedRecord[] = [];
      for await (const one of from.moving.walk(collection, consumers)) records.push(one);
      return records.sort((a, b) => a.place - b.place);
    };
    const told = async (from: MovableStore, name: string) => {
      const consumer = recorder(from, name, { collections: ['settings'] });
      await consumer.caughtUp();
      await consumer.stop();
      return consumer.changes.map(({ id, version, events }) => [id, version, ...events.map((one) => one.id)]);
    };
    const consumers: ConsumersOf = { settings: ['audit', 'mail'] };

    /** Documents that audit has handled in part, mail not at all, and what has come since. */
    const fill = async () => {
      await settings.insert(setting('a', '钢'), [event('a1')]);
      await settings.insert(setting('gone', 1), [event('g1')]);
      await settings.insert(setting('quiet', 1));
      const mail = store.follow('mail', { collections: ['settings'], batch: 1 }, async () => {
        throw new Error('mail is away');
      });
      await told(store, 'audit');
      await mail.stop();
      await settings.update('a', 1, setting('a', '铁'), [event('a2'), event('a2 too')]);
      await settings.update('a', 2, setting('a', '铜'));
      await settings.remove('gone', 1, [event('g2')]);
      await settings.insert(setting('new', 1), [event('n1')]);
      await users.insert(user('u', { login: 'li' }), [event('u1')]);
    };
    const move = async (target: MovableStore) => {
      await target.moving.begin('elsewhere', consumers);
      for (const name of ['settings', 'users'] as const) {
        await target.moving.put(name, await walked(store, name, ['audit', 'mail']));
      }
    };
    const expected = {
      audit: [
        ['a', 3, 'settings/a/2/0', 'settings/a/2/1'],
        ['gone', 2, 'settings/gone/2/0'],
        ['new', 1, 'settings/new/1/0'],
      ],
      mail: [
        ['quiet', 1],
        ['a', 3, 'settings/a/1/0', 'settings/a/2/0', 'settings/a/2/1'],
        ['gone', 2, 'settings/gone/1/0', 'settings/gone/2/0'],
        ['new', 1, 'settings/new/1/0'],
      ],
    };

    it('documents as they are, removals, and to each consumer what waits for it, once', async () => {
      await fill();
      const open = (forMoving: boolean) => under.openTarget('target', { forMoving });
      const target = await open(true);
      await move(target);
      for (const name of ['settings', 'users'] as const) {
        const content = (records: MovedRecord[]) => records.map(({ place: _place, ...rest }) => rest);
        const there = content(await walked(target, name, ['audit', 'mail']));
        const here = content(await walked(store, name, ['audit', 'mail']));
        expect(there, 'while it is moved').to.deep.equal(here);
        const some = here.slice(1).map(({ id }) => id);
        const read = await target.moving.read(name, [...some, 'nobody'], ['audit', 'mail']);
        expect(read.map(({ id }) => id)).to.have.members(some);
      }
      expect(await target.moving.consumers()).to.deep.equal(consumers);
      await target.moving.end();
      await target.close();
      const served = await open(false);
      expect(await served.verify()).to.deep.equal([]);
      expect(await served.collection('settings').get('a')).to.deep.equal(await settings.get('a'));
      expect(await served.collection('settings').get('gone')).to.equal(undefined);
      await failure(served.collection('users').insert(user('v', { login: 'li' })), 'duplicate');
      const content = (records: MovedRecord[]) => records.map(({ place: _place, ...rest }) => rest);
      expect(content(await walked(served, 'settings', ['audit', 'mail'])), 'when it has ended').to.deep.equal(
        content(await walked(store, 'settings', ['audit', 'mail'])),
      );
      for (const name of ['audit', 'mail'] as const) {
        const changes = await told(served, name);
        expect(changes, name).to.have.deep.members(expected[name]);
        expect(await told(served, name), `${name} again`).to.deep.equal([]);
      }
      const again = await served.collection('settings').insert(setting('gone', 2), [event('g3')]);
      expect(again.version, 'versions go on growing').to.equal(3);
      for (const name of ['audit', 'mail'])
        expect(await told(served, name)).to.deep.equal([['gone', 3, 'settings/gone/3/0']]);
      expect(await told(served, 'late'), 'a new consumer gets every document').to.have.length(4);
    });

    it('what waits for nobody is told to nobody, whatever was put around it', async () => {
      await fill();
      await told(store, 'mail');
      await told(store, 'audit');
      const records = await walked(store, 'settings', ['audit', 'mail']);
      expect(records.flatMap(({ events }) => events)).to.deep.equal([]);
      const target = await under.openTarget('target', { forMoving: true });
      await target.moving.begin('elsewhere', consumers);
      const late = records.map(
        (one): MovedRecord =>
          one.id === 'new'
            ? { ...one, waiting: { mail: 1 }, events: [{ version: 1, position: 0, event: event('n1') }] }
            : one,
      );
      // The one that waits comes first: what is handled lies behind it in the order of the feed.
      await target.moving.put('settings', late.reverse());
      await target.moving.end();
      await target.close();
      const served = await under.openTarget('target', { forMoving: false });
      expect(await told(served, 'audit')).to.deep.equal([]);
      expect(await told(served, 'mail')).to.deep.equal([['new', 1, 'settings/new/1/0']]);
    });

    it('into an empty store, that nobody serves before the end', async () => {
      await fill();
      expect(await store.moving.state()).to.deep.equal({ kind: 'records' });
      const target = await under.openTarget('target', { forMoving: true });
      expect(await target.moving.state()).to.deep.equal({ kind: 'empty' });
      const records = await walked(store, 'users', []);
      await failure(target.moving.put('users', records), 'conflict');
      await target.moving.begin('elsewhere', {});
      expect(await target.moving.state()).to.deep.equal({ kind: 'begun', source: 'elsewhere' });
      await target.moving.put('users', records);
      await failure(target.moving.put('users', records), 'duplicate');
      const [moved] = records;
      await failure(target.moving.put('users', [{ ...moved!, id: 'other' }]), 'duplicate');
      await failure(under.openTarget('target', { forMoving: false }), 'damaged');
      await target.moving.forget('users', ['u', 'nobody']);
      expect(await walked(target, 'users', [])).to.deep.equal([]);
      await target.moving.put('users', records);
      await target.moving.end();
      expect(await target.moving.state()).to.deep.equal({ kind: 'moved', source: 'elsewhere' });
      await failure(target.moving.put('users', records), 'conflict');
      const served = await under.openTarget('target', { forMoving: false });
      expect(await served.collection('users').get('u')).to.deep.equal(await users.get('u'));
      const follower = recorder(served, 'first', { collections: ['users'] });
      await follower.caughtUp();
      expect(
        follower.events.map(({ id }) => id),
        'kept for whoever begins',
      ).to.deep.equal(['users/u/1/0']);
    });
  });

  it('does what a simple model does, in any interleaving, closed and opened in between', async function () {
    this.timeout(120_000);
    type Step =
      | { readonly kind: 'insert' | 'update' | 'stale' | 'remove'; readonly id: number; readonly login: number }
      | { readonly kind: 'find' }
      | { readonly kind: 'reopen' }
      | { readonly kind: 'feed' };
    const write = fc.record({
      kind: fc.constantFrom('insert' as const, 'update' as const, 'stale' as const, 'remove' as const),
      id: fc.nat(5),
      login: fc.nat(5),
    });
    const look = fc.record({
      kind: fc.constantFrom('find' as const, 'feed' as const, 'feed' as const, 'reopen' as const),
    });
    const steps: fc.Arbitrary<Step[]> = fc.array(
      fc.oneof({ weight: 5, arbitrary: write }, { weight: 1, arbitrary: look }),
      {
        minLength: 10,
        maxLength: 60,
      },
    );
    await fc.assert(
      fc.asyncProperty(steps, async (script) => {
        await under.destroy();
        under = await open({ clock: tickingClock() });
        use(under.store);
        const model = new Map<string, { version: number; login: string | null }>();
        const versions = new Map<string, number>();
        const expectedEvents = new Map<string, string[]>();
        let handed = new Map<string, Change>();
        const handedEvents: string[] = [];
        let following: ReturnType<RecordStore['follow']> | undefined;
        let count = 0;

        for (const step of script) {
          if (step.kind === 'reopen') {
            use(await under.reopen());
            following = undefined;
            continue;
          }
          if (step.kind === 'feed') {
            following ??= store.follow('model', { collections: ['users'], batch: 3 }, async (changes) => {
              for (const change of changes) {
                const before = handed.get(change.id);
                if (before) expect(change.version, 'versions never go back').to.be.at.least(before.version);
                handed.set(change.id, change);
                handedEvents.push(...change.events.map(({ id, type }) => `${id} ${type}`));
              }
            });
            await following.caughtUp();
            for (const [id, version] of versions) {
              expect(handed.get(id)?.version, `${id} was handed over`).to.equal(version);
              const login = (handed.get(id)?.document as User | null)?.login;
              expect(login ?? null).to.equal(model.get(id)?.login ?? null);
            }
            expect([...handedEvents].sort(), 'each event once').to.deep.equal(
              [...expectedEvents.values()].flat().sort(),
            );
            continue;
          }
          if (step.kind === 'find') {
            const found = await allPages((options) => users.find(options), {
              order: { by: 'login', direction: 'desc' },
              limit: 2,
            });
            const expected = [...model].sort(([a, { login: x }], [b, { login: y }]) => {
              if (x === y) return a < b ? -1 : 1;
              if (x === null || y === null) return x === null ? 1 : -1;
              return x < y ? 1 : -1;
            });
            expect(found.map(({ id, version }) => `${id} ${version}`)).to.deep.equal(
              expected.map(([id, { version }]) => `${id} ${version}`),
            );
            continue;
          }
          const id = `u${step.id}`;
          const login = step.login === 0 ? null : `login${step.login}`;
          const present = model.get(id);
          const taken = login !== null && [...model].some(([other, entry]) => other !== id && entry.login === login);
          const type = `event${count++}`;
          const accepted = (version: number, entry: { version: number; login: string | null } | undefined) => {
            if (entry) model.set(id, entry);
            else model.delete(id);
            versions.set(id, version);
            const events = expectedEvents.get(id) ?? [];
            expectedEvents.set(id, [...events, `users/${id}/${version}/0 ${type}`]);
          };
          if (step.kind === 'insert') {
            const attempt = users.insert(user(id, { login }), [event(type)]);
            if (present || taken) await failure(attempt, 'duplicate');
            else {
              const { version } = await attempt;
              expect(version).to.equal((versions.get(id) ?? 0) + 1);
              accepted(version, { version, login });
            }
          } else if (step.kind === 'update') {
            const attempt = users.update(id, present?.version ?? 1, user(id, { login }), [event(type)]);
            if (!present) await failure(attempt, 'not_found');
            else if (taken) await failure(attempt, 'duplicate');
            else {
              const { version } = await attempt;
              expect(version).to.equal(present.version + 1);
              accepted(version, { version, login });
            }
          } else if (step.kind === 'stale') {
            const attempt = users.update(id, (present?.version ?? 0) + 1, user(id, { login }), [event(type)]);
            await failure(attempt, present ? 'conflict' : 'not_found');
          } else {
            const attempt = users.remove(id, present?.version ?? 1, [event(type)]);
            if (!present) await failure(attempt, 'not_found');
            else {
              await attempt;
              accepted(present.version + 1, undefined);
            }
          }
        }
        expect(await users.count()).to.equal(model.size);
        expect(await store.verify()).to.deep.equal([]);
        handed = new Map();
      }),
      { numRuns: 40, seed: 3_141_592 },
    );
  });
}
