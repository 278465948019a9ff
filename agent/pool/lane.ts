import { MessageChannel, type MessagePort } from 'node:worker_threads';
import type { Tinypool } from 'tinypool';
import type { FinishedCall, FromWorker, ProbeSources, SentJob, ToWorker } from './protocol.js';

/** Why a lane's worker is gone. */
export interface Loss {
  readonly kind: 'hung' | 'crashed';
  readonly message: string;
  /** The run whose code the worker executed when it was lost, where that is known. */
  readonly culprit?: { readonly id: number; readonly call: number };
}

/** What a lane tells the pool. */
export interface LaneEvents {
  finished(call: FinishedCall): void;
  /** The worker is gone, and with it these jobs. The lane is of no more use. */
  lost(loss: Loss, jobs: readonly SentJob[]): void;
}

/** Times after which a silent worker counts as hung. */
export interface Patience {
  /** For a worker to start, load its probes and say how long a job may take, ms. */
  readonly startMs: number;
  /** Beyond the longest time that a job may take, ms. */
  readonly graceMs: number;
}

interface UnderWay {
  readonly job: SentJob;
  killAtMs: number;
}

/**
 * One worker of the pool, with any number of jobs under way in it. For tinypool it is a single task that lasts as long as the worker shall
 * live; its signal is how tinypool is told to kill the worker. Jobs travel through a port of the lane's own, whose closing also tells of a
 * worker that ended without a word.
 */
export class Lane {
  readonly #port: MessagePort;
  readonly #executing = new Int32Array(new SharedArrayBuffer(8));
  readonly #killer = new AbortController();
  readonly #jobs = new Map<number, UnderWay>();
  readonly #ended: Promise<void>;
  #watch: NodeJS.Timeout | undefined;
  #over = false;

  constructor(
    workers: Tinypool,
    sources: ProbeSources,
    private readonly patience: Patience,
    private readonly events: LaneEvents,
  ) {
    const { port1, port2 } = new MessageChannel();
    this.#port = port1;
    port1.on('message', (message: FromWorker) => this.#hear(message));
    port1.on('close', () => this.#lose({ kind: 'crashed', message: 'the worker ended without a word' }));
    const options = { signal: this.#killer.signal, transferList: [port2] };
    this.#ended = (workers.run({ port: port2, sources, executing: this.#executing }, options) as Promise<void>).catch((error: unknown) => {
      this.#lose({ kind: 'crashed', message: error instanceof Error ? `${error.name}: ${error.message}` : String(error) });
    });
  }

  /** Jobs under way. */
  get size(): number {
    return this.#jobs.size;
  }

  /** Hands jobs to the worker, all in one message. */
  post(jobs: readonly SentJob[]): void {
    const killAtMs = performance.now() + this.patience.startMs;
    for (const job of jobs) this.#jobs.set(job.id, { job, killAtMs });
    this.#tell({ type: 'jobs', jobs });
    this.#watchOver();
  }

  /** Has the worker load these probes before a job needs them. */
  prepare(probes: readonly string[]): void {
    this.#tell({ type: 'prepare', probes });
  }

  /** Lets the worker end. Jobs still under way are given up. */
  async end(): Promise<void> {
    this.#over = true;
    clearTimeout(this.#watch);
    if (this.#jobs.size > 0) this.#killer.abort();
    else this.#tell({ type: 'end' });
    await this.#ended;
    this.#port.close();
  }

  #tell(message: ToWorker): void {
    this.#port.postMessage(message);
  }

  #hear(message: FromWorker): void {
    if (message.type === 'limits') {
      const now = performance.now();
      for (const [id, limitMs] of message.limits) {
        const underWay = this.#jobs.get(id);
        if (underWay) underWay.killAtMs = now + limitMs + this.patience.graceMs;
      }
      this.#watchOver();
      return;
    }
    for (const call of message.calls) {
      if (call.cycle) this.#jobs.delete(call.id);
      if (!this.#over) this.events.finished(call);
    }
  }

  /** Sets the alarm for the job that has to end first. */
  #watchOver(): void {
    clearTimeout(this.#watch);
    if (this.#jobs.size === 0 || this.#over) return;
    const first = Math.min(...Array.from(this.#jobs.values(), ({ killAtMs }) => killAtMs));
    this.#watch = setTimeout(() => this.#look(), Math.max(0, first - performance.now()));
  }

  #look(): void {
    const now = performance.now();
    const hung = [...this.#jobs.values()].some(({ killAtMs }) => killAtMs <= now);
    if (!hung) this.#watchOver();
    else setImmediate(() => this.#killIfStillHung(now));
  }

  /** Messages that came while this thread itself was busy are heard before the worker is blamed. */
  #killIfStillHung(asOf: number): void {
    const hung = [...this.#jobs.values()].some(({ killAtMs }) => killAtMs <= asOf);
    if (hung) this.#lose({ kind: 'hung', message: 'the worker did not respond' });
    else this.#watchOver();
  }

  #lose(loss: Omit<Loss, 'culprit'>): void {
    if (this.#over) return;
    this.#over = true;
    clearTimeout(this.#watch);
    const [id = 0, call = 0] = this.#executing;
    this.#killer.abort();
    this.#port.close();
    this.events.lost(
      { ...loss, ...(id === 0 ? {} : { culprit: { id, call } }) },
      Array.from(this.#jobs.values(), ({ job }) => job),
    );
  }
}
