import { type AchievementDraft, achievementContent } from './achievement.ts';
import { canonicalJson } from './canonical-json.ts';
import {
  askedState,
  type Entry,
  type EntryAction,
  type EntryKind,
  type EntryQuestion,
  entryStates,
  type RevisionAction,
  revisionStates,
} from './entry.ts';
import { Conflict, type FieldIssue, Invalid, NotFound, QianxianError } from './errors.ts';
import { daysBetween, expiryDay, renewalDays } from './expiry.ts';
import { derivedId } from './ids.ts';
import { missingFields } from './missing-fields.ts';
import { type NeedDraft, needContent, needRuleFaults, needYearFault } from './need.ts';
import type { DomainEvent, HistoryEntry, Provenance, Unstored } from './record.ts';
import { type Actor, historyOf, type Move, moveOf } from './state-table.ts';
import { issuesOf, labelsOf, text } from './validation.ts';
import { dateIn, yearIn } from './week.ts';

/**
 * What becomes of a need or an achievement when somebody acts on it: each function takes the record as it is and gives
 * the next document with the events of that write. Nothing here reads a clock or a store.
 */

/** The draft type of a kind. */
export type DraftOf<K extends EntryKind> = K extends 'need' ? NeedDraft : AchievementDraft;
export type EntryOf<K extends EntryKind> = Entry<DraftOf<K>>;
/** Either draft, where the kind is known only at run time. */
export type AnyDraft = NeedDraft | AchievementDraft;

/** Who does it, as whom, and when. */
export interface Act {
  readonly at: Date;
  readonly by: string;
  readonly actor: Actor;
}

/** A write to make: the next document and its events. */
export interface EntryWrite<C> {
  readonly document: Unstored<Entry<C>>;
  readonly events: readonly DomainEvent[];
}

const schemas = { need: needContent, achievement: achievementContent } as const;
const labels = { need: labelsOf(needContent), achievement: labelsOf(achievementContent) } as const;

/**
 * Every rule that the content breaks; empty when it may be submitted. `currentYear` is given at the first submission
 * only, when a need may not begin in the past.
 */
export function contentFaults(kind: EntryKind, content: AnyDraft, currentYear?: number): FieldIssue[] {
  const parsed = schemas[kind].safeParse(content);
  const issues = parsed.success ? [] : issuesOf(parsed.error, labels[kind]);
  if (kind !== 'need') return issues;
  const need = content as NeedDraft;
  const year = currentYear === undefined ? undefined : needYearFault(need, currentYear);
  return withNeedRules([...issues, ...(year ? [year] : [])], need);
}

/** The schema asks the rules between fields only once each field is in order: adds those that can be told already. */
export function withNeedRules(issues: readonly FieldIssue[], content: NeedDraft): FieldIssue[] {
  const all = [...issues];
  for (const { field, message } of needRuleFaults(content)) {
    if (all.some((issue) => issue.field === field)) continue;
    const [reason, mend] = message.split('|') as [string, string];
    all.push({ field, label: labels.need.get(field) ?? field, reason, mend });
  }
  return all;
}

function event(kind: EntryKind, type: string, act: Pick<Act, 'at' | 'by'>, data: Record<string, unknown>): DomainEvent {
  return { type: `${kind}.${type}`, at: act.at.toISOString(), by: act.by, data };
}

/** The document without what the store keeps itself. */
function unstored<C>(entry: Entry<C>): Unstored<Entry<C>> {
  const { version: _version, createdAt: _createdAt, updatedAt: _updatedAt, ...rest } = entry;
  return rest;
}

/** The same input gives the same fingerprint. */
export function entryFingerprint(organisationId: string | null, content: AnyDraft): string {
  return derivedId('entry-input', canonicalJson({ organisationId, content }));
}

export interface NewEntry<C> {
  readonly id: string;
  readonly organisationId: string | null;
  readonly content: C;
  /** Set where somebody of the bureau enters it (代填). */
  readonly enteredBy?: string;
  /** Then: who told it. */
  readonly toldBy?: string;
  readonly campaignId?: string;
  readonly callId?: string;
}

