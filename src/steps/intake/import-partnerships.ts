import {
  type Cooperation,
  type CooperationContent,
  editedCooperation,
  enteredCooperation,
} from '../../domain/cooperation/cooperation.ts';
import { type CooperationKind, cooperationKinds } from '../../domain/cooperation/cooperation-kinds.ts';
import type { Party } from '../../domain/cooperation/party.ts';
import { Conflict, Duplicate, type FieldIssue, Invalid } from '../../domain/errors.ts';
import { mayBeName } from '../../domain/import-identity.ts';
import { differs } from '../../domain/import-report.ts';
import { fenOfWan, moneyText } from '../../domain/money.ts';
import { type Partnership, paidFen, partnershipStates } from '../../domain/partnership.ts';
import {
  factsOverThere,
  importedPartnership,
  type PartnershipRow,
  rowFingerprint,
} from '../../domain/partnership-import.ts';
import { editedPartnership, type FoundSides } from '../../domain/partnership-life.ts';
import { isStorableId } from '../../domain/storable.ts';
import type { Principal } from '../../domain/user.ts';
import type { Ports } from '../../ports/ports.ts';
import type { Collection } from '../../ports/record-store.ts';
import { lookUpOrganisation, type OrganisationImport, type RowWrite } from './import-organisations.ts';

/** Kinds of records that organisations have together: no organisation owns a row, each row names its parties. */
export type JointKind = 'partnership' | CooperationKind;

export interface JointImport {
  readonly ports: Pick<Ports, 'store' | 'clock'>;
  readonly principal: Principal;
  readonly source: string;
  readonly update: boolean;
  readonly write: boolean;
  readonly organisations: OrganisationImport;
}

export interface JointRow {
  readonly id: string;
  readonly externalId: string;
  /** As the row's schema reads it. */
  readonly content: Readonly<Record<string, unknown>>;
}

const wholeRow = (reason: string, mend: string): FieldIssue => ({ field: '', label: '整行', reason, mend });
const notUpdated = wholeRow(differs, '需要按文件更新时，请在导入时选择“更新已有记录”');

/** The organisation that a row means; its name alone where it is not registered. */
async function partyOf(context: JointImport, field: string, label: string, reference: string): Promise<Party> {
  const found = await lookUpOrganisation(context.organisations, reference);
  if (found && 'issue' in found) throw new Invalid([{ ...found.issue, field, label }]);
  if (found) return { organisationId: found.organisation.id };
  if (mayBeName(reference)) return { organisationId: null, name: reference };
  throw new Invalid([
    {
      field,
      label,
      reason: `没有“${reference.slice(0, 60)}”这个机构`,
      mend: '请填写机构全称、统一社会信用代码，或机构表中的编号；没有注册的单位请填写名称',
    },
  ]);
}

/**
 * The record that a row names by its number, null where it names none: by its id, by its external id of this source, or as
 * `source/number` of another. It must be of the side of the row. Throws `invalid`.
 */
async function linkedRecord(
  { ports, source }: JointImport,
  side: 'need' | 'achievement',
  number: string | undefined,
  party: Party,
): Promise<string | null> {
  if (number === undefined) return null;
  const [label, ofSide, collection] =
    side === 'need' ? (['需求', '需求方', 'needs'] as const) : (['成果', '成果方', 'achievements'] as const);
  const records = ports.store.collection<'needs' | 'achievements'>(collection);
  const fault = (reason: string, mend: string) =>
    new Invalid([{ field: `${side}Number`, label: `${label}编号`, reason, mend }]);
  const slash = number.lastIndexOf('/');
  const tries: (readonly [string, string])[] = [[source, number]];
  if (slash > 0) tries.push([number.slice(0, slash).trim(), number.slice(slash + 1).trim()]);
  let found = isStorableId(number) ? await records.get(number) : undefined;
  for (const [from, externalId] of tries) {
    if (found) break;
    const where = { 'provenance.source': from, 'provenance.externalId': externalId };
    found = (await records.find({ where, limit: 1 })).items[0];
  }
  if (!found) {
    throw fault(
      `没有“${number.slice(0, 60)}”这条${label}`,
      `请先导入${label}，或检查编号；由别的来源导入的写成 来源/编号，不关联的留空`,
    );
  }
  if (party.organisationId !== null && found.organisationId === party.organisationId) return found.id;
  const owner = found.organisationId && (await ports.store.collection('organisations').get(found.organisationId));
  throw fault(
    `《${found.content.title ?? found.id}》属于“${owner ? owner.content.name : '未指定机构'}”，不是这一行的${ofSide}`,
    `请改正${label}编号或${ofSide}，不关联的留空`,
  );
}

const actOf = ({ ports, principal }: JointImport) =>
  ({ at: ports.clock.now(), by: principal.userId, actor: principal.role === 'admin' ? 'admin' : 'staff' }) as const;

/** What this source calls by this external id. */
async function known<T extends Cooperation | Partnership>(
  records: Collection<T>,
  context: JointImport,
  row: JointRow,
): Promise<T | undefined> {
  const own = await records.get(row.id);
  if (own) return own;
  const where = { 'provenance.source': context.source, 'provenance.externalId': row.externalId };
  return (await records.find({ where, limit: 1 })).items[0];
}

/** Writes a row; where another import wrote it meanwhile, looks again, once. */
async function twice(work: () => Promise<RowWrite>): Promise<RowWrite> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof Duplicate || error instanceof Conflict) return work();
    throw error;
  }
}

