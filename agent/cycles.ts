import type { ProbeRun } from '../probes/sdk/run.js';
import { probeTarget } from './assignment.js';
import type { ClockOffset } from './clock.js';
import type { RunMemory } from './memory.js';
import { Mutex } from './mutex.js';
import type { CycleState, Job, JobOutcome, ProbeCall } from './pool/protocol.js';
import { buildResult, type TestResultInput } from './result.js';
import type { DueCycle } from './scheduler.js';

/** What cycles need of the rest of the agent. */
export interface CycleSurroundings {
  readonly pool: { run(jobs: readonly Job[]): Promise<JobOutcome>[] };
  readonly memory: RunMemory;
  /** How a probe wants to be run; undefined for one that this agent does not have. */
  traits(probe: string): { readonly heavy: boolean; readonly last: boolean } | undefined;
  clockOffset(): ClockOffset | undefined;
  /** Steps of the wall clock so far. */
  clockSteps(): number;
  toMonotonicMs(wallMs: number): number;
}

/** The calls of a cycle by when they run: most side by side, those that load the path one at a time, then those that report on the others. */
interface Stages {
  readonly together: ProbeCall[];
  readonly heavy: ProbeCall[];
  readonly last: ProbeCall[];
}

/** Makes results of due cycles: which probes run when, what they remember, and what came of it. */
export class CycleRunner {
  readonly #heavy = new Mutex();
  readonly #stepsSeen = new Map<string, number>();

  constructor(private readonly around: CycleSurroundings) {}

  /** Runs cycles that are due together. Each result settles by itself and never rejects. */
  run(due: readonly DueCycle[]): Promise<TestResultInput>[] {
    const plans = due.map((cycle) => ({ cycle, stages: this.#stages(cycle), state: this.#stateOf(cycle) }));
    const simple = plans.filter(({ stages }) => stages.heavy.length === 0);
    const outcomes = this.around.pool.run(
      simple.map(({ cycle, stages, state }) => this.#job(cycle, state, [stages.together, stages.last])),
    );
    const outcomeOf = new Map(simple.map(({ cycle }, index) => [cycle, outcomes[index]]));
    return plans.map(async ({ cycle, stages, state }) => {
      const { runs } = await (outcomeOf.get(cycle) ?? this.#runWithHeavy(cycle, stages, state));
      return this.#finish(cycle, runs);
    });
  }

  /** Heavy probes of all cycles take turns, so that none measures another's load. */
  async #runWithHeavy(cycle: DueCycle, { together, heavy, last }: Stages, state: CycleState): Promise<JobOutcome> {
    const first = await this.#runStage(cycle, state, together);
    const runs = [...first.runs];
    let after = first.cycle;
    for (const call of heavy) {
      const outcome = await this.#heavy.run(() => this.#runStage(cycle, after, [call]));
      runs.push(...outcome.runs);
      after = outcome.cycle;
    }
    const end = await this.#runStage(cycle, after, last);
    return { runs: [...runs, ...end.runs], cycle: end.cycle };
  }

  async #runStage(cycle: DueCycle, state: CycleState, calls: readonly ProbeCall[]): Promise<JobOutcome> {
    const [outcome] = calls.length > 0 ? this.around.pool.run([this.#job(cycle, state, [calls])]) : [];
    return outcome ?? { runs: [], cycle: state };
  }

  #stages({ assignment }: DueCycle): Stages {
    const stages: Stages = { together: [], heavy: [], last: [] };
    for (const { probe, settings } of assignment.probes) {
      const { heavy = false, last = false } = this.around.traits(probe) ?? {};
      const memory = this.around.memory.get(assignment, probe);
      const stage = heavy ? stages.heavy : last ? stages.last : stages.together;
      stage.push({ probe, settings, ...(memory === undefined ? {} : { memory }) });
    }
    return stages;
  }

  #stateOf({ key, scheduledMs }: DueCycle): CycleState {
    const steps = this.around.clockSteps();
    const clockSteps = steps - (this.#stepsSeen.get(key) ?? steps);
    this.#stepsSeen.set(key, steps);
    const clock = this.around.clockOffset();
    const plannedMonotonicMs = this.around.toMonotonicMs(scheduledMs);
    return { plannedMonotonicMs, clockSteps, sendSlipsMs: [], receiveDrops: 0, ...(clock ? { clock } : {}) };
  }

  #job({ assignment }: DueCycle, cycle: CycleState, stages: readonly (readonly ProbeCall[])[]): Job {
    return { target: probeTarget(assignment), seed: assignment.seed, cycle, stages: stages.filter((calls) => calls.length > 0) };
  }

  #finish({ assignment, sequence, scheduledMs }: DueCycle, runs: readonly ProbeRun[]): TestResultInput {
    for (const { probe, memory } of runs) if (memory !== undefined) this.around.memory.set(assignment, probe, memory);
    return buildResult({ assignment, sequence, scheduledMs }, runs);
  }
}