/** A new draft. */
export function draftedEntry<C extends AnyDraft>(kind: EntryKind, input: NewEntry<C>, act: Act): EntryWrite<C> {
  const { id, organisationId, content, enteredBy, toldBy, campaignId, callId } = input;
  return {
    document: {
      id,
      organisationId,
      state: entryStates.initial,
      revision: revisionStates.initial,
      content,
      published: null,
      missing: missingFields(kind, content),
      questions: [],
      ...(enteredBy === undefined ? {} : { enteredBy }),
      ...(toldBy === undefined ? {} : { toldBy }),
      editedBy: act.by,
      ...(campaignId === undefined ? {} : { campaignId }),
      ...(callId === undefined ? {} : { callId }),
      madeFrom: entryFingerprint(organisationId, content),
      history: [{ at: act.at.toISOString(), by: act.by, action: 'create', from: '', to: entryStates.initial }],
    },
    events: [
      event(kind, 'created', act, {
        organisationId,
        enteredFor: enteredBy !== undefined,
        ...(campaignId === undefined ? {} : { campaignId }),
        ...(callId === undefined ? {} : { callId }),
      }),
    ],
  };
}

/** How an imported record begins its life. */
export type ImportedAs = 'archived' | 'submitted' | 'published';

/** A record as an import makes it, in one write: archived, or through submission (and publication) at once. */
export function importedEntry<C extends AnyDraft>(
  kind: EntryKind,
  input: NewEntry<C> & { readonly provenance: Provenance; readonly as: ImportedAs },
  act: Act,
): EntryWrite<C> {
  const { as, provenance, ...rest } = input;
  const begun = draftedEntry(kind, rest, act);
  const at = act.at.toISOString();
  const line = (action: string, from: string, to: string): HistoryEntry => ({ at, by: act.by, action, from, to });
  const data = { organisationId: input.organisationId, source: provenance.source };
  const base = { ...begun.document, provenance };
  if (as === 'archived') {
    return {
      document: { ...base, state: 'archived', history: [line('import', '', 'archived')] },
      events: [event(kind, 'imported', act, { ...data, as })],
    };
  }
  const submitted: Unstored<Entry<C>> = {
    ...base,
    state: 'submitted',
    firstSubmittedAt: at,
    history: [line('import', '', 'draft'), line('submit', 'draft', 'submitted')],
  };
  const events = [event(kind, 'imported', act, { ...data, as }), event(kind, 'submitted', act, data)];
  if (as === 'submitted') return { document: submitted, events };
  return {
    document: {
      ...submitted,
      state: 'published',
      ...publication(kind, submitted, act),
      history: [...submitted.history, line('publish', 'submitted', 'published')],
    },
    events: [...events, event(kind, 'published', act, { ...data, revision: 1 })],
  };
}

function publication<C extends AnyDraft>(
  kind: EntryKind,
  entry: Pick<Unstored<Entry<C>>, 'content' | 'published'>,
  act: Act,
): Pick<Entry<C>, 'published' | 'expiresOn'> {
  return {
    published: {
      content: entry.content,
      at: act.at.toISOString(),
      by: act.by,
      revision: (entry.published?.revision ?? 0) + 1,
    },
    expiresOn: lapseDay(kind, entry.content, act),
  };
}

/** The day on which it would lapse if it were published now; throws `invalid` where that day has come already. */
function lapseDay(kind: EntryKind, content: AnyDraft, act: Act): string {
  const today = dateIn(act.at);
  const expiresOn = expiryDay(kind, content as { endYear?: number }, today);
  if (expiresOn > today) return expiresOn;
  throw new Invalid([
    {
      field: 'endYear',
      label: '需求截止年',
      reason: '已经过去，发布后即为过期',
      mend: '请把截止年改为今年或以后的年份，再提交审核',
    },
  ]);
}

