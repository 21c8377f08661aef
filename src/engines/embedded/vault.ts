import { createCipheriv, createDecipheriv, createHmac, hkdfSync, randomBytes } from 'node:crypto';
import type { Vault } from '../../ports/vault.ts';

const nonceBytes = 12;
const tagBytes = 16;

/** The vault of both families: Node's own cryptography, with keys derived from the secret (HKDF-SHA256). */
export function createVault(secret: string): Vault {
  const keys = new Map<string, Buffer>();
  const keyOf = (purpose: string): Buffer => {
    let key = keys.get(purpose);
    if (!key) {
      key = Buffer.from(hkdfSync('sha256', secret, '', `qianxian ${purpose}`, 32));
      keys.set(purpose, key);
    }
    return key;
  };
  return {
    keyId: keyOf('key id').subarray(0, 4).toString('hex'),

    sign(purpose, ...parts) {
      const hmac = createHmac('sha256', keyOf(`sign ${purpose}`));
      // With its length before it, no part can run over into the next.
      for (const part of parts) hmac.update(`${Buffer.byteLength(part)}:`).update(part);
      return hmac.digest();
    },

    seal(purpose, about, text) {
      const nonce = randomBytes(nonceBytes);
      const cipher = createCipheriv('aes-256-gcm', keyOf(`seal ${purpose}`), nonce).setAAD(Buffer.from(about));
      const sealed = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
      return Buffer.concat([nonce, cipher.getAuthTag(), sealed]).toString('base64');
    },

    open(purpose, about, sealed) {
      try {
        const bytes = Buffer.from(sealed, 'base64');
        const cipher = createDecipheriv('aes-256-gcm', keyOf(`seal ${purpose}`), bytes.subarray(0, nonceBytes))
          .setAAD(Buffer.from(about))
          .setAuthTag(bytes.subarray(nonceBytes, nonceBytes + tagBytes));
        const opened = [cipher.update(bytes.subarray(nonceBytes + tagBytes)), cipher.final()];
        return Buffer.concat(opened).toString('utf8');
      } catch {
        return undefined;
      }
    },
  };
}
