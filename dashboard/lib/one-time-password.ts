/** Letters and digits that are not taken for each other when they are read out or copied by hand. */
const ALPHABET = 'abcdefghijkmnpqrstuvwxyz23456789';
const GROUPS = 5;
const GROUP_LENGTH = 4;

/**
 * A password to hand over: five groups of four, 100 bits. The alphabet has 32 characters, so that each byte's lower five bits choose one of them evenly.
 * `fill` fills an array with random bytes, as `crypto.getRandomValues` does.
 */
export function oneTimePassword(fill: (bytes: Uint8Array<ArrayBuffer>) => void = (bytes) => void crypto.getRandomValues(bytes)): string {
  const bytes = new Uint8Array(GROUPS * GROUP_LENGTH);
  fill(bytes);
  const characters = Array.from(bytes, (byte) => ALPHABET.charAt(byte % ALPHABET.length));
  return Array.from({ length: GROUPS }, (_, group) => characters.slice(group * GROUP_LENGTH, (group + 1) * GROUP_LENGTH).join('')).join(
    '-',
  );
}
