import { describe, expect, it } from 'vitest';
import { BURST_ROUNDS, settings } from './settings.js';
import { rhythmOf } from './rhythm.js';

/** When a flow's rounds are due, in paces from the burst on. */
function dueOf(rounds: number, flows: number, flow: number): number[] {
  const { burst, restMs, paceMs, ...own } = rhythmOf({ rounds, flows, paceMs: 1 }, flow);
  return Array.from({ length: own.rounds }, (_, round) => (round < burst ? 0 : restMs + (round - burst) * paceMs));
}

describe('rounds of several flows', () => {
  it.each([
    [60, 1],
    [60, 4],
    [7, 3],
    [5, 5],
    [100, 5],
  ])('are due as those of one flow are: %i rounds, %i flows', (rounds, flows) => {
    const due = Array.from({ length: flows }, (_, flow) => dueOf(rounds, flows, flow)).flat();
    const one = Array.from({ length: rounds }, (_, round) => Math.max(0, round - BURST_ROUNDS + 1));
    expect(due.sort((a, b) => a - b)).toEqual(one);
  });

  it('are one for each flow at least, and sent by our own sockets', () => {
    expect(settings.safeParse({ flows: 3 }).success).toBe(true);
    expect(settings.safeParse({ flows: 4 }).error?.message).toMatch(/no more than rounds/);
    expect(settings.safeParse({ flows: 2, method: 'tool' }).error?.message).toMatch(/own sockets/);
  });

  it('begin together where there are more flows than a burst has rounds', () => {
    expect(Array.from({ length: 8 }, (_, flow) => dueOf(16, 8, flow))).toEqual([4, 5, 6, 7, 8, 9, 10, 11].map((next) => [0, next]));
  });
});
