/** How a text is cut: `search` also gives the sub-words of long words, `exact` gives each character once. */
export type SegmentMode = 'search' | 'exact';

/**
 * Cuts Chinese text into words with one dictionary for both engine families.
 *
 * Promises
 * - Input is made well-formed, NFKC, lower case and simplified first, so that ＡＢ, ab and 臺灣/台湾 meet.
 * - Punctuation and white space are not words. Latin words and numbers are words.
 * - At most 20,000 characters of a text are cut; the rest is left out.
 * - `segment` answers in the order of its input and never runs on the caller's event loop.
 * - The same version always gives the same words.
 */
export interface Segmenter {
  /**
   * Names library, dictionary and normalisation, for instance `nodejieba-3.5.8+words-5f2a+text-1`. Changes whenever words
   * may change. Loads the dictionary where that has not happened yet; throws `misconfigured` where it is missing or broken.
   */
  version(): Promise<string>;
  segment(texts: readonly string[], mode: SegmentMode): Promise<string[][]>;
  close(): Promise<void>;
}
