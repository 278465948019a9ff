import { expect } from 'vitest';
import { SESSION_PERIOD_MS, type Ordeal, type Outage } from './chaos.js';
import type { Absence, TurnChange } from './fleet.js';

/** Within so long an agent is back after its server died, or, where nothing else could serve it, after that runs again, ms. */
const BACK_WITHIN_MS = 10_000;
/** So long after a part that is needed runs again sessions may not yet be opened: connections come back, and who failed tries again after 1 s, ms. */
const RECOVERY_MS = 3000;

/** What must hold however often parts of an installation were killed. */
export function expectUnharmed(ordeal: Ordeal, atLeast: number): void {
  const { acknowledged, refused, kept, resultIds, counted, outages, results, charted } = ordeal;
  expect(outages.length).toBeGreaterThanOrEqual(atLeast);
  const stored = new Set(resultIds);
  const missing = (ids: readonly string[]): string[] => ids.filter((id) => !stored.has(id.replaceAll('-', '')));
  expect(refused).toEqual([]);
  // None that was acknowledged or measured is missing, none is there twice, and what is counted and charted is what is there.
  expect(missing(acknowledged)).toEqual([]);
  expect(kept.length).toBeGreaterThan(0);
  expect(missing(kept)).toEqual([]);
  expect(stored.size).toBe(resultIds.length);
  expect(counted).toBe(stored.size);
  expect(charted).toBe(results);
  expectSessions(ordeal);
  expectTurns(ordeal.turns);
  for (const away of [ordeal.away, ordeal.reallyAway]) {
    expect(away.length).toBeGreaterThan(0);
    expect(away.filter((absence) => lateness(absence, ordeal.outages) >= BACK_WITHIN_MS)).toEqual([]);
  }
}

/** How long an agent stayed away although it could have been back, ms. */
function lateness({ from, to }: Absence, outages: readonly Outage[]): number {
  const served = outages.filter((outage) => outage.needed && outage.from < to && outage.to > from).map((outage) => outage.to);
  return to - Math.max(from, ...served);
}

/** Each time of cron opened one session: one at the most in any case, and one at the least where what it takes was there. */
function expectSessions({ childrenAt, outages, scheduled }: Ordeal): void {
  const opened = childrenAt.map((at) => Math.floor(at / SESSION_PERIOD_MS));
  expect(new Set(opened).size).toBe(opened.length);
  const stops = outages.filter(({ needed }) => needed);
  const due: number[] = [];
  for (let slot = Math.ceil(scheduled.from / SESSION_PERIOD_MS) + 1; (slot + 1) * SESSION_PERIOD_MS <= scheduled.to; slot += 1) {
    const [from, to] = [slot * SESSION_PERIOD_MS, (slot + 1) * SESSION_PERIOD_MS];
    if (stops.every((stop) => to <= stop.from || from >= stop.to + RECOVERY_MS)) due.push(slot);
  }
  expect(opened.length).toBeGreaterThan(1);
  expect(due.filter((slot) => !opened.includes(slot))).toEqual([]);
}

/** Each occurrence of shared work began once, when it was due, and when nobody had the turn any more. */
function expectTurns(turns: readonly TurnChange[]): void {
  for (const { name, at, holder, occurrences, before } of turns) {
    const begun = occurrences !== before.occurrences;
    if (begun) {
      expect({ name, occurrences, early: before.dueAt > at, held: before.heldUntil > at }).toEqual({
        ...{ name, occurrences: before.occurrences + 1 },
        ...{ early: false, held: false },
      });
    }
    // Without a beginning the turn is kept, or given back by whoever had it.
    else if (holder !== null) expect({ name, holder }).toEqual({ name, holder: before.holder });
  }
}
