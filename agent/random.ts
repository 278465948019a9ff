import { createHash } from 'node:crypto';

/**
 * A number in [0, 1) that depends on the text alone and is spread evenly: the same seed gives the same phase and the same jitter on every host,
 * after every restart, and neighbouring seeds have nothing in common.
 */
export function fractionOf(text: string): number {
  const digest = createHash('sha256').update(text).digest();
  return digest.readUIntBE(0, 6) / 2 ** 48;
}
