import { canonicalJson } from '../../domain/canonical-json.ts';
import { Conflict, Duplicate, type FieldIssue, QianxianError } from '../../domain/errors.ts';
import {
  byNamePrefix,
  importedId,
  mayBeName,
  namedOrganisationId,
  nameSpellings,
  organisationAliasId,
  referredCreditCode,
  sameName,
} from '../../domain/import-identity.ts';
import { differs, differsMend, type RowResult } from '../../domain/import-report.ts';
import { missingFields } from '../../domain/missing-fields.ts';
import { type Organisation, type OrganisationDraft, organisationDraft } from '../../domain/organisation.ts';
import type { DomainEvent, HistoryEntry, Provenance, Unstored } from '../../domain/record.ts';
import type { Principal } from '../../domain/user.ts';
import type { Ports } from '../../ports/ports.ts';
import { survivingOrganisation } from '../../ports/surviving-organisation.ts';

/** What became of a row. */
export interface RowWrite {
  readonly id: string;
  readonly outcome: Exclude<RowResult, 'invalid' | 'withheld'>;
  readonly notes: readonly FieldIssue[];
}

/** What a row's reference to an organisation came to. */
export type Resolution =
  | { readonly organisation: Organisation | null; readonly created: boolean; readonly notes: readonly FieldIssue[] }
  | { readonly issue: FieldIssue };

export interface OrganisationImport {
  readonly ports: Pick<Ports, 'store' | 'clock'>;
  readonly principal: Principal;
  readonly source: string;
  /** False in a dry run: everything is looked up, nothing written. */
  readonly write: boolean;
}

const remark = (field: string, label: string, reason: string, mend: string): FieldIssue => ({
  field,
  label,
  reason,
  mend,
});
const ofOrganisation = (reason: string, mend: string) => remark('organisation', '所属机构', reason, mend);

function newOrganisation(
  context: OrganisationImport,
  id: string,
  content: OrganisationDraft,
  provenance: Provenance,
): { document: Unstored<Organisation>; events: DomainEvent[] } {
  const { principal, ports, source } = context;
  const at = ports.clock.now().toISOString();
  const missing = missingFields('organisation', content);
  const state = missing.length === 0 ? 'approved' : 'registered';
  const event = (type: string): DomainEvent => ({ type, at, by: principal.userId, data: { source, state } });
  return {
    document: {
      id,
      state,
      content,
      missing,
      enteredBy: principal.userId,
      provenance,
      history: [{ at, by: principal.userId, action: 'import', from: '', to: state }],
    },
    events: [event('organisation.imported'), ...(state === 'approved' ? [event('organisation.approved')] : [])],
  };
}

/** The one that stands for it now: itself, unless it was merged into another. */
async function standing(
  context: OrganisationImport,
  found: Organisation | undefined,
): Promise<Organisation | undefined> {
  if (found?.mergedInto === undefined) return found;
  const { store } = context.ports;
  return store.collection('organisations').get(await survivingOrganisation(store, found.id));
}

async function byCreditCode(context: OrganisationImport, code: string): Promise<Organisation | undefined> {
  const page = await context.ports.store
    .collection('organisations')
    .find({ where: { 'content.creditCode': code }, limit: 1 });
  return standing(context, page.items[0]);
}

/** Those of this name, each once; where only merged ones had it, those that they were merged into. */
async function byName(context: OrganisationImport, name: string): Promise<readonly Organisation[]> {
  const organisations = context.ports.store.collection('organisations');
  const named = { 'content.name': { in: nameSpellings(name) } };
  const { items } = await organisations.find({ where: { ...named, state: { not: 'merged' } }, limit: 10 });
  if (items.length > 0) return items;
  const merged = await organisations.find({ where: { ...named, state: 'merged' }, limit: 10 });
  const stay = new Map<string, Organisation>();
  for (const one of merged.items) {
    const survivor = await standing(context, one);
    if (survivor) stay.set(survivor.id, survivor);
  }
  return [...stay.values()];
}

/** The organisation that this source calls by this external id: its own row, or one that was there before. */
async function byExternalId(context: OrganisationImport, externalId: string): Promise<Organisation | undefined> {
  const organisations = context.ports.store.collection('organisations');
  const own = await organisations.get(importedId('organisation', context.source, externalId));
  if (own) return standing(context, own);
  const alias = await context.ports.store.collection('settings').get(organisationAliasId(context.source, externalId));
  const target = (alias?.value as { organisationId?: unknown } | undefined)?.organisationId;
  return typeof target === 'string' ? standing(context, await organisations.get(target)) : undefined;
}

