import type { SubjectModel } from './subject-model.ts';

/** The place at which a model puts the subject that is right, counted from 0; -1 where it does not know it, or the text. */
export function subjectPlace(model: SubjectModel, text: string, right: string): number {
  const place = model.subjects.indexOf(right);
  const probabilities = place < 0 ? null : model.probabilities(text);
  if (probabilities === null) return -1;
  const likely = probabilities[place]!;
  return probabilities.filter((one, i) => one > likely || (one === likely && i < place)).length;
}
