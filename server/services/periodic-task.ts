import type { Logger } from 'pino';
import type { Turns } from './turns.js';

/** Work that is done again and again. The signal is aborted when the process stops, or the work became another process's. */
export type PeriodicWork = (signal: AbortSignal) => Promise<unknown>;

/** What makes a task. */
export interface TaskOptions {
  readonly name: string;
  readonly seconds: () => number;
  readonly work: PeriodicWork;
  readonly turns: Turns;
  readonly log: Logger;
}

/** After a failure it is tried again so soon, or after its period where that is shorter. */
const AGAIN_MS = 5000;
/** Node's timers hold no more than 24.8 days. */
const LONGEST_WAIT_MS = 86_400_000;

/** One piece of periodic work in this process. */
export class PeriodicTask {
  private timer: NodeJS.Timeout | undefined;
  private running: Promise<void> | undefined;
  private hastening: Promise<void> | undefined;
  private again = false;
  private readonly stopping = new AbortController();

  constructor(private readonly options: TaskOptions) {}

  /** Does it when its time has come; at once where that is now. */
  start(): void {
    this.look(0);
  }

  /** Makes it due now, also where it is under way: then it is done once more. Resolves when it is so, or, with a log line, could not be. */
  soon(): Promise<void> {
    const before = this.hastening;
    const hastening = Promise.resolve(before).then(() => this.hasten());
    this.hastening = hastening;
    return hastening;
  }

  /** Resolves when nothing is under way here. */
  async idle(): Promise<void> {
    await this.hastening;
    while (this.running) await this.running;
  }

  /** Waits for what is under way; nothing is begun any more. */
  async stop(): Promise<void> {
    this.stopping.abort();
    clearTimeout(this.timer);
    await this.idle();
  }

  private async hasten(): Promise<void> {
    const { name, turns, log } = this.options;
    try {
      await turns.hasten(name);
    } catch (error) {
      log.warn({ err: error, work: name }, 'periodic work could not be made due now; it comes in its time');
    }
    this.again = true;
    this.look(0);
  }

  private look(waitMs: number): void {
    if (this.stopping.signal.aborted || this.running) return;
    clearTimeout(this.timer);
    if (waitMs > 0) {
      this.timer = setTimeout(() => this.look(0), Math.min(waitMs, LONGEST_WAIT_MS));
      return;
    }
    this.again = false;
    this.running = this.turn().then((nextMs) => {
      this.running = undefined;
      this.look(this.again ? 0 : nextMs);
    });
  }

  /** Asks whether it is due here, does it if so, and says when to look again, ms. */
  private async turn(): Promise<number> {
    const { name, seconds, turns, log } = this.options;
    const periodMs = seconds() * 1000;
    try {
      const turn = await turns.begin(name, periodMs);
      return turn.mine ? await this.doIt(periodMs) : turn.askAgainMs;
    } catch (error) {
      log.error({ err: error, work: name }, 'it could not be told whose turn the periodic work is; asked again');
      return Math.min(periodMs, AGAIN_MS);
    }
  }

  private async doIt(periodMs: number): Promise<number> {
    const { name, work, turns, log } = this.options;
    const begun = performance.now();
    const lost = new AbortController();
    const keeper = this.keepTurn(lost);
    try {
      await work(AbortSignal.any([this.stopping.signal, lost.signal]));
    } catch (error) {
      const againMs = Math.min(periodMs, AGAIN_MS);
      log.error({ err: error, work: name }, 'periodic work failed; it is tried again');
      await turns.end(name, { againMs, reason: error instanceof Error ? error.message : String(error) });
      return againMs;
    } finally {
      clearInterval(keeper);
    }
    await turns.end(name);
    return Math.max(1, periodMs - (performance.now() - begun));
  }

  private keepTurn(lost: AbortController): NodeJS.Timeout | undefined {
    const { name, turns, log } = this.options;
    if (turns.keepEveryMs === undefined) return undefined;
    const keep = async (): Promise<void> => {
      try {
        if (await turns.keep(name)) return;
        log.error({ work: name }, 'periodic work took so long without a word that another process may do it now');
        lost.abort();
      } catch (error) {
        log.warn({ err: error, work: name }, 'the turn of periodic work could not be kept; tried again');
      }
    };
    return setInterval(() => void keep(), turns.keepEveryMs);
  }
}