function sameContent(a: AnyDraft, b: AnyDraft): boolean {
  return canonicalJson(a) === canonicalJson(b);
}

/**
 * The working copy replaced; undefined where nothing changes. A draft, returned or archived record keeps its state; a
 * published one keeps its published version in sight while the revision is worked on; an expired one is revised likewise,
 * out of sight, until it is renewed as it was or submitted as it has become.
 */
export function editedEntry<C extends AnyDraft>(
  kind: EntryKind,
  entry: Entry<C>,
  content: C,
  act: Act,
  organisationId: string | null = entry.organisationId,
): EntryWrite<C> | undefined {
  const moves = organisationId !== entry.organisationId;
  const changes = !sameContent(entry.content, content);
  switch (entry.state) {
    case 'submitted':
      throw new QianxianError('conflict', '已经提交，正在等待审核，现在不能修改；需要修改时请联系科技局退回');
    case 'withdrawn':
      throw new QianxianError('conflict', '已经撤回，不能再修改；请新建一条记录');
    default:
  }
  if (!moves && !changes) return undefined;
  const base = {
    ...unstored(entry),
    organisationId,
    content,
    missing: missingFields(kind, content),
    editedBy: changes ? act.by : entry.editedBy,
  };
  const data = { organisationId, state: entry.state };
  const wasShown = entry.state === 'published' || entry.state === 'expired';
  if (!wasShown || !changes) return { document: base, events: [event(kind, 'edited', act, data)] };
  const move = moveOf(revisionStates, entry.revision, 'edit', act.actor);
  const begins = entry.revision !== move.to;
  return {
    document: {
      ...base,
      revision: move.to,
      history: begins ? [...entry.history, revisionLine(move, entry, act)] : entry.history,
    },
    events: [event(kind, 'edited', act, { ...data, revision: move.to })],
  };
}

/** History lines of a revision are told from those of the record by their states. */
function revisionLine<C>(
  move: Move<Entry<C>['revision'], RevisionAction>,
  entry: Entry<C>,
  act: Act,
  reason?: string,
): HistoryEntry {
  const line = historyOf(move, entry.revision, act.at.toISOString(), act.by, reason);
  return { ...line, action: `revision.${move.action}` };
}

const reasonText = text('原因', 500);

function demanded(move: Move<string, string>, reason: string | undefined): string | undefined {
  if (!move.demands?.includes('reason')) return undefined;
  const parsed = reasonText.safeParse(reason);
  if (parsed.success) return parsed.data;
  throw new Invalid(issuesOf(parsed.error).map((issue) => ({ ...issue, field: 'reason', label: '原因' })));
}

function demandComplete(kind: EntryKind, entry: Entry<AnyDraft>, currentYear?: number): void {
  const issues = contentFaults(kind, entry.content, currentYear);
  if (entry.organisationId === null) {
    issues.unshift({
      field: 'organisationId',
      label: '所属机构',
      reason: '没有填写',
      mend: '请由科技局工作人员先指定所属机构',
    });
  }
  if (issues.length > 0) throw new Invalid(issues);
}

const done: Readonly<Record<EntryAction, string>> = {
  submit: 'submitted',
  return: 'returned',
  publish: 'published',
  withdraw: 'withdrawn',
  expire: 'expired',
  renew: 'renewed',
  complete: 'completed',
};

/** Whether the move puts the record before the public, which only an approved organisation may. */
export function needsApprovedOrganisation(action: EntryAction | RevisionAction): boolean {
  return action === 'publish' || action === 'renew';
}

