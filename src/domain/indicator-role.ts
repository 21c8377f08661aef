import { clauseEnd, lastSentenceEnd } from './indicator-clause.ts';
import type { Indicator } from './indicator-model.ts';

const baselineWords =
  /(?:目前|现有|当前|现在|现状|原来|原有|原先|改造前|此前|以往|过去|去年|前年|传统|常规|普通|对照|同类|一般(?=的?[\u4e00-\u9fff])|国外|进口|行业平均|市售|市场上|现行|现用|而常|往年)/;

/** In spite of such a word what follows is a goal or a result. */
const goalWords = /(?:要求|目标|达到|提高到|降到|降至|提高至|应(?!用)|需(?!要|求)|不低于|不高于|期望|希望|已|可)/;

export function roleOf(folded: string, start: number, end: number, figureStart: number): Indicator['role'] {
  const behind = folded.slice(end, end + 60);
  const after = /^[^，。；;：:\n]{0,60}/.exec(behind)?.[0] ?? '';
  if (
    /(?:条件下|情况下|工况下|环境下|状态下|前提下|作用下)/.test(after) ||
    /^\)?(?:时|下)(?=[，,:：]|[\u4e00-\u9fff])/.test(behind)
  ) {
    return 'condition';
  }
  let from = Math.max(0, start - 24);
  for (let at = start - 1; at >= from; at--) {
    if (clauseEnd.test(folded[at]!) || folded[at] === '：' || folded[at] === ':') {
      from = at + 1;
      break;
    }
  }
  // 目前…，…: what is at present, up to the end of the sentence or to what is wanted.
  const sentence = folded.slice(Math.max(0, start - 60), start);
  const now = sentence.slice(lastSentenceEnd(sentence));
  const present = /(?:目前|当前|现状|现阶段)/.exec(now);
  const told = present && now.slice(present.index);
  if (told && !goalWords.test(told) && !/(?:需|拟|将|研制|开发|改进后|改造后)/.test(told)) {
    if (!goalWords.test(folded.slice(start, figureStart))) return 'baseline';
  }
  const lead = folded.slice(from, figureStart);
  if (/^\s?当(?![量地前])/.test(lead)) return 'condition';
  const word = baselineWords.exec(lead);
  if (!word) return 'stated';
  const rest = lead.slice(word.index + word[0].length);
  // 比传统工艺降低, 较现有水平提高: the figure is the new one's.
  if (/[比较与和于]$/.test(lead.slice(0, word.index)) || /(?:降|减|缩|提高|提升|增|升|节)/.test(rest)) return 'stated';
  return goalWords.test(rest) ? 'stated' : 'baseline';
}
