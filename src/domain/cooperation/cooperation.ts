import type { z } from 'zod';
import { canonicalJson } from '../canonical-json.ts';
import { Conflict, type FieldIssue, Invalid } from '../errors.ts';
import { daysLater } from '../expiry.ts';
import { derivedId } from '../ids.ts';
import type { DomainEvent, HistoryEntry, Provenance, Stored, Unstored } from '../record.ts';
import { type Actor, historyOf, type Move, moveOf, type StateTable } from '../state-table.ts';
import { issuesOf, text } from '../validation.ts';
import { dateIn } from '../week.ts';
import { type Party, registeredParties } from './party.ts';
import type { Person } from './person.ts';

/**
 * What strategic agreements and joint bodies have in common: parties, a term, records that they are linked to, people, and a
 * life by a table of states. What one kind demands is in its own file beside this one.
 */

/** What the content of each kind has. */
export interface CooperationContent {
  readonly title: string;
  /** First and last day, `YYYY-MM-DD`. */
  readonly from?: string | undefined;
  readonly until?: string | undefined;
  /** What came of it. */
  readonly outcome?: string | undefined;
}

/** Ids of records that it is linked to. */
export interface CooperationLinks {
  readonly partnershipIds?: readonly string[];
  readonly achievementIds?: readonly string[];
  readonly agreementIds?: readonly string[];
}

export interface Cooperation<S extends string = string, C extends CooperationContent = CooperationContent>
  extends Stored {
  readonly state: S;
  readonly origin: 'manual' | 'import';
  readonly content: C;
  readonly parties: readonly Party[];
  readonly links: CooperationLinks;
  readonly people?: readonly Person[];
  /** The last day of which its parties and staff were reminded: another one is reminded of again. */
  readonly remindedFor?: string;
  readonly provenance?: Provenance;
  readonly createdBy: string;
  /** Fingerprint of the input that made it, so that a repeated creation is told from another one under the same id. */
  readonly madeFrom: string;
  readonly history: readonly HistoryEntry[];
}

/** A field of the content that a state demands. */
export interface CooperationDemand {
  readonly field: string;
  readonly label: string;
  readonly mend: string;
}

/** What one kind adds to the common life. */
export interface CooperationRules<S extends string = string, A extends string = string> {
  /** First part of its events, for instance `agreement.edited`. */
  readonly noun: string;
  readonly label: string;
  readonly states: StateTable<S, A>;
  readonly content: z.ZodObject;
  /** The verb of the event that a move causes. */
  readonly done: Readonly<Record<A, string>>;
  /** By the state that demands it. */
  readonly demands: Readonly<Partial<Record<S, readonly CooperationDemand[]>>>;
  /** Parties without which it cannot be in force. */
  readonly leastParties: number;
  /** Days that have happened when they are written, with their labels. */
  readonly past: readonly (readonly [string, string])[];
  /** The state in which it runs, whose end is reminded of. */
  readonly running: S;
  /** The action that the clock takes after the last day; none where staff decide. */
  readonly endsBy?: A;
  /** The action that gives it a new last day, which must lie ahead. */
  readonly prolongs?: A;
}

/** Who moves a record of either kind. */
export const bureau = ['staff', 'admin'] as const;

/** The row of a correction (更正) from one state to another, which always says why. */
export const correction = <S extends string>(from: S, to: S) =>
  ({ action: 'correct', label: '更正', from: [from], to, by: bureau, demands: ['reason'] }) as const;

/** Who does it, as whom, and when. */
export interface CooperationAct {
  readonly at: Date;
  readonly by: string;
  readonly actor: Actor;
}

export interface CooperationWrite {
  readonly document: Unstored<Cooperation>;
  readonly events: readonly DomainEvent[];
}

/** Days before its last day in which its parties and staff are reminded. */
export const endingDays = 60;

export function unstoredCooperation({
  version: _version,
  createdAt: _createdAt,
  updatedAt: _updatedAt,
  ...rest
}: Cooperation): Unstored<Cooperation> {
  return rest;
}

