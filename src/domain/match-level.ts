import type { matchLevels } from './codes/review-codes.ts';

/** 强 / 较强 / 弱 / 无. */
export type MatchLevel = (typeof matchLevels)[number]['code'];
