import { ByteReader, ByteWriter } from './bytes.js';
import { KeyCounts } from './key-counts.js';

/** How far a percentile may lie from the true one, as a share of it. A trifle under 1 %, so that rounding to 6 digits does not lift it over. */
export const SKETCH_ACCURACY = 0.0099;

const GAMMA = (1 + SKETCH_ACCURACY) / (1 - SKETCH_ACCURACY);
const PER_LOG = 1 / Math.log(GAMMA);
const MIDDLE = 2 / (GAMMA + 1);
/** Above the key of the smallest double's magnitude, so that all positive numbers have keys above 0. */
const OFFSET = 40_000;

/** The class a number falls into: 0 for zero, above for positive, below for negative numbers; keys are ordered as their numbers are. */
export function sketchKey(value: number): number {
  if (value === 0) return 0;
  const key = OFFSET + Math.ceil(Math.log(Math.abs(value)) * PER_LOG);
  return value > 0 ? key : -key;
}

/** The number that stands for a class: no member of it is further away than the accuracy. */
export function sketchValue(key: number): number {
  if (key === 0) return 0;
  const magnitude = MIDDLE * GAMMA ** (Math.abs(key) - OFFSET);
  return key > 0 ? magnitude : -magnitude;
}

/**
 * A mergeable sketch of numbers that answers any percentile with a bounded relative error: DDSketch (Masson, Rim, Lee: "DDSketch: A fast and
 * fully-mergeable quantile sketch with relative-error guarantees", VLDB 2019), of unbounded size. It counts numbers in classes that grow geometrically.
 */
export class Sketch {
  private readonly counts = new KeyCounts();
  private total = 0;

  static of(values: Iterable<number>): Sketch {
    const sketch = new Sketch();
    for (const value of values) sketch.add(value);
    return sketch;
  }

  /** How many numbers it stands for. */
  get count(): number {
    return this.total;
  }

  /** Counts a finite number, `times` over. */
  add(value: number, times = 1): void {
    this.addKey(sketchKey(value), times);
  }

  /** Takes in what another counted. */
  merge(other: Sketch): void {
    other.counts.each((key, count) => this.addKey(key, count));
  }

  /** The nearest-rank percentile for each share (0 to 1, ascending), within the accuracy; undefined where nothing was counted. */
  percentiles(shares: readonly number[]): (number | undefined)[] {
    // As `percentileOfSorted` ranks: a trifle of floating point must not move the rank.
    const ranks = shares.map((share) => Math.max(1, Math.ceil(share * this.total - 1e-9)));
    const found: (number | undefined)[] = [];
    let seen = 0;
    this.counts.each((key, count) => {
      seen += count;
      while (found.length < ranks.length && seen >= (ranks[found.length] as number)) found.push(sketchValue(key));
    });
    return shares.map((_, index) => found[index]);
  }

  /**
   * Appends the classes in ascending order: each one's distance from the one before (the first one's from `base`, a key not above any of them), and a count
   * where it is not 1. A number alone in its class takes one byte as a rule.
   */
  write(out: ByteWriter, base: number): void {
    let before = base;
    this.counts.each((key, count) => {
      out.varint(2 * (key - before) + (count === 1 ? 0 : 1));
      if (count !== 1) out.varint(count);
      before = key;
    });
  }

  /** Takes in what `write` wrote with the same base, to the end of the bytes. */
  readInto(from: ByteReader, base: number): void {
    let key = base;
    while (!from.atEnd) {
      const step = from.varint();
      key += Math.floor(step / 2);
      this.addKey(key, step % 2 === 0 ? 1 : from.varint());
    }
  }

  private addKey(key: number, count: number): void {
    this.counts.add(key, count);
    this.total += count;
  }
}
