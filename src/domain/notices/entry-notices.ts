import type { Achievement } from '../achievement.ts';
import { missingLine } from '../answer-text.ts';
import type { EntryKind } from '../entry.ts';
import type { AnyDraft } from '../entry-life.ts';
import { helpfulFields } from '../helpful-fields.ts';
import type { Need } from '../need.ts';
import type { DomainEvent } from '../record.ts';
import { noticeRule, type Recipient } from './notice-rule.ts';

type AnyEntry = Need | Achievement;

const labels = { need: '需求', achievement: '成果' } as const;
const collections = { need: 'needs', achievement: 'achievements' } as const;

/** The title as it stands on the record, quoted. */
export function titleOf(entry: { readonly content: { readonly title?: string } } | undefined): string {
  return entry?.content.title ? `《${entry.content.title}》` : '（未填写名称）';
}

/** Where a record is looked at. */
export function linkTo(kind: EntryKind, id: string): string {
  return `/${collections[kind]}/${id}`;
}

/** An import tells nobody: whoever imports sees its report, and a thousand old records are no news. */
function isImported(event: DomainEvent): boolean {
  return event.data?.source !== undefined;
}

const owner = (entry: AnyEntry): Recipient | null =>
  entry.organisationId === null ? null : { to: 'organisation', organisationId: entry.organisationId };

/** The reason that was written for the newest move of this name. */
function reasonOf(entry: AnyEntry, action: string): string {
  const reason = [...entry.history].reverse().find((line) => line.action === action)?.reason ?? entry.returnReason;
  return reason === undefined ? '' : `\n原因：${reason}`;
}

