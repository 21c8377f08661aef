/**
 * Words that say nothing about a technology whatever the corpus: function words, and the phrases of forms and applications.
 * Rarity alone does not catch them where few records have a text body.
 */
const functionWords: ReadonlySet<string> = new Set(
  (
    '的 了 和 与 及 或 在 是 为 对 中 上 下 等 以 于 由 从 到 向 把 被 将 就 都 也 又 并 而 但 则 且 其 之 所 者 该 此 这 那 各 每 某 个 ' +
    '一个 一种 一些 一套 几种 多种 各种 我 我们 我司 本 本公司 公司 企业 我公司 目前 现有 现在 已经 已 正在 可以 能够 能 可 需 需要 需求 ' +
    '要求 希望 解决 存在 问题 难题 进行 通过 采用 利用 使用 具有 实现 达到 提高 提升 有效 以及 如何 由于 因此 因为 所以 但是 同时 ' +
    '其中 方面 情况 相关 有关 主要 关键 基于 用于 关于 针对 根据 按照 不 不能 没有 无 未 较 更 最 很 非常 比较 十分 左右 以上 以下 ' +
    '不低于 不高于 不小于 不大于 低于 高于 大于 小于 以内 以外 之间 研究 研发 开发 技术 项目 课题 应用 方法'
  ).split(' '),
);

/** Whether a word can be a term of matching: not a function word, and not made of digits and signs alone (figures are compared by the indicator check). */
export function isTermWord(word: string): boolean {
  return /\p{L}/u.test(word) && !functionWords.has(word);
}
