const MINUTE = 60;
const HOUR = 3600;
const DAY = 86_400;

/** Bucket widths that people can read off an axis, in seconds, ascending. Beyond the last, whole multiples of 30 days serve. */
const STEPS: readonly number[] = [
  ...[1, 2, 5, 10, 15, 30],
  ...[1, 2, 5, 10, 15, 30].map((minutes) => minutes * MINUTE),
  ...[1, 2, 3, 6, 12].map((hours) => hours * HOUR),
  ...[1, 2, 7, 14, 30].map((days) => days * DAY),
];
const LONGEST = 30 * DAY;

/**
 * The width of a bucket, in seconds: the smallest readable one with which the range has at most `maxPoints` buckets, never under the test's interval
 * (a bucket shorter than that would be empty by design).
 */
export function resolutionFor(rangeMs: number, maxPoints: number, intervalSeconds: number): number {
  const readable = STEPS.find((step) => step >= intervalSeconds && bucketsTouched(rangeMs, step) <= maxPoints);
  if (readable !== undefined) return readable;
  let step = Math.max(1, Math.ceil(intervalSeconds / LONGEST)) * LONGEST;
  while (bucketsTouched(rangeMs, step) > maxPoints) step += LONGEST;
  return step;
}

/** A range that begins anywhere touches at most one bucket more than fit into it. A range of one bucket is the exception: it is moved instead. */
function bucketsTouched(rangeMs: number, stepSeconds: number): number {
  return Math.ceil(rangeMs / (stepSeconds * 1000)) + 1;
}
