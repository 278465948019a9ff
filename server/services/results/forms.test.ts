import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestApp, type TestApp } from '../../testing/app.js';
import type { HttpClient } from '../../testing/client.js';
import { createTest, resultInput, submit, testInput, tideAgent, type SeenTest, type TideAgent } from '../../testing/measuring.js';
import { setUpAdmin } from '../../testing/people.js';
import { MOST_A_DAY } from './forms.js';
import { resultForms } from './result-forms.js';
import { removeUnusedForms } from './unused-forms.js';

const DAY_MS = 86_400_000;
const REASONS = `query ($id: ID!) { test(id: $id) { results(first: 500) { nodes { runs { probe method absent { metric reason } } } } } }`;

interface Reasons {
  readonly test: { readonly results: { readonly nodes: { readonly runs: { readonly absent: { readonly reason: string }[] }[] }[] } };
}

describe('what runs say again and again', () => {
  let app: TestApp;
  let admin: HttpClient;
  let attic: TideAgent;
  let cellar: TideAgent;
  let test: SeenTest;

  beforeAll(async () => {
    app = await startTestApp();
    admin = await setUpAdmin(app);
    attic = await tideAgent(app);
    cellar = await tideAgent(app, 'Cellar');
    test = await createTest(admin, testInput([attic.id, cellar.id]));
  });
  afterAll(() => app.end());

  const stored = async (): Promise<string[]> => {
    const rows = await app.services.store.read<{ body: string }>('select body from run_form order by id');
    return rows.map(({ body }) => body);
  };
  /** Results, one a second, with these reasons. */
  const send = async ({ client }: TideAgent, at: number, ...reasons: string[]): Promise<void> => {
    const results = reasons.map((reason, index) => {
      const result = resultInput(test, at + index * 1000);
      const runs = (result.runs as Record<string, unknown>[]).map((run) => ({ ...run, absent: { 'tide.code': reason } }));
      return { ...result, runs };
    });
    expect((await submit(client, results)).rejected).toEqual([]);
  };
  const told = async (): Promise<string[]> => {
    const { test: seen } = await admin.data<Reasons>(REASONS, { id: test.id });
    return seen.results.nodes.flatMap(({ runs }) => runs.flatMap(({ absent }) => absent.map(({ reason }) => reason)));
  };

  it('is stored once, and goes when no result can name it any more', async () => {
    const { store } = app.services;
    const forms = resultForms().runs;
    const keep = (reason: string, now: number): Promise<number | undefined> => {
      const text = JSON.stringify(['tide', 'float gauge', { 'tide.code': reason }]);
      return store.write((sql) => forms.all(sql, [{ text, agentId: attic.id }], now)).then((numbers) => numbers.get(text));
    };
    const start = Date.now() - 30 * DAY_MS;
    const ice = await keep('the gauge is frozen', start);
    const ebb = await keep('no water', start);
    expect(await keep('the gauge is frozen', start + 1000)).toBe(ice);
    expect(await stored()).toHaveLength(2);
    // Somebody says it still: that is noted once a day.
    expect(await keep('no water', start + 4 * DAY_MS)).toBe(ebb);

    expect(await removeUnusedForms(store, start + DAY_MS)).toBe(0);
    expect(await removeUnusedForms(store, start + 5 * DAY_MS)).toBe(1);
    expect(await stored()).toEqual([expect.stringContaining('no water')]);
    // The last number is not given to another one, whom servers would take for it.
    expect(await removeUnusedForms(store, start + 9 * DAY_MS)).toBe(0);
    const again = await keep('the gauge is frozen', start + 9 * DAY_MS);
    expect(again).toBeGreaterThan(ebb ?? NaN);
    expect((await forms.get(store.read, [again ?? NaN])).get(again ?? NaN)?.absent).toEqual([
      { metric: 'tide.code', reason: 'the gauge is frozen' },
    ]);
  });

  it('stays as long as there are results from when it was said, which retention knows', async () => {
    const { store, retention } = app.services;
    const now = Date.now();
    await send(attic, now - 20 * DAY_MS, 'fog');
    await send(attic, now, 'no water');
    const before = await stored();
    await store.change('update run_form set used = ?', [now - 19 * DAY_MS]);
    expect((await retention.run(now)).forms).toBe(0);
    expect(await stored()).toEqual(before);
    expect(await told()).toEqual(['no water', 'fog']);

    await store.change('delete from result where at < ?', [now - DAY_MS]);
    expect((await retention.run(now)).forms).toBe(before.length - 1);
  });

  it('is bounded for each agent: what changes each time stands in the results themselves', async () => {
    const before = (await stored()).length;
    const said = Array.from({ length: MOST_A_DAY + 20 }, (_, index) => `${index} waves were too high`);
    await send(attic, Date.now() - 600_000, ...said);
    const made = (await stored()).length - before;
    expect(made).toBeLessThanOrEqual(MOST_A_DAY);
    expect(made).toBeGreaterThan(MOST_A_DAY - 10);
    expect(await told()).toEqual(expect.arrayContaining(said));

    await send(cellar, Date.now(), 'ebb');
    expect((await stored()).at(-1)).toContain('ebb');
  });

  it('of details is stored once it came twice; they come back as they were', async () => {
    const details = (level: number): Record<string, unknown> => ({
      gauges: [{ name: 'north', level, note: `at ${level} m` }],
      wet: true,
      none: null,
    });
    const levels = [1.5, 2.25, 3.125];
    for (const [index, level] of levels.entries()) {
      const result = resultInput(test, Date.now() - 500_000 + index * 1000);
      const runs = (result.runs as Record<string, unknown>[]).map((run) => ({ ...run, details: details(level) }));
      expect((await submit(attic.client, [{ ...result, runs }])).rejected).toEqual([]);
    }
    expect((await stored()).filter((body) => body.includes('gauges'))).toEqual([
      '{"gauges":[{"name":"north","level":0,"note":""}],"wet":true,"none":null}',
    ]);
    const seen = await admin.data<{ test: { results: { nodes: { runs: { details: unknown }[] }[] } } }>(
      'query ($id: ID!) { test(id: $id) { results(first: 500) { nodes { runs { details } } } } }',
      { id: test.id },
    );
    const told = seen.test.results.nodes.flatMap(({ runs }) => runs.map((run) => run.details));
    expect(told).toEqual(expect.arrayContaining(levels.map(details)));
  });
});
