import { expect } from 'vitest';
import { SESSION_PERIOD_MS, type Ordeal } from './chaos.js';

/** Within so long an agent has its work again after its server died, ms. */
const BACK_WITHIN_MS = 10_000;

/** What must hold however often parts of an installation were killed. */
export function expectUnharmed({ acknowledged, refused, resultIds, counted, childrenAt, away, killed }: Ordeal, atLeast: number): void {
  expect(killed.length).toBeGreaterThanOrEqual(atLeast);
  const stored = new Set(resultIds);
  expect(refused).toEqual([]);
  // None that was acknowledged is missing, none is there twice, and what is counted is what is there.
  expect(acknowledged.filter((id) => !stored.has(id.replaceAll('-', '')))).toEqual([]);
  expect(stored.size).toBe(resultIds.length);
  expect(counted).toBe(stored.size);
  // Each time of cron opened one session at the most.
  const times = childrenAt.map((at) => Math.floor(at / SESSION_PERIOD_MS));
  expect(times.length).toBeGreaterThan(1);
  expect(new Set(times).size).toBe(times.length);
  expect(away.length).toBeGreaterThan(0);
  expect(Math.max(...away)).toBeLessThan(BACK_WITHIN_MS);
}
