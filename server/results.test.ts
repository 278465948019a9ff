import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestApp, type TestApp } from './testing/app.js';
import type { HttpClient } from './testing/client.js';
import {
  createTest,
  readTest,
  resultInput,
  submit,
  testInput,
  tideAgent,
  uuidAt,
  type SeenTest,
  type TideAgent,
} from './testing/measuring.js';
import { setUpAdmin } from './testing/people.js';

const RESULT = `query ($id: ID!) { result(id: $id) { id sequence revision scheduledAt startedAt receivedAt status anomalyScore health { level }
  test { id } agent { id } target { address } metrics { metric value unit errorBound } only: metrics(ids: ["tide.ok"]) { metric value }
  runs { probe status startedAt durationMs method error { code message } absent { metric reason } flow details } } }`;
const PAGE = `query ($id: ID!, $first: Int, $after: String, $agentId: ID, $targetId: ID, $from: DateTime, $to: DateTime, $receivedAfter: DateTime) {
  test(id: $id) { results(first: $first, after: $after, agentId: $agentId, targetId: $targetId, from: $from, to: $to, receivedAfter: $receivedAfter) {
    nodes { id receivedAt } pageInfo { hasNextPage endCursor } totalCount } } }`;

interface Page {
  readonly nodes: { readonly id: string; readonly receivedAt: string }[];
  readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string | null };
  readonly totalCount: number | null;
}

