import type { AnswerFacts, AnswerSubject, ExaminedPair } from './answer.ts';
import { rejectionReasons } from './codes/review-codes.ts';
import { labelOf } from './codes/table.ts';
import type { EntryKind } from './entry.ts';

/** What would help next time, by the reason for 不通过 and the side that reads it. */
const advice: Readonly<Partial<Record<string, Readonly<Record<EntryKind, string>>>>> = {
  'off-topic': {
    need: '请核对“技术关键”和关键字，写明要用在什么工艺、什么产品上，以便找到方向一致的成果。',
    achievement: '请核对应用场景和关键词，写明已用在或可用在什么工艺、什么产品上。',
  },
  'indicators-unmet': {
    need: '关键指标如有可以放宽的余地，请在需求里写明；其他指标照常寻找。',
    achievement: '如有更好的检测数据或改进计划，请补充到成果里。',
  },
  immature: {
    need: '如可以参与中试或联合开发，请在“解决方式”里写明。',
    achievement: '请补充中试规模、检测报告或应用证明，说明成熟到什么程度。',
  },
  'too-general': {
    need: '请补充可以核对的技术指标（数值和单位）、现有基础和拟投入资金。',
    achievement: '请补充技术指标、适用条件和相对现有技术的优势。',
  },
  'too-expensive': {
    need: '如预算有变化，请更新“拟投入资金”。',
    achievement: '如可以许可使用、分期或入股等方式合作，请在“合作方式”里写明。',
  },
};

const nouns = { need: '需求', achievement: '成果' } as const;
const others = { need: '科技成果', achievement: '技术需求' } as const;

function weekInWords(week: string): string {
  const [year, number] = week.split('-W') as [string, string];
  return `${year}年第${Number(number)}周`;
}

function resultOf(pair: ExaminedPair): string {
  if (pair.mark === 'defer') return `暂缓，到 ${pair.until} 再议`;
  return `未推荐，原因是${labelOf(rejectionReasons, pair.reason ?? '')}`;
}

function standing({ recordKind }: AnswerSubject, { expiresOn }: AnswerFacts): string {
  const noun = nouns[recordKind];
  if (expiresOn === null) return `这项${noun}目前没有发布，不参加匹配。`;
  return `这项${noun}继续有效（至 ${expiresOn}），每周与新的${others[recordKind]}匹配，有合适的合作对象时另行邀请。`;
}

const signature = '如有疑问或补充，请登录牵线修改这条记录，或与科技局联系。';

function reviewed(subject: AnswerSubject, facts: AnswerFacts, corrects: boolean): string {
  const { recordKind, week } = subject;
  const { pairs, title } = facts;
  const noun = nouns[recordKind];
  const head = corrects
    ? `此前就贵单位的${noun}《${title}》（${weekInWords(week!)}）所作的答复有更正，以本次为准。`
    : `贵单位的${noun}《${title}》参加了${weekInWords(week!)}的匹配与审核。`;
  if (pairs.length === 0) {
    return [head, '原来未推荐的结果已经撤销；需要贵单位答复的，另有邀请。', signature].join('\n');
  }
  const lines =
    pairs.length === 1
      ? [`工作人员审核了一项相关的${others[recordKind]}：${resultOf(pairs[0]!)}。`]
      : [
          `工作人员审核了 ${pairs.length} 项相关的${others[recordKind]}：`,
          ...pairs.map((pair, index) => `${index + 1}. ${resultOf(pair)}。`),
        ];
  const hints = [...new Set(pairs.flatMap(({ reason }) => (reason && advice[reason]?.[recordKind]) || []))];
  return [head, ...lines, ...hints, standing(subject, facts), signature].join('\n');
}

/** What would help, in a line; none where nothing is missing. */
export function missingLine({ missing }: Pick<AnswerFacts, 'missing'>): string[] {
  if (missing.length === 0) return [];
  const more = missing.length > 5 ? '等' : '';
  return [`还可以补充${missing.slice(0, 5).join('、')}${more}，有助于匹配得更准。`];
}

/** The subject and the text that staff start from. `part` above 0 corrects an answer that was sent. */
export function draftedAnswer(
  subject: AnswerSubject,
  facts: AnswerFacts,
  part: number,
): { readonly subject: string; readonly text: string } {
  const noun = nouns[subject.recordKind];
  const { title } = facts;
  switch (subject.kind) {
    case 'reviewed':
      return {
        subject: `${part > 0 ? '更正：' : ''}${noun}《${title}》的审核结果`,
        text: reviewed(subject, facts, part > 0),
      };
    case 'no-match':
      return {
        subject: `${noun}《${title}》：暂无合适成果`,
        text: [
          `贵单位的${noun}《${title}》已与全部科技成果比对（${weekInWords(subject.week!)}），目前暂无合适成果。`,
          ...missingLine(facts),
          standing(subject, facts),
          signature,
        ].join('\n'),
      };
    case 'published':
      return {
        subject: `${noun}《${title}》已受理并发布`,
        text: [
          `贵单位的${noun}《${title}》已通过审核并发布，从本周起参加匹配。`,
          subject.recordKind === 'need'
            ? '四周之内，科技局会给出合适的成果，或答复暂无合适成果。'
            : '有合适的技术需求时，科技局会向贵单位发出邀请。',
          ...missingLine(facts),
          standing(subject, facts),
          signature,
        ].join('\n'),
      };
  }
}
