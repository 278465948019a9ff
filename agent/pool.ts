import { fileURLToPath } from 'node:url';
import { Tinypool } from 'tinypool';
import { shareRouterBudgets } from '../probes/kernel/router-budget.js';
import { failedRun } from './failed-run.js';
import { JobRecord } from './pool/job-record.js';
import { Lane, type Loss, type Patience } from './pool/lane.js';
import { widthFor, workerOf } from './pool/placing.js';
import { PlugInWorkers } from './pool/plug-in-workers.js';
import type { DescribedProbes, FinishedCall, Job, JobOutcome, ProbeSources, SentCall, SentJob } from './pool/protocol.js';

/** How the pool is made. */
export interface PoolOptions {
  /** Worker threads that measure, at least 1. */
  readonly workers: number;
  readonly sources: ProbeSources;
  readonly patience?: Partial<Patience>;
  /** Time for a plug-in to be loaded and described for the first time, its worker's start with it, ms; one that never ends delays the agent's start by it. */
  readonly plugInMs?: number | undefined;
  /** Hears of each lost worker, one sentence. */
  readonly onTrouble?: (message: string) => void;
}

/** Generous, since a host under load takes seconds to start a thread. */
const PATIENCE: Patience = { startMs: 30_000, graceMs: 3000, takeMs: 1000 };
const DESCRIBE_MS = 60_000;
/** Generous as well: a plug-in that is wrongly left out is missed until the agent starts again. */
const PLUG_IN_MS = 45_000;
const IDLE_MS = 1000;

/** Workers always run compiled code: from source it lies in dist/. */
function workerFile(): string {
  const here = new URL('./worker.js', import.meta.url);
  return fileURLToPath(here.pathname.includes('/dist/') ? here : new URL('../dist/agent/worker.js', import.meta.url));
}

/**
 * Runs probes in worker threads, many at once in each. Every job ends with one run a call, whatever happens: a worker that hangs or dies is
 * replaced, the run in whose code it happened becomes CRASHED, and the others under way in it are tried once more.
 */
export class ProbePool {
  readonly #workers: Tinypool;
  readonly #plugIns: PlugInWorkers;
  #sources: ProbeSources;
  readonly #lanes: (Lane | undefined)[];
  readonly #records = new Map<number, JobRecord>();
  readonly #metricIds = new Map<string, readonly string[]>();
  readonly #patience: Patience;
  /** How many of the lanes are used: all until it is known how many assignments there are. */
  #width: number;
  #nextId = 1;
  #repeats: Promise<void> = Promise.resolve();
  #crashes = 0;

