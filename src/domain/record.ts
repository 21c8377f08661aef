/** What every stored record carries. Times are ISO 8601 in UTC; `version` starts at 1 and grows by one with each write. */
export interface Stored {
  readonly id: string;
  readonly version: number;
  readonly createdAt: string;
  readonly updatedAt: string;
}

/** A record before the store has seen it. */
export type Unstored<T extends Stored> = Omit<T, 'version' | 'createdAt' | 'updatedAt'>;

/** Where an imported record came from: a second import of the same source and external id changes nothing. */
export interface Provenance {
  readonly source: string;
  readonly externalId: string;
}

/** One line of a record's history. `by` is a user id, or `system` for what the clock did. */
export interface HistoryEntry {
  readonly at: string;
  readonly by: string;
  readonly action: string;
  readonly from: string;
  readonly to: string;
  readonly reason?: string;
}

/** From where somebody acted. Never more than the audit may keep. */
export interface Origin {
  /** Address of the caller, as far as the trusted proxies tell it. */
  ip?: string;
  /** Reference of the login session: the beginning of the hash of its token. */
  session?: string;
  /** Id of the request, as the log and the answer name it. */
  request?: string;
  /** Set where the command line acted: the account of the operating system. */
  shell?: string;
}

/** Which fields a write changed: before and after where both are plain facts, null where the value stays in the record. */
export type ChangedFields = Readonly<Record<string, readonly [PlainFact, PlainFact] | null>>;
export type PlainFact = string | number | boolean | null;

/** What happened, carried by the write that it happened in. The store gives it an id made of the document's id and version. */
export interface DomainEvent {
  /** For instance `docket.closed`. */
  readonly type: string;
  readonly at: string;
  readonly by: string;
  readonly data?: Readonly<Record<string, unknown>>;
  /** Set by the flow, never by a step: from where `by` acted; absent for what the clock or a consumer did. */
  readonly from?: Readonly<Origin>;
  /** Set by the flow, never by a step: what the write changed. */
  readonly changed?: ChangedFields;
}
