import { createHash, randomBytes } from 'node:crypto';

/** Crockford's base 32 without letters that are misread; lower case so that ids are easy on the eye in addresses. */
const alphabet = '0123456789abcdefghjkmnpqrstvwxyz';

function encode(bytes: Uint8Array, length: number): string {
  let bits = 0;
  let buffer = 0;
  let out = '';
  for (const byte of bytes) {
    buffer = (buffer << 8) | byte;
    bits += 8;
    while (bits >= 5 && out.length < length) {
      bits -= 5;
      out += alphabet[(buffer >> bits) & 31];
    }
    buffer &= (1 << bits) - 1;
  }
  return out;
}

/** A new random id of 100 bits, 20 characters. */
export function randomId(): string {
  return encode(randomBytes(13), 20);
}

/** The id that follows from its causes: the same parts always give the same id (100 bits of SHA-256, 20 characters). */
export function derivedId(...parts: readonly string[]): string {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(`${Buffer.byteLength(part)}:`).update(part);
  return encode(hash.digest(), 20);
}

/** The id of the pair of one need and one achievement. */
export function pairId(needId: string, achievementId: string): string {
  return `${needId}~${achievementId}`;
}

/** What is stored of a secret that somebody holds: SHA-256 in hex. The secret has at least 128 bits of its own. */
export function secretHashOf(secret: string): string {
  return createHash('sha256').update(secret).digest('hex');
}