function rulesOf(kind: EntryKind) {
  const label = labels[kind];
  const collection = collections[kind];

  /** The people of the record's organisation are told one thing. */
  const toOwner = (
    verb: string,
    kindOfNotice: 'record-review' | 'record-expiry',
    subject: (entry: AnyEntry) => string,
    text: (entry: AnyEntry, event: DomainEvent) => string,
  ) =>
    noticeRule<AnyEntry>({
      collection,
      event: `${kind}.${verb}`,
      tell: (entry, event) => {
        const to = owner(entry);
        if (to === null || isImported(event)) return [];
        return [
          { kind: kindOfNotice, to, subject: subject(entry), text: text(entry, event), link: linkTo(kind, entry.id) },
        ];
      },
    });

  /** Staff are told together with what else came within the hour. */
  const toDesk = (verb: string, batch: string, counted: (count: number) => string, line: (entry: AnyEntry) => string) =>
    noticeRule<AnyEntry>({
      collection,
      event: `${kind}.${verb}`,
      tell: (entry, event) =>
        isImported(event)
          ? []
          : [{ kind: 'desk', to: { to: 'staff' }, batch, subjectOf: counted, line: line(entry), link: '/desk' }],
    });

  const waiting = (count: number) => `有 ${count} 项新提交待审核`;
  return [
    toDesk('submitted', 'submitted', waiting, (entry) => `${label}${titleOf(entry)}`),
    toDesk('revision-submitted', 'submitted', waiting, (entry) => `${label}${titleOf(entry)}（对已发布内容的修改）`),

    toOwner(
      'published',
      'record-review',
      (entry) => `${label}${titleOf(entry)}已发布`,
      (entry) =>
        `贵单位的${label}${titleOf(entry)}已通过审核并发布，将参加每周的匹配${
          entry.expiresOn === undefined ? '' : `，有效期至 ${entry.expiresOn}`
        }。有合适的合作对象时，科技局会与贵单位联系。${missingLine({
          missing: helpfulFields(kind, (entry.published?.content ?? entry.content) as AnyDraft),
        })
          .map((line) => `\n${line}`)
          .join('')}`,
    ),
    toOwner(
      'returned',
      'record-review',
      (entry) => `${label}${titleOf(entry)}被退回`,
      (entry) =>
        `贵单位提交的${label}${titleOf(entry)}没有通过审核。${reasonOf(entry, 'return')}\n请修改后重新提交；有疑问请与科技局联系。`,
    ),
    toOwner(
      'revision-published',
      'record-review',
      (entry) => `${label}${titleOf(entry)}的修改已发布`,
      (entry) => `贵单位对${label}${titleOf(entry)}的修改已通过审核，现在显示的是新的内容。`,
    ),
    toOwner(
      'revision-returned',
      'record-review',
      (entry) => `${label}${titleOf(entry)}的修改被退回`,
      (entry) =>
        `贵单位对${label}${titleOf(entry)}的修改没有通过审核。${reasonOf(entry, 'revision.return')}\n原来发布的内容照常显示；请修改后重新提交，或放弃这次修改。`,
    ),
    toOwner(
      'withdrawn',
      'record-review',
      (entry) => `${label}${titleOf(entry)}已撤回`,
      (entry) =>
        `贵单位的${label}${titleOf(entry)}已撤回，不再公开，也不再参加匹配。${reasonOf(entry, 'withdraw')}\n已经开始的合作不受影响。`,
    ),
    toOwner(
      'expired',
      'record-expiry',
      (entry) => `${label}${titleOf(entry)}已过期`,
      (entry) =>
        `贵单位的${label}${titleOf(entry)}已到有效期，不再公开，也不再参加匹配。内容仍然有效的，登录后点“续期”即可重新发布；有变化的，请修改后重新提交。`,
    ),

    noticeRule<AnyEntry>({
      collection,
      event: `${kind}.questioned`,
      tell: (entry, event) => {
        const to = owner(entry);
        const { pairId, week } = event.data ?? {};
        const question = entry.questions.find((one) => one.pairId === pairId && one.week === week);
        // Taken back meanwhile, or answered: there is nothing to do.
        if (to === null || !question || question.answer !== undefined) return [];
        return [
          {
            kind: 'record-question',
            to,
            subject: `请补充${label}${titleOf(entry)}`,
            text: `科技局在审核中需要贵单位补充${label}${titleOf(entry)}的情况：\n${question.question}\n请登录后在这条${label}下答复，答复后即继续审核。`,
            link: linkTo(kind, entry.id),
          },
        ];
      },
    }),
    noticeRule<AnyEntry>({
      collection,
      event: `${kind}.question-withdrawn`,
      tell: (entry, event) => {
        const to = owner(entry);
        const { pairId } = event.data ?? {};
        // Asked again meanwhile: then that is what stands.
        const asked =
          pairId !== undefined && entry.questions.some((one) => one.pairId === pairId && one.answer === undefined);
        if (to === null || asked) return [];
        return [
          {
            kind: 'record-question',
            to,
            subject: `${label}${titleOf(entry)}不必再补充`,
            text:
              pairId === undefined
                ? `科技局已收回对${label}${titleOf(entry)}提的一个问题，这个问题不必再答复；其他问题仍请答复。贵单位的${label}不受影响。`
                : `科技局曾请贵单位补充${label}${titleOf(entry)}的情况。审核结果已更正，不必再答复；贵单位的${label}不受影响。`,
            link: linkTo(kind, entry.id),
          },
        ];
      },
    }),
    noticeRule<AnyEntry>({
      collection,
      event: `${kind}.question-answered`,
      tell: (entry, event) => {
        const question = entry.questions.find((one) => one.id === event.data?.questionId);
        if (!question) return [];
        return [
          {
            kind: 'desk',
            to: { to: 'clerk', userId: question.askedBy },
            subject: `${label}${titleOf(entry)}的补充已答复`,
            text: `请补充的内容：${question.question}\n${
              question.pairId === undefined
                ? '对方已经答复，请打开这条记录，看过后按“已看过”。'
                : '对方已经答复，这一对会在下一期清单里再议。'
            }`,
            link: linkTo(kind, entry.id),
          },
        ];
      },
    }),
  ];
}

/** What people are told about needs and achievements. */
export const entryNotices = [...rulesOf('need'), ...rulesOf('achievement')];
