import { hash, verify } from '@node-rs/argon2';
import { normalisePassword } from './password-policy.ts';

/** argon2id (the library's default kind) with the least that OWASP's Password Storage Cheat Sheet takes: 19 MiB, 2 passes, 1 lane. */
const parameters = { memoryCost: 19_456, timeCost: 2, parallelism: 1 } as const;

/** The hash in PHC form, `$argon2id$v=19$m=19456,t=2,p=1$…`. About 20 ms in a thread of the pool. */
export function hashPassword(password: string): Promise<string> {
  return hash(normalisePassword(password), parameters);
}

/** A hash that no password is known for, so that a login that does not exist costs the same work as one that does. */
let decoy: Promise<string> | undefined;

/** Whether `password` is the one of `passwordHash`; without a hash the same work is done, and the answer is no. */
export async function verifyPassword(passwordHash: string | undefined, password: string): Promise<boolean> {
  decoy ??= hashPassword(crypto.randomUUID());
  const matches = await verify(passwordHash ?? (await decoy), normalisePassword(password));
  return matches && passwordHash !== undefined;
}
