import { Conflict, Duplicate, type FieldIssue, Invalid } from '../../domain/errors.ts';
import { randomId } from '../../domain/ids.ts';
import type { Partnership, PartnershipAction, PartnershipOrigin, PartnershipState } from '../../domain/partnership.ts';
import { type FactsInput, factsInput } from '../../domain/partnership-facts.ts';
import {
  editedPartnership,
  enteredPartnership,
  type FoundSides,
  movedPartnership,
  type PartnershipInput,
  paidPartnership,
  partnershipFingerprint,
  partnershipInput,
  paymentInput,
  unpaidPartnership,
} from '../../domain/partnership-life.ts';
import { type PartnershipLine, type PartnershipView, partnershipLine } from '../../domain/partnership-view.ts';
import { isBureau, type Principal } from '../../domain/user.ts';
import { check } from '../../domain/validation.ts';
import { changeDocument } from '../../ports/change-document.ts';
import { lookedThrough } from '../../ports/looked-through.ts';
import type { Filter, Page } from '../../ports/record-store.ts';
import {
  actBy,
  demandBureau,
  namesOfSides,
  type PartnershipPorts,
  partnershipFor,
  shownPartnership,
} from './partnership-access.ts';

const sideLabels = { need: '需求方', achievement: '成果方' } as const;

/** One side as it is written, with the record and the organisation that are there. Faults go into `issues`. */
async function foundSide(
  { store }: PartnershipPorts,
  side: 'need' | 'achievement',
  input: PartnershipInput,
  issues: FieldIssue[],
): Promise<{ recordId: string | null; organisationId: string | null; party?: string }> {
  const [recordId, organisationId, party] =
    side === 'need'
      ? [input.needId, input.needOrganisationId, input.needParty]
      : [input.achievementId, input.achievementOrganisationId, input.achievementParty];
  const label = sideLabels[side];
  const fault = (field: string, reason: string, mend: string) =>
    issues.push({ field: `${side}${field}`, label, reason, mend });
  const records = side === 'need' ? store.collection('needs') : store.collection('achievements');
  const record = recordId === undefined ? undefined : await records.get(recordId);
  if (recordId !== undefined && !record) fault('Id', '没有这条记录', '请从列表中选择，或留空');
  const ofRecord = record?.organisationId ?? null;
  if (ofRecord !== null && organisationId !== undefined && organisationId !== ofRecord) {
    fault('OrganisationId', '与所选记录的机构不同', '请去掉机构（以记录的为准），或另选记录');
  }
  const found = ofRecord ?? organisationId ?? null;
  if (found !== null && !(await store.collection('organisations').get(found))) {
    fault('OrganisationId', '没有这个机构', '请从机构列表中选择；没有注册的机构请填写名称');
  }
  if (found !== null && party !== undefined) {
    fault('Party', '已有注册的机构，又填写了名称', '请去掉名称，以注册的机构为准');
  }
  if (found === null && party === undefined) {
    fault('OrganisationId', '没有填写', `请选择${label}的机构；没有注册的，请填写名称`);
  }
  return { recordId: record?.id ?? null, organisationId: found, ...(party === undefined ? {} : { party }) };
}

async function foundSides(ports: PartnershipPorts, input: PartnershipInput): Promise<FoundSides> {
  const issues: FieldIssue[] = [];
  const need = await foundSide(ports, 'need', input, issues);
  const achievement = await foundSide(ports, 'achievement', input, issues);
  if (need.organisationId !== null && need.organisationId === achievement.organisationId) {
    issues.push({
      field: 'achievementOrganisationId',
      label: '成果方',
      reason: '与需求方是同一个机构',
      mend: '请分别选择合作的两个机构',
    });
  }
  if (issues.length > 0) throw new Invalid(issues);
  return {
    needId: need.recordId,
    achievementId: achievement.recordId,
    needOrganisationId: need.organisationId,
    achievementOrganisationId: achievement.organisationId,
    ...(need.party === undefined ? {} : { needParty: need.party }),
    ...(achievement.party === undefined ? {} : { achievementParty: achievement.party }),
  };
}

/** A partnership that began outside, entered by staff. Idempotent by `options.id`. */
export async function createPartnership(
  ports: PartnershipPorts,
  principal: Principal,
  input: unknown,
  options: { readonly id?: string } = {},
): Promise<PartnershipView> {
  demandBureau(principal);
  const given = check(partnershipInput, input);
  const id = options.id ?? randomId();
  const madeFrom = partnershipFingerprint(principal.userId, given);
  const partnerships = ports.store.collection('partnerships');
  const sides = await foundSides(ports, given);
  const write = enteredPartnership({ id, title: given.title, sides, madeFrom }, actBy(ports, principal));
  try {
    return await shownPartnership(ports, principal, await partnerships.insert(write.document, write.events));
  } catch (error) {
    const twin = error instanceof Duplicate ? await partnerships.get(id) : undefined;
    if (!twin) throw error;
    if (twin.madeFrom === madeFrom) return shownPartnership(ports, principal, twin);
    throw new Conflict('同一个请求编号已经用于另一项合作，请刷新页面后重新提交');
  }
}

/** The file that an acceptance names must be one of this partnership. */
async function demandOwnFile({ store }: PartnershipPorts, partnershipId: string, facts: FactsInput): Promise<void> {
  const fileId = facts.acceptance?.attachmentId;
  if (fileId === undefined) return;
  const file = await store.collection('attachments').get(fileId);
  if (file?.stored && file.owner.collection === 'partnerships' && file.owner.id === partnershipId) return;
  throw new Invalid([
    {
      field: 'acceptance.attachmentId',
      label: '验收文件',
      reason: '不是这项合作的附件',
      mend: '请先把验收文件上传到这项合作，再选择它',
    },
  ]);
}

