import { mayEditEntry } from '../../domain/access.ts';
import { canonicalJson } from '../../domain/canonical-json.ts';
import type { EntryKind } from '../../domain/entry.ts';
import {
  type AnyDraft,
  type DraftOf,
  type EntryOf,
  editedEntry,
  entryFingerprint,
  type ImportedAs,
  importedEntry,
} from '../../domain/entry-life.ts';
import { Conflict, Duplicate, type FieldIssue, Invalid, QianxianError } from '../../domain/errors.ts';
import { differs, differsMend } from '../../domain/import-report.ts';
import { needYearFault } from '../../domain/need.ts';
import { isBureau, type Principal } from '../../domain/user.ts';
import { yearIn } from '../../domain/week.ts';
import type { Ports } from '../../ports/ports.ts';
import { actOf, entriesOf } from './entry-store.ts';
import type { RowWrite } from './import-organisations.ts';

export interface EntryImport {
  readonly ports: Pick<Ports, 'store' | 'clock'>;
  readonly principal: Principal;
  readonly source: string;
  readonly as: ImportedAs;
  readonly update: boolean;
  readonly write: boolean;
}

/** A sound row that is to become a need or an achievement. */
export interface EntryRow<K extends EntryKind> {
  readonly id: string;
  readonly externalId: string;
  readonly organisationId: string | null;
  readonly content: DraftOf<K>;
}

const wholeRow = (reason: string, mend: string): FieldIssue => ({ field: '', label: '整行', reason, mend });

/**
 * Writes one row. A record that is there already stays as it is: also where the row has changed since, unless `update`
 * is asked for, and then by the ordinary rules of editing. Throws `invalid` for a new record that breaks a rule of time.
 */
export async function importEntry<K extends EntryKind>(
  context: EntryImport,
  kind: K,
  row: EntryRow<K>,
  existing: EntryOf<K> | undefined,
): Promise<RowWrite> {
  if (existing) return importKnown(context, kind, row, existing);
  const act = actOf(context.ports, context.principal, 'staff');
  if (kind === 'need' && context.as !== 'archived') {
    const fault = needYearFault(row.content as DraftOf<'need'>, yearIn(act.at));
    if (fault) throw new Invalid([fault]);
  }
  const { document, events } = importedEntry<DraftOf<K>>(
    kind,
    {
      id: row.id,
      organisationId: row.organisationId,
      content: row.content,
      ...(isBureau(context.principal) ? { enteredBy: context.principal.userId } : {}),
      provenance: { source: context.source, externalId: row.externalId },
      as: context.as,
    },
    act,
  );
  if (context.write) {
    try {
      await entriesOf(context.ports, kind).insert(document, events);
    } catch (error) {
      // The same file imported twice at once: the other import wrote this row.
      const twin = error instanceof Duplicate ? await storedTwin(context, kind, row) : undefined;
      if (!twin) throw error;
      return importKnown(context, kind, row, twin);
    }
  }
  return { id: row.id, outcome: document.missing.length === 0 ? 'created' : 'incomplete', notes: [] };
}

async function storedTwin<K extends EntryKind>(
  context: EntryImport,
  kind: K,
  row: EntryRow<K>,
): Promise<EntryOf<K> | undefined> {
  const entries = entriesOf(context.ports, kind);
  const own = await entries.get(row.id);
  if (own) return own;
  const where = { 'provenance.source': context.source, 'provenance.externalId': row.externalId };
  return (await entries.find({ where, limit: 1 })).items[0];
}

async function importKnown<K extends EntryKind>(
  context: EntryImport,
  kind: K,
  row: EntryRow<K>,
  existing: EntryOf<K>,
  retry = true,
): Promise<RowWrite> {
  const { id } = existing;
  if (!mayEditEntry(context.principal, existing)) {
    throw new Invalid([
      {
        field: 'externalId',
        label: '编号',
        reason: '同一来源的这个编号已属于另一个机构',
        mend: '请换一个来源名称，或改用本机构自己的编号',
      },
    ]);
  }
  const organisationId = existing.organisationId ?? row.organisationId;
  const fingerprint = entryFingerprint(row.organisationId, row.content as AnyDraft);
  const same =
    canonicalJson(existing.content) === canonicalJson(row.content) && organisationId === existing.organisationId;
  // What people have changed since is not undone by a file that has not.
  if (same || existing.madeFrom === fingerprint) return { id, outcome: 'unchanged', notes: [] };
  if (!context.update) {
    const note = wholeRow(differs, differsMend);
    return { id, outcome: 'unchanged', notes: [note] };
  }
  try {
    const act = actOf(context.ports, context.principal, 'staff');
    const write = editedEntry(kind, existing, row.content, act, organisationId);
    if (!write) return { id, outcome: 'unchanged', notes: [] };
    if (context.write) {
      const document = { ...write.document, madeFrom: fingerprint };
      await entriesOf(context.ports, kind).update(id, existing.version, document, write.events);
    }
    const notes =
      write.document.revision === 'none'
        ? []
        : [wholeRow('记录已发布', '已存为修改稿，提交并发布后才替换已发布的内容')];
    return { id, outcome: 'updated', notes };
  } catch (error) {
    if (!(error instanceof QianxianError) || error.code !== 'conflict') throw error;
    if (error instanceof Conflict && retry) {
      const fresh = await entriesOf(context.ports, kind).get(id);
      if (fresh) return importKnown(context, kind, row, fresh, false);
    }
    return { id, outcome: 'unchanged', notes: [wholeRow(differs, error.message)] };
  }
}