  constructor(private readonly options: PoolOptions) {
    // Workers that trace through the same routers spare them together.
    shareRouterBudgets();
    this.#patience = { ...PATIENCE, ...options.patience };
    this.#sources = options.sources;
    this.#plugIns = new PlugInWorkers(workerFile(), options.plugInMs ?? PLUG_IN_MS);
    this.#lanes = new Array<Lane | undefined>(options.workers).fill(undefined);
    this.#width = options.workers;
    // One thread more than lanes: runs whose worker died are repeated apart from the others.
    this.#workers = new Tinypool({
      filename: workerFile(),
      minThreads: 0,
      maxThreads: options.workers + 1,
      maxQueue: options.workers + 1,
      // The first lane takes over the thread that has just loaded and described all probes.
      idleTimeout: IDLE_MS,
      // A small nursery costs no time that shows beside the rest, and the agent stays under its 120 MB (docs/decisions/0012).
      resourceLimits: { maxYoungGenerationSizeMb: 2 },
    });
    this.#workers.on('error', (error: unknown) => this.#trouble(`a worker failed while it did nothing: ${String(error)}`));
  }

  /** Workers lost so far. */
  get crashes(): number {
    return this.#crashes;
  }

  /**
   * Loads all probes and describes them: ours in one worker, plug-ins in another, where none takes the others with it. Lanes that open from now on know no plug-in
   * but those that stood this. @throws when ours are not described in a minute
   */
  async describe(): Promise<DescribedProbes> {
    const options = { name: 'describeOurs', signal: AbortSignal.timeout(DESCRIBE_MS) };
    const [ours, admitted] = await Promise.all([
      this.#workers.run(undefined, options) as Promise<DescribedProbes>,
      this.#plugIns.describe(this.options.sources).finally(() => this.#plugIns.close()),
    ]);
    this.#sources = { ...this.options.sources, admitted: admitted.plugins };
    const probes = [...ours.probes, ...admitted.probes];
    for (const { name, metrics } of probes) this.#metricIds.set(name, metrics.map(({ id }) => id)); // prettier-ignore
    return { probes, problems: [...ours.problems, ...admitted.problems] };
  }

  /** Starts as many workers as so many assignments need, and has them load these probes, so that the first cycle is not late. The others are left alone from now on. */
  prepare(probes: readonly string[], assignments: number): void {
    this.#width = widthFor(assignments, this.#lanes.length);
    for (let index = 0; index < this.#width; index += 1) this.#laneAt(index).prepare(probes);
  }

  /** Has workers that have nothing to do give back memory that they do not need. */
  tidy(): void {
    for (const lane of this.#lanes) lane?.tidy();
  }

  /** Takes on jobs that are due together, each in the worker where its seed belongs. Each outcome settles by itself and never rejects. */
  run(jobs: readonly Job[]): Promise<JobOutcome>[] {
    const records = jobs.map((job) => new JobRecord(job));
    const heldUp = this.#lanes.map((lane) => lane?.isHeldUp ?? false);
    const shares = this.#lanes.map((): SentJob[] => []);
    for (const record of records) shares[workerOf(record.job.seed, this.#width, heldUp)]?.push(this.#send(record, record.open()));
    for (const [index, share] of shares.entries()) if (share.length > 0) this.#laneAt(index).post(share);
    return records.map(({ outcome }) => outcome);
  }

  /** Ends all workers. Jobs still under way never settle: whoever wants them waits first. */
  async close(): Promise<void> {
    const lanes = this.#lanes.splice(0);
    await Promise.all(lanes.map(async (lane) => lane?.end()));
    await Promise.all([this.#workers.destroy(), this.#plugIns.close()]);
  }

  #trouble(message: string): void {
    this.options.onTrouble?.(message);
  }

  #laneAt(index: number): Lane {
    const lane = (this.#lanes[index] ??= this.#openLane(index, (lost) => {
      this.#lanes[this.#lanes.indexOf(lost)] = undefined;
    }));
    return lane;
  }

  #openLane(worker: number, gone: (lane: Lane) => void, idle: () => void = () => undefined): Lane {
    const lane: Lane = new Lane(this.#workers, { sources: this.#sources, worker }, this.#patience, {
      finished: (call) => {
        this.#finish(call);
        if (lane.size === 0) idle();
      },
      lost: (loss, jobs) => {
        gone(lane);
        this.#lose(loss, jobs);
        idle();
      },
    });
    return lane;
  }

  #send(record: JobRecord, stages: readonly (readonly SentCall[])[]): SentJob {
    const id = this.#nextId;
    this.#nextId = id < 0x7fffffff ? id + 1 : 1;
    this.#records.set(id, record);
    record.countTry(stages);
    return { ...record.job, id, stages };
  }

  #finish({ id, call, run, cycle }: FinishedCall): void {
    this.#records.get(id)?.finish(call, run, cycle);
    if (cycle) this.#records.delete(id);
  }

  #lose(loss: Loss, jobs: readonly SentJob[]): void {
    this.#crashes += 1;
    const lost = jobs.flatMap((job) => this.#recordsOf(job));
    const culprit = loss.culprit && lost.find(({ job }) => job.id === loss.culprit?.id)?.record;
    this.#trouble(`a worker was lost (${loss.message}) with ${jobs.length} jobs under way; those not to blame are tried once more`);
    const blamed = loss.culprit?.call;
    if (culprit) this.#giveUp(culprit, loss, ({ call }) => call === blamed);
    for (const { record, job } of lost) {
      const mine = new Set(job.stages.flat().map(({ call }) => call));
      this.#giveUp(record, loss, (call) => mine.has(call.call) && !record.mayTry(call));
    }
    const open = lost.flatMap(({ record, job }) => this.#openCalls(record, job));
    // Where nobody knows whose code it was, each probe is tried apart: one that hangs again takes no other with it.
    const groups = culprit ? ['all'] : [...new Set(open.map(({ call }) => call.probe))];
    for (const group of groups) {
      const members = open.filter(({ call }) => group === 'all' || call.probe === group);
      if (members.length > 0) this.#repeats = this.#repeats.then(() => this.#repeat(members));
    }
  }

  #recordsOf(job: SentJob): { readonly job: SentJob; readonly record: JobRecord }[] {
    const record = this.#records.get(job.id);
    this.#records.delete(job.id);
    return record ? [{ job, record }] : [];
  }

  #openCalls(record: JobRecord, job: SentJob): { readonly record: JobRecord; readonly call: SentCall }[] {
    const mine = new Set(job.stages.flat().map(({ call }) => call));
    return record.open(({ call }) => mine.has(call)).flatMap((stage) => stage.map((call) => ({ record, call })));
  }

  /** Ends these calls of a job without a measurement. */
  #giveUp(record: JobRecord, { kind, message }: Loss, blamed: (call: SentCall) => boolean): void {
    for (const { call, probe } of record.open(blamed).flat()) {
      const text = `the probe ${kind === 'hung' ? 'blocked its worker, which was ended' : `brought its worker down (${message})`}; please report this to its author`;
      const { startedAt } = record;
      const durationMs = performance.now() - record.startedMs;
      record.finish(
        call,
        failedRun(probe, { code: 'CRASHED', message: text, startedAt, durationMs, metricIds: this.#metricIds.get(probe) ?? [] }),
      );
    }
  }

  /** Tries calls again, in a worker of their own that ends after them. */
  async #repeat(members: readonly { readonly record: JobRecord; readonly call: SentCall }[]): Promise<void> {
    const records = [...new Set(members.map(({ record }) => record))];
    await new Promise<void>((idle) => {
      const lane = this.#openLane(
        this.options.workers,
        () => undefined,
        () => {
          void lane.end().then(idle);
        },
      );
      const jobs = records.map((record) => {
        const calls = new Set(members.filter((member) => member.record === record).map(({ call }) => call));
        return this.#send(
          record,
          record.open((call) => calls.has(call)),
        );
      });
      if (jobs.length > 0) lane.post(jobs);
    });
  }
}
