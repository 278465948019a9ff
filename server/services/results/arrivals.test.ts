import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestApp, type TestApp } from '../../testing/app.js';
import { createTest, resultInput, submit, testInput, tideAgent, type SeenTest } from '../../testing/measuring.js';
import { setUpAdmin } from '../../testing/people.js';
import { Arrivals } from './arrivals.js';
import type { ResultKey } from './stored-result.js';

const RESULTS = 200;
/** Between two arrivals, ms. */
const PACE_MS = 30_000;

interface Kept extends ResultKey {
  readonly arrived: number;
}

describe('results that arrived since a moment', () => {
  let app: TestApp;
  let test: SeenTest;
  let kept: Kept[];
  const start = Date.now() - RESULTS * PACE_MS;
  const arrivals = (): Kept[] => [...kept].sort((one, other) => one.arrived - other.arrived);

  beforeAll(async () => {
    app = await startTestApp();
    const admin = await setUpAdmin(app);
    const agent = await tideAgent(app);
    test = await createTest(admin, testInput([agent.id]));
    // The oldest starts came last, as after a long time without a network.
    for (let sent = 0; sent < RESULTS; sent += 100) {
      const results = Array.from({ length: 100 }, (_, index) => resultInput(test, start + (RESULTS - sent - index) * 1000));
      expect((await submit(agent.client, results)).rejected).toEqual([]);
    }
    const { store } = app.services;
    // Each came a while after the one before; every fifth has a time 40 s earlier, as from a replica that took long to commit.
    const [first] = await store.read<{ seq: number }>('select min(seq) as seq from result');
    await store.change('update result set received = ? + (seq - ?) * ? - (case when (seq - ?) % 5 = 0 then 40000 else 0 end) - at', [
      start,
      first?.seq,
      PACE_MS,
      first?.seq,
    ]);
    kept = await store.read<Kept>('select at, seq, at + received as arrived from result order by at desc, seq desc');
  });
  afterAll(() => app.end());

  const walk = async (receivedAfter: number, limit: number): Promise<number[]> => {
    const seen: number[] = [];
    let after: ResultKey | undefined;
    for (;;) {
      const page = await app.services.results.page(test.id, { receivedAfter }, limit, after);
      seen.push(...page.map(({ seq }) => seq));
      after = page.at(-1);
      if (page.length < limit) return seen;
    }
  };

  it('are all there, however far back the moment lies, newest start first', async () => {
    const moments = [0, 1, 2, 5, 30, 100, 150, 198, 199].map((place) => arrivals()[place]?.arrived ?? NaN);
    for (const moment of [0, ...moments]) {
      const wanted = kept.filter(({ arrived }) => arrived > moment).map(({ seq }) => seq);
      expect(await walk(moment, 7)).toEqual(wanted);
    }
  });

  it('are found by their numbers: what came long before is not read', async () => {
    const find = new Arrivals(app.services.store);
    const tenth = arrivals().at(-10)?.arrived ?? NaN;
    const { first, rows } = await find.since(tenth);
    expect(rows).toBeLessThan(20);
    const late = kept.filter(({ arrived }) => arrived > tenth);
    expect(Math.min(...late.map(({ seq }) => seq))).toBeGreaterThanOrEqual(first);
    expect(await find.since(Date.now() + 3_600_000)).toMatchObject({ rows: 0 });
    expect(await find.since(0)).toMatchObject({ rows: RESULTS });
  });
});
