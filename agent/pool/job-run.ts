import type { Cycle, Probe } from '../../probes/sdk/probe.js';
import { runProbe, type ProbeRun } from '../../probes/sdk/run.js';
import { failedRun } from '../failed-run.js';
import { monotonicMs } from './board.js';
import type { CycleState, SentCall, SentJob } from './protocol.js';
import type { ProbeShelf } from './probes.js';

/** Time that a run may take whose settings make no sense: it ends at once. */
const BAD_SETTINGS_LIMIT_MS = 1000;

/** A call with the probe that it needs, or why that cannot be had. */
interface PreparedCall {
  readonly call: SentCall;
  readonly probe: Probe | string;
  readonly limitMs: number;
}

/** Marks in shared memory which run's code executes: should the thread never come back, its owner knows in which. */
export interface ExecutionMark {
  during<T>(call: number, work: () => T): T;
}

function deadlineOf(probe: Probe, settings: unknown): number {
  try {
    return probe.deadlineMs(settings);
  } catch {
    return BAD_SETTINGS_LIMIT_MS; // the run itself will say what is wrong with them
  }
}

async function prepare(call: SentCall, shelf: ProbeShelf): Promise<PreparedCall> {
  try {
    const probe = await shelf.get(call.probe);
    if (!probe) return { call, probe: `this agent has no probe "${call.probe}": install its plug-in on the agent's host`, limitMs: 0 };
    return { call, probe, limitMs: deadlineOf(probe, call.settings) };
  } catch (error) {
    return { call, probe: error instanceof Error ? error.message : String(error), limitMs: 0 };
  }
}

/** Gives work a signal like that of `AbortSignal.timeout`, but leaves no timer behind that fires long after the work has ended. */
async function withDeadline<T>(limitMs: number, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const deadline = new AbortController();
  const late = (): void => deadline.abort(new DOMException('the run did not end by its deadline', 'TimeoutError'));
  const timer = setTimeout(late, Math.ceil(limitMs));
  try {
    return await work(deadline.signal);
  } finally {
    clearTimeout(timer);
  }
}

/** A job with its probes loaded. */
export class PreparedJob {
  private constructor(
    readonly job: SentJob,
    private readonly stages: readonly (readonly PreparedCall[])[],
  ) {}

  static async of(job: SentJob, shelf: ProbeShelf): Promise<PreparedJob> {
    const stages = await Promise.all(job.stages.map((stage) => Promise.all(stage.map((call) => prepare(call, shelf)))));
    return new PreparedJob(job, stages);
  }

  /** Longest time that the job may take, ms. */
  get limitMs(): number {
    return this.stages.reduce((sum, stage) => sum + Math.max(0, ...stage.map(({ limitMs }) => limitMs)), 0);
  }

  /** Runs the stages one after the other; `finished` hears of each run as it ends. Never throws. */
  async run(mark: ExecutionMark, finished: (call: number, run: ProbeRun) => void): Promise<CycleState> {
    const { cycle: state } = this.job;
    const scheduleLagMs =
      state.plannedMonotonicMs === undefined ? state.scheduleLagMs : Math.max(0, monotonicMs() - state.plannedMonotonicMs);
    const { clock, clockSteps, receiveDrops } = state;
    const cycle: Cycle = { scheduleLagMs, clock, clockSteps, sendSlipsMs: [...state.sendSlipsMs], receiveDrops };
    for (const stage of this.stages) {
      await Promise.all(stage.map(async (prepared) => finished(prepared.call.call, await this.#runCall(prepared, cycle, mark))));
    }
    return { scheduleLagMs, clock, clockSteps, sendSlipsMs: cycle.sendSlipsMs, receiveDrops: cycle.receiveDrops };
  }

  #runCall({ call, probe, limitMs }: PreparedCall, cycle: Cycle, mark: ExecutionMark): Promise<ProbeRun> | ProbeRun {
    if (typeof probe === 'string') {
      const failure = { code: 'UNSUPPORTED', message: probe, startedAt: new Date().toISOString(), durationMs: 0, metricIds: [] } as const;
      return failedRun(call.probe, failure);
    }
    const { target, seed } = this.job;
    return withDeadline(limitMs, (signal) => {
      const context = { target, seed, cycle, signal, deadline: performance.now() + limitMs, memory: call.memory };
      return mark.during(call.call, () => runProbe(probe, call.settings, context));
    });
  }
}
