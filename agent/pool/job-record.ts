import type { ProbeRun } from '../../probes/sdk/run.js';
import type { CycleState, Job, JobOutcome, SentCall } from './protocol.js';

/** How often a run is tried when its worker dies. */
const TRIES = 2;

/** A job that the pool has taken on: which of its runs have ended, how often each was tried. */
export class JobRecord {
  readonly outcome: Promise<JobOutcome>;
  readonly startedMs = performance.now();
  readonly startedAt = new Date().toISOString();
  readonly #stages: readonly (readonly SentCall[])[];
  readonly #runs: (ProbeRun | undefined)[];
  readonly #tries: number[];
  #cycle: CycleState;
  #settle: (outcome: JobOutcome) => void = () => undefined;

  constructor(readonly job: Job) {
    let call = 0;
    this.#stages = job.stages.map((stage) => stage.map((probe) => ({ ...probe, call: call++ })));
    this.#runs = new Array<ProbeRun | undefined>(call).fill(undefined);
    this.#tries = new Array<number>(call).fill(0);
    this.#cycle = job.cycle;
    this.outcome = new Promise((settle) => (this.#settle = settle));
    this.#settleIfComplete();
  }

  /** Notes how a run ended; a run that had ended already stays as it was. */
  finish(call: number, run: ProbeRun, cycle?: CycleState): void {
    this.#runs[call] ??= run;
    if (cycle) this.#cycle = cycle;
    this.#settleIfComplete();
  }

  /** The calls that have not ended yet and for which `wanted` is true, in their stages. */
  open(wanted: (call: SentCall) => boolean = () => true): SentCall[][] {
    return this.#stages.map((stage) => stage.filter((call) => !this.#runs[call.call] && wanted(call))).filter((stage) => stage.length > 0);
  }

  /** Counts one more try of these calls. */
  countTry(stages: readonly (readonly SentCall[])[]): void {
    for (const { call } of stages.flat()) this.#tries[call] = (this.#tries[call] ?? 0) + 1;
  }

  /** Whether this call may be tried again. */
  mayTry({ call }: SentCall): boolean {
    return (this.#tries[call] ?? 0) < TRIES;
  }

  #settleIfComplete(): void {
    const runs = this.#runs.filter((run) => run !== undefined);
    if (runs.length === this.#runs.length) this.#settle({ runs, cycle: this.#cycle });
  }
}