async function remember(context: OrganisationImport, externalId: string, organisationId: string): Promise<void> {
  if (!context.write) return;
  try {
    await context.ports.store
      .collection('settings')
      .insert({ id: organisationAliasId(context.source, externalId), value: { organisationId } });
  } catch (error) {
    if (!(error instanceof Duplicate)) throw error;
  }
}

/** Whom a reference means: by external id of this source, by credit code, by name; an issue where several have the name. */
export async function lookUpOrganisation(
  context: OrganisationImport,
  reference: string,
): Promise<{ readonly organisation: Organisation } | { readonly issue: FieldIssue } | undefined> {
  const own = await byExternalId(context, reference);
  if (own) return { organisation: own };
  const code = referredCreditCode(reference);
  const coded = code === undefined ? undefined : await byCreditCode(context, code);
  if (coded) return { organisation: coded };
  const named = await byName(context, reference);
  if (named.length > 1) {
    return {
      issue: ofOrganisation(`有${named.length}个机构都叫“${reference.slice(0, 60)}”`, '请改用统一社会信用代码'),
    };
  }
  return named[0] && { organisation: named[0] };
}

/**
 * Finds whom a row means: by external id of this source, by credit code, by name. In an archive an unknown name makes
 * an organisation of which only the name is known; otherwise it is an issue that names it.
 */
export async function resolveOrganisation(
  context: OrganisationImport,
  reference: string,
  archive: boolean,
): Promise<Resolution> {
  const found = await lookUpOrganisation(context, reference);
  if (found && 'organisation' in found) return { organisation: found.organisation, created: false, notes: [] };
  if (found) return archive ? { organisation: null, created: false, notes: [found.issue] } : { issue: found.issue };
  const code = referredCreditCode(reference);
  const unknown = ofOrganisation(
    `没有“${reference.slice(0, 60)}”这个机构`,
    '请先导入机构，或检查机构全称、统一社会信用代码、编号的写法',
  );
  if (!archive) return { issue: unknown };
  if (code !== undefined || !mayBeName(reference) || !organisationDraft.shape.name.safeParse(reference).success) {
    return { organisation: null, created: false, notes: [unknown] };
  }
  return organisationByName(context, reference);
}

async function organisationByName(context: OrganisationImport, name: string): Promise<Resolution> {
  const organisations = context.ports.store.collection('organisations');
  const id = namedOrganisationId(name);
  const provenance = { source: context.source, externalId: `${byNamePrefix}${id}` };
  const { document, events } = newOrganisation(context, id, { name: name.trim() }, provenance);
  const notes = [ofOrganisation(`机构“${name.slice(0, 60)}”原先没有`, '已按名称新建待补全的机构，请补全其资料')];
  if (!context.write) {
    const at = context.ports.clock.now().toISOString();
    return { organisation: { ...document, version: 0, createdAt: at, updatedAt: at }, created: true, notes };
  }
  try {
    return { organisation: await organisations.insert(document, events), created: true, notes };
  } catch (error) {
    if (!(error instanceof Duplicate)) throw error;
    const twin = await standing(context, await organisations.get(id));
    if (!twin) throw error;
    return { organisation: twin, created: false, notes: [] };
  }
}

/** Whether nothing but the name is known of it, from an import that met the name in a row. */
function isStub(organisation: Organisation): boolean {
  return (
    organisation.provenance?.externalId.startsWith(byNamePrefix) === true &&
    Object.keys(organisation.content).every((key) => key === 'name')
  );
}

interface Known {
  readonly organisation: Organisation;
  readonly by: 'externalId' | 'creditCode' | 'name';
}

async function knownOrganisation(
  context: OrganisationImport,
  externalId: string,
  content: OrganisationDraft,
): Promise<Known | undefined> {
  const own = await byExternalId(context, externalId);
  if (own) return { organisation: own, by: 'externalId' };
  if (content.creditCode !== undefined) {
    const coded = await byCreditCode(context, content.creditCode);
    if (coded) return { organisation: coded, by: 'creditCode' };
  }
  const spellings = nameSpellings(content.name);
  const named = (await byName(context, content.name)).find(
    (one) =>
      // One of another name stands for a merged one of this name.
      (sameName(one.content.name, content.name) || !spellings.includes(one.content.name)) &&
      (one.content.creditCode === undefined || content.creditCode === undefined),
  );
  return named ? { organisation: named, by: 'name' } : undefined;
}

