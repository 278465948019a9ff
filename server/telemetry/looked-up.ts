import type { Logger } from 'pino';
import { Gauge, type Counter, type Registry } from 'prom-client';
import { inTime } from './in-time.js';

/** Longest time for one metric, ms: Prometheus gives a whole scrape 10 s, and tells nothing when it takes longer. */
const LOOK_MS = 2000;

/**
 * Gauges that are looked up when somebody scrapes. One that cannot be, or not in time, is absent in this scrape and counted; the others are served: what an
 * operator wants to know while a database is away is what the rest does.
 */
export class LookedUp {
  constructor(
    private readonly registry: Registry,
    private readonly failures: Counter<'metric'>,
    private readonly log: Logger,
    private readonly withinMs = LOOK_MS,
  ) {}

  /** Adds `streamswarm_NAME`; `look` sets it. */
  add<T extends string>(name: string, help: string, labelNames: readonly T[], look: (own: Gauge<T>) => Promise<void> | void): Gauge<T> {
    const full = `streamswarm_${name}`;
    const looking = new OneAtATime(() => look(made), this.withinMs);
    const made: Gauge<T> = new Gauge({
      ...{ name: full, help, labelNames, registers: [this.registry] },
      collect: async () => {
        try {
          await looking.result();
        } catch (error) {
          made.reset();
          // Without labels a reset gauge would say 0, which nobody measured.
          if (labelNames.length === 0) made.remove();
          this.failures.inc({ metric: full });
          this.log.warn({ metric: full, reason: (error as Error).message }, 'a metric could not be looked up');
        }
      },
    });
    return made;
  }

  /** Adds a gauge that is 1 where `ask` is answered in time, else 0. */
  addUp(name: string, help: string, ask: () => Promise<unknown>): void {
    const asking = new OneAtATime(async () => void (await ask()), this.withinMs / 2);
    this.add(name, help, [], async (own) =>
      own.set(
        await asking.result().then(
          () => 1,
          // That it fails is what is told.
          () => 0,
        ),
      ),
    );
  }
}

/** Does not ask again while the last question is still without an answer: each holds a connection. */
class OneAtATime {
  private running: Promise<void> | undefined;

  constructor(
    private readonly look: () => Promise<void> | void,
    private readonly withinMs: number,
  ) {}

  /** @throws what the look throws, or Error when it takes too long */
  async result(): Promise<void> {
    this.running ??= Promise.resolve()
      .then(this.look)
      .finally(() => (this.running = undefined));
    await inTime(this.withinMs, this.running);
  }
}
