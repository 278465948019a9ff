import type { MessagePort } from 'node:worker_threads';
import type { Json, Support, StartSharing } from '../../probes/sdk/probe.js';
import type { MetricDeclaration } from '../../probes/sdk/metric.js';
import type { ProbeRun } from '../../probes/sdk/run.js';
import type { Target } from '../../probes/sdk/target.js';

/** Where a worker finds the plug-ins: package names or folders, and what these are relative to. */
export interface ProbeSources {
  readonly plugins: readonly string[];
  readonly base: string;
  /** Which plug-in each probe comes from, by the probe's name, once they were described: no other is loaded then. */
  readonly admitted?: ReadonlyMap<string, string>;
}

/** What a worker is asked of one plug-in that nobody has loaded yet. */
export interface PlugInTask {
  readonly name: string;
  readonly base: string;
  /** Time for it to load, and again for it to say whether it can measure, ms. */
  readonly stepMs: number;
}

/** One probe of a job. */
export interface ProbeCall {
  readonly probe: string;
  readonly settings: Json;
  /** What the probe's last run for the same test and target left. */
  readonly memory?: Json;
}

/** What the runs of a cycle know of it and leave in it, as it travels between threads. See `Cycle` of the SDK. */
export interface CycleState {
  /** When the cycle was to start, ms of the monotonic clock that all threads share; its lag is measured where it starts. */
  readonly plannedMonotonicMs?: number;
  readonly scheduleLagMs?: number;
  readonly clock?: { readonly offsetMs: number; readonly errorMs: number };
  readonly clockSteps?: number;
  readonly sendSlipsMs: readonly number[];
  readonly receiveDrops: number;
}

/** Probes that a worker runs against one target: each stage side by side, one stage after the other. */
export interface Job {
  readonly target: Target;
  readonly seed: string;
  readonly cycle: CycleState;
  readonly stages: readonly (readonly ProbeCall[])[];
}

/** A finished job: one run a call, in the order of the calls, whatever happened to the workers. */
export interface JobOutcome {
  readonly runs: readonly ProbeRun[];
  readonly cycle: CycleState;
}

/** A call on its way to a worker: `call` is its place among all calls of the job that it was part of at first. */
export interface SentCall extends ProbeCall {
  readonly call: number;
}

/** A job on its way to a worker. */
export interface SentJob extends Omit<Job, 'stages'> {
  readonly id: number;
  /** Its place on the lane's board. */
  readonly place?: number;
  readonly stages: readonly (readonly SentCall[])[];
}

/** What a lane of the pool asks of its worker. */
export type ToWorker =
  /** `board` comes with the first jobs, and when it was replaced by a larger one. */
  | { readonly type: 'jobs'; readonly jobs: readonly SentJob[]; readonly board?: Float64Array }
  /** To load these probes, so that the first job does not wait for that. */
  | { readonly type: 'prepare'; readonly probes: readonly string[] }
  /** To give back memory that it does not need: nothing is under way. */
  | { readonly type: 'tidy' }
  | { readonly type: 'end' };

/** A run that has ended. `cycle` comes with a job's last one. */
export interface FinishedCall {
  readonly id: number;
  readonly call: number;
  readonly run: ProbeRun;
  readonly cycle?: CycleState;
}

/** What a worker tells its lane: runs that have ended. */
export interface FromWorker {
  readonly calls: readonly FinishedCall[];
}

/** A worker's task: to serve a lane until told to end. */
export interface LaneTask {
  readonly port: MessagePort;
  readonly sources: ProbeSources;
  /** Which of the pool's workers it is, from 0; the one beyond its number is for what is tried again. */
  readonly worker: number;
  /** Two 32-bit numbers: id and call of the run whose code the worker is executing at this moment, id 0 for none. Who died in it is known from that. */
  readonly executing: Int32Array;
}

/** What the server is told of a probe: `AgentProbeInput` of the contract, and how it runs. */
export interface DescribedProbe {
  readonly name: string;
  readonly version: string;
  readonly title: string;
  readonly description: string;
  readonly support: Support;
  readonly settingsSchema: Json;
  readonly metrics: readonly (MetricDeclaration & { readonly id: string })[];
  readonly heavy: boolean;
  readonly last: boolean;
  readonly sharesStart?: StartSharing;
}

/** All probes of an agent, and the plug-ins that did not load. */
export interface DescribedProbes {
  readonly probes: readonly DescribedProbe[];
  readonly problems: readonly string[];
}
