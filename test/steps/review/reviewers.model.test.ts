import { expect } from 'chai';
import fc from 'fast-check';
import type { MarkInput } from '../../../src/domain/docket.ts';
import { taughtLevel } from '../../../src/domain/docket-marks.ts';
import { QianxianError } from '../../../src/domain/errors.ts';
import { applyDocketEffects } from '../../../src/steps/review/apply-effects.ts';
import { closeDocket } from '../../../src/steps/review/close-docket.ts';
import { correctDecision } from '../../../src/steps/review/correct-decision.ts';
import { markPair, unmarkPair } from '../../../src/steps/review/mark-pair.ts';
import { settleDocket } from '../../../src/steps/review/settle-docket.ts';
import { clerk, head } from '../../domain/docket-samples.ts';
import {
  addAchievement,
  addNeed,
  explainByName,
  type FreshStore,
  failingPorts,
  freezeOnly,
  freshStore,
  outcomeOf,
  plainSettings,
} from '../docket-world.ts';

/**
 * Random staff mark, undo, close and correct in random order, often with a stale view, while weeks go by and the feed
 * delivers late, twice, or breaks off; all against a model that is a few maps.
 */

const weeks = ['2026-W48', '2026-W49', '2026-W50'] as const;
const pairs = ['n1~a1', 'n2~a2', 'n3~a3', 'n4~a4'] as const;
const staff = [clerk, head];
const marks: MarkInput[] = [
  { kind: 'accept' },
  { kind: 'reject', reason: 'off-topic' },
  { kind: 'reject', reason: 'unreachable' },
  { kind: 'defer', until: '2027-06-30' },
  { kind: 'ask', side: 'need', question: '请给出粒度指标' },
  { kind: 'ask', side: 'achievement', question: '请给出检测报告' },
];
const stateOf = { accept: 'accepted', reject: 'rejected', defer: 'deferred', ask: 'questioned' } as const;

interface ModelItem {
  mark: MarkInput | null;
  version: number;
  corrections: number;
  moved: boolean;
}
interface ModelDocket {
  closed: boolean;
  version: number;
  items: Map<string, ModelItem>;
}

type Result = 'done' | QianxianError['code'];

async function resultOf(promise: Promise<unknown>): Promise<Result> {
  try {
    await promise;
    return 'done';
  } catch (error) {
    if (error instanceof QianxianError) return error.code;
    throw error;
  }
}

const operation = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      act: fc.constantFrom(
        'mark' as const,
        'mark' as const,
        'unmark' as const,
        'unmark' as const,
        'correct' as const,
        'correct' as const,
      ),
      who: fc.nat(1),
      week: fc.constantFrom(0, 0, 0, 0, 1, 1, 2),
      pair: fc.constantFrom(0, 0, 0, 1, 1, 2, 3),
      mark: fc.nat(marks.length - 1),
      stale: fc.constantFrom(0, 0, 0, 1),
      /** Whether to aim at a pair on which the act makes sense, if there is one. */
      aimed: fc.constantFrom(true, true, true, false),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      act: fc.constant('close' as const),
      who: fc.nat(1),
      week: fc.constantFrom(0, 0, 0, 1, 2),
      stale: fc.constantFrom(0, 0, 1),
    }),
  },
  { weight: 1, arbitrary: fc.record({ act: fc.constant('next week' as const) }) },
  {
    weight: 2,
    arbitrary: fc.record({ act: fc.constant('deliver' as const), failing: fc.option(fc.integer({ min: 1, max: 8 })) }),
  },
);

