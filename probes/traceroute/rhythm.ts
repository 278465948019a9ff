import { BURST_ROUNDS, type TracerouteSettings } from './settings.js';

/** When the rounds of one flow are sent. */
export interface Rhythm {
  readonly rounds: number;
  /** So many of them are sent at once, or `intervalMs` apart. */
  readonly burst: number;
  /** From the last of the burst to the next, ms. */
  readonly restMs: number;
  /** Between two after that, ms. */
  readonly paceMs: number;
}

/** The share of a run's rounds that one of its flows has: they take turns, so that routers are asked no more often than by one flow. Each has a round. */
export function rhythmOf({ rounds, flows, paceMs }: Pick<TracerouteSettings, 'rounds' | 'flows' | 'paceMs'>, flow: number): Rhythm {
  const burst = Math.max(1, Math.ceil((BURST_ROUNDS - flow) / flows));
  const next = burst * flows + flow;
  return { rounds: Math.ceil((rounds - flow) / flows), burst, restMs: (next - BURST_ROUNDS + 1) * paceMs, paceMs: flows * paceMs };
}