/** An event of it: ids and plain facts alone. */
function eventOf(
  rules: CooperationRules,
  verb: string,
  record: Pick<Cooperation, 'parties' | 'state'>,
  act: Pick<CooperationAct, 'at' | 'by'>,
  data: Readonly<Record<string, unknown>> = {},
): DomainEvent {
  return {
    type: `${rules.noun}.${verb}`,
    at: act.at.toISOString(),
    by: act.by,
    data: { state: record.state, organisationIds: registeredParties(record.parties), ...data },
  };
}

/** The same input of the same person gives the same fingerprint. */
export function cooperationFingerprint(noun: string, by: string, input: object): string {
  return derivedId(`${noun}-input`, by, canonicalJson(input));
}

/** What contradicts itself, or lies in the future although it is said to have happened. `today` is `YYYY-MM-DD`. */
function contradictions(rules: CooperationRules, content: CooperationContent, today: string): FieldIssue[] {
  const { from, until } = content;
  const days = content as unknown as Readonly<Record<string, string | undefined>>;
  return [
    ...(from !== undefined && until !== undefined && until < from
      ? [
          {
            field: 'content.until',
            label: '有效期止',
            reason: '早于有效期起',
            mend: '请把有效期止改为有效期起当天或之后',
          },
        ]
      : []),
    ...rules.past.flatMap(([field, label]) => {
      const day = days[field];
      return day !== undefined && day > today
        ? [{ field: `content.${field}`, label, reason: '晚于今天', mend: `请等到那天再登记，或检查${label}` }]
        : [];
    }),
  ];
}

/** What `state` demands and the record lacks, each with its mend. */
function lacking(rules: CooperationRules, record: Pick<Cooperation, 'state' | 'content' | 'parties'>): FieldIssue[] {
  const content = record.content as unknown as Readonly<Record<string, unknown>>;
  const demands = rules.demands[record.state] ?? [];
  const few = demands.length > 0 && record.parties.length < rules.leastParties;
  return [
    ...demands
      .filter(({ field }) => content[field] === undefined)
      .map(({ field, label, mend }) => ({ field: `content.${field}`, label, reason: '没有填写', mend })),
    ...(few
      ? [
          {
            field: 'parties',
            label: '各方',
            reason: `少于${rules.leastParties}方`,
            mend: '请补充签约的各方；没有注册的填写名称',
          },
        ]
      : []),
  ];
}

function demandSound(rules: CooperationRules, record: Unstored<Cooperation>, today: string, doing: string): void {
  const issues = [...lacking(rules, record), ...contradictions(rules, record.content, today)];
  if (issues.length === 0) return;
  const more = issues.length > 1 ? ` 等${issues.length}处` : '';
  throw new Invalid(issues, `还不能${doing}：${issues[0]!.label}${issues[0]!.reason}${more}`);
}

/** What somebody writes: content, parties and links as a whole. */
export interface CooperationInput<C extends CooperationContent = CooperationContent> {
  readonly content: C;
  readonly parties: readonly Party[];
  readonly links: CooperationLinks;
}

/** A new one, entered by a clerk, or brought by a file, which may say in which state it is. */
export function enteredCooperation(
  rules: CooperationRules,
  input: CooperationInput & {
    readonly id: string;
    readonly madeFrom: string;
    readonly state?: string;
    readonly provenance?: Provenance;
  },
  act: CooperationAct,
): CooperationWrite {
  const { state = rules.states.initial, provenance, ...rest } = input;
  const action = provenance ? 'import' : 'begin';
  const document: Unstored<Cooperation> = {
    ...rest,
    state,
    origin: provenance ? 'import' : 'manual',
    ...(provenance ? { provenance } : {}),
    createdBy: act.by,
    history: [{ at: act.at.toISOString(), by: act.by, action, from: '', to: state }],
  };
  demandSound(rules, document, dateIn(act.at), '登记');
  return { document, events: [eventOf(rules, 'begun', document, act, { origin: document.origin })] };
}

