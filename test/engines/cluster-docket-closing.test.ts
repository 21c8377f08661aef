import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { expect } from 'chai';
import type { MarkInput } from '../../src/domain/docket.ts';
import { openRecordStore } from '../../src/engines/cluster/record-store.ts';
import type { RecordStore } from '../../src/ports/record-store.ts';
import { markPair } from '../../src/steps/review/mark-pair.ts';
import { clerk } from '../domain/docket-samples.ts';
import { addAchievement, addNeed, freeze, outcomeOf, type StorePorts } from '../steps/docket-world.ts';
import { setClock } from '../steps/fresh-ports.ts';
import { dropDatabases, freshDatabase, mongoUri, silent } from './cluster-records.ts';

const reason = mongoUri ? '' : ' (skipped: MONGODB_URI is not set)';
const program = new URL('./docket-closer.ts', import.meta.url).pathname;
const dockets = 25;

/** A process beside this one that closes dockets. */
class Closer {
  readonly child: ChildProcess;
  readonly #waiting: ((line: string) => void)[] = [];
  readonly #lines: string[] = [];

  constructor(database: string) {
    this.child = spawn(process.execPath, ['--import', 'tsx', program, mongoUri!, database], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    createInterface({ input: this.child.stdout! }).on('line', (line) => {
      const next = this.#waiting.shift();
      if (next) next(line);
      else this.#lines.push(line);
    });
  }

  next(): Promise<string> {
    const line = this.#lines.shift();
    return line === undefined ? new Promise((resolve) => this.#waiting.push(resolve)) : Promise.resolve(line);
  }

  close(week: string, version: number): Promise<string> {
    this.child.stdin!.write(`${week} ${version}\n`);
    return this.next();
  }
}

(mongoUri ? describe : describe.skip)(`one docket, closed by two processes at once${reason}`, function () {
  this.timeout(240_000);
  const database = freshDatabase();
  const closers: Closer[] = [];
  let store: RecordStore;
  let ports: StorePorts;

  before(async () => {
    const clock = setClock('2026-11-23T01:00:00.000Z');
    const options = { uri: mongoUri!, database, clock, log: silent, limitMs: 20_000, pollMs: 50 };
    store = await openRecordStore({ ...options, migrate: true });
    ports = { store, clock, log: silent };
    closers.push(new Closer(database), new Closer(database));
    for (const closer of closers) expect(await closer.next()).to.equal('open');
  });
  after(async () => {
    for (const { child } of closers) child.kill('SIGKILL');
    await store.close();
    await dropDatabases([database]);
  });

  it(`has one winner, and each effect once, ${dockets} times`, async () => {
    for (let number = 0; number < dockets; number++) {
      const week = `2026-W${String(10 + number)}`;
      const [need, ...achievements] = [`n${number}`, ...['a', 'b', 'c'].map((letter) => `${letter}${number}`)];
      await addNeed(ports, need!);
      for (const id of achievements) await addAchievement(ports, id);
      const rows = achievements.map((id) => [id, 'strong'] as const);
      const { docket } = await freeze(ports, outcomeOf(week, { [need!]: rows }));
      const marks: MarkInput[] = [
        { kind: 'accept' },
        { kind: 'reject', reason: 'off-topic' },
        { kind: 'ask', side: 'need', question: '请补充现有设备的型号' },
      ];
      const items = docket.items.slice(0, marks.length);
      expect(items.length).to.be.greaterThan(0);
      let version = docket.version;
      for (const [index, { pairId, markVersion }] of items.entries()) {
        const marked = await markPair(ports, clerk, { week, pairId, markVersion, mark: marks[index]! });
        version = marked.version;
      }
      const outcomes = await Promise.all(closers.map((closer) => closer.close(week, version)));
      expect(outcomes.filter((line) => line === `closed ${week}`).length, outcomes.join()).to.equal(1);
      expect(outcomes.filter((line) => line.startsWith('refused conflict')).length, outcomes.join()).to.equal(1);

      const states = ['accepted', 'rejected', 'questioned'];
      for (const [index, { pairId }] of items.entries()) {
        let match = await store.collection('matches').get(pairId);
        while (match?.state !== states[index]) {
          await new Promise((resolve) => setTimeout(resolve, 20));
          match = await store.collection('matches').get(pairId);
        }
        expect(match?.decisions.length, pairId).to.equal(1);
      }
      const closed = (await store.collection('dockets').get(week))!;
      expect(closed.state).to.equal('closed');
      expect(await store.collection('judgements').count({ week })).to.equal(Math.min(2, items.length));
      const asked = (await store.collection('needs').get(need!))!.questions;
      expect(asked.length).to.equal(items.length === 3 ? 1 : 0);
    }
  });
});
