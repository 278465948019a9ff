import { PreparedJob } from './pool/job-run.js';
import { ProbeShelf } from './pool/probes.js';
import type { FinishedCall, FromWorker, LaneTask, SentJob, ToWorker } from './pool/protocol.js';

export { describeProbes } from './pool/probes.js';

/** A thread may serve one lane after another. */
let exitIsForbidden = false;

/**
 * `process.exit` of a probe would end the thread with all runs in it, so it fails that run alone. (In a thread it never ends the agent.)
 * Node itself ends a thread in the same way after an exception that nobody caught: then it must.
 */
function forbidExit(): void {
  if (exitIsForbidden) return;
  exitIsForbidden = true;
  const exit = process.exit.bind(process);
  let dying = false;
  process.on('uncaughtExceptionMonitor', () => (dying = true));
  process.exit = (status): never => {
    if (dying) return exit(status);
    throw new Error('a probe must not call process.exit');
  };
}

/** Serves one lane of the pool: takes jobs in batches, runs them side by side, tells of each run as it ends. */
class LaneWorker {
  readonly #shelf: ProbeShelf;
  #finished: FinishedCall[] = [];

  constructor(private readonly task: LaneTask) {
    this.#shelf = new ProbeShelf(task.sources);
  }

  /** Settles when the lane says that it is over. */
  serve(): Promise<void> {
    const { port } = this.task;
    return new Promise((resolve, reject) => {
      port.on('message', (message: ToWorker) => {
        if (message.type === 'jobs') this.#take(message.jobs).catch(reject);
        else if (message.type === 'prepare') message.probes.forEach((name) => void this.#shelf.prepare(name));
        else resolve(port.close());
      });
    });
  }

  async #take(jobs: readonly SentJob[]): Promise<void> {
    const prepared = await Promise.all(jobs.map((job) => PreparedJob.of(job, this.#shelf)));
    this.#tell({ type: 'limits', limits: prepared.map(({ job, limitMs }) => [job.id, limitMs]) });
    await Promise.all(prepared.map((job) => this.#run(job)));
  }

  async #run(prepared: PreparedJob): Promise<void> {
    const { id, stages } = prepared.job;
    let missing = stages.flat().length;
    let last: FinishedCall | undefined;
    const cycle = await prepared.run(this.#markOf(id), (call, run) => {
      missing -= 1;
      if (missing > 0) this.#finish({ id, call, run });
      else last = { id, call, run };
    });
    if (last) this.#finish({ ...last, cycle });
  }

  #markOf(id: number): { during<T>(call: number, work: () => T): T } {
    const { executing } = this.task;
    return {
      during: (call, work) => {
        executing[1] = call;
        executing[0] = id;
        const result = work();
        executing[0] = 0;
        return result;
      },
    };
  }

  /** Runs that end in the same turn of the loop share a message. */
  #finish(call: FinishedCall): void {
    this.#finished.push(call);
    if (this.#finished.length > 1) return;
    setImmediate(() => this.#tell({ type: 'finished', calls: this.#finished.splice(0) }));
  }

  #tell(message: FromWorker): void {
    this.task.port.postMessage(message);
  }
}

/** The pool's task: serves a lane until that ends. */
export default function serveLane(task: LaneTask): Promise<void> {
  forbidExit();
  return new LaneWorker(task).serve();
}
