import type { Assignment } from './assignment.js';
import { fractionOf } from './random.js';

/** Largest share of the interval by which a start is put off at random, so that cycles don't beat with what happens periodically in a network (RFC 3432). */
export const JITTER = 0.1;

/** One planned cycle of an assignment. */
export interface PlannedCycle {
  /** The cycle's place in the assignment's endless row of intervals since 1970: it grows by one each interval, measured or not, so that gaps show. */
  readonly sequence: number;
  /** When it shall start, ms since 1970. */
  readonly startMs: number;
}

/** When the cycles of an assignment start: a pure function of its rhythm (its own seed, where it shares none) and its schedule, the same after every restart. */
export class CyclePlan {
  readonly intervalMs: number;
  readonly #phaseMs: number;
  readonly #notBeforeMs: number;
  readonly #rhythm: string;

  constructor({ schedule, seed }: Pick<Assignment, 'schedule' | 'seed'>, rhythm = seed) {
    this.intervalMs = schedule.intervalSeconds * 1000;
    this.#rhythm = rhythm;
    this.#phaseMs = fractionOf(`phase ${rhythm}`) * this.intervalMs;
    this.#notBeforeMs = schedule.startsAt ? Date.parse(schedule.startsAt) : Number.NEGATIVE_INFINITY;
  }

  /** The cycle with this number: a multiple of the interval, plus the phase, plus that cycle's own jitter. Errors never add up. */
  cycle(sequence: number): PlannedCycle {
    const jitterMs = fractionOf(`jitter ${this.#rhythm} ${sequence}`) * JITTER * this.intervalMs;
    return { sequence, startMs: sequence * this.intervalMs + this.#phaseMs + jitterMs };
  }

  /** The first cycle that starts at `atMs` or later, and not before the schedule's own start. */
  firstFrom(atMs: number): PlannedCycle {
    const fromMs = Math.max(atMs, this.#notBeforeMs);
    let cycle = this.cycle(Math.floor((fromMs - this.#phaseMs) / this.intervalMs));
    while (cycle.startMs < fromMs) cycle = this.cycle(cycle.sequence + 1);
    return cycle;
  }
}

/** Whether the schedule asks for one cycle, at once. */
export function isOnce({ schedule }: Assignment): boolean {
  return schedule.durationSeconds === 0;
}