/** A move over `entryStates`. Throws `conflict`, `forbidden` or `invalid` with every field at fault. */
export function movedEntry<C extends AnyDraft>(
  kind: EntryKind,
  entry: Entry<C>,
  action: EntryAction,
  act: Act,
  reason?: string,
): EntryWrite<C> {
  const move = moveOf(entryStates, entry.state, action, act.actor);
  const why = demanded(move, reason);
  if (move.demands?.includes('complete')) {
    const first = action === 'submit' && entry.firstSubmittedAt === undefined;
    demandComplete(kind, entry, first ? yearIn(act.at) : undefined);
  }
  const at = act.at.toISOString();
  const { returnReason, ...rest } = unstored(entry);
  const document: Unstored<Entry<C>> = {
    ...rest,
    state: move.to,
    history: [...entry.history, historyOf(move, entry.state, at, act.by, why)],
    ...effectsOf(kind, entry, action, act, why),
  };
  const data: Record<string, unknown> = { organisationId: entry.organisationId, from: entry.state, to: move.to };
  if (document.published && move.to === 'published') data.revision = document.published.revision;
  return {
    document: action === 'publish' || action === 'return' ? withAnswersNoted(document, act) : document,
    events: [event(kind, done[action], act, data)],
  };
}

function effectsOf<C extends AnyDraft>(
  kind: EntryKind,
  entry: Entry<C>,
  action: EntryAction,
  act: Act,
  reason: string | undefined,
): Partial<Unstored<Entry<C>>> {
  switch (action) {
    case 'submit':
      // What could not be published is told to the author, not to the clerk who would publish it.
      lapseDay(kind, entry.content, act);
      return {
        firstSubmittedAt: entry.firstSubmittedAt ?? act.at.toISOString(),
        revision: revisionStates.initial,
      };
    case 'return':
      return { returnReason: reason! };
    case 'publish':
      return publication(kind, entry, act);
    case 'renew': {
      // The version that was in sight comes back; a change that was under way stays under way.
      const shown = entry.published;
      if (!shown) throw new QianxianError('conflict', '没有发布过的版本，不能续期');
      return { expiresOn: renewedUntil(kind, entry, shown.content, act) };
    }
    case 'withdraw':
      return { revision: revisionStates.initial };
    default:
      return {};
  }
}

/** The new day of expiry; throws `conflict` where it is too early to ask, or where the content's own end leaves nothing to gain. */
function renewedUntil<C extends AnyDraft>(kind: EntryKind, entry: Entry<C>, shown: AnyDraft, act: Act): string {
  const until = lapseDay(kind, shown, act);
  const { expiresOn } = entry;
  if (entry.state !== 'published' || expiresOn === undefined) return until;
  if (daysBetween(dateIn(act.at), expiresOn) > renewalDays) {
    throw new QianxianError('conflict', `有效期至${expiresOn}，到期前${renewalDays}天内才能续期，现在不用续期`);
  }
  if (until > expiresOn) return until;
  throw new QianxianError(
    'conflict',
    '有效期已到需求截止年的年底，续期不能再延长；仍有需要时，请把需求截止年改晚，再提交修改',
  );
}

const revisionDone: Readonly<Record<RevisionAction, string>> = {
  edit: 'edited',
  submit: 'revision-submitted',
  return: 'revision-returned',
  publish: 'revision-published',
  discard: 'revision-discarded',
};

/** A move over `revisionStates` of a published record. */
export function movedRevision<C extends AnyDraft>(
  kind: EntryKind,
  entry: Entry<C>,
  action: RevisionAction,
  act: Act,
  reason?: string,
): EntryWrite<C> {
  if (entry.state !== 'published' || !entry.published) {
    throw new QianxianError(
      'conflict',
      `当前状态是“${entryStates.states[entry.state]}”，只有已发布的记录才有待发布的修改，请刷新后查看最新状态`,
    );
  }
  const move = moveOf(revisionStates, entry.revision, action, act.actor);
  const why = demanded(move, reason);
  if (move.demands?.includes('complete')) demandComplete(kind, entry);
  const { returnReason, ...rest } = unstored(entry);
  const document: Unstored<Entry<C>> = {
    ...rest,
    revision: move.to,
    history: [...entry.history, revisionLine(move, entry, act, why)],
  };
  const data: Record<string, unknown> = { organisationId: entry.organisationId, from: entry.revision, to: move.to };
  const decided = action === 'publish' || action === 'return' ? withAnswersNoted(document, act) : document;
  const write = (changes: Partial<Unstored<Entry<C>>>): EntryWrite<C> => ({
    document: { ...decided, ...changes },
    events: [event(kind, revisionDone[action], act, data)],
  });
  switch (action) {
    case 'return':
      return write({ returnReason: why! });
    case 'publish': {
      const published = publication(kind, entry, act);
      data.revision = published.published!.revision;
      return write(published);
    }
    case 'discard': {
      const content = entry.published.content;
      return write({ content, missing: missingFields(kind, content) });
    }
    default:
      return write({});
  }
}

