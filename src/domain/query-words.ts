/** Words of a query that no record has to hold: particles and connectives. Words like 技术 count, as they are asked for. */
const particles: ReadonlySet<string> = new Set(
  (
    '的 地 得 了 着 过 和 与 及 或 以及 并 且 而 但 在 于 对 把 被 将 给 向 从 由 为 以 用 之 其 等 等等 是 有 能 可 可以 要 想 ' +
    '请 吗 呢 吧 啊 个 种 些 一种 一些 一个 怎么 怎样 如何 什么 哪些 哪里 谁 我 我们 你们 他们 有没有 the a an of and or for to in on with by'
  ).split(' '),
);

/** The distinct words that a query looks for; all of them where nothing but particles was asked. */
export function queryWords(words: readonly string[]): string[] {
  const distinct = [...new Set(words)];
  const telling = distinct.filter((word) => !particles.has(word));
  return telling.length > 0 ? telling : distinct;
}
