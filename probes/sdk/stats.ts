/** Statistics of samples. Pure; inputs are never changed; an empty input gives undefined, never 0. */

/** A longer list is sorted faster as a typed array, although it is copied twice. */
const WORTH_A_TYPED_ARRAY = 100;

/** Ascending copy. */
export function sorted(samples: readonly number[]): number[] {
  if (samples.length < WORTH_A_TYPED_ARRAY) return [...samples].sort((one, other) => one - other);
  return Array.from(new Float64Array(samples).sort());
}

/** The nearest-rank percentile of ascending samples: the smallest sample that at least `share` (0 to 1) of them do not exceed. */
export function percentileOfSorted(ascending: ArrayLike<number>, share: number): number | undefined {
  if (ascending.length === 0) return undefined;
  // 0.07 x 100 is a little more than 7 in floating point: such a trifle must not move the rank.
  const rank = Math.max(1, Math.ceil(share * ascending.length - 1e-9));
  return ascending[Math.min(rank, ascending.length) - 1];
}

/** The median: the mean of the two middle samples where their number is even. */
export function median(samples: readonly number[]): number | undefined {
  if (samples.length === 0) return undefined;
  const ascending = sorted(samples);
  const middle = ascending.length >> 1;
  const upper = ascending[middle] as number;
  return ascending.length % 2 === 1 ? upper : (upper + (ascending[middle - 1] as number)) / 2;
}

export function mean(samples: readonly number[]): number | undefined {
  if (samples.length === 0) return undefined;
  let sum = 0;
  for (const sample of samples) sum += sample;
  return sum / samples.length;
}

/** Standard deviation of the samples themselves (population, as ping(8) prints mdev). */
export function standardDeviation(samples: readonly number[]): number | undefined {
  const centre = mean(samples);
  if (centre === undefined) return undefined;
  let squares = 0;
  for (const sample of samples) squares += (sample - centre) ** 2;
  return Math.sqrt(squares / samples.length);
}

/** The powers of ten that a double holds exactly: an integer divided by one of them is the double nearest to the decimal number. */
const POWERS_OF_TEN = Array.from({ length: 23 }, (_, exponent) => Number(`1e${exponent}`));

/** Rounds to significant digits; integers stay whole. By arithmetic wherever that is exact: through text, as `toPrecision` goes, it takes ten times as long. */
export function roundSignificant(value: number, digits = 6): number {
  if (Number.isInteger(value)) return value;
  const places = digits - 1 - Math.floor(Math.log10(Math.abs(value)));
  const scale = POWERS_OF_TEN[Math.abs(places)];
  if (scale === undefined) return Number(value.toPrecision(digits));
  return places < 0 ? Math.round(value / scale) * scale : Math.round(value * scale) / scale;
}

/** At most `most` of the samples, taken at even distances, the first and the last among them. */
export function thinEvenly<T>(samples: readonly T[], most: number): T[] {
  if (samples.length <= most) return [...samples];
  const step = (samples.length - 1) / (most - 1);
  return Array.from({ length: most }, (_, index) => samples[Math.round(index * step)] as T);
}
