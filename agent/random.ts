/** Multipliers of MurmurHash3's mixing steps (Appleby, 2011), which spread each bit of a word over all others. */
const [FIRST, SECOND] = [0x85ebca6b, 0xc2b2ae35];

/** 32 bits that depend on the text and the start alone. */
function hash32(text: string, start: number): number {
  let hash = start;
  for (let index = 0; index < text.length; index += 1) {
    hash = Math.imul(hash ^ text.charCodeAt(index), FIRST);
    hash = (hash << 13) | (hash >>> 19);
  }
  hash ^= text.length;
  hash = Math.imul(hash ^ (hash >>> 16), FIRST);
  hash = Math.imul(hash ^ (hash >>> 13), SECOND);
  return (hash ^ (hash >>> 16)) >>> 0;
}

/**
 * A number in [0, 1) that depends on the text alone and is spread evenly: the same seed gives the same phase and the same jitter on every host,
 * after every restart, and neighbouring seeds have nothing in common. It keeps nobody from guessing.
 */
export function fractionOf(text: string): number {
  return (hash32(text, 1) * 2 ** 20 + (hash32(text, 2) >>> 12)) / 2 ** 52;
}
