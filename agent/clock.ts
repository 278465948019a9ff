/** One exchange of times with the server; wall clocks in ms since 1970. */
export interface TimeExchange {
  /** The agent's wall clock when it sent. */
  readonly sentAtMs: number;
  /** The server's clock when it received. */
  readonly receivedAtMs: number;
  /** The server's clock when it answered. */
  readonly answeredAtMs: number;
  /** From sending to the answer's arrival by the agent's monotonic clock, ms. */
  readonly elapsedMs: number;
  /** The agent's monotonic clock at the answer's arrival, ms. */
  readonly arrivedMs: number;
}

/** How far the server's clock is ahead of the agent's (negative: behind), and how wrong that may be, ms. */
export interface ClockOffset {
  readonly offsetMs: number;
  readonly errorMs: number;
}

interface Sample extends ClockOffset {
  readonly roundTripMs: number;
  readonly arrivedMs: number;
}

/** Exchanges that the best one is picked from, as in the clock filter of RFC 5905, section 10. */
const WINDOW = 8;
/** Frequency tolerance of a quartz clock: PHI of RFC 5905, 15 microseconds a second. */
const DRIFT = 15e-6;
/** Each of the four times is a whole millisecond, cut off: together they err by up to 1 ms. */
const RESOLUTION_MS = 1;

/** Estimates the offset to the server's clock from heartbeats, as NTP does: the exchange with the shortest round trip tells most. */
export class ServerClock {
  readonly #samples: Sample[] = [];

  /** Takes in one exchange; one that contradicts itself (the server held it longer than it was away) is ignored. */
  add(exchange: TimeExchange): void {
    const heldMs = exchange.answeredAtMs - exchange.receivedAtMs;
    const roundTripMs = exchange.elapsedMs - heldMs;
    if (heldMs < 0 || roundTripMs < -RESOLUTION_MS) return;
    const outward = exchange.receivedAtMs - exchange.sentAtMs;
    const homeward = exchange.answeredAtMs - (exchange.sentAtMs + exchange.elapsedMs);
    const bounded = Math.max(roundTripMs, 0);
    this.#samples.push({
      offsetMs: (outward + homeward) / 2,
      errorMs: bounded / 2 + RESOLUTION_MS,
      roundTripMs: bounded,
      arrivedMs: exchange.arrivedMs,
    });
    if (this.#samples.length > WINDOW) this.#samples.shift();
  }

  /** Forgets everything: the agent's clock was stepped, so what was measured holds no more. */
  reset(): void {
    this.#samples.length = 0;
  }

  /** The offset as known at this moment of the monotonic clock, its error grown with age; undefined before the first exchange. */
  at(monotonicMs: number): ClockOffset | undefined {
    const [first, ...rest] = this.#samples;
    if (!first) return undefined;
    const best = rest.reduce((least, sample) => (sample.roundTripMs <= least.roundTripMs ? sample : least), first);
    return { offsetMs: best.offsetMs, errorMs: best.errorMs + DRIFT * Math.max(monotonicMs - best.arrivedMs, 0) };
  }
}
