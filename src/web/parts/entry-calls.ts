import { type Answer, call } from '../api/client.ts';

export type NeedView = Answer<'GET /api/v1/needs/{id}'>;
export type AchievementView = Answer<'GET /api/v1/achievements/{id}'>;
export type EntryView = NeedView | AchievementView;
export type EntryKind = EntryView['kind'];
export type EntryLine =
  | Answer<'GET /api/v1/needs'>['items'][number]
  | Answer<'GET /api/v1/achievements'>['items'][number];
export type EntryCheck = Answer<'POST /api/v1/needs/check'>;
/** What a form holds: the service says whether it fits. */
export type EntryContent = Readonly<Record<string, unknown>>;
/** 代填: for which organisation the bureau enters a record, and who told it so. */
export interface Behalf {
  readonly organisationId: string;
  readonly toldBy: string;
}
type ListQuery = {
  readonly state?: EntryView['state'];
  readonly organisationId?: string;
  readonly cursor?: string;
  readonly limit?: number;
};

/** The same operations on needs and achievements. */
export interface EntryCalls {
  list(query: ListQuery): Promise<{ readonly items: readonly EntryLine[]; readonly next?: string | undefined }>;
  create(content: EntryContent, key: string, behalf?: Behalf): Promise<EntryView>;
  load(id: string): Promise<EntryView>;
  save(id: string, version: number, content: EntryContent): Promise<EntryView>;
  check(content: EntryContent, id: string | null, signal: AbortSignal): Promise<EntryCheck>;
  move(id: string, version: number, action: string, reason?: string): Promise<EntryView>;
  revise(id: string, version: number, action: string): Promise<EntryView>;
  answer(id: string, version: number, questionId: string, answer: string): Promise<EntryView>;
  /** The bureau has looked at an answer. */
  note(id: string, version: number, questionId: string): Promise<EntryView>;
}

const moving = (version: number, reason?: string) => ({ version, ...(reason === undefined ? {} : { reason }) });

export const entryCalls: Readonly<Record<EntryKind, EntryCalls>> = {
  need: {
    list: (query) => call('GET /api/v1/needs', { query }),
    create: (content, key, behalf) => call('POST /api/v1/needs', { body: { ...behalf, content }, key }),
    load: (id) => call('GET /api/v1/needs/{id}', { params: { id } }),
    save: (id, version, content) => call('PUT /api/v1/needs/{id}', { params: { id }, body: { version, content } }),
    check: (content, id, signal) =>
      call('POST /api/v1/needs/check', { body: { content, ...(id === null ? {} : { id }) }, signal }),
    move: (id, version, action, reason) =>
      call('POST /api/v1/needs/{id}/actions/{action}', { params: { id, action }, body: moving(version, reason) }),
    revise: (id, version, action) =>
      call('POST /api/v1/needs/{id}/revision/{action}', { params: { id, action }, body: { version } }),
    answer: (id, version, questionId, answer) =>
      call('POST /api/v1/needs/{id}/questions/{questionId}/answer', {
        params: { id, questionId },
        body: { version, answer },
      }),
    note: (id, version, questionId) =>
      call('POST /api/v1/needs/{id}/questions/{questionId}/note', { params: { id, questionId }, body: { version } }),
  },
  achievement: {
    list: (query) => call('GET /api/v1/achievements', { query }),
    create: (content, key, behalf) => call('POST /api/v1/achievements', { body: { ...behalf, content }, key }),
    load: (id) => call('GET /api/v1/achievements/{id}', { params: { id } }),
    save: (id, version, content) =>
      call('PUT /api/v1/achievements/{id}', { params: { id }, body: { version, content } }),
    check: (content, id, signal) =>
      call('POST /api/v1/achievements/check', { body: { content, ...(id === null ? {} : { id }) }, signal }),
    move: (id, version, action, reason) =>
      call('POST /api/v1/achievements/{id}/actions/{action}', {
        params: { id, action },
        body: moving(version, reason),
      }),
    revise: (id, version, action) =>
      call('POST /api/v1/achievements/{id}/revision/{action}', { params: { id, action }, body: { version } }),
    answer: (id, version, questionId, answer) =>
      call('POST /api/v1/achievements/{id}/questions/{questionId}/answer', {
        params: { id, questionId },
        body: { version, answer },
      }),
    note: (id, version, questionId) =>
      call('POST /api/v1/achievements/{id}/questions/{questionId}/note', {
        params: { id, questionId },
        body: { version },
      }),
  },
};

/** Where somebody's own records of a kind are listed, and where one of them is written. */
export const myPath = (kind: EntryKind): string => (kind === 'need' ? '/my/needs' : '/my/achievements');
export const formPath = (kind: EntryKind, id?: string): string =>
  `${myPath(kind)}/${id === undefined ? 'new' : encodeURIComponent(id)}`;

/** The same where the bureau writes it for its organisation. */
export const enteringPath = (kind: EntryKind, id?: string): string =>
  `/entering/${kind === 'need' ? 'needs' : 'achievements'}/${id === undefined ? 'new' : encodeURIComponent(id)}`;

/** Whether its people may write in it now. */
export const isEditable = ({ state, revision }: Pick<EntryView, 'state' | 'revision'>): boolean =>
  state !== 'submitted' && state !== 'withdrawn' && revision !== 'submitted';
