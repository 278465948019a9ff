import { performance } from 'node:perf_hooks';
import type { Probe, ProbeContext } from '../probe.js';
import type { Target } from '../target.js';

/** One thing that every probe owes. `run` rejects with a sentence that says what is wrong. */
export interface Check {
  readonly name: string;
  run(): Promise<void>;
}

/** A target with the settings to try it with. Targets are asked for when a check runs, so that a test's server may start before. */
export interface Attempt {
  readonly target: () => Target | Promise<Target>;
  /** Left out: those of the ordinary run, else the probe's defaults. */
  readonly settings?: unknown;
}

/** What the suite needs to know of a probe. */
export interface ConformanceOptions extends Attempt {
  /** A target that the probe cannot measure: a refused port, an address nobody has. Left out where a probe needs no target. */
  readonly unreachable?: Attempt;
  /** A run that lasts a second or more, to be aborted on its way. Default: the ordinary run. */
  readonly slow?: Attempt;
  /** Runs side by side. Default 20. */
  readonly parallel?: number;
  /** String settings that may hold any text (a request's body, a path), so that shell characters are no error in them. */
  readonly freeText?: readonly string[];
  /** Metrics in units of time or size that may be negative (a clock's offset). */
  readonly signed?: readonly string[];
}

/** Fails a check: each problem becomes a line of the message. */
export function expectNone(problems: readonly string[]): void {
  if (problems.length > 0) throw new Error(problems.join('\n'));
}

let runs = 0;

/** A context as an agent makes it: the probe's own deadline, a flow identity of its own. */
export async function contextFor(probe: Probe, attempt: Attempt, overrides: Partial<ProbeContext> = {}): Promise<ProbeContext> {
  const limit = probe.deadlineMs(attempt.settings);
  runs += 1;
  return {
    target: Object.freeze({ ...(await attempt.target()) }),
    signal: AbortSignal.timeout(limit),
    deadline: performance.now() + limit,
    seed: `conformance-${runs}`,
    cycle: { scheduleLagMs: 1.5, clock: { offsetMs: -0.25, errorMs: 0.5 }, clockSteps: 0, sendSlipsMs: [], receiveDrops: 0 },
    ...overrides,
  };
}
