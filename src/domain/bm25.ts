/**
 * BM25 over weighted fields: "BM25F", in the form of Robertson and Zaragoza, The Probabilistic Relevance Framework:
 * BM25 and Beyond (Foundations and Trends in Information Retrieval 3(4), 2009), section 3.6. Frequencies of a word are
 * normalised by the length of the field they stand in, weighted, added up over the fields, and saturated once, so that
 * a word in title and abstract does not count as two words. Without the constant factor k1 + 1, as Lucene leaves it out.
 */

/** How fast further occurrences of a word stop to count. */
export const k1 = 1.2;
/** How much a long field discounts its words: 0 not at all, 1 fully. */
export const b = 0.75;

/**
 * Weight of a word that `documentFrequency` of `documents` hold; always positive.
 * Robertson and Spärck Jones's weight without relevance information, plus one inside the logarithm.
 */
export function inverseDocumentFrequency(documentFrequency: number, documents: number): number {
  return Math.log(1 + (documents - documentFrequency + 0.5) / (documentFrequency + 0.5));
}

/** Frequency of a word in one field as a field of average length would have it, times the field's weight. */
export function fieldFrequency(frequency: number, weight: number, length: number, averageLength: number): number {
  return (weight * frequency) / (1 - b + (b * length) / averageLength);
}

/** A word's share in the score: `frequency` is the sum of `fieldFrequency` over the fields. */
export function wordScore(idf: number, frequency: number): number {
  return (idf * frequency) / (k1 + frequency);
}
