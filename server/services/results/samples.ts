/** The digits of a packed list, by their value: 5 bits each, and one that says whether more follow ("base64 VLQ", as in source maps). */
const DIGITS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
/** The value of each digit, by its character code. */
const VALUES = new Uint8Array(128);
for (let value = 0; value < DIGITS.length; value += 1) VALUES[DIGITS.charCodeAt(value)] = value;
const BASE = 32;
/** More decimals than this are in no number of 6 significant digits that is worth packing. */
const MOST_DECIMALS = 15;
const POWERS = Array.from({ length: MOST_DECIMALS + 1 }, (_, exponent) => Number(`1e${exponent}`));

/** Samples of a run at rest: packed, or as they are where they do not fit (and in databases of before they were packed). */
export type StoredSamples = string | readonly number[];

/**
 * Packs samples, which lie near each other: the decimals that all of them have at most, then each one's distance to the one before, as whole numbers of
 * that unit. A third of the room that JSON takes; nothing is lost.
 */
export function packSampleList(samples: readonly number[]): StoredSamples {
  const decimals = decimalsOf(samples);
  if (decimals === undefined) return samples;
  const scale = POWERS[decimals] as number;
  let packed = DIGITS.charAt(decimals);
  let before = 0;
  for (const sample of samples) {
    const whole = Math.round(sample * scale);
    if (!Number.isSafeInteger(2 * (whole - before))) return samples;
    packed += digitsOf(whole - before);
    before = whole;
  }
  return packed;
}

/** The samples, as they were packed. */
export function unpackSampleList(stored: StoredSamples): readonly number[] {
  if (typeof stored !== 'string') return stored;
  const scale = POWERS[DIGITS.indexOf(stored.charAt(0))];
  if (stored === '' || scale === undefined) throw new RangeError(`packed samples begin with "${stored.charAt(0)}"`);
  const samples: number[] = [];
  let whole = 0;
  let distance = 0;
  let weight = 1;
  for (let at = 1; at < stored.length; at++) {
    const digit = VALUES[stored.charCodeAt(at)] as number;
    distance += (digit & (BASE - 1)) * weight;
    weight *= BASE;
    if (digit >= BASE) continue;
    whole += distance % 2 === 0 ? distance / 2 : -(distance + 1) / 2;
    samples.push(whole / scale);
    distance = 0;
    weight = 1;
  }
  return samples;
}

/** The decimals that the samples have at most; undefined where one has too many, or is too large. */
function decimalsOf(samples: readonly number[]): number | undefined {
  let decimals = 0;
  for (const sample of samples) {
    // A minus before 0 would be lost.
    if (Object.is(sample, -0)) return undefined;
    while (Math.round(sample * (POWERS[decimals] as number)) / (POWERS[decimals] as number) !== sample) {
      if (++decimals > MOST_DECIMALS) return undefined;
    }
  }
  return decimals;
}

/** The sign is the lowest bit. */
function digitsOf(distance: number): string {
  let left = distance < 0 ? -2 * distance - 1 : 2 * distance;
  let digits = '';
  while (left >= BASE) {
    digits += DIGITS.charAt((left % BASE) + BASE);
    left = Math.floor(left / BASE);
  }
  return digits + DIGITS.charAt(left);
}
