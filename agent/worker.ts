import { setWorkerNumber } from '../probes/kernel/worker-number.js';
import { monotonicMs } from './pool/board.js';
import { forbidExit } from './pool/exit.js';
import { PreparedJob } from './pool/job-run.js';
import { ProbeShelf } from './pool/probes.js';
import { collectGarbage, trimMemory } from './pool/tidy.js';
import type { FinishedCall, FromWorker, LaneTask, SentJob, ToWorker } from './pool/protocol.js';

export { describeOurs, describePlugIn } from './pool/probes.js';

/**
 * A run that has ended waits so long at the most for the others of its job, ms: they are told in one message, since the agent's main thread is asleep and takes more
 * to wake than to read it. Should the worker die meanwhile, the run is repeated.
 */
const TOGETHER_MS = 2000;

/** Serves one lane of the pool: takes jobs in batches, runs them side by side, tells of their runs when they have ended. */
class LaneWorker {
  readonly #shelf: ProbeShelf;
  #finished: FinishedCall[] = [];
  #board: Float64Array = new Float64Array();

  constructor(private readonly task: LaneTask) {
    this.#shelf = new ProbeShelf(task.sources);
  }

  /** Settles when the lane says that it is over. */
  serve(): Promise<void> {
    const { port } = this.task;
    return new Promise((resolve, reject) => {
      port.on('message', (message: ToWorker) => {
        if (message.type === 'jobs') {
          this.#board = message.board ?? this.#board;
          this.#take(message.jobs, this.#board).catch(reject);
        } else if (message.type === 'prepare') message.probes.forEach((name) => void this.#shelf.prepare(name));
        else if (message.type === 'tidy') this.#tidy();
        else resolve(port.close());
      });
    });
  }

  async #take(jobs: readonly SentJob[], board: Float64Array): Promise<void> {
    const prepared = await Promise.all(jobs.map((job) => PreparedJob.of(job, this.#shelf)));
    const now = monotonicMs();
    for (const { job, limitMs } of prepared) if (job.place !== undefined) board[job.place] = now + limitMs;
    await Promise.all(prepared.map((job) => this.#run(job)));
  }

  async #run(prepared: PreparedJob): Promise<void> {
    const { id, stages } = prepared.job;
    let missing = stages.flat().length;
    let held: FinishedCall[] = [];
    let overdue: NodeJS.Timeout | undefined;
    const tell = (): void => {
      overdue = undefined;
      this.#finish(held.splice(0));
    };
    const cycle = await prepared.run(this.#markOf(id), (call, run) => {
      held.push({ id, call, run });
      missing -= 1;
      if (missing > 0) overdue ??= setTimeout(tell, TOGETHER_MS);
    });
    clearTimeout(overdue);
    const last = held.pop();
    if (last) held = [...held, { ...last, cycle }];
    this.#finish(held);
  }

  #tidy(): void {
    collectGarbage();
    trimMemory();
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
  #finish(calls: readonly FinishedCall[]): void {
    if (this.#finished.length === 0)
      setImmediate(() => this.task.port.postMessage({ calls: this.#finished.splice(0) } satisfies FromWorker));
    this.#finished.push(...calls);
  }
}

/** The pool's task: serves a lane until that ends. */
export default function serveLane(task: LaneTask): Promise<void> {
  forbidExit();
  setWorkerNumber(task.worker);
  return new LaneWorker(task).serve();
}
