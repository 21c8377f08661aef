import { featureNames } from '../../domain/matching/features.ts';

/** A feature vector by name, four digits: what assessments keep. */
export function namedFeatures(vector: ArrayLike<number>): Record<string, number> {
  return Object.fromEntries(featureNames.map((name, i) => [name, Math.round(vector[i]! * 10_000) / 10_000]));
}
