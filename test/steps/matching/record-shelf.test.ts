import { expect } from 'chai';
import type { Segmenter } from '../../../src/ports/segmenter.ts';
import { countCorpus } from '../../../src/steps/matching/corpus.ts';
import { profileCache } from '../../../src/steps/matching/profile-cache.ts';
import { type RecordShelf, recordShelf } from '../../../src/steps/matching/record-shelf.ts';
import { shelvesOf, type WorkingMemory } from '../../../src/steps/matching/working-memory.ts';
import { madeEncoder } from '../../domain/matching/made-records.ts';
import { type FreshPorts, freshPorts } from '../fresh-ports.ts';
import { addAchievement, addNeed } from './matching-fixture.ts';

const breathe = () => undefined;

describe('records on a shelf', () => {
  let ports: FreshPorts;
  /** The titles that were segmented, in order. */
  let cut: string[];
  let watched: Pick<FreshPorts, 'store' | 'segmenter'>;
  before(async () => {
    ports = await freshPorts();
    const segmenter: Segmenter = {
      ...ports.segmenter,
      segment: (texts, mode) => {
        cut.push(...texts);
        return ports.segmenter.segment(texts, mode);
      },
    };
    watched = { store: ports.store, segmenter };
    await addAchievement(ports, 'a1', { title: '稀土', team: '组' }, { organisationId: 'u1' });
    await addAchievement(ports, 'a2', { title: '海带' }, { state: 'archived' });
    await addAchievement(ports, 'a3', { title: '钢渣' }, { state: 'withdrawn' });
    await addAchievement(ports, 'a4', { title: '电梯' }, { draft: { title: '门机' } });
    await addNeed(ports, 'a1', { title: '需求' });
  });
  after(() => ports.close());
  beforeEach(() => {
    cut = [];
  });
  const shelf = async (archive: boolean, keeps?: number): Promise<RecordShelf> =>
    recordShelf('achievement', {
      ports: watched,
      statistics: await countCorpus(ports),
      encoder: madeEncoder(),
      profiles: profileCache(0),
      states: archive ? ['published', 'archived'] : ['published'],
      ...(keeps === undefined ? {} : { keeps }),
    });
  const all = ['a1', 'a2', 'a3', 'a4', 'gone'];

  it('are those that take part, with what the docket must know, read and segmented once', async () => {
    const made = await shelf(false);
    const taken = await made.take(all, breathe);
    expect([...taken.keys()]).to.deep.equal(['a1', 'a4']);
    expect(taken.get('a1')).to.include({ organisationId: 'u1', published: true, team: '组' });
    expect(taken.get('a4')).to.include({ organisationId: null, team: null });
    expect(cut).to.deep.equal(['稀土', '电梯']);
    const again = await made.take([...all].reverse(), breathe);
    expect(again.get('a1')).to.equal(taken.get('a1'));
    expect(cut).to.have.length(2);
    expect([...(await (await shelf(true)).take(all, breathe)).keys()]).to.deep.equal(['a1', 'a2', 'a4']);
  });

  it('are let go of, the longest unused first, but not those that are wanted now', async () => {
    const made = await shelf(true, 2);
    expect([...(await made.take(['a1', 'a2', 'a4'], breathe)).keys()]).to.have.length(3);
    await made.take(['a2'], breathe);
    await made.take(['a4', 'a2'], breathe);
    expect(cut, 'a1 was the longest unused').to.deep.equal(['稀土', '海带', '电梯']);
    await made.take(['a1'], breathe);
    expect(cut.slice(3)).to.deep.equal(['稀土']);
    await made.take(['a2'], breathe);
    expect(cut.slice(4)).to.deep.equal([]);
    await made.take(['a4'], breathe);
    expect(cut.slice(4)).to.deep.equal(['电梯']);
  });

  it('begin anew with every plan', async () => {
    const memory: WorkingMemory = { statistics: await countCorpus(ports), profiles: profileCache(100) };
    const encoder = madeEncoder();
    const plan = (plan: number, includesArchive = false) =>
      shelvesOf(watched, memory, { week: '2026-W48', plan, includesArchive }, encoder).achievement;
    expect(plan(1)).to.equal(plan(1));
    const first = plan(1);
    await first.take(['a1'], breathe);
    const second = plan(2, true);
    expect(second).to.not.equal(first);
    expect([...(await second.take(['a2'], breathe)).keys()]).to.deep.equal(['a2']);
  });
});
