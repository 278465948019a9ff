/** Collects a run's values, bounds and reasons; each of the declared metrics gets a value or a reason. */
export class Numbers<Id extends string> {
  readonly metrics: Partial<Record<Id, number>> = {};
  readonly errorBounds: Partial<Record<Id, number>> = {};
  readonly distributions: Partial<Record<Id, readonly number[]>> = {};
  readonly absent: Partial<Record<Id, string>> = {};

  /** `declared`: the probe's metrics. */
  constructor(private readonly declared: Readonly<Record<Id, unknown>>) {}

  /** A value, or why there is none. */
  set(id: Id, value: number | boolean | undefined, reason: string, bound?: number): void {
    if (value === undefined) this.absent[id] = reason;
    else {
      this.metrics[id] = Number(value);
      if (bound !== undefined) this.errorBounds[id] = bound;
    }
  }

  samples(id: Id, samples: readonly number[], reason: string): void {
    if (samples.length > 0) this.distributions[id] = samples;
    else this.absent[id] = reason;
  }

  /** Gives every metric that has nothing so far this reason. */
  rest(reason: string): void {
    for (const id of Object.keys(this.declared) as Id[]) {
      if (!(id in this.metrics) && !(id in this.distributions) && !(id in this.absent)) this.absent[id] = reason;
    }
  }

  /** What a measurement is made of, without the collector itself. */
  get all(): Pick<Numbers<Id>, 'metrics' | 'errorBounds' | 'distributions' | 'absent'> {
    const { metrics, errorBounds, distributions, absent } = this;
    return { metrics, errorBounds, distributions, absent };
  }
}
