import { metrics as declared, type TcpMetricId } from './metrics.js';

/** Collects a run's values, bounds and reasons; each metric gets a value or a reason. */
export class Numbers {
  readonly metrics: Partial<Record<TcpMetricId, number>> = {};
  readonly errorBounds: Partial<Record<TcpMetricId, number>> = {};
  readonly distributions: Partial<Record<TcpMetricId, readonly number[]>> = {};
  readonly absent: Partial<Record<TcpMetricId, string>> = {};

  /** A value, or why there is none. */
  set(id: TcpMetricId, value: number | boolean | undefined, reason: string, bound?: number): void {
    if (value === undefined) this.absent[id] = reason;
    else {
      this.metrics[id] = Number(value);
      if (bound !== undefined) this.errorBounds[id] = bound;
    }
  }

  samples(id: TcpMetricId, samples: readonly number[], reason: string): void {
    if (samples.length > 0) this.distributions[id] = samples;
    else this.absent[id] = reason;
  }

  /** Gives every metric that has nothing so far this reason. */
  rest(reason: string): void {
    for (const id of Object.keys(declared) as TcpMetricId[]) {
      if (!(id in this.metrics) && !(id in this.distributions) && !(id in this.absent)) this.absent[id] = reason;
    }
  }
}
