/** Counts characters as the service does: after trimming, and what is two halves to a script as one. */
export const counted = (max: number) => ({ count: { max, strategy: (text: string) => [...text.trim()].length } });
