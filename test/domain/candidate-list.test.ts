import { expect } from 'chai';
import fc from 'fast-check';
import {
  type Candidate,
  type CandidateList,
  candidatesKept,
  mergeCandidates,
  statementsKept,
  withFound,
} from '../../src/domain/candidate-list.ts';
import { candidate, foundFor } from './docket-samples.ts';

const scored = (id: number, score = id): Candidate =>
  candidate(`a${String(id).padStart(3, '0')}`, 'fair', { score, statement: `因为${id}` });
const stored = (list: Omit<CandidateList, 'version' | 'createdAt' | 'updatedAt'>): CandidateList => ({
  version: 1,
  createdAt: '2026-11-23T01:00:00.000Z',
  updatedAt: '2026-11-23T01:00:00.000Z',
  ...list,
});

describe('candidate lists', () => {
  it('keep the best, ties by id, and the statements of the first of them', () => {
    const many = Array.from({ length: 30 }, (_, i) => scored(i, i % 3));
    const merged = mergeCandidates(many.slice(0, 11), many.slice(11));
    expect(merged).to.have.length(candidatesKept);
    expect(merged.slice(0, 11).map(({ score }) => score)).to.deep.equal([...Array(10).fill(2), 1]);
    expect(merged.slice(0, 3).map(({ achievementId }) => achievementId)).to.deep.equal(['a002', 'a005', 'a008']);
    expect(merged.map(({ statement }) => statement !== '')).to.deep.equal(merged.map((_, i) => i < statementsKept));
  });

  it('are the same in whatever order, and however often, parts are merged, if each knows its own best', () => {
    // A part keeps its best and explains the first of them, as scoring does.
    const part = (ids: readonly number[]) => mergeCandidates(ids.map((id) => scored(id, id % 7)));
    fc.assert(
      fc.property(fc.array(fc.array(fc.nat(120), { maxLength: 60 }), { maxLength: 5 }), fc.nat(), (parts, turn) => {
        const lists = parts.map(part);
        const turned = [
          ...lists.slice(turn % (lists.length + 1)),
          ...lists.slice(0, turn % (lists.length + 1)),
          ...lists,
        ];
        const oneByOne = turned.reduce<Candidate[]>((all, list) => mergeCandidates(all, list), []);
        expect(oneByOne).to.deep.equal(mergeCandidates(...lists));
        expect(oneByOne).to.deep.equal(part(parts.flat()));
      }),
      { numRuns: 200 },
    );
  });

  describe('when a part has found something', () => {
    const run = { week: '2026-W48', plan: 2, model: 'm' };
    const first = withFound(undefined, foundFor('n1', [scored(1)]), run)!;

    it('begin to wait in the first week in which the need is published, and forget it when it is not', () => {
      expect(first).to.include({ id: 'n1', week: '2026-W48', plan: 2, waitingSince: '2026-W48' });
      const before = stored({ ...first, offeredIn: ['2026-W48'], answeredIn: ['2026-W47'] });
      const next = withFound(before, foundFor('n1', [scored(2)]), { ...run, week: '2026-W49', plan: 1 })!;
      expect(next).to.deep.include({ waitingSince: '2026-W48', offeredIn: ['2026-W48'], answeredIn: ['2026-W47'] });
      const archived = withFound(before, foundFor('n1', [], { published: false }), { ...run, week: '2026-W49' })!;
      expect(archived.waitingSince).to.equal(null);
      expect(withFound(stored(archived), foundFor('n1', []), { ...run, week: '2026-W51' })!.waitingSince).to.equal(
        '2026-W51',
      );
    });

    it('are merged within a plan, replaced by a newer one, and left alone by an older one', () => {
      const ids = (plan: { week: string; plan: number }) =>
        withFound(stored(first), foundFor('n1', [scored(2)]), { ...run, ...plan })?.candidates.map(
          ({ achievementId }) => achievementId,
        );
      expect(ids(run)).to.deep.equal(['a002', 'a001']);
      expect(ids({ week: '2026-W48', plan: 3 })).to.deep.equal(['a002']);
      expect(ids({ week: '2026-W49', plan: 1 })).to.deep.equal(['a002']);
      expect(ids({ week: '2026-W48', plan: 1 })).to.equal(undefined);
      expect(ids({ week: '2026-W47', plan: 9 })).to.equal(undefined);
    });

    it('replace lists of the first version, which knew no plans', () => {
      const { plan: _, ...old } = first;
      const next = withFound(stored(old as typeof first), foundFor('n1', [scored(2)]), { ...run, plan: 1 });
      expect(next!.candidates.map(({ achievementId }) => achievementId)).to.deep.equal(['a002']);
    });
  });
});
