/**
 * Words that promise without saying how much: they count where no figure stands in the same sentence. `ask` is what is
 * to be written instead, after “…” of the sentence. Collected from the texts of public technology needs; the bureau's own
 * go to the end.
 */
export interface VagueWord {
  readonly word: string;
  readonly ask: string;
}

const howMuch = '写明多少，例如“不低于95%”“降低15%以上”';
const comparedWith = '写明与什么相比、好多少';
const whichFunctions = '写明要实现的功能和要达到的数值';

export const vagueWords: readonly VagueWord[] = [
  ...['提高', '提升', '增强', '增加', '加强', '加快', '延长', '降低', '减少', '缩短', '节约', '改善', '优化'].map(
    (word) => ({ word, ask: howMuch }),
  ),
  ...['显著', '大幅', '明显', '较高', '较低', '较好', '较大', '更高', '更低', '更好', '更强', '很高', '极高'].map(
    (word) => ({ word, ask: howMuch }),
  ),
  ...['先进', '领先', '一流', '前沿', '高端', '高水平', '国际水平', '国内空白', '突破性', '颠覆性'].map((word) => ({
    word,
    ask: comparedWith,
  })),
  ...['高效', '高性能', '高精度', '高可靠', '高质量', '低成本', '低能耗', '优质', '优良', '优异', '良好'].map(
    (word) => ({
      word,
      ask: howMuch,
    }),
  ),
  ...['智能化', '自动化', '信息化', '数字化', '绿色化', '一体化', '现代化', '产业化', '规模化'].map((word) => ({
    word,
    ask: whichFunctions,
  })),
  ...['等问题', '等技术', '相关技术', '有关技术', '一系列', '若干', '多种', '各种', '全方位', '进一步'].map((word) => ({
    word,
    ask: '逐项写明是哪些',
  })),
];
