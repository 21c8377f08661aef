import { expect } from 'chai';
import type { Answer } from '../../../src/domain/answer.ts';
import type { Need } from '../../../src/domain/need.ts';
import type { Telling } from '../../../src/domain/notices/notice-rule.ts';
import { rulesFor } from '../../../src/domain/notices/notice-rules.ts';
import type { Stored } from '../../../src/domain/record.ts';

const at = '2026-11-24T01:00:00.000Z';
const stored = { version: 1, createdAt: at, updatedAt: at };

const told = (collection: string, type: string, document: Stored, data: Record<string, unknown> = {}) =>
  rulesFor(collection, type).flatMap((rule) => rule.tell(document, { type, at, by: 'staff-1', data }, {})) as Telling[];

function answer(given: Partial<Answer>): Answer {
  return {
    ...stored,
    id: 'x1',
    kind: 'published',
    recordKind: 'need',
    recordId: 'n1',
    week: null,
    state: 'sent',
    part: 0,
    organisationId: 'works',
    facts: { title: '题', pairs: [], missing: [], expiresOn: null },
    subject: '需求《题》已受理并发布',
    text: '正文',
    dueOn: '2026-12-01',
    history: [],
    ...given,
  };
}

describe('what is told of a first publication', () => {
  it('is told at once, with what would help; a letter that is sent is told whoever wrote it', () => {
    const need = {
      ...stored,
      id: 'n1',
      organisationId: 'works',
      state: 'published',
      content: { title: '题' },
      published: { content: { title: '题' }, at, by: 'staff-1', revision: 1 },
      history: [],
    } as unknown as Need;
    const [first, ...more] = told('needs', 'need.published', need, { revision: 1 });
    expect(more).to.deep.equal([]);
    expect(first!.text).to.match(/已通过审核并发布[\s\S]*还可以补充拟投入资金/);
    for (const editedBy of [{}, { editedBy: 'staff-1' }]) {
      const [letter] = told('answers', 'answer.sent', answer({ ...editedBy, text: '请先补充检测报告。' }));
      expect(letter).to.include({ kind: 'match-answer', text: '请先补充检测报告。', link: '/needs/n1' });
    }
  });

  it('takes no other answer away, and tells nobody where there is no organisation', () => {
    for (const kind of ['reviewed', 'no-match'] as const) {
      expect(told('answers', 'answer.sent', answer({ kind, week: '2026-W48' }))).to.have.length(1);
    }
    expect(told('answers', 'answer.sent', answer({ editedBy: 's', organisationId: null }))).to.deep.equal([]);
  });
});
