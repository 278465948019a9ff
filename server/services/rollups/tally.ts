import { Sketch } from './sketch.js';

/** What is known of a metric's numbers in a bucket without keeping them. */
export interface Tally {
  count: number;
  min: number;
  max: number;
  sum: number;
  /** Of a RATIO whose denominator is in the metric set: sum(value x denominator) and sum(denominator). */
  weighted?: Weighted;
  /** Absent for kinds without percentiles. */
  sketch?: Sketch;
}

/** The parts of a weighted mean. */
export interface Weighted {
  sum: number;
  weight: number;
}

/** Which parts a metric's tally has beside count, min, max and sum. */
export interface TallyParts {
  readonly weighted: boolean;
  readonly sketch: boolean;
}

export function emptyTally({ weighted, sketch }: TallyParts): Tally {
  const tally: Tally = { count: 0, min: Infinity, max: -Infinity, sum: 0 };
  if (weighted) tally.weighted = { sum: 0, weight: 0 };
  if (sketch) tally.sketch = new Sketch();
  return tally;
}

/** Counts a number; `weight` is the denominator that belongs to it, 0 where it is absent. */
export function addTo(tally: Tally, value: number, weight = 0): void {
  tally.count += 1;
  if (value < tally.min) tally.min = value;
  if (value > tally.max) tally.max = value;
  tally.sum += value;
  if (tally.weighted) {
    tally.weighted.sum += value * weight;
    tally.weighted.weight += weight;
  }
  tally.sketch?.add(value);
}

/** The sketch that more numbers may be put into; undefined where numbers are counted already that no sketch knows. */
export function sketchToFill(tally: Tally): Sketch | undefined {
  return tally.count === 0 ? (tally.sketch ??= new Sketch()) : tally.sketch;
}

/**
 * Takes in another bucket's numbers. A part that one of them lacks is lost: it would speak of some numbers only.
 *
 * @param sketch the tally's own, where the caller puts the other's numbers into it; left out: the other's is merged
 */
export function mergeInto(tally: Tally, other: Tally, sketch?: Sketch): void {
  if (other.count === 0) return;
  const first = tally.count === 0;
  if (other.weighted && (tally.weighted || first)) {
    const before = tally.weighted ?? { sum: 0, weight: 0 };
    tally.weighted = { sum: before.sum + other.weighted.sum, weight: before.weight + other.weighted.weight };
  } else delete tally.weighted;
  if (other.sketch) sketchToFill(tally)?.merge(other.sketch);
  else if (!sketch) delete tally.sketch;
  tally.count += other.count;
  tally.min = Math.min(tally.min, other.min);
  tally.max = Math.max(tally.max, other.max);
  tally.sum += other.sum;
}
