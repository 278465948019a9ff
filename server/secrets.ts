import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';

/** What a secret's first characters say it is. */
export const SECRET_PREFIX = { enrollment: 'sse_', api: 'ssa_', agent: 'ssg_', session: 'sss_', setUp: '' } as const;

/** A new secret: the prefix and 32 random bytes as 43 base64url characters. */
export function newSecret(kind: keyof typeof SECRET_PREFIX): string {
  return SECRET_PREFIX[kind] + randomBytes(32).toString('base64url');
}

/** SHA-256, hex. Enough for secrets of 256 random bits, which nobody can guess; passwords need Argon2id instead. */
export function hashSecret(secret: string): string {
  return createHash('sha256').update(secret, 'utf8').digest('hex');
}

/** Whether two hashes of `hashSecret` are equal, in constant time. */
export function sameHash(a: string, b: string): boolean {
  return a.length === b.length && timingSafeEqual(Buffer.from(a, 'utf8'), Buffer.from(b, 'utf8'));
}
