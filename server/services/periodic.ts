import type { Logger } from 'pino';
import { PeriodicTask, type PeriodicWork } from './periodic-task.js';
import { ALONE, type Turns } from './turns.js';

/** Periodic work of this server: each occurrence is done by one process, however many share the database. */
export class PeriodicService {
  private readonly tasks = new Map<string, PeriodicTask>();
  private started = false;

  constructor(
    private readonly log: Logger,
    private readonly turns: Turns = ALONE,
    /** Runs a piece of work, and may time it. */
    private readonly timed: (name: string, run: () => Promise<unknown>) => Promise<unknown> = (_name, run) => run(),
  ) {}

  /**
   * Has `work` done every so many seconds, from its beginning to its next beginning, the first time as soon as it is due. Never twice at once;
   * what fails is logged and tried again. `seconds` as a function is asked each time, so that a setting takes hold without a restart.
   * The name is the same in every process and every version: it is what processes agree by.
   *
   * @throws Error when the name is taken
   */
  every(name: string, seconds: number | (() => number), work: PeriodicWork): PeriodicTask {
    if (this.tasks.has(name)) throw new Error(`periodic work named "${name}" exists already`);
    const period = typeof seconds === 'function' ? seconds : () => seconds;
    const timed: PeriodicWork = (signal) => this.timed(name, () => work(signal));
    const task = new PeriodicTask({ name, seconds: period, work: timed, turns: this.turns, log: this.log });
    this.tasks.set(name, task);
    if (this.started) task.start();
    return task;
  }

  /** From now on work is done. */
  start(): void {
    this.started = true;
    for (const task of this.tasks.values()) task.start();
  }

  /** Waits for what is under way. */
  async stop(): Promise<void> {
    this.started = false;
    await Promise.all([...this.tasks.values()].map((task) => task.stop()));
  }
}
