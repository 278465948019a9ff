import { hash, verify } from '@node-rs/argon2';
import { LONGEST_PASSWORD } from './password-rules.js';

// OWASP's least for Argon2id, which is the library's own choice: 19 MiB, two passes, one lane.
const ARGON2ID = { memoryCost: 19 * 1024, timeCost: 2, parallelism: 1 } as const;
const CURRENT = `$argon2id$v=19$m=${ARGON2ID.memoryCost},t=${ARGON2ID.timeCost},p=${ARGON2ID.parallelism}$`;

/** Argon2id in the PHC string format. */
export function hashPassword(password: string): Promise<string> {
  return hash(password, ARGON2ID);
}

/** Whether a hash was made with other parameters than today's: then it is made again when the password is at hand. */
export function isOutdated(passwordHash: string): boolean {
  return !passwordHash.startsWith(CURRENT);
}

let standIn: Promise<string> | undefined;

/** Whether the password is right; without a hash (no such user) it does the same work and says no. */
export async function checkPassword(passwordHash: string | undefined, password: string): Promise<boolean> {
  standIn ??= hashPassword('nobody has this password');
  const matches = await verify(passwordHash ?? (await standIn), password.slice(0, LONGEST_PASSWORD + 1));
  return matches && passwordHash !== undefined;
}
