import { disciplines } from '../../domain/codes/national-codes.ts';
import { codeOf } from '../../domain/codes/table.ts';
import { technologyFields } from '../../domain/codes/technology-codes.ts';
import { QianxianError } from '../../domain/errors.ts';
import { recordText } from '../../domain/subjects/record-text.ts';
import { subjectPlace } from '../../domain/subjects/subject-place.ts';
import { suggestSubjects } from '../../domain/subjects/subject-suggestion.ts';
import { shippedSubjects } from './subject-file.ts';

/** How often what is right stands at the first place, and among the first three. */
export interface SubjectHits {
  /** 0–1. */
  readonly top1: number;
  readonly top3: number;
  readonly rows: number;
}

export interface SubjectEvaluation extends SubjectHits {
  readonly model: string;
  readonly subjects: number;
  /** Rows without a label, or with one that no table knows. */
  readonly skipped: number;
  /** 所属领域, where the rows have them. */
  readonly fields: SubjectHits | null;
}

const list = (value: unknown): string[] => (Array.isArray(value) ? value.map(String) : []);

function hits(places: readonly number[]): SubjectHits {
  const share = (most: number) =>
    places.filter((place) => place >= 0 && place < most).length / Math.max(1, places.length);
  return { top1: share(1), top3: share(3), rows: places.length };
}

/**
 * Measures what is suggested against labelled texts, one JSON object a line: abstracts with `discipline` (a subject of degrees),
 * `title` and `keywords`; or records as they are imported, with `disciplines` (GB/T 13745) and `fields`, where a suggestion
 * is right that is one of them. Throws `invalid` where no line has a label.
 */
export async function evaluateSubjects(content: string): Promise<SubjectEvaluation> {
  const model = await shippedSubjects();
  const places: number[] = [];
  const fieldPlaces: number[] = [];
  let skipped = 0;
  for (const [number, line] of content.split(/\r?\n/).entries()) {
    if (line.trim() === '') continue;
    let row: Readonly<Record<string, unknown>>;
    try {
      row = JSON.parse(line);
    } catch (cause) {
      throw new QianxianError('invalid', `第 ${number + 1} 行不是完整的 JSON，请改正后再试`, { cause });
    }
    const text = recordText('abstract' in row ? 'achievement' : 'need', row);
    if (typeof row.discipline === 'string' && row.discipline.trim() !== '') {
      places.push(subjectPlace(model, text, row.discipline.trim()));
      continue;
    }
    const codes = list(row.disciplines).flatMap((label) => codeOf(disciplines, label) ?? []);
    const fields = list(row.fields).flatMap((label) => codeOf(technologyFields, label) ?? []);
    if (codes.length === 0 && fields.length === 0) {
      skipped += 1;
      continue;
    }
    const suggested = suggestSubjects(model, text);
    const placeOf = (suggestions: readonly { readonly code: string }[], right: readonly string[]) =>
      suggestions.findIndex(({ code }) => right.includes(code));
    if (codes.length > 0) places.push(placeOf(suggested.disciplines, codes));
    if (fields.length > 0) fieldPlaces.push(placeOf(suggested.technologyFields, fields));
  }
  if (places.length === 0 && fieldPlaces.length === 0) {
    throw new QianxianError(
      'invalid',
      '文件里没有带学科的行；每行一个 JSON 对象，学科写在 discipline（或 disciplines、fields）里',
    );
  }
  return {
    model: model.id,
    subjects: model.subjects.length,
    ...hits(places),
    skipped,
    fields: fieldPlaces.length > 0 ? hits(fieldPlaces) : null,
  };
}
