import { isDeepStrictEqual } from 'node:util';
import { z } from 'zod';
import {
  actorFor,
  isInsider,
  maySeeOrganisation,
  type OrganisationView,
  organisationListView,
  organisationView,
} from '../../domain/access.ts';
import { organisationTypes } from '../../domain/codes/organisation-codes.ts';
import { normaliseCreditCode } from '../../domain/credit-code.ts';
import { Conflict, Duplicate, Forbidden, Invalid, QianxianError, Withheld } from '../../domain/errors.ts';
import { randomId } from '../../domain/ids.ts';
import { missingFields } from '../../domain/missing-fields.ts';
import {
  type Organisation,
  type OrganisationAction,
  type OrganisationDraft,
  type OrganisationState,
  organisationDraft,
  organisationStates,
} from '../../domain/organisation.ts';
import type { DomainEvent, Unstored } from '../../domain/record.ts';
import { historyOf, moveOf } from '../../domain/state-table.ts';
import { isBureau, type Principal } from '../../domain/user.ts';
import { check, choice, number, text } from '../../domain/validation.ts';
import type { Ports } from '../../ports/ports.ts';
import type { Scalar } from '../../ports/record-store.ts';
import { survivingOrganisation } from '../../ports/surviving-organisation.ts';

type AccountPorts = Pick<Ports, 'store' | 'clock'>;

/**
 * Enters an organisation that has no account yet (代填): by the bureau, marked with who entered it, approved at once.
 * Only the name is demanded; what else the form wants is listed as missing. `options.id` is derived from who asks and his
 * Idempotency-Key: a repeated request finds what the first one made (later edits of it do not make it another).
 */
export async function createOrganisation(
  ports: AccountPorts,
  principal: Principal,
  content: unknown,
  options: { readonly id?: string } = {},
): Promise<OrganisationView> {
  if (!isBureau(principal)) throw new Forbidden('代为登记机构只能由科技局工作人员办理');
  const draft = check(organisationDraft, content);
  const organisations = ports.store.collection('organisations');
  const id = options.id ?? randomId();
  const at = ports.clock.now().toISOString();
  const move = moveOf(organisationStates, organisationStates.initial, 'approve', actorFor(principal, id));
  const document: Unstored<Organisation> = {
    id,
    state: move.to,
    content: draft,
    missing: missingFields('organisation', draft),
    enteredBy: principal.userId,
    history: [historyOf(move, organisationStates.initial, at, principal.userId)],
  };
  try {
    const organisation = await organisations.insert(document, [
      { type: 'organisation.created', at, by: principal.userId, data: { state: move.to } },
      { type: 'organisation.approved', at, by: principal.userId },
    ]);
    return organisationView(principal, organisation)!;
  } catch (error) {
    if (!(error instanceof Duplicate)) throw error;
    const there = await organisations.get(id);
    if (!there) throw await takenCode(ports, principal, draft, error);
    const same =
      there.enteredBy === principal.userId &&
      (there.version > 1 || isDeepStrictEqual(plain(there.content), plain(draft)));
    if (!same) throw new QianxianError('conflict', '这个请求编号已经用于登记另一个机构，请换一个编号再提交');
    return organisationView(principal, there)!;
  }
}

/** One organisation as the asker may see it, under its id or that of one that was merged into it; `not_found` where he may not know of it. */
export async function getOrganisation(
  ports: AccountPorts,
  principal: Principal | null,
  id: string,
): Promise<OrganisationView> {
  // The id of one that was merged stands for the one that stays.
  const organisation = await ports.store.collection('organisations').get(await survivingOrganisation(ports.store, id));
  const view = organisation && organisationView(principal, organisation);
  if (!view) throw Withheld.orMissing(organisation, '没有找到这个机构，可能已被删除，或您无权查看');
  return view;
}

const organisationStateCodes = (Object.keys(organisationStates.states) as OrganisationState[]).map((code) => ({
  code,
  label: organisationStates.states[code],
}));
const organisationActions = [
  // Two organisations become one by a request of its own; some moves are the program's alone.
  ...new Map(
    organisationStates.moves
      .filter((move) => move.by.some((actor) => actor !== 'system') && move.action !== 'merge')
      .map((move) => [move.action, { code: move.action, label: move.label }]),
  ).values(),
];

