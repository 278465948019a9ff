import { ByteReader, ByteWriter } from './bytes.js';
import { sketchKey } from './sketch.js';
import { mergeInto, sketchToFill, type Tally } from './tally.js';

/** A rollup row as it is stored: the tallies of a metric set in its order, in groups, so that a reader of one metric fetches a small part. */
export interface PackedTallies {
  /** JSON array: where each group ends in the body, in bytes. */
  readonly ends: string;
  readonly body: Buffer;
}

/** Metrics a group: fewer make the reading of one metric cheaper, more make `ends` shorter. */
export const GROUP = 16;

// Bits of the byte that each metric's tally begins with; 0 where nothing was measured.
const PRESENT = 1;
/** Each of the row's results has a number, so no count stands here. */
const FULL = 2;
/** All numbers are the same: neither maximum, sum nor sketch stands here. */
const FLAT = 4;
/** Whole numbers. Without this and WIDE: minimum and maximum as 32-bit floats, the sum as 48 bits. */
const WHOLE = 8;
const WIDE = 16;
const WEIGHTED = 32;
const SKETCHED = 64;
/** The sum of the weights is whole. */
const WHOLE_WEIGHT = 128;

/** Sums up to here are kept exactly as whole numbers. */
const LARGEST_WHOLE = 2 ** 51;
/** A float of 32 bits holds every whole number up to here, and 6 digits of the others from SMALLEST to LARGEST. */
const WHOLE_FLOAT = 2 ** 24;
const SMALLEST_FLOAT = 1e-37;
const LARGEST_FLOAT = 1e38;

/** Packs a row of `results` results; `tallies` are in the order of the metric set. */
export function packTallies(results: number, tallies: readonly Tally[]): PackedTallies {
  const out = new ByteWriter();
  const scratch = new ByteWriter();
  const ends: number[] = [];
  for (const [place, tally] of tallies.entries()) {
    packTally(out, scratch, results, tally);
    if ((place + 1) % GROUP === 0 || place + 1 === tallies.length) ends.push(out.length);
  }
  return { ends: JSON.stringify(ends), body: out.done() };
}

/**
 * Takes tallies of one group in. Minimum and maximum come as 32-bit floats: whoever shows them rounds to the 6 digits that they have.
 *
 * @param targets what to add to, by place within the group; undefined where nobody wants it
 */
export function unpackGroup(bytes: Buffer, results: number, targets: readonly (Tally | undefined)[]): void {
  const from = new ByteReader(bytes);
  for (const target of targets) {
    if (from.atEnd) return;
    unpackTally(from, results, target);
  }
}

/** Takes all tallies of a row in; `targets` are in the order of the metric set. */
export function unpackRow({ ends, body }: PackedTallies, results: number, targets: readonly (Tally | undefined)[]): void {
  let from = 0;
  for (const [group, to] of (JSON.parse(ends) as number[]).entries()) {
    unpackGroup(body.subarray(from, to), results, targets.slice(group * GROUP, (group + 1) * GROUP));
    from = to;
  }
}

function packTally(out: ByteWriter, scratch: ByteWriter, results: number, tally: Tally): void {
  if (tally.count === 0) return out.byte(0);
  const { count, min, max, weighted, sketch } = tally;
  const form = formOf(tally);
  const flat = min === max;
  const wholeWeight = weighted !== undefined && isWhole(weighted.weight);
  out.byte(
    PRESENT |
      form |
      (count === results ? FULL : 0) |
      (flat ? FLAT : 0) |
      (weighted ? WEIGHTED : 0) |
      (sketch ? SKETCHED : 0) |
      (wholeWeight ? WHOLE_WEIGHT : 0),
  );
  if (count !== results) out.varint(count);
  packBounds(out, form, flat, tally);
  if (weighted) {
    out.float48(weighted.sum);
    if (wholeWeight) out.signed(weighted.weight);
    else out.float48(weighted.weight);
  }
  if (!sketch || flat) return;
  scratch.clear();
  sketch.write(scratch, baseOf(form, min));
  out.varint(scratch.length);
  out.bytes(scratch.view());
}

function packBounds(out: ByteWriter, form: number, flat: boolean, { min, max, sum }: Tally): void {
  if (form === WHOLE) {
    out.signed(min);
    if (flat) return;
    out.varint(max - min);
    out.signed(sum);
    return;
  }
  const write = form === WIDE ? (value: number) => out.float64(value) : (value: number) => out.float32(value);
  write(min);
  if (flat) return;
  write(max);
  if (form === WIDE) out.float64(sum);
  else out.float48(sum);
}

function unpackTally(from: ByteReader, results: number, target: Tally | undefined): void {
  const head = from.byte();
  if (head === 0) return;
  const count = head & FULL ? results : from.varint();
  const form = head & (WHOLE | WIDE);
  const flat = (head & FLAT) !== 0;
  const tally: Tally = { count, ...unpackBounds(from, form, flat, count) };
  if (head & WEIGHTED) tally.weighted = { sum: from.float48(), weight: head & WHOLE_WEIGHT ? from.signed() : from.float48() };
  const packed = (head & SKETCHED) !== 0 && !flat ? from.part(from.varint()) : undefined;
  if (!target) return;
  const sketch = head & SKETCHED ? sketchToFill(target) : undefined;
  mergeInto(target, tally, sketch);
  if (packed) sketch?.readInto(packed, baseOf(form, tally.min));
  else sketch?.add(tally.min, count);
}

function unpackBounds(from: ByteReader, form: number, flat: boolean, count: number): { min: number; max: number; sum: number } {
  const read = form === WHOLE ? () => from.signed() : form === WIDE ? () => from.float64() : () => from.float32();
  const min = read();
  if (flat) return { min, max: min, sum: count * min };
  if (form === WHOLE) return { min, max: min + from.varint(), sum: from.signed() };
  return { min, max: read(), sum: form === WIDE ? from.float64() : from.float48() };
}

/** The class that a sketch's first one is counted from. A float of 32 bits may have moved the minimum over the edge of its class, by one class at most. */
function baseOf(form: number, min: number): number {
  return sketchKey(form === 0 ? Math.fround(min) : min) - 1;
}

function formOf({ min, max, sum }: Tally): number {
  if (isWhole(min) && isWhole(max) && isWhole(sum)) return WHOLE;
  return fitsFloat(min) && fitsFloat(max) ? 0 : WIDE;
}

function isWhole(value: number): boolean {
  return Number.isInteger(value) && Math.abs(value) <= LARGEST_WHOLE;
}

/** Whether 32 bits hold it: stored numbers have 6 significant digits, unless they are whole. */
function fitsFloat(value: number): boolean {
  const magnitude = Math.abs(value);
  if (Number.isInteger(value)) return magnitude <= WHOLE_FLOAT || Math.fround(value) === value;
  return magnitude >= SMALLEST_FLOAT && magnitude <= LARGEST_FLOAT;
}
