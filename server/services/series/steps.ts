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
 * The widths that a bucket may have, in seconds, ascending without an end: readable ones with which the range has at most `maxPoints` buckets, never under
 * the test's interval (a bucket shorter than that would be empty by design).
 */
export function* stepsFor(rangeMs: number, maxPoints: number, intervalSeconds: number): Generator<number, never> {
  const fits = (step: number): boolean => step >= intervalSeconds && bucketsTouched(rangeMs, step) <= maxPoints;
  yield* STEPS.filter(fits);
  for (let step = 2 * LONGEST; ; step += LONGEST) if (fits(step)) yield step;
}

/** A range that begins anywhere touches at most one bucket more than fit into it. A range of one bucket is the exception: it is moved instead. */
function bucketsTouched(rangeMs: number, stepSeconds: number): number {
  return Math.ceil(rangeMs / (stepSeconds * 1000)) + 1;
}
