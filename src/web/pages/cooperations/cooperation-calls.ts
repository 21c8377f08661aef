import { type Answer, call } from '../../api/client.ts';
import type { Written } from '../../parts/record-form.tsx';
import { dayAfter, today } from '../../parts/times.ts';

export type CooperationKind = 'agreement' | 'joint-body';
export type AgreementView = Answer<'GET /api/v1/agreements/{id}'>;
export type JointBodyView = Answer<'GET /api/v1/joint-bodies/{id}'>;
export type CooperationView = AgreementView | JointBodyView;
export type CooperationLine =
  | Answer<'GET /api/v1/agreements'>['items'][number]
  | Answer<'GET /api/v1/joint-bodies'>['items'][number];
export type CooperationPeople = Answer<'GET /api/v1/agreements/{id}/people'>;

/** What a list is narrowed by. */
export interface CooperationQuery {
  readonly words?: string;
  readonly state?: string;
  readonly bodyKind?: string;
  readonly level?: string;
  readonly partnershipId?: string;
  readonly limit: number;
  readonly cursor?: string;
}

interface CooperationCalls {
  list(
    query: CooperationQuery,
  ): Promise<{ readonly items: readonly CooperationLine[]; readonly next?: string | undefined }>;
  load(id: string): Promise<CooperationView>;
  create(body: Written, key: string): Promise<CooperationView>;
  save(id: string, body: Written): Promise<CooperationView>;
  move(id: string, action: string, body: Written): Promise<CooperationView>;
  people(id: string): Promise<CooperationPeople>;
}

/** The same operations on agreements and joint bodies; the service says whether what is sent fits. */
export const cooperationCalls: Readonly<Record<CooperationKind, CooperationCalls>> = {
  agreement: {
    list: (query) => call('GET /api/v1/agreements', { query: query as never }),
    load: (id) => call('GET /api/v1/agreements/{id}', { params: { id } }),
    create: (body, key) => call('POST /api/v1/agreements', { body: body as never, key }),
    save: (id, body) => call('PUT /api/v1/agreements/{id}', { params: { id }, body: body as never }),
    move: (id, action, body) =>
      call('POST /api/v1/agreements/{id}/actions/{action}', { params: { id, action }, body: body as never }),
    people: (id) => call('GET /api/v1/agreements/{id}/people', { params: { id } }),
  },
  'joint-body': {
    list: (query) => call('GET /api/v1/joint-bodies', { query: query as never }),
    load: (id) => call('GET /api/v1/joint-bodies/{id}', { params: { id } }),
    create: (body, key) => call('POST /api/v1/joint-bodies', { body: body as never, key }),
    save: (id, body) => call('PUT /api/v1/joint-bodies/{id}', { params: { id }, body: body as never }),
    move: (id, action, body) =>
      call('POST /api/v1/joint-bodies/{id}/actions/{action}', { params: { id, action }, body: body as never }),
    people: (id) => call('GET /api/v1/joint-bodies/{id}/people', { params: { id } }),
  },
};

/** Words and addresses of one kind. */
export interface CooperationWords {
  readonly name: string;
  readonly about: string;
  readonly path: string;
  readonly states: string;
  /** In which it is in force, so that its last day is worth a warning. */
  readonly running: string;
  readonly collection: 'agreements' | 'jointBodies';
  readonly empty: string;
}
export const cooperationWords: Readonly<Record<CooperationKind, CooperationWords>> = {
  agreement: {
    name: '战略合作协议',
    about: '与高校、院所签订的协议：谁和谁、约定什么、到哪天、带来了什么',
    path: '/agreements',
    states: 'agreementStates',
    running: 'active',
    collection: 'agreements',
    empty: '还没有战略合作协议。',
  },
  'joint-body': {
    name: '共建机构',
    about: '研究生工作站、工程技术研究中心、共建研究院、技术转移中心等',
    path: '/joint-bodies',
    states: 'jointBodyStates',
    running: 'running',
    collection: 'jointBodies',
    empty: '还没有共建机构。',
  },
};
export const cooperationPath = (kind: CooperationKind, id: string): string =>
  `${cooperationWords[kind].path}/${encodeURIComponent(id)}`;

export const cooperationTones: Readonly<Record<string, string>> = {
  draft: 'wait',
  active: 'good',
  ended: '',
  terminated: 'bad',
  preparing: 'wait',
  running: 'good',
  suspended: 'ask',
  closed: 'bad',
};

/** Days in which an end is near, as the service reminds of it. */
const endingDays = 60;

/** What is to be said of the last day of one that is in force; empty where it is far off. */
export function endWords(
  kind: CooperationKind,
  { state, content }: Pick<CooperationLine, 'state' | 'content'>,
): string {
  const { until } = content;
  if (state !== cooperationWords[kind].running || until === undefined) return '';
  const now = today();
  if (until < now) return kind === 'agreement' ? '已过有效期' : '建设期已满';
  if (until > dayAfter(now, endingDays)) return '';
  const days = Math.round((Date.parse(until) - Date.parse(now)) / 86_400_000);
  return days === 0 ? '今天到期' : `还有 ${days} 天到期`;
}
