/**
 * Files by id. An id is 1–64 characters of a–z, 0–9 and `-`; anything else is refused as `invalid`, so no id is a path.
 * `put` is durable when it resolves (fsync of file and folder) and appears whole or not at all; the same id is
 * replaced, and a reader meanwhile gets the old or the new content, never a mixture. Where the engine does not answer, calls
 * throw `unavailable`; an engine that keeps the hash refuses content that does not fit it any more as `damaged`.
 */
export interface BlobStore {
  /** Pieces are taken as they come, without holding the whole; where they end with an error, nothing is put and it is thrown. */
  put(
    id: string,
    content: Uint8Array | AsyncIterable<Uint8Array>,
  ): Promise<{ readonly size: number; readonly sha256: string }>;
  /** Throws `not_found`. */
  get(id: string): Promise<Uint8Array>;
  /**
   * The same content piece by piece, in bounded memory. Throws as `get`, at the first piece or at a later one; only a walk
   * that ends without an error has given the whole content, and it gives one content even where it is replaced or removed
   * meanwhile, or throws `unavailable`.
   */
  read(id: string): AsyncIterable<Uint8Array>;
  /** Removing what is not there is no error. */
  remove(id: string): Promise<void>;
  list(): AsyncIterable<string>;
}
