import { disciplines } from '../codes/national-codes.ts';
import { type CodeRow, labelOf } from '../codes/table.ts';
import { technologyFields } from '../codes/technology-codes.ts';
import { type DegreeSubject, degreeSubjectOf } from './degree-subjects.ts';
import type { SubjectModel } from './subject-model.ts';

/** A code that a record may be filed under, with how likely that is. */
export interface SuggestedCode {
  readonly code: string;
  readonly label: string;
  /** 0–1, two decimals. */
  readonly confidence: number;
}

/** 学科 (GB/T 13745) and 所属领域 of a record, from its text: the first three of each, the likeliest first. */
export interface SubjectSuggestion {
  readonly disciplines: readonly SuggestedCode[];
  readonly technologyFields: readonly SuggestedCode[];
}

const most = 3;
/** Below this a suggestion is worth nothing to who reads it. */
const leastConfidence = 0.05;
/** Letters and characters that a text must have before anything is said of it. */
export const leastLetters = 8;

const nothing: SubjectSuggestion = { disciplines: [], technologyFields: [] };

/** Suggests from a text; nothing where it is too short, or says nothing that the model knows. */
export function suggestSubjects(model: SubjectModel, text: string): SubjectSuggestion {
  if ((text.match(/[\p{L}\p{N}]/gu) ?? []).length < leastLetters) return nothing;
  const probabilities = model.probabilities(text);
  if (probabilities === null) return nothing;
  const sum = (
    sharesOf: (subject: DegreeSubject) => Readonly<Partial<Record<string, number>>>,
    table: readonly CodeRow[],
  ) => {
    const likely = new Map<string, number>();
    model.subjects.forEach((name, place) => {
      const subject = degreeSubjectOf(name);
      if (!subject) return;
      for (const [code, share] of Object.entries(sharesOf(subject))) {
        likely.set(code, (likely.get(code) ?? 0) + probabilities[place]! * share!);
      }
    });
    return [...likely]
      .sort(([one, a], [other, b]) => b - a || one.localeCompare(other))
      .slice(0, most)
      .filter(([, confidence]) => confidence >= leastConfidence)
      .map(([code, confidence]) => ({
        code,
        label: labelOf(table, code),
        confidence: Math.round(confidence * 100) / 100,
      }));
  };
  return {
    disciplines: sum((subject) => subject.disciplines, disciplines),
    technologyFields: sum((subject) => subject.fields, technologyFields),
  };
}
