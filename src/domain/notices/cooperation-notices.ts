import type { Cooperation } from '../cooperation/cooperation.ts';
import { type CooperationKind, cooperationKinds } from '../cooperation/cooperation-kinds.ts';
import { registeredParties } from '../cooperation/party.ts';
import { noticeRule, type Telling } from './notice-rule.ts';

const paths: Readonly<Record<CooperationKind, string>> = { agreement: '/agreements', 'joint-body': '/joint-bodies' };

/** What the parties are told, by the verb of the event; `staff` where the bureau has something to do as well. */
interface Row {
  readonly kind: CooperationKind;
  readonly verb: string;
  readonly what: string;
  readonly text: (record: Cooperation) => string;
  readonly staff?: string;
  /** Whether it still holds of the record as it is now. */
  readonly holds?: (record: Cooperation) => boolean;
}

const until = ({ content }: Cooperation) => content.until ?? '';

const rows: readonly Row[] = [
  {
    kind: 'agreement',
    verb: 'signed',
    what: '已签署',
    text: (one) => `科技局已登记这份协议，有效期至 ${until(one)}，请核对内容。`,
  },
  {
    kind: 'agreement',
    verb: 'renewed',
    what: '已续签',
    text: (one) => `这份协议的有效期延至 ${until(one)}。`,
  },
  {
    kind: 'agreement',
    verb: 'ending',
    what: '即将到期',
    text: (one) => `这份协议将于 ${until(one)} 到期。请与科技局商量是否续签，并告知取得的成效。`,
    staff: '请与各方商量是否续签，并登记取得的成效。',
    holds: ({ state }) => state === 'active',
  },
  {
    kind: 'agreement',
    verb: 'ended',
    what: '已到期',
    text: (one) => `这份协议已到期结束（有效期至 ${until(one)}），取得的成效请告知科技局。`,
    staff: '请登记取得的成效；已谈好续签的，请办理续签。',
    holds: ({ state }) => state === 'ended',
  },
  {
    kind: 'agreement',
    verb: 'terminated',
    what: '已终止',
    text: () => '这份协议已终止，原因请登录查看；有疑问请联系科技局。',
  },
  {
    kind: 'joint-body',
    verb: 'approved',
    what: '已批准',
    text: () => '科技局已登记批准的级别、部门和日期，请核对。',
  },
  {
    kind: 'joint-body',
    verb: 'ending',
    what: '建设期即将届满',
    text: (one) => `建设期将于 ${until(one)} 届满，请准备验收或续建的材料。`,
    staff: '请与依托单位商量验收或续建。',
    holds: ({ state }) => state === 'running',
  },
  {
    kind: 'joint-body',
    verb: 'suspended',
    what: '已暂停',
    text: () => '原因请登录查看；有疑问请联系科技局。',
  },
  { kind: 'joint-body', verb: 'resumed', what: '已恢复运行', text: () => '有进展请随时告知科技局。' },
  {
    kind: 'joint-body',
    verb: 'closed',
    what: '已撤销',
    text: () => '原因请登录查看；有疑问请联系科技局。',
  },
];

/** What is told of agreements and joint bodies: their course to each registered party, what ends to staff as well. */
export const cooperationNotices = rows.map(({ kind, verb, what, text, staff, holds }) => {
  const { collection, rules } = cooperationKinds[kind];
  return noticeRule<Cooperation>({
    collection,
    event: `${rules.noun}.${verb}`,
    tell: (record) => {
      if (holds && !holds(record)) return [];
      const subject = `${rules.label}《${record.content.title}》${what}`;
      const link = `${paths[kind]}/${record.id}`;
      const toParties = registeredParties(record.parties).map(
        (organisationId): Telling => ({
          kind: 'partnership',
          to: { to: 'organisation', organisationId },
          subject,
          text: text(record),
          link,
        }),
      );
      return staff === undefined
        ? toParties
        : [...toParties, { kind: 'desk-urgent', to: { to: 'staff' }, subject, text: staff, link }];
    },
  });
});
