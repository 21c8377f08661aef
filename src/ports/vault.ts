/**
 * What is signed and sealed with the service's secret (`QIANXIAN_SECRET`). All processes of one service come to the same; who
 * reads the store alone cannot.
 */
export interface Vault {
  /** Tells which secret signs, and nothing of it: 8 hexadecimal digits. */
  readonly keyId: string;
  /** HMAC-SHA256 of the parts, 32 bytes, under a key of its own for each purpose. */
  sign(purpose: string, ...parts: readonly string[]): Uint8Array;
  /** AES-256-GCM under a key of its own for each purpose; opened only for the same `about` (the id of what it belongs to). */
  seal(purpose: string, about: string, text: string): string;
  /** Undefined where the secret was changed since, or what is given was not sealed for this. */
  open(purpose: string, about: string, sealed: string): string | undefined;
}
