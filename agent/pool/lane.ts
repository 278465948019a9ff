import { MessageChannel, type MessagePort } from 'node:worker_threads';
import type { Tinypool } from 'tinypool';
import { Board, monotonicMs } from './board.js';
import type { FinishedCall, FromWorker, LaneTask, SentJob, ToWorker } from './protocol.js';

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
  /** For a worker that runs to take a job on, ms; where it has not, others are given work in its place. */
  readonly takeMs: number;
}

interface UnderWay {
  readonly job: SentJob;
  /** When the worker must have taken it on. */
  readonly takenByMs: number;
  readonly board: Float64Array;
  readonly place: number;
}

/**
 * One worker of the pool, with any number of jobs under way in it. For tinypool it is a single task that lasts as long as the worker shall
 * live; its signal is how tinypool is told to kill the worker. Jobs travel through a port of the lane's own, whose closing also tells of a
 * worker that ended without a word.
 */
export class Lane {
  readonly #port: MessagePort;
  readonly #executing = new Int32Array(new SharedArrayBuffer(8));
  readonly #board = new Board();
  readonly #killer = new AbortController();
  readonly #jobs = new Map<number, UnderWay>();
  readonly #ended: Promise<void>;
  #toldBoard: Float64Array | undefined;
  #watch: NodeJS.Timeout | undefined;
  #answered = false;
  #over = false;

  constructor(
    workers: Tinypool,
    task: Pick<LaneTask, 'sources' | 'worker'>,
    private readonly patience: Patience,
    private readonly events: LaneEvents,
  ) {
    const { port1, port2 } = new MessageChannel();
    this.#port = port1;
    port1.on('message', (message: FromWorker) => this.#hear(message));
    port1.on('close', () => this.#lose({ kind: 'crashed', message: 'the worker ended without a word' }));
    const options = { signal: this.#killer.signal, transferList: [port2] };
    this.#ended = (workers.run({ ...task, port: port2, executing: this.#executing }, options) as Promise<void>).catch((error: unknown) => {
      this.#lose({ kind: 'crashed', message: error instanceof Error ? `${error.name}: ${error.message}` : String(error) });
    });
  }

  /** Jobs under way. */
  get size(): number {
    return this.#jobs.size;
  }

  /** Whether its worker has stopped taking jobs on. One that starts is not held up: another would have to start as well. */
  get isHeldUp(): boolean {
    if (!this.#answered) return false;
    const lateBy = monotonicMs() - this.patience.takeMs + this.patience.startMs;
    for (const { board, place, takenByMs } of this.#jobs.values()) if (board[place] === 0 && takenByMs < lateBy) return true;
    return false;
  }

  /** Hands jobs to the worker, all in one message. */
  post(jobs: readonly SentJob[]): void {
    const takenByMs = monotonicMs() + this.patience.startMs;
    const places = this.#board.takePlaces(jobs.length);
    const { values: board } = this.#board;
    const placed = jobs.map((job, index) => ({ ...job, place: places[index] ?? 0 }));
    for (const job of placed) this.#jobs.set(job.id, { job, takenByMs, board, place: job.place });
    this.#tell({ type: 'jobs', jobs: placed, ...(board === this.#toldBoard ? {} : { board }) });
    this.#toldBoard = board;
    this.#watchOver();
  }

  /** Has the worker load these probes before a job needs them. */
  prepare(probes: readonly string[]): void {
    this.#tell({ type: 'prepare', probes });
  }

  /** Has the worker give back memory that it does not need, unless it has something to do. */
  tidy(): void {
    if (this.#jobs.size === 0) this.#tell({ type: 'tidy' });
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

  #hear({ calls }: FromWorker): void {
    this.#answered = true;
    for (const call of calls) {
      if (call.cycle) this.#release(call.id);
      if (!this.#over) this.events.finished(call);
    }
  }

  #release(id: number): void {
    const underWay = this.#jobs.get(id);
    if (!underWay) return;
    this.#jobs.delete(id);
    this.#board.release(underWay.place, underWay.board);
  }

  /** When the worker counts as hung, should it still have one of its jobs then; infinity without a job. */
  get #killAtMs(): number {
    let first = Number.POSITIVE_INFINITY;
    for (const { board, place, takenByMs } of this.#jobs.values()) {
      const limit = board[place] ?? 0;
      first = Math.min(first, limit === 0 ? takenByMs : limit + this.patience.graceMs);
    }
    return first;
  }

  /** Looks every now and then while there are jobs: a timer for each would be set and cleared all the time. */
  #watchOver(): void {
    if (this.#watch || this.#jobs.size === 0 || this.#over) return;
    const pauseMs = Math.min(this.patience.graceMs, Math.max(0, this.#killAtMs - monotonicMs()));
    this.#watch = setTimeout(() => this.#look(), pauseMs);
  }

  #look(): void {
    this.#watch = undefined;
    const now = monotonicMs();
    if (this.#killAtMs > now) this.#watchOver();
    else setImmediate(() => this.#killIfStillHung(now));
  }

  /** Messages that came while this thread itself was busy are heard before the worker is blamed. */
  #killIfStillHung(asOf: number): void {
    if (this.#killAtMs <= asOf) this.#lose({ kind: 'hung', message: 'the worker did not respond' });
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
