import { disciplines } from './codes/national-codes.ts';
import { labelOf } from './codes/table.ts';
import { technologyFields } from './codes/technology-codes.ts';

/**
 * To whom a need is put for which nothing fits: organisations whose achievements come nearest, as matching sees them, and
 * whose fields are the need's. Nobody is proposed without a reason that staff can read.
 */

/** What matching says of one achievement for the need. */
export interface NearAchievement {
  readonly achievementId: string;
  readonly organisationId: string;
  readonly team: string | null;
  readonly title: string;
  /** Calibrated probability (0–1) that it fits 较强 or better. */
  readonly probability: number;
  readonly fields: readonly string[];
  readonly disciplines: readonly string[];
}

/** An organisation that offers something, as far as a proposal must know of it. */
export interface OfferingOrganisation {
  readonly organisationId: string;
  readonly organisationName: string;
  /** How many published achievements it has in each of the need's fields. */
  readonly inFields: Readonly<Record<string, number>>;
}

export interface CallProposal {
  readonly organisationId: string;
  readonly organisationName: string;
  /** 0–1, for the order alone. */
  readonly score: number;
  /** Its teams whose achievements come nearest, best first. */
  readonly teams: readonly string[];
  /** The achievements that speak for it, best first. */
  readonly achievementIds: readonly string[];
  /** Chinese, shown as they are. */
  readonly reasons: readonly string[];
}

/** What of a need a proposal reads. */
export interface WantingNeed {
  readonly organisationId: string | null;
  readonly fields: readonly string[];
  readonly disciplines: readonly string[];
}

/**
 * How much the next near achievements of one organisation add to the first: the fourth adds little, so that the largest
 * university is not proposed for everything.
 */
const weights = [1, 0.5, 0.25, 0.12, 0.06] as const;
const weightSum = weights.reduce((sum, weight) => sum + weight, 0);
/** Shares of the score: what its achievements say, its fields, its disciplines. */
const shares = { near: 0.7, fields: 0.2, disciplines: 0.1 } as const;
/** So many achievements in a field say that the organisation is at home there. */
const atHome = 5;
const mostNear = weights.length;
const mostTeams = 5;
export const mostProposals = 15;
/**
 * Who is proposed has an achievement that fits with at least this probability, and with this share of the nearest one's. On
 * the demo data below that come organisations whose nearest achievement is of another trade altogether: batteries for lift
 * brakes, hydrogenation for a cold store. Technology fields are too broad to make up for it.
 */
const leastProbability = 0.12;
const leastShare = 0.35;
/** Where fewer come near, those at home in the field fill up to so many, so that a need is not left without anybody. */
const fewestNear = 3;

/** Organisations of each of which a title is named in a reason. */
const shownTitles = 2;

/** The list, and why it is no longer, in Chinese; no note where everybody with a reason is on it. */
export interface ProposedAddressees {
  readonly proposals: readonly CallProposal[];
  readonly note?: string;
}

/**
 * The organisations that the need should be put to, best first, at most `mostProposals`; ties by id. The need's own
 * organisation is left out, and so is who has nothing that comes near enough.
 */
export function proposeAddressees(
  need: WantingNeed,
  near: readonly NearAchievement[],
  organisations: readonly OfferingOrganisation[],
): ProposedAddressees {
  const byOrganisation = new Map<string, NearAchievement[]>();
  for (const one of [...near].sort(
    (a, b) => b.probability - a.probability || (a.achievementId < b.achievementId ? -1 : 1),
  )) {
    const own = byOrganisation.get(one.organisationId) ?? [];
    own.push(one);
    byOrganisation.set(one.organisationId, own);
  }
  const best = Math.max(0, ...near.map(({ probability }) => probability));
  const floor = Math.max(leastProbability, leastShare * best);
  const ranked = organisations
    .filter(({ organisationId }) => organisationId !== need.organisationId)
    .map((organisation) => proposalOf(need, organisation, byOrganisation.get(organisation.organisationId) ?? [], best))
    .filter(({ reasons }) => reasons.length > 0)
    .sort((a, b) => b.score - a.score || (a.organisationId < b.organisationId ? -1 : 1));
  const isNear = ({ organisationId }: CallProposal) =>
    (byOrganisation.get(organisationId)?.[0]?.probability ?? 0) >= floor;
  const inFields = new Map(organisations.map((one) => [one.organisationId, one.inFields]));
  const isHome = ({ organisationId }: CallProposal) =>
    need.fields.some((code) => (inFields.get(organisationId)?.[code] ?? 0) >= atHome);
  const nearOnes = ranked.filter(isNear);
  const filling = ranked
    .filter((one) => !isNear(one) && isHome(one))
    .slice(0, Math.max(0, fewestNear - nearOnes.length));
  const fitting = ranked.filter((one) => nearOnes.includes(one) || filling.includes(one));
  const proposals = fitting.slice(0, mostProposals);
  const far = ranked.length - fitting.length;
  const beyond = fitting.length - proposals.length;
  const notes = [
    ...(far > 0 ? [`${far} 家没有列入：最近的成果适合的可能不到 ${Math.round(floor * 100)}%`] : []),
    ...(beyond > 0 ? [`${beyond} 家排在第 ${mostProposals} 位以后`] : []),
  ];
  return { proposals, ...(notes.length > 0 ? { note: `另有 ${notes.join('；')}。确有把握的可以自行加入。` } : {}) };
}

function proposalOf(
  need: WantingNeed,
  organisation: OfferingOrganisation,
  own: readonly NearAchievement[],
  best: number,
): CallProposal {
  const { organisationId, organisationName, inFields } = organisation;
  const nearest = own.slice(0, mostNear);
  // Beside the nearest of all: where nothing fits well, the order of what comes nearest still tells.
  const nearness =
    best > 0
      ? nearest.reduce((sum, { probability }, place) => sum + (probability / best) * weights[place]!, 0) / weightSum
      : 0;
  const counted = need.fields.map((code) => [code, inFields[code] ?? 0] as const).filter(([, count]) => count > 0);
  const home =
    need.fields.length === 0
      ? 0
      : counted.reduce((sum, [, count]) => sum + Math.min(1, count / atHome), 0) / need.fields.length;
  const taught = need.disciplines.filter((code) => own.some((one) => one.disciplines.includes(code)));
  const discipline = need.disciplines.length === 0 ? 0 : taught.length / need.disciplines.length;
  const teams = [...new Set(nearest.flatMap(({ team }) => team ?? []))].slice(0, mostTeams);
  const score = shares.near * nearness + shares.fields * home + shares.disciplines * discipline;
  return {
    organisationId,
    organisationName,
    score: Math.round(score * 1000) / 1000,
    teams,
    achievementIds: nearest.map(({ achievementId }) => achievementId),
    reasons: [
      ...(nearest.length > 0
        ? [
            `有${own.length}项相近的成果，最近的是${nearest
              .slice(0, shownTitles)
              .map(({ title }) => `《${title}》`)
              .join('、')}`,
          ]
        : []),
      ...(counted.length > 0
        ? [
            `技术领域相同：${counted.map(([code, count]) => `${labelOf(technologyFields, code)}（${count}项成果）`).join('、')}`,
          ]
        : []),
      ...(taught.length > 0 ? [`学科相同：${taught.map((code) => labelOf(disciplines, code)).join('、')}`] : []),
    ],
  };
}