/** The record with other content, parties and links; what its state demands must stay. */
export function editedCooperation(
  rules: CooperationRules,
  record: Cooperation,
  input: CooperationInput,
  act: CooperationAct,
): CooperationWrite {
  const document: Unstored<Cooperation> = { ...unstoredCooperation(record), ...input };
  const today = dateIn(act.at);
  demandSound(rules, document, today, '保存');
  return { document, events: [eventOf(rules, 'edited', document, act)] };
}

const reasonText = text('原因', 500);

function reasonOf(reason: string | undefined): string {
  const parsed = reasonText.safeParse(reason);
  if (parsed.success) return parsed.data;
  throw new Invalid(issuesOf(parsed.error).map((issue) => ({ ...issue, field: 'reason', label: '原因' })));
}

/** A correction goes back to where it stood before. */
function correctionOf(rules: CooperationRules, record: Cooperation, actor: Actor): Move<string> {
  const move = moveOf(rules.states, record.state, 'correct', actor);
  const before = record.history.findLast(({ from, to }) => to === record.state && from !== to)?.from;
  const row = rules.states.moves.find(
    ({ action, from, to }) => action === 'correct' && from.includes(record.state) && to === before,
  );
  if (row) return row;
  throw new Conflict(`这${rules.label}登记时就是“${rules.states.states[move.from[0]!]}”，没有可以更正的一步`);
}

/** A move over the states of its kind, with content that is given along. Throws `invalid` naming each thing that is demanded and missing. */
export function movedCooperation(
  rules: CooperationRules,
  record: Cooperation,
  action: string,
  act: CooperationAct,
  input: { readonly content?: CooperationContent | undefined; readonly reason?: string | undefined } = {},
): CooperationWrite {
  const move =
    action === 'correct'
      ? correctionOf(rules, record, act.actor)
      : moveOf(rules.states, record.state, action, act.actor);
  const why = move.demands?.includes('reason') ? reasonOf(input.reason) : undefined;
  const at = act.at.toISOString();
  const document: Unstored<Cooperation> = {
    ...unstoredCooperation(record),
    ...(input.content ? { content: input.content } : {}),
    state: move.to,
    history: [...record.history, historyOf(move, record.state, at, act.by, why)],
  };
  const today = dateIn(act.at);
  if (act.actor !== 'system') demandSound(rules, document, today, move.label);
  const { until } = document.content;
  if (action === rules.prolongs && (until === undefined || until < today)) {
    throw new Invalid([
      {
        field: 'content.until',
        label: '有效期止',
        reason: until === undefined ? '没有填写' : '早于今天',
        mend: `请填写${move.label}以后的有效期止`,
      },
    ]);
  }
  const verb = rules.done[action] ?? action;
  return {
    document,
    events: [eventOf(rules, verb, document, act, { from: record.state, to: move.to, until: until ?? null })],
  };
}

/** The record with other people; undefined where they are the same. The event says how many, never who. */
export function peopledCooperation(
  rules: CooperationRules,
  record: Cooperation,
  people: readonly Person[],
  act: CooperationAct,
): CooperationWrite | undefined {
  if (canonicalJson(record.people ?? []) === canonicalJson(people)) return undefined;
  return {
    document: { ...unstoredCooperation(record), people },
    events: [eventOf(rules, 'people-changed', record, act, { people: people.length })],
  };
}

/**
 * What the clock brings: reminded once of each last day that comes near, ended when it is over where the kind ends by
 * itself. Undefined where nothing is due.
 */
export function clockedCooperation(
  rules: CooperationRules,
  record: Cooperation,
  act: CooperationAct,
): CooperationWrite | undefined {
  const { until } = record.content;
  if (record.state !== rules.running || until === undefined) return undefined;
  const today = dateIn(act.at);
  if (until < today) return rules.endsBy === undefined ? undefined : movedCooperation(rules, record, rules.endsBy, act);
  if (until > daysLater(today, endingDays) || record.remindedFor === until) return undefined;
  return {
    document: { ...unstoredCooperation(record), remindedFor: until },
    events: [eventOf(rules, 'ending', record, act, { until })],
  };
}