/**
 * Throws `conflict` where `userId` would approve what he has entered, changed or handed in himself, for a bureau in which two
 * persons are required. What the record's own people did stands in nobody's way.
 */
export function demandSecondPerson(entry: Entry<AnyDraft>, userId: string): void {
  const last = [...entry.history].reverse().find(({ action }) => action === 'submit' || action === 'revision.submit');
  const own =
    last?.by === userId || entry.editedBy === userId || (entry.published === null && entry.enteredBy === userId);
  if (!own) return;
  throw new QianxianError(
    'conflict',
    '这条记录是您自己录入、修改或提交的，按本局的双人审核规定，请由另一位工作人员审核发布',
  );
}

/** The campaign that a need is entered for, chosen or left, before it is handed in; undefined where nothing changes. */
export function enteredFor<C extends AnyDraft>(
  entry: Entry<C>,
  campaignId: string | null,
  act: Act,
): EntryWrite<C> | undefined {
  if ((entry.campaignId ?? null) === campaignId) return undefined;
  if (entry.state !== 'draft' && entry.state !== 'returned') {
    throw new QianxianError('conflict', '已经提交过的需求不能再改所属征集；请先请科技局退回');
  }
  const { campaignId: before, ...rest } = unstored(entry);
  return {
    document: { ...rest, ...(campaignId === null ? {} : { campaignId }) },
    events: [event('need', 'campaign-chosen', act, { campaignId, before: before ?? null })],
  };
}

const answerText = text('答复', 2000);
const questionText = text('要补充的内容', 500, { min: 4 });
/** Questions without an answer that a record may have. */
const mostOpenQuestions = 20;

/** The record with other questions, and how they stand. */
function withQuestions<C>(entry: Unstored<Entry<C>>, questions: readonly EntryQuestion[]): Unstored<Entry<C>> {
  const { asked: _before, ...rest } = entry;
  const asked = askedState(questions);
  return { ...rest, questions, ...(asked === undefined ? {} : { asked }) };
}

/** Whoever decides about a record has its answers before his eyes. */
function withAnswersNoted<C>(entry: Unstored<Entry<C>>, act: Act): Unstored<Entry<C>> {
  if (entry.asked === undefined) return entry;
  const at = act.at.toISOString();
  return withQuestions(
    entry,
    entry.questions.map((one) =>
      one.pairId === undefined && one.answeredAt !== undefined && one.notedAt === undefined
        ? { ...one, notedBy: act.by, notedAt: at }
        : one,
    ),
  );
}

