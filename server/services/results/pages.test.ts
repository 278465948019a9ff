import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestApp, type TestApp } from '../../testing/app.js';
import { createTest, resultInput, submit, testInput, tideAgent, type SeenTest, type TideAgent } from '../../testing/measuring.js';
import { setUpAdmin } from '../../testing/people.js';
import { nearby, type PageQuery } from './page-query.js';
import { depthOf, edgeOf } from './pages.js';
import type { ResultFilter, ResultKey } from './stored-result.js';

const AGENTS = 24;
const EACH = 20;
const STEP_MS = 5000;

interface Kept extends ResultKey {
  readonly agent: string;
  readonly arrived: number;
}

describe('a page of results', () => {
  let app: TestApp;
  let wide: SeenTest;
  let narrow: SeenTest;
  let agents: TideAgent[];
  let kept: Kept[];
  const start = Date.now() - 3_600_000;

  const readKept = (testId: string): Promise<Kept[]> =>
    app.services.store.read<Kept>(
      `select r.at, r.seq, a.agent_id as agent, r.at + r.received as arrived from result r join assignment a on a.id = r.assignment
        where a.test_id = ? order by r.at desc, r.seq desc`,
      [testId],
    );

  beforeAll(async () => {
    app = await startTestApp();
    const admin = await setUpAdmin(app);
    agents = [];
    while (agents.length < AGENTS) agents.push(await tideAgent(app, `Agent ${agents.length}`));
    wide = await createTest(admin, testInput(agents.map(({ id }) => id)));
    narrow = await createTest(admin, testInput(agents.slice(0, 3).map(({ id }) => id)));
    for (const [index, { client }] of agents.entries()) {
      // Some never measured, some stopped early; half of the others measure in the same millisecond.
      if (index % 6 === 5) continue;
      const runs = index % 6 === 4 ? 3 : EACH;
      const at = (run: number): number => start + run * STEP_MS + (index % 2 === 0 ? 0 : index);
      const results = Array.from({ length: runs }, (_, run) => resultInput(wide, at(run)));
      if (index < 3) results.push(...Array.from({ length: EACH }, (_, run) => resultInput(narrow, at(run))));
      expect((await submit(client, results)).rejected).toEqual([]);
    }
    kept = await readKept(wide.id);
  }, 120_000);
  afterAll(() => app.end());

  const walk = async (testId: string, filter: ResultFilter, limit: number): Promise<number[]> => {
    const seen: number[] = [];
    let after: ResultKey | undefined;
    for (;;) {
      const page = await app.services.results.page(testId, filter, limit, after);
      seen.push(...page.map(({ seq }) => seq));
      after = page.at(-1);
      if (page.length < limit) return seen;
    }
  };
  /** How many places of the index lead to a page. */
  const read = async (query: PageQuery, assignments = AGENTS): Promise<number> => {
    const { store } = app.services;
    const { text, bindings } = nearby(store.read.dialect, [wide.id], query, edgeOf(depthOf(assignments, query.limit), query.limit));
    const [row] = await store.read<{ n: number }>(`${text} select count(*) as n from near`, bindings);
    return Number(row?.n);
  };

  it.each([1, 7, 12, 25, 100, 500])(
    'of %i leads on to the next: all results once, newest first, those of one moment by their number',
    async (limit) => {
      expect(await walk(wide.id, {}, limit)).toEqual(kept.map(({ seq }) => seq));
    },
  );

  it('has what filters leave', async () => {
    const [from, to] = [start + 2 * STEP_MS, start + 15 * STEP_MS];
    const within = kept.filter(({ at }) => at >= from && at < to);
    expect(await walk(wide.id, { from, to }, 7)).toEqual(within.map(({ seq }) => seq));
    const agentId = agents[1]?.id;
    const mine = within.filter(({ agent }) => agent === agentId);
    expect(await walk(wide.id, { agentId, from, to }, 7)).toEqual(mine.map(({ seq }) => seq));
  });

  it('is the same for each of many tests at once', async () => {
    const pages = await app.services.results.pages([narrow.id, 'none', wide.id, narrow.id], { filter: {}, limit: 9 });
    const newest = async (id: string): Promise<number[]> => (await readKept(id)).slice(0, 9).map(({ seq }) => seq);
    const [ofNarrow, ofWide] = [await newest(narrow.id), await newest(wide.id)];
    expect(pages.map((page) => page.map(({ seq }) => seq))).toEqual([ofNarrow, [], ofWide, ofNarrow]);
  });

  it('is read from about as many places as it has results, not from as many for each assignment', async () => {
    for (const limit of [5, 12, 51, 101]) {
      const after = kept[Math.floor(kept.length / 2)] as ResultKey;
      // What is too much lies between the page's end and the next results of all.
      expect(await read({ filter: {}, limit })).toBeLessThanOrEqual(2 * limit + 2 * AGENTS);
      expect(await read({ filter: {}, limit, after })).toBeLessThanOrEqual(2 * limit + 2 * AGENTS);
    }
    // The first page of a wide test ends with the last result of so many assignments: those that have none so new are not looked at.
    expect(await read({ filter: {}, limit: 5 })).toBeLessThanOrEqual(12);
  });

  it('still has all when the newest results of an assignment were removed', async () => {
    const { store } = app.services;
    const gone = kept.filter(({ agent }) => agent === agents[0]?.id).slice(0, 2);
    for (const { seq } of gone) await store.change('delete from result where seq = ?', [seq]);
    await store.change('update assignment set results = results - 2, last_result = null where test_id = ? and agent_id = ?', [
      wide.id,
      agents[0]?.id,
    ]);
    const left = (await readKept(wide.id)).map(({ seq }) => seq);
    expect(left).toHaveLength(kept.length - 2);
    for (const limit of [5, 12, 50]) expect(await walk(wide.id, {}, limit)).toEqual(left);
  });
});