const organisationFilter = z.strictObject({
  state: choice('状态', organisationStateCodes).optional(),
  type: choice('机构属性', organisationTypes).optional(),
  name: text('机构名称', 100, { min: 0 }).optional(),
  creditCode: text('统一社会信用代码', 40).optional(),
  cursor: text('翻页位置', 2_000).optional(),
  limit: number('每页条数', { min: 1, max: 200 }).optional(),
});

export interface OrganisationListing {
  readonly items: readonly OrganisationView[];
  readonly next?: string;
}

/** Records that one call looks through for a name, so that a rare name costs no caller more than so much. */
const mostLookedAt = 10_000;
const lookedAtOnce = 200;

/**
 * Organisations by name, without contacts: all of them for the bureau, approved ones for others. `name` finds names that
 * contain it, whatever the width and case; only where 10,000 records hold fewer than `limit` of them is a page with a
 * next one not full.
 */
export async function listOrganisations(
  ports: AccountPorts,
  principal: Principal | null,
  filter: {
    readonly state?: OrganisationState;
    readonly type?: (typeof organisationTypes)[number]['code'];
    readonly name?: string;
    /** For the bureau alone: the organisation of this very code, however it is spaced. */
    readonly creditCode?: string;
    readonly cursor?: string;
    readonly limit?: number;
  } = {},
): Promise<OrganisationListing> {
  const { state, type, name, creditCode, cursor, limit = 50 } = check(organisationFilter, filter);
  const whole = principal !== null && isBureau(principal);
  // Whether a code is in the records is told to nobody else.
  if (!whole && creditCode !== undefined) throw new Forbidden('按统一社会信用代码查找机构只能由科技局工作人员办理');
  if (!whole && state !== undefined && state !== 'approved') return { items: [] };
  const where: Record<string, Scalar> = {};
  if (!whole) where.state = 'approved';
  else if (state !== undefined) where.state = state;
  if (type !== undefined) where['content.type'] = type;
  if (creditCode !== undefined) where['content.creditCode'] = normaliseCreditCode(creditCode);
  const wanted = name === undefined ? '' : folded(name);
  const organisations = ports.store.collection('organisations');
  const read = (from: string | undefined, count: number) =>
    organisations.find({
      where,
      order: { by: 'content.name', direction: 'asc' },
      limit: count,
      ...(from === undefined ? {} : { cursor: from }),
    });
  const items: OrganisationView[] = [];
  let next = cursor;
  for (let looked = 0; looked < mostLookedAt; looked += lookedAtOnce) {
    const from = next;
    const page = await read(from, wanted === '' ? limit : lookedAtOnce);
    next = page.next;
    for (const [index, organisation] of page.items.entries()) {
      if (!folded(organisation.content.name).includes(wanted)) continue;
      const view = organisationListView(principal, organisation);
      if (view) items.push(view);
      if (items.length < limit || index === page.items.length - 1) continue;
      // The next page begins after the last one that is shown, not after the last one that was looked at.
      next = (await read(from, index + 1)).next;
      break;
    }
    if (next === undefined || items.length === limit || wanted === '') break;
  }
  return { items, ...(next === undefined ? {} : { next }) };
}

/** What was examined at approval: its own people do not change it afterwards. */
const examined = ['name', 'type', 'creditCode'] as const;

/**
 * Replaces an organisation's content, by the bureau or its own people. The name, kind and credit code of an approved
 * organisation are changed by the bureau alone (its people may fill in what is absent).
 */
export async function editOrganisation(
  ports: AccountPorts,
  principal: Principal,
  id: string,
  seen: number,
  content: unknown,
): Promise<OrganisationView> {
  const organisation = await editable(ports, principal, id);
  const draft = check(organisationDraft, content);
  if (organisation.version !== seen) throw new Conflict();
  if (!isBureau(principal) && organisation.state === 'approved') {
    const before = organisation.content;
    const changed = examined.filter((field) => before[field] !== undefined && before[field] !== draft[field]);
    if (changed.length > 0) {
      const labels = { name: '机构全称', type: '机构属性', creditCode: '统一社会信用代码' } as const;
      throw new Invalid(
        changed.map((field) => ({
          field,
          label: labels[field],
          reason: '审核通过后不能自行修改',
          mend: '请保留原来的内容；确有变更请联系科技局修改',
        })),
      );
    }
  }
  const event: DomainEvent = {
    type: 'organisation.edited',
    at: ports.clock.now().toISOString(),
    by: principal.userId,
    data: { fields: changedFields(organisation.content, draft) },
  };
  try {
    const edited = await ports.store
      .collection('organisations')
      .update(id, seen, { ...unstored(organisation), content: draft, missing: missingFields('organisation', draft) }, [
        event,
      ]);
    return organisationView(principal, edited)!;
  } catch (error) {
    if (error instanceof Duplicate) throw await takenCode(ports, principal, draft, error);
    throw error;
  }
}

