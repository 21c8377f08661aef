import { isInsider } from '../../domain/access.ts';
import { type Clarity, needClarity } from '../../domain/clarity.ts';
import type { EntryKind } from '../../domain/entry.ts';
import { contentFaults, type DraftOf } from '../../domain/entry-life.ts';
import type { FieldIssue } from '../../domain/errors.ts';
import { draftSchemaOf } from '../../domain/import-fields.ts';
import { missingFields } from '../../domain/missing-fields.ts';
import type { NeedDraft } from '../../domain/need.ts';
import { type StatedIndicator, statedIndicators } from '../../domain/stated-indicators.ts';
import { isStorableId } from '../../domain/storable.ts';
import { recordText } from '../../domain/subjects/record-text.ts';
import { type SubjectSuggestion, suggestSubjects } from '../../domain/subjects/subject-suggestion.ts';
import type { Principal } from '../../domain/user.ts';
import { check } from '../../domain/validation.ts';
import { yearIn } from '../../domain/week.ts';
import type { Ports } from '../../ports/ports.ts';
import { entriesOf } from './entry-store.ts';
import { type SimilarEntry, similarEntries } from './similar-entries.ts';
import { shippedSubjects } from './subject-file.ts';

/** What a form is told while it is filled in. */
export interface DraftCheck {
  /** Every rule that would keep it from being submitted. */
  readonly faults: readonly FieldIssue[];
  /** 待补全, as dotted paths. */
  readonly missing: readonly string[];
  /** Of a need; null of an achievement. */
  readonly clarity: Clarity | null;
  /** What is recognised in the texts, for the author to confirm. */
  readonly indicators: readonly StatedIndicator[];
  /** Null where they could not be looked for. */
  readonly similar: readonly SimilarEntry[] | null;
  /** 学科 and 所属领域 that the texts speak of; null where the model could not be read. */
  readonly suggested: SubjectSuggestion | null;
}

/** Looks at what is being written, without keeping it. `except` is the id of the record that it is written for, if there is one. */
export async function checkDraft<K extends EntryKind>(
  ports: Pick<Ports, 'store' | 'index' | 'segmenter' | 'log' | 'clock'>,
  principal: Principal,
  kind: K,
  draft: unknown,
  except?: string,
): Promise<DraftCheck> {
  const content = check(draftSchemaOf(kind), draft) as DraftOf<K>;
  // The rule on the first year is asked once: of a record that was submitted before it is asked no more.
  const entry = isStorableId(except) ? await entriesOf(ports, kind).get(except) : undefined;
  const submittedBefore = entry !== undefined && isInsider(principal, entry) && entry.firstSubmittedAt !== undefined;
  return {
    faults: contentFaults(kind, content, submittedBefore ? undefined : yearIn(ports.clock.now())),
    missing: missingFields(kind, content),
    clarity: kind === 'need' ? needClarity(content as NeedDraft) : null,
    indicators: statedIndicators(kind, content),
    similar: await similarEntries(ports, principal, kind, content, except),
    suggested: await suggested(ports, kind, content),
  };
}

/** A form is checked also where the program's file is damaged. */
async function suggested(
  { log }: Pick<Ports, 'log'>,
  kind: EntryKind,
  content: object,
): Promise<SubjectSuggestion | null> {
  try {
    return suggestSubjects(await shippedSubjects(), recordText(kind, content));
  } catch (err) {
    log.warn({ err }, 'no subjects can be suggested');
    return null;
  }
}