/**
 * Writes one organisation of a file: new, or what is there already by external id, credit code or name. One of which
 * only the name was known is filled in; another is changed only with `update`. Complete ones are approved at once.
 */
export async function importOrganisation(
  context: OrganisationImport,
  externalId: string,
  content: OrganisationDraft,
  update: boolean,
  retry = true,
): Promise<RowWrite> {
  const known = await knownOrganisation(context, externalId, content);
  try {
    if (known) return await importKnown(context, externalId, content, update, known);
    const id = importedId('organisation', context.source, externalId);
    const { document, events } = newOrganisation(context, id, content, { source: context.source, externalId });
    if (context.write) await context.ports.store.collection('organisations').insert(document, events);
    return { id, outcome: document.missing.length === 0 ? 'created' : 'incomplete', notes: [] };
  } catch (error) {
    // Another import wrote it meanwhile: look again, once.
    if (retry && (error instanceof Duplicate || error instanceof Conflict)) {
      return importOrganisation(context, externalId, content, update, false);
    }
    throw error;
  }
}

/** What the row of a merged organisation says of the one that stays: the rest, its name and its code are that one's own. */
async function ofSurvivor(
  context: OrganisationImport,
  externalId: string,
  content: OrganisationDraft,
  survivor: Organisation,
): Promise<OrganisationDraft> {
  const own = importedId('organisation', context.source, externalId);
  if (own === survivor.id) return content;
  const row = await context.ports.store.collection('organisations').get(own);
  if (row?.mergedInto === undefined) return content;
  const { name, creditCode } = survivor.content;
  return { ...survivor.content, ...content, name, ...(creditCode === undefined ? {} : { creditCode }) };
}

async function importKnown(
  context: OrganisationImport,
  externalId: string,
  given: OrganisationDraft,
  update: boolean,
  known: Known,
): Promise<RowWrite> {
  const { organisation, by } = known;
  const { id } = organisation;
  const content = await ofSurvivor(context, externalId, given, organisation);
  if (by !== 'externalId') await remember(context, externalId, id);
  if (canonicalJson(organisation.content) === canonicalJson(content)) return { id, outcome: 'unchanged', notes: [] };
  const name = organisation.content.name;
  const there =
    by === 'creditCode'
      ? remark('creditCode', '统一社会信用代码', `同一代码的机构“${name}”已有`, '未重复添加，以已有的机构为准')
      : by === 'name'
        ? remark(
            'name',
            '机构全称',
            '同名的机构已有',
            '未重复添加，以已有的机构为准；确是另一家时请填写统一社会信用代码',
          )
        : remark('', '整行', differs, differsMend);
  if (!update && !isStub(organisation)) return { id, outcome: 'unchanged', notes: [there] };
  await replaceContent(context, organisation, content);
  return { id, outcome: 'updated', notes: by === 'externalId' ? [] : [there] };
}

async function replaceContent(
  context: OrganisationImport,
  organisation: Organisation,
  content: OrganisationDraft,
): Promise<void> {
  if (!context.write) return;
  const { version, createdAt: _created, updatedAt: _updated, ...rest } = organisation;
  const at = context.ports.clock.now().toISOString();
  const by = context.principal.userId;
  const missing = missingFields('organisation', content);
  const approved = isStub(organisation) && organisation.state === 'registered' && missing.length === 0;
  const state = approved ? 'approved' : organisation.state;
  const line: HistoryEntry = { at, by, action: 'import', from: organisation.state, to: state };
  const data = { source: context.source, state };
  try {
    await context.ports.store
      .collection('organisations')
      .update(
        organisation.id,
        version,
        { ...rest, content, missing, state, history: [...organisation.history, line] },
        [
          { type: 'organisation.edited', at, by, data },
          ...(approved ? [{ type: 'organisation.approved', at, by, data }] : []),
        ],
      );
  } catch (error) {
    if (error instanceof Duplicate) {
      throw new QianxianError('invalid', '统一社会信用代码与另一个机构相同', {
        issues: [remark('creditCode', '统一社会信用代码', '与另一个机构相同', '请核对代码，或确认两者是否为同一机构')],
        cause: error,
      });
    }
    throw error;
  }
}