const eventOfAction: Readonly<Record<Exclude<OrganisationAction, 'merge' | 'keep' | 'claim'>, string>> = {
  approve: 'organisation.approved',
  return: 'organisation.returned',
  resubmit: 'organisation.resubmitted',
  disable: 'organisation.disabled',
  enable: 'organisation.enabled',
};

/** Moves an organisation over `organisationStates`. The people of a disabled one are logged out and cannot log in. */
export async function moveOrganisation(
  ports: AccountPorts,
  principal: Principal,
  id: string,
  seen: number,
  action: Exclude<OrganisationAction, 'merge' | 'keep' | 'claim'>,
  reason?: string,
): Promise<OrganisationView> {
  const organisation = await editable(ports, principal, id);
  const known = check(
    z.strictObject({ action: choice('操作', organisationActions), reason: text('原因', 500).optional() }),
    { action, ...(reason === undefined ? {} : { reason }) },
  );
  if (organisation.version !== seen) throw new Conflict();
  const move = moveOf(organisationStates, organisation.state, known.action, actorFor(principal, id));
  if (move.demands?.includes('reason') && known.reason === undefined) {
    throw new Invalid([{ field: 'reason', label: '原因', reason: '没有填写', mend: `请写明${move.label}的原因` }]);
  }
  const at = ports.clock.now().toISOString();
  const moved = await ports.store.collection('organisations').update(
    id,
    seen,
    {
      ...unstored(organisation),
      state: move.to,
      history: [...organisation.history, historyOf(move, organisation.state, at, principal.userId, known.reason)],
    },
    [{ type: eventOfAction[action], at, by: principal.userId }],
  );
  return organisationView(principal, moved)!;
}

async function editable(ports: AccountPorts, principal: Principal, id: string): Promise<Organisation> {
  const organisation = await ports.store.collection('organisations').get(id);
  if (!organisation || !maySeeOrganisation(principal, organisation)) {
    throw Withheld.orMissing(organisation, '没有找到这个机构，可能已被删除，或您无权查看');
  }
  if (!isInsider(principal, { organisationId: id })) throw new Forbidden('您只能修改本机构的资料');
  return organisation;
}

/** Who has the credit code is told to the bureau alone. */
async function takenCode(
  ports: AccountPorts,
  principal: Principal,
  draft: OrganisationDraft,
  cause: Duplicate,
): Promise<Duplicate> {
  if (cause.key !== 'creditCode' || draft.creditCode === undefined) return cause;
  const page = await ports.store
    .collection('organisations')
    .find({ where: { 'content.creditCode': draft.creditCode }, limit: 1 });
  const holder = isBureau(principal) ? page.items[0]?.content.name : undefined;
  const reason = holder === undefined ? '已有机构登记了这个代码' : `已由“${holder}”登记`;
  return new Duplicate('creditCode', `统一社会信用代码${reason}`, {
    issues: [
      {
        field: 'creditCode',
        label: '统一社会信用代码',
        reason,
        mend: '请核对代码；若是同一机构，请在已登记的机构上修改，或联系科技局',
      },
    ],
    cause,
  });
}

function unstored(organisation: Organisation): Unstored<Organisation> {
  const { version: _version, createdAt: _createdAt, updatedAt: _updatedAt, ...rest } = organisation;
  return rest;
}

/** Names of the top-level fields that differ: the audit tells what was changed, never to what. */
function changedFields(before: OrganisationDraft, after: OrganisationDraft): string[] {
  const keys = new Set([...Object.keys(before), ...Object.keys(after)]) as Set<keyof OrganisationDraft>;
  return [...keys].filter((key) => !isDeepStrictEqual(plain(before[key]), plain(after[key]))).sort();
}

/** As the store gives it back: plain objects without undefined members. */
function plain(value: unknown): unknown {
  return value === undefined ? undefined : JSON.parse(JSON.stringify(value));
}

function folded(name: string): string {
  return name.normalize('NFKC').trim().toLowerCase();
}