describe('reviewers, at random', () => {
  let ports: FreshStore;
  afterEach(() => ports?.close());

  it('come to what a simple model says', async () => {
    const counts = new Map<string, number>();
    await fc.assert(
      fc.asyncProperty(fc.array(operation, { minLength: 10, maxLength: 45 }), async (operations) => {
        await ports?.close();
        ports = await freshStore();
        for (const number of [1, 2, 3, 4]) {
          await addNeed(ports, `n${number}`);
          await addAchievement(ports, `a${number}`);
        }
        const { store } = ports;
        const model: ModelDocket[] = [];
        const outcome = Object.fromEntries(
          [1, 2, 3, 4].map((number) => [`n${number}`, [[`a${number}`, 'fair'] as const]]),
        );
        const nextWeek = async () => {
          const week = weeks[model.length];
          if (!week) return;
          const items = new Map<string, ModelItem>();
          for (const docket of model) {
            for (const [pair, item] of docket.items) {
              if (item.mark || item.moved) continue;
              item.moved = true;
              items.set(pair, { mark: null, version: 0, corrections: 0, moved: false });
            }
          }
          if (model.length === 0) {
            for (const pair of pairs) items.set(pair, { mark: null, version: 0, corrections: 0, moved: false });
          }
          model.push({ closed: false, version: 0, items });
          await freezeOnly(ports, outcomeOf(week, outcome), explainByName, plainSettings);
          await settleDocket(ports, week);
        };
        const deliver = async (through: typeof ports | ReturnType<typeof failingPorts>['ports'] = ports) => {
          for (const week of weeks.slice(0, model.length)) {
            const document = (await store.collection('dockets').get(week))!;
            await applyDocketEffects({ ...ports, ...through })([
              { collection: 'dockets', id: week, version: document.version, document, events: [] },
            ]);
          }
        };
        const aim = (one: { act: 'mark' | 'unmark' | 'correct'; aimed: boolean; pair: number }) => {
          if (!one.aimed) return undefined;
          const fitting = model.flatMap((docket, place) =>
            [...docket.items]
              .filter(([, item]) => !item.moved && docket.closed === (one.act === 'correct'))
              .filter(([, item]) => one.act === 'mark' || item.mark !== null)
              .map(([pairId]) => ({ place, pairId })),
          );
          return fitting[one.pair % fitting.length];
        };
        await nextWeek();

        for (const [index, one] of operations.entries()) {
          if (one.act === 'next week') {
            await nextWeek();
            continue;
          }
          if (one.act === 'deliver') {
            if (one.failing === null) await deliver();
            else
              await deliver(failingPorts(ports, one.failing, index % 2 ? 'before' : 'after').ports).catch(
                () => undefined,
              );
            continue;
          }
          const target = one.act === 'close' ? undefined : aim(one);
          const place = target?.place ?? one.week;
          const week = weeks[place]!;
          const docket = model[place];
          const by = staff[one.who]!;
          let wanted: Result;
          let got: Result;
          if (one.act === 'close') {
            const version = (await store.collection('dockets').get(week))?.version ?? 1;
            wanted = !docket ? 'not_found' : docket.closed || one.stale ? 'conflict' : 'done';
            got = await resultOf(closeDocket(ports, by, { week, seen: version - one.stale }));
            if (got === 'done' && docket) docket.closed = true;
          } else {
            const pairId = target?.pairId ?? pairs[one.pair]!;
            const item = docket?.items.get(pairId);
            const mark = marks[one.mark]!;
            const markVersion = Math.max((item?.version ?? 0) - one.stale, 0);
            const stale = item !== undefined && markVersion !== item.version;
            const request = { week, pairId, markVersion };
            if (!docket || !item) wanted = 'not_found';
            else if (one.act === 'correct') {
              if (!docket.closed || item.moved || !item.mark || stale) wanted = 'conflict';
              else wanted = JSON.stringify(item.mark) === JSON.stringify(mark) ? 'invalid' : 'done';
            } else if (docket.closed || item.moved || stale) wanted = 'conflict';
            else wanted = one.act === 'unmark' && !item.mark ? 'conflict' : 'done';

            if (one.act === 'mark') got = await resultOf(markPair(ports, by, { ...request, mark }));
            else if (one.act === 'unmark') got = await resultOf(unmarkPair(ports, by, request));
            else got = await resultOf(correctDecision(ports, by, { ...request, mark, reason: '听错了电话' }));
            if (got === 'done' && item) {
              item.mark = one.act === 'unmark' ? null : mark;
              item.version += 1;
              if (one.act === 'correct') item.corrections += 1;
            }
          }
          counts.set(`${one.act} ${got}`, (counts.get(`${one.act} ${got}`) ?? 0) + 1);
          expect(got, `${index}: ${JSON.stringify(one)}`).to.equal(wanted);
        }

        await deliver();
        for (const pairId of pairs) {
          const [need, achievement] = pairId.split('~') as [string, string];
          const place = model.findIndex((docket) => docket.items.get(pairId)?.moved === false);
          const docket = model[place]!;
          const item = docket.items.get(pairId)!;
          const final = docket.closed ? item.mark : null;
          const stored = (await store.collection('dockets').get(weeks[place]!))!;
          expect(stored.items.find((entry) => entry.pairId === pairId)).to.include({ markVersion: item.version });
          const match = (await store.collection('matches').get(pairId))!;
          expect(match.state).to.equal(final ? stateOf[final.kind] : 'suggested');
          expect(match.deferredUntil).to.equal(final?.kind === 'defer' ? final.until : undefined);
          expect(match.decisions).to.have.length(final ? 1 + item.corrections : 0);
          const { items: judged } = await store.collection('judgements').find({ where: { pairId } });
          const level = final ? taughtLevel(final) : null;
          expect(judged.map((judgement) => judgement.level)).to.deep.equal(level === null ? [] : [level]);
          const asked = [
            ...(await store.collection('needs').get(need))!.questions.map((question) => ['need', question.question]),
            ...(await store.collection('achievements').get(achievement))!.questions.map((question) => [
              'achievement',
              question.question,
            ]),
          ];
          expect(asked).to.deep.equal(final?.kind === 'ask' ? [[final.side, final.question]] : []);
        }
      }),
      { seed: 2648, numRuns: 90 },
    );
    // The sequences reached what they are for.
    for (const reached of [
      'mark done',
      'mark conflict',
      'unmark done',
      'close done',
      'close conflict',
      'correct done',
      'correct conflict',
    ]) {
      expect(counts.get(reached) ?? 0, reached).to.be.at.least(15);
    }
  });
});
