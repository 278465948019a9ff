import { median, percentileOfSorted, sorted } from '../../probes/sdk/stats.js';

/** Errors of a set of samples against the truth, us. */
export interface ErrorFigures {
  readonly samples: number;
  /** Median of the signed errors: the bias. */
  readonly median: number;
  /** 95th percentile of their sizes. */
  readonly p95: number;
}

/** What errors may be, us. */
export interface ErrorTarget {
  readonly median: number;
  readonly p95: number;
}

const US_PER_MS = 1000;

/** Errors of samples against the truths of the same packets, both in ms. @throws Error when they are not of the same packets */
export function errorFigures(name: string, samples: readonly number[], truths: readonly number[]): ErrorFigures {
  if (samples.length !== truths.length) throw new Error(`${name}: ${samples.length} samples, but the capture saw ${truths.length}`);
  const errors = samples.map((sample, index) => (sample - (truths[index] ?? Number.NaN)) * US_PER_MS);
  return {
    samples: errors.length,
    median: median(errors) ?? Number.NaN,
    p95: percentileOfSorted(sorted(errors.map(Math.abs)), 0.95) ?? Number.NaN,
  };
}

/** Whether errors are within their target; none are where there is no sample. */
export function meets(figures: ErrorFigures, target: ErrorTarget): boolean {
  return figures.samples > 0 && Math.abs(figures.median) <= target.median && figures.p95 <= target.p95;
}

/** Prints the errors of one method, with a verdict where there is a target. Gives whether it is met. */
export function printErrors(name: string, figures: ErrorFigures, target?: ErrorTarget): boolean {
  const met = target === undefined || meets(figures, target);
  const verdict = target === undefined ? '' : met ? 'PASS' : `FAIL: at most ${target.median} and ${target.p95}`;
  const number = (value: number): string => value.toFixed(1).padStart(9);
  console.log(
    `  ${name.padEnd(66)} n ${String(figures.samples).padStart(4)}  median ${number(figures.median)}  p95 ${number(figures.p95)}  ${verdict}`,
  );
  return met;
}