/**
 * Writes one partnership, agreement or joint body of a file: new, or what is there already by external id, which is changed
 * only with `update`, and never in its state: that is moved by people.
 */
export function importJoint(context: JointImport, kind: JointKind, row: JointRow): Promise<RowWrite> {
  return twice(() =>
    kind === 'partnership' ? importPartnership(context, row) : importCooperation(context, kind, row),
  );
}

async function importPartnership(context: JointImport, row: JointRow): Promise<RowWrite> {
  const content = row.content as unknown as PartnershipRow;
  const partnerships = context.ports.store.collection('partnerships');
  const there = await known(partnerships, context, row);
  const madeFrom = rowFingerprint('partnership', content);
  if (there?.madeFrom === madeFrom) return { id: there.id, outcome: 'unchanged', notes: [] };
  const names = { buyer: content.needParty, seller: content.achievementParty };
  const need = await partyOf(context, 'needParty', '需求方', content.needParty);
  const achievement = await partyOf(context, 'achievementParty', '成果方', content.achievementParty);
  if (need.organisationId !== null && need.organisationId === achievement.organisationId) {
    throw new Invalid([
      {
        field: 'achievementParty',
        label: '成果方',
        reason: '与需求方是同一个机构',
        mend: '请分别填写合作的两个机构',
      },
    ]);
  }
  const needId = await linkedRecord(context, 'need', content.needNumber, need);
  const achievementId = await linkedRecord(context, 'achievement', content.achievementNumber, achievement);
  if (there) {
    if (!context.update) return { id: there.id, outcome: 'unchanged', notes: [notUpdated] };
    const { document, events } = editedPartnership(
      there,
      { title: content.title, ...factsOverThere(there, content, names) },
      actOf(context),
    );
    // What was linked since by hand stays; what had no link gets the file's.
    const links = { needId: there.needId ?? needId, achievementId: there.achievementId ?? achievementId };
    if (context.write) await partnerships.update(there.id, there.version, { ...document, ...links, madeFrom }, events);
    const stays = there.state !== (content.stage ?? partnershipStates.initial);
    const kept = (id: string | null, wanted: string | null) => wanted !== null && id !== null && id !== wanted;
    const notes = [
      ...(stays
        ? [wholeRow(`合作阶段仍是“${partnershipStates.states[there.state]}”`, '阶段请在合作项目中办理，导入不改变')]
        : []),
      ...(content.paid !== undefined && fenOfWan(content.paid) !== paidFen(there)
        ? [
            {
              field: 'paid',
              label: '已支付',
              reason: `文件里是${content.paid}万元，系统里已登记${moneyText(paidFen(there))}，没有改`,
              mend: '请在合作项目中逐笔登记支付，或删去有误的一笔；导入不改变',
            },
          ]
        : []),
      ...(kept(there.needId, needId) || kept(there.achievementId, achievementId)
        ? [wholeRow('已关联另一条需求或成果，没有改', '请核对编号')]
        : []),
    ];
    return { id: there.id, outcome: 'updated', notes };
  }
  const sides: FoundSides = {
    needId,
    achievementId,
    needOrganisationId: need.organisationId,
    achievementOrganisationId: achievement.organisationId,
    ...(need.name === undefined ? {} : { needParty: need.name }),
    ...(achievement.name === undefined ? {} : { achievementParty: achievement.name }),
  };
  const { document, events } = importedPartnership(
    {
      id: row.id,
      row: content,
      sides,
      names,
      provenance: { source: context.source, externalId: row.externalId },
    },
    actOf(context),
  );
  if (context.write) await partnerships.insert(document, events);
  return { id: row.id, outcome: 'created', notes: [] };
}

async function importCooperation(context: JointImport, kind: CooperationKind, row: JointRow): Promise<RowWrite> {
  const { rules, collection } = cooperationKinds[kind];
  const records = context.ports.store.collection(collection) as unknown as Collection<Cooperation>;
  const there = await known(records, context, row);
  const madeFrom = rowFingerprint(kind, row.content);
  if (there?.madeFrom === madeFrom) return { id: there.id, outcome: 'unchanged', notes: [] };
  const { parties: named, state, ...rest } = row.content as { parties: readonly string[]; state?: string };
  const content = rest as unknown as CooperationContent;
  const parties: Party[] = [];
  for (const reference of named) parties.push(await partyOf(context, 'parties', '各方', reference));
  const ids = parties.flatMap(({ organisationId }) => organisationId ?? []);
  if (new Set(ids).size < ids.length) {
    throw new Invalid([{ field: 'parties', label: '各方', reason: '同一个机构写了两次', mend: '请删去重复的一方' }]);
  }
  if (there) {
    if (!context.update) return { id: there.id, outcome: 'unchanged', notes: [notUpdated] };
    const { document, events } = editedCooperation(
      rules,
      there,
      { content, parties, links: there.links },
      actOf(context),
    );
    if (context.write) await records.update(there.id, there.version, { ...document, madeFrom }, events);
    const notes =
      state !== undefined && state !== there.state
        ? [wholeRow(`状态仍是“${rules.states.states[there.state]}”`, '状态请在记录上办理，导入不改变')]
        : [];
    return { id: there.id, outcome: 'updated', notes };
  }
  const provenance = { source: context.source, externalId: row.externalId };
  const { document, events } = enteredCooperation(
    rules,
    { id: row.id, content, parties, links: {}, madeFrom, provenance, ...(state === undefined ? {} : { state }) },
    actOf(context),
  );
  if (context.write) await records.insert(document, events);
  return { id: row.id, outcome: 'created', notes: [] };
}
