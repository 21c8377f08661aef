import {
  effectsOf,
  type ItemEffect,
  sameJudgement,
  withDecisions,
  withQuestion,
} from '../../domain/decision-effects.ts';
import type { Side } from '../../domain/docket.ts';
import { Conflict, Duplicate, NotFound } from '../../domain/errors.ts';
import { changeDocument } from '../../ports/change-document.ts';
import type { Change } from '../../ports/record-store.ts';
import type { ReviewPorts } from './review-ports.ts';
import { settleDocket } from './settle-docket.ts';

/** Puts the question on one side's record, or takes earlier ones back; the record's state is untouched. */
async function settleQuestion(ports: ReviewPorts, effect: ItemEffect, side: Side): Promise<void> {
  const [name, id] =
    side === 'need' ? (['needs', effect.needId] as const) : (['achievements', effect.achievementId] as const);
  try {
    await changeDocument<'needs' | 'achievements'>(ports.store, name, id, (entry) => {
      const questions = withQuestion(entry.questions, effect, side);
      if (!questions) return null;
      const asked = questions.length >= entry.questions.length;
      return {
        document: { ...entry, questions },
        events: [
          {
            type: `${side}.${asked ? 'questioned' : 'question-withdrawn'}`,
            at: ports.clock.now().toISOString(),
            by: effect.final.by,
            data: { week: effect.week, pairId: effect.pairId },
          },
        ],
      };
    });
  } catch (error) {
    if (!(error instanceof NotFound)) throw error;
    ports.log.warn({ collection: name, id, week: effect.week }, 'the record of a question is gone');
  }
}

async function settleJudgement({ store }: ReviewPorts, effect: ItemEffect): Promise<void> {
  const judgements = store.collection('judgements');
  const { id, wanted } = effect.judgement;
  for (;;) {
    const stored = await judgements.get(id);
    if (wanted ? stored && sameJudgement(stored, wanted) : !stored) return;
    try {
      if (!wanted) await judgements.remove(id, stored!.version);
      else if (stored) await judgements.update(id, stored.version, wanted);
      else await judgements.insert(wanted);
      return;
    } catch (error) {
      // Another process applies the same docket: look again.
      if (error instanceof Conflict || error instanceof Duplicate || error instanceof NotFound) continue;
      throw error;
    }
  }
}

/** Brings about what one decided pair wants: its question, what it teaches, its match. Repeating it changes nothing. */
export async function applyItemEffect(ports: ReviewPorts, effect: ItemEffect): Promise<void> {
  if (effect.questionIds.length > 0) {
    await settleQuestion(ports, effect, 'need');
    await settleQuestion(ports, effect, 'achievement');
  }
  await settleJudgement(ports, effect);
  if (!(await ports.store.collection('matches').get(effect.pairId))) {
    ports.log.error({ pairId: effect.pairId, week: effect.week }, 'a decided pair has no match');
    return;
  }
  await changeDocument(ports.store, 'matches', effect.pairId, (match) => {
    const document = withDecisions(match, effect);
    if (!document) return null;
    return {
      document,
      events: [
        {
          type: `match.${document.state}`,
          at: ports.clock.now().toISOString(),
          by: effect.final.by,
          data: { week: effect.week },
        },
      ],
    };
  });
}

/**
 * Brings about what a closed docket wants. Ends only when the docket did not change meanwhile, so that a slow process
 * that began before a correction does not leave older effects behind a faster one.
 */
async function applyClosedDocket(ports: ReviewPorts, week: string): Promise<void> {
  const dockets = ports.store.collection('dockets');
  for (;;) {
    const docket = await dockets.get(week);
    if (docket?.state !== 'closed') return;
    for (const effect of effectsOf(docket)) await applyItemEffect(ports, effect);
    if ((await dockets.get(week))?.version === docket.version) return;
  }
}

/**
 * Consumer of changes on `dockets`: a frozen docket is settled (carried pairs, proposals), a closed or corrected one takes
 * effect. Idempotent: killed between any two writes, delivered twice, or run by two processes, it comes to the same.
 */
export function applyDocketEffects(ports: ReviewPorts): (changes: readonly Change[]) => Promise<void> {
  return async (changes) => {
    for (const change of changes) {
      if (change.collection !== 'dockets' || change.document === null) continue;
      if (change.events.some((event) => event.type === 'docket.frozen')) await settleDocket(ports, change.id);
      await applyClosedDocket(ports, change.id);
    }
  };
}