describe('results', () => {
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
    test = await createTest(admin, testInput([attic.id]));
  });
  afterAll(() => app.end());

  const page = async (id: string, variables: Record<string, unknown> = {}): Promise<Page> =>
    (await admin.data<{ test: { results: Page } }>(PAGE, { id, ...variables })).test.results;
  const rejection = async (overrides: Record<string, unknown>, at = Date.now()): Promise<unknown> => {
    const { accepted, rejected } = await submit(attic.client, [resultInput(test, at, overrides)]);
    expect(accepted).toEqual([]);
    return rejected[0];
  };

  it('come back as they were measured, to 6 significant digits', async () => {
    const at = Date.now();
    const run = { probe: 'tide', startedAt: new Date(at + 3).toISOString(), durationMs: 20.25, method: 'float gauge' };
    const input = resultInput(test, at, {
      status: 'PARTIAL',
      metrics: { 'tide.ok': 0, 'tide.level': 1.23456789, 'tide.sent': 123456789 },
      errorBounds: { 'tide.level': 0.01 },
      distributions: { 'tide.wave': [3, 1, 2] },
      runs: [
        {
          ...run,
          status: 'PARTIAL',
          errorCode: 'TIMEOUT',
          errorMessage: 'no ebb in time',
          absent: { 'tide.code': 'dry' },
          details: { gauge: [1, 2] },
        },
      ],
    });
    await submit(attic.client, [input]);
    const { result } = await admin.data<{ result: Record<string, unknown> }>(RESULT, { id: input.id });
    expect(result).toMatchObject({
      ...{
        id: input.id,
        sequence: input.sequence,
        revision: 1,
        startedAt: input.startedAt,
        scheduledAt: input.scheduledAt,
        status: 'PARTIAL',
      },
      ...{ test: { id: test.id }, agent: { id: attic.id }, target: { address: 'harbour.example' }, anomalyScore: null, health: null },
      metrics: [
        { metric: 'tide.ok', value: 0, unit: 'bool', errorBound: null },
        { metric: 'tide.level', value: 1.23457, unit: '1', errorBound: 0.01 },
        { metric: 'tide.sent', value: 123456789, unit: '1', errorBound: null },
      ],
      only: [{ metric: 'tide.ok', value: 0 }],
      runs: [
        {
          ...{ ...run, status: 'PARTIAL', error: { code: 'TIMEOUT', message: 'no ebb in time' } },
          ...{ absent: [{ metric: 'tide.code', reason: 'dry' }], flow: null, details: { gauge: [1, 2] } },
        },
      ],
    });
  });

  it('are stored once, however often they are sent', async () => {
    const input = resultInput(test, Date.now());
    const before = (await page(test.id)).totalCount ?? 0;
    for (let time = 0; time < 10; time += 1)
      expect(await submit(attic.client, [input, input])).toEqual({ accepted: [input.id, input.id], rejected: [] });
    expect((await page(test.id)).totalCount).toBe(before + 1);
  });

  it('stand alone: a bad one is rejected by itself, with its reason', async () => {
    const now = Date.now();
    const good = [resultInput(test, now), resultInput(test, now + 1)];
    const bad = resultInput(test, now + 2, { metrics: { 'tide.ok': 'high' } });
    const { accepted, rejected } = await submit(attic.client, [good[0] ?? {}, bad, good[1] ?? {}]);
    expect(accepted).toEqual(good.map(({ id }) => id));
    expect(rejected).toEqual([{ id: bad.id, code: 'BAD_USER_INPUT', message: 'metrics: "tide.ok" is not a finite number.', retry: false }]);
  });

  it('name the metrics that nobody declares', async () => {
    expect(await rejection({ metrics: { 'tide.ok': 1, 'moon.phase': 0.5 } })).toMatchObject({
      code: 'BAD_USER_INPUT',
      message: expect.stringContaining('moon.phase'),
    });
  });

  it('are rejected with words, numbers and ids that make no sense', async () => {
    expect(await rejection({ status: 'GREAT' })).toMatchObject({ code: 'BAD_USER_INPUT', message: expect.stringContaining('GREAT') });
    expect(await rejection({ sequence: 1.5 })).toMatchObject({ code: 'BAD_USER_INPUT' });
    expect(await rejection({ revision: 99 })).toMatchObject({ code: 'BAD_USER_INPUT' });
    expect(await rejection({ id: uuidAt(Date.now() - 5000) })).toMatchObject({
      code: 'BAD_USER_INPUT',
      message: expect.stringContaining('startedAt'),
    });
    expect(await rejection({ id: 'not-a-uuid' })).toMatchObject({ code: 'BAD_USER_INPUT' });
    expect(await rejection({ distributions: { 'tide.wave': ['x'] } })).toMatchObject({ code: 'BAD_USER_INPUT' });
    expect(await rejection({ runs: [] })).toMatchObject({ code: 'BAD_USER_INPUT' });
  });

  it('are rejected too long before and too far ahead of now', async () => {
    expect(await rejection({}, Date.now() - 400 * 86_400_000)).toMatchObject({ code: 'OUT_OF_TIME', retry: false });
    expect(await rejection({}, Date.now() + 6 * 60_000)).toMatchObject({ code: 'OUT_OF_TIME' });
    expect((await submit(attic.client, [resultInput(test, Date.now() + 4 * 60_000)])).rejected).toEqual([]);
  });

  it("are refused for another agent's assignment, and under its ids", async () => {
    const at = Date.now();
    const { rejected } = await submit(cellar.client, [resultInput(test, at)]);
    expect(rejected[0]).toMatchObject({ code: 'FORBIDDEN' });
    const mine = resultInput(test, at);
    await submit(attic.client, [mine]);
    expect((await submit(cellar.client, [mine])).rejected[0]).toMatchObject({ code: 'FORBIDDEN' });
    expect((await submit(attic.client, [{ ...mine, sequence: 1 }])).rejected[0]).toMatchObject({ code: 'CONFLICT' });
    expect(await admin.code('mutation { submitResults(results: []) { accepted } }')).toBe('FORBIDDEN');
  });

  it('are listed newest first over all agents and targets, page by page', async () => {
    const wide = await createTest(admin, testInput([attic.id, cellar.id], { targets: ['one.example', 'two.example'] }));
    const start = Date.now() - 100_000;
    const sent = Array.from({ length: 12 }, (_, index) => ({
      client: index % 2 === 0 ? attic.client : cellar.client,
      input: resultInput(wide, start + index * 1000, { targetId: wide.targets[index % 3 === 0 ? 0 : 1]?.id }),
    }));
    for (const { client, input } of sent) await submit(client, [input]);
    const newest = sent.map(({ input }) => input.id).reverse();
    const first = await page(wide.id, { first: 5 });
    expect(first).toMatchObject({ nodes: newest.slice(0, 5).map((id) => ({ id })), pageInfo: { hasNextPage: true }, totalCount: 12 });
    const rest = await page(wide.id, { first: 50, after: first.pageInfo.endCursor });
    expect(rest.nodes.map(({ id }) => id)).toEqual(newest.slice(5));
    expect(rest.pageInfo.hasNextPage).toBe(false);
    const mine = await page(wide.id, { agentId: attic.id });
    expect(mine).toMatchObject({ totalCount: 6, nodes: newest.filter((_, index) => index % 2 === 1).map((id) => ({ id })) });
    const range = { from: new Date(start + 2000).toISOString(), to: new Date(start + 5000).toISOString() };
    expect(await page(wide.id, range)).toMatchObject({ totalCount: null, nodes: newest.slice(7, 10).map((id) => ({ id })) });
    const receivedAfter = first.nodes[2]?.receivedAt;
    expect((await page(wide.id, { receivedAfter })).nodes.length).toBeLessThan(3);
  });

  it('make their assignment RUNNING, and are its last result by their start', async () => {
    const fresh = await createTest(admin, testInput([attic.id]));
    const now = Date.now();
    const later = resultInput(fresh, now + 1000);
    await submit(attic.client, [later, resultInput(fresh, now)]);
    const { assignments, progress } = await readTest(admin, fresh.id);
    expect(assignments.nodes[0]).toMatchObject({ status: 'RUNNING', lastResult: { id: later.id } });
    expect(progress.receivedResults).toBe(2);
  });

  it('open to SQL one number a row', async () => {
    const fresh = await createTest(admin, testInput([attic.id]));
    await submit(attic.client, [resultInput(fresh, Date.now())]);
    const rows = await app.orm.em.fork().execute('select metric, value, target from sample where test = ? order by metric', [fresh.id]);
    expect(rows).toEqual([
      { metric: 'tide.level', value: 2.5, target: 'harbour.example' },
      { metric: 'tide.ok', value: 1, target: 'harbour.example' },
    ]);
  });

  it('are counted in the overview', async () => {
    const { overview } = await admin.data<{ overview: Record<string, number> }>(
      '{ overview { agents agentsOnline tests testsRunning resultsLastHour health { level } } }',
    );
    expect(overview).toMatchObject({ agents: 2, health: null });
    const [stored] = await app.orm.em.fork().execute<{ n: number }[]>('select count(*) as n from result');
    expect(overview.resultsLastHour).toBe(stored?.n);
    expect(overview.testsRunning).toBe(overview.tests);
  });
});