/** Who buys and who sells, where the contract's names were not written: the two sides. */
async function withParties(ports: PartnershipPorts, partnership: Partnership, facts: FactsInput): Promise<FactsInput> {
  if (!facts.contract) return facts;
  const { needParty, achievementParty } = partnershipLine(partnership, await namesOfSides(ports, [partnership]));
  return {
    ...facts,
    contract: {
      ...(needParty === null ? {} : { buyer: needParty }),
      ...(achievementParty === null ? {} : { seller: achievementParty }),
      ...facts.contract,
    },
  };
}

/** Writes title and facts; what is not given stays. */
export async function editPartnership(
  ports: PartnershipPorts,
  principal: Principal,
  id: string,
  seen: number,
  input: FactsInput & { readonly title?: string | undefined },
): Promise<PartnershipView> {
  const partnership = await partnershipFor(ports, principal, id);
  demandBureau(principal);
  if (partnership.version !== seen) throw new Conflict();
  const { title, ...rest } = input;
  const facts = check(factsInput, rest);
  await demandOwnFile(ports, id, facts);
  const whole = { ...(await withParties(ports, partnership, facts)), title };
  const { document, events } = editedPartnership(partnership, whole, actBy(ports, principal));
  return shownPartnership(
    ports,
    principal,
    await ports.store.collection('partnerships').update(id, seen, document, events),
  );
}

/** A move over `partnershipStates`, with the facts that it demands given along or before. */
export async function movePartnership(
  ports: PartnershipPorts,
  principal: Principal,
  id: string,
  seen: number,
  action: PartnershipAction,
  input: FactsInput & { readonly reason?: string | undefined } = {},
): Promise<PartnershipView> {
  const partnership = await partnershipFor(ports, principal, id);
  demandBureau(principal);
  if (partnership.version !== seen) throw new Conflict();
  const { reason, ...rest } = input;
  const facts = check(factsInput, rest);
  await demandOwnFile(ports, id, facts);
  const whole = { ...(await withParties(ports, partnership, facts)), reason };
  const { document, events } = movedPartnership(partnership, action, actBy(ports, principal), whole);
  return shownPartnership(
    ports,
    principal,
    await ports.store.collection('partnerships').update(id, seen, document, events),
  );
}

/** One more payment of the contract's amount. Idempotent by `options.id`. */
export async function addPayment(
  ports: PartnershipPorts,
  principal: Principal,
  id: string,
  input: unknown,
  options: { readonly id?: string } = {},
): Promise<PartnershipView> {
  await partnershipFor(ports, principal, id);
  demandBureau(principal);
  const payment = check(paymentInput, input);
  const paymentId = options.id ?? randomId();
  const { document } = await changeDocument(
    ports.store,
    'partnerships',
    id,
    (newest) => paidPartnership(newest, paymentId, payment, actBy(ports, principal)) ?? null,
  );
  return shownPartnership(ports, principal, document);
}

/** Takes out a payment that was entered wrongly, with a reason. */
export async function removePayment(
  ports: PartnershipPorts,
  principal: Principal,
  id: string,
  paymentId: string,
  reason?: string,
): Promise<PartnershipView> {
  await partnershipFor(ports, principal, id);
  demandBureau(principal);
  const { document } = await changeDocument(ports.store, 'partnerships', id, (newest) =>
    unpaidPartnership(newest, paymentId, reason, actBy(ports, principal)),
  );
  return shownPartnership(ports, principal, document);
}

export async function getPartnership(
  ports: PartnershipPorts,
  principal: Principal,
  id: string,
): Promise<PartnershipView> {
  return shownPartnership(ports, principal, await partnershipFor(ports, principal, id));
}

export interface PartnershipQuery {
  readonly state?: PartnershipState | undefined;
  readonly origin?: PartnershipOrigin | undefined;
  /** Of one organisation, on whichever side; for the bureau. Members always see their own. */
  readonly organisationId?: string | undefined;
  readonly needId?: string | undefined;
  readonly limit?: number | undefined;
  readonly cursor?: string | undefined;
}

/** The bureau sees all, members those of their organisation; the ones changed last come first. */
export async function listPartnerships(
  ports: PartnershipPorts,
  principal: Principal,
  query: PartnershipQuery = {},
): Promise<Page<PartnershipLine>> {
  const { state, origin, needId, limit = 50, cursor } = query;
  const where: Filter = {
    ...(state === undefined ? {} : { state }),
    ...(origin === undefined ? {} : { origin }),
    ...(needId === undefined ? {} : { needId }),
  };
  const organisationId = isBureau(principal) ? query.organisationId : principal.organisationId;
  if (!isBureau(principal) && organisationId === undefined) return { items: [] };
  const partnerships = ports.store.collection('partnerships');
  const page =
    organisationId !== undefined
      ? // Both sides of one organisation are two queries.
        await lookedThrough(
          ['needOrganisationId', 'achievementOrganisationId'].map((side) =>
            partnerships.stream({ ...where, [side]: organisationId }),
          ),
          { limit, cursor },
        )
      : await partnerships.find({
          where,
          order: { by: 'updatedAt', direction: 'desc' },
          limit,
          ...(cursor === undefined ? {} : { cursor }),
        });
  const names = await namesOfSides(ports, page.items);
  return { ...page, items: page.items.map((one) => partnershipLine(one, names)) };
}
