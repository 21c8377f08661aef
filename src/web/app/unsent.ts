/** A form with a draft that goes to the service by itself. */
export interface Writing {
  readonly isDirty: boolean;
  /** Sends what is written, all of it. */
  flush(): Promise<boolean>;
  /** Nothing more is sent or kept. */
  finish(): void;
}

const writings = new Set<Writing>();
const mostMs = 8_000;

/** Told of as long as the form stands; answers how it is taken off. */
export function watchWriting(writing: Writing): () => void {
  writings.add(writing);
  return () => writings.delete(writing);
}

/** Sends what is written on this page and not sent yet; false where something stays unsent. */
export async function sendUnsent(): Promise<boolean> {
  const dirty = [...writings].filter(({ isDirty }) => isDirty);
  if (dirty.length === 0) return true;
  const late = new Promise<void>((resolve) => setTimeout(resolve, mostMs));
  await Promise.race([Promise.all(dirty.map((one) => one.flush())), late]);
  return ![...writings].some(({ isDirty }) => isDirty);
}

/** Somebody chose to leave it unsent. */
export function dropUnsent(): void {
  for (const writing of writings) writing.finish();
}