/** A question that staff ask outside a docket; undefined where this very question is there already. */
export function askedEntry<C extends AnyDraft>(
  kind: EntryKind,
  entry: Entry<C>,
  question: { readonly id: string; readonly question: unknown },
  act: Act,
): EntryWrite<C> | undefined {
  const parsed = questionText.safeParse(question.question);
  if (!parsed.success) {
    throw new Invalid(issuesOf(parsed.error).map((issue) => ({ ...issue, field: 'question', label: '要补充的内容' })));
  }
  const twin = entry.questions.find(({ id }) => id === question.id);
  if (twin) {
    if (twin.question === parsed.data && twin.askedBy === act.by) return undefined;
    throw new Conflict('同一个请求编号已经用于另一个问题，请刷新页面后重新提交');
  }
  if (entry.state === 'withdrawn') throw new QianxianError('conflict', '这条记录已撤回，不必再请对方补充');
  if (entry.questions.filter(({ answeredAt }) => answeredAt === undefined).length >= mostOpenQuestions) {
    throw new QianxianError('conflict', `已有${mostOpenQuestions}个问题没有答复，请等对方答复，或先收回一些`);
  }
  const asked: EntryQuestion = {
    id: question.id,
    question: parsed.data,
    askedBy: act.by,
    askedAt: act.at.toISOString(),
  };
  return {
    document: withQuestions(unstored(entry), [...entry.questions, asked]),
    events: [event(kind, 'asked', act, { questionId: asked.id })],
  };
}

/** Takes back a question that was asked outside a docket and has no answer yet; undefined where it is gone. */
export function unaskedEntry<C extends AnyDraft>(
  kind: EntryKind,
  entry: Entry<C>,
  questionId: string,
  act: Act,
): EntryWrite<C> | undefined {
  const question = entry.questions.find(({ id }) => id === questionId);
  if (!question) return undefined;
  if (question.pairId !== undefined) {
    throw new QianxianError('conflict', '这个问题是在每周清单上提出的，请在清单上更正');
  }
  if (question.answeredAt !== undefined) throw new QianxianError('conflict', '这个问题已经答复，不能收回');
  return {
    document: withQuestions(
      unstored(entry),
      entry.questions.filter(({ id }) => id !== questionId),
    ),
    events: [event(kind, 'question-withdrawn', act, { questionId })],
  };
}

/** The answer to a question of the bureau; undefined where this very answer is there already. */
export function answeredEntry<C extends AnyDraft>(
  kind: EntryKind,
  entry: Entry<C>,
  questionId: string,
  answer: unknown,
  act: Act,
): EntryWrite<C> | undefined {
  const question = entry.questions.find((one) => one.id === questionId);
  if (!question) throw new NotFound('没有找到这个问题，可能已被删除');
  const parsed = answerText.safeParse(answer);
  if (!parsed.success) {
    throw new Invalid(issuesOf(parsed.error).map((issue) => ({ ...issue, field: 'answer', label: '答复' })));
  }
  if (question.answer !== undefined) {
    if (question.answer === parsed.data && question.answeredBy === act.by) return undefined;
    throw new Conflict('这个问题已经答复过了，请刷新后查看');
  }
  const at = act.at.toISOString();
  return {
    document: withQuestions(
      unstored(entry),
      entry.questions.map((one) =>
        one.id === questionId ? { ...one, answer: parsed.data, answeredBy: act.by, answeredAt: at } : one,
      ),
    ),
    events: [event(kind, 'question-answered', act, { questionId, pairId: question.pairId, week: question.week })],
  };
}

/** That somebody of the bureau has looked at an answer; undefined where that is known already. */
export function notedEntry<C extends AnyDraft>(
  kind: EntryKind,
  entry: Entry<C>,
  questionId: string,
  act: Act,
): EntryWrite<C> | undefined {
  const question = entry.questions.find((one) => one.id === questionId);
  if (!question) throw new NotFound('没有找到这个问题，可能已被删除');
  if (question.pairId !== undefined) {
    throw new QianxianError('conflict', '这个问题是在每周清单上提出的，答复后这一对会自动回到清单，不必另外确认');
  }
  if (question.answeredAt === undefined) throw new QianxianError('conflict', '对方还没有答复，请等答复后再确认');
  if (question.notedAt !== undefined) return undefined;
  const at = act.at.toISOString();
  return {
    document: withQuestions(
      unstored(entry),
      entry.questions.map((one) => (one.id === questionId ? { ...one, notedBy: act.by, notedAt: at } : one)),
    ),
    events: [event(kind, 'answer-noted', act, { questionId })],
  };
}
