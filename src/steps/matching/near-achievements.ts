import type { NearAchievement } from '../../domain/call-proposal.ts';
import { visibleContent } from '../../domain/entry.ts';
import { NotFound } from '../../domain/errors.ts';
import { rankPair } from '../../domain/matching/explanation.ts';
import { askingNeed, features } from '../../domain/matching/features.ts';
import { type ListedOffer, listContext } from '../../domain/matching/list-context.ts';
import { prepareRecord } from '../../domain/matching/prepared-record.ts';
import { recallQuery } from '../../domain/matching/recall-query.ts';
import type { Ports } from '../../ports/ports.ts';
import { breather } from './breathe.ts';
import { shippedModel } from './model-files.ts';
import { latestRunRecord } from './run-record.ts';
import { profileSource, segmentProfiles } from './segment-profiles.ts';
import { currentMemory } from './working-memory.ts';

/** Achievements that are looked at, and those that are answered. */
const recalled = 200;
const answered = 60;

/**
 * The published achievements that come nearest to a published need, best first, whether they fit or not: recalled and
 * ranked as in the weekly run, with the statistics of the newest one. Only those that an organisation offers.
 */
export async function nearAchievements(
  ports: Pick<Ports, 'store' | 'segmenter' | 'blobs' | 'log' | 'index'>,
  needId: string,
): Promise<NearAchievement[]> {
  const need = await ports.store.collection('needs').get(needId);
  const source = need && profileSource('need', need);
  if (!source) throw new NotFound('没有找到这项需求，或它现在没有发布');
  const version = (await latestRunRecord(ports))?.statistics ?? (await latestRunRecord(ports, 'finished'))?.statistics;
  const { statistics } = await currentMemory(ports, version);
  const { model, encoder } = await shippedModel();
  const [profile] = await segmentProfiles(ports.segmenter, [source]);
  const asking = askingNeed(prepareRecord(profile!, statistics, encoder));
  const [hits = []] = await ports.index.recall('achievement', [
    { terms: recallQuery(profile!, statistics), k: recalled, facets: { archive: ['no'] } },
  ]);
  const entries = (await ports.store.collection('achievements').getMany(hits.map(({ id }) => id))).filter(
    // The index may still hold one that is out of sight by now.
    (entry) => entry.state === 'published' && entry.organisationId !== null && visibleContent(entry) !== null,
  );
  const profiles = await segmentProfiles(
    ports.segmenter,
    entries.map((entry) => profileSource('achievement', entry)!),
  );
  const breathe = breather();
  const listed: ListedOffer[] = [];
  for (const one of profiles) {
    const record = prepareRecord(one, statistics, encoder);
    listed.push({ record, vector: features(asking, record) });
    await breathe();
  }
  const context = listContext(listed);
  const near: NearAchievement[] = [];
  for (const [place, entry] of entries.entries()) {
    const { probabilities } = rankPair(model, asking, listed[place]!.record, context, listed[place]!.vector);
    const content = visibleContent(entry)!;
    near.push({
      achievementId: entry.id,
      organisationId: entry.organisationId!,
      team: content.team ?? null,
      title: content.title ?? '',
      probability: probabilities.fair + probabilities.strong,
      fields: content.fields ?? [],
      disciplines: content.disciplines ?? [],
    });
    await breathe();
  }
  return near.sort((a, b) => b.probability - a.probability).slice(0, answered);
}
