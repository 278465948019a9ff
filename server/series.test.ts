import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { HEARTBEAT, heartbeatInput } from './testing/agents.js';
import { startTestApp, type TestApp } from './testing/app.js';
import type { HttpClient } from './testing/client.js';
import { createTest, learnMetric, resultInput, submit, testInput, tideAgent, type SeenTest, type TideAgent } from './testing/measuring.js';
import { setUpAdmin } from './testing/people.js';

const SERIES = `query ($testId: ID!, $metrics: [ID!]!, $agentIds: [ID!], $targetIds: [ID!], $from: DateTime!, $to: DateTime!, $maxPoints: Int) {
  series(testId: $testId, metrics: $metrics, agentIds: $agentIds, targetIds: $targetIds, from: $from, to: $to, maxPoints: $maxPoints) {
    metric { id kind } agent { id } target { address } test { id } resolutionSeconds
    points { at count min avg max p5 p25 p50 p75 p95 p99 } gaps { from to cause missingResults } } }`;

interface SeenSeries {
  readonly metric: { readonly id: string };
  readonly agent: { readonly id: string };
  readonly target: { readonly address: string };
  readonly resolutionSeconds: number;
  readonly points: readonly Record<string, number | string | null>[];
  readonly gaps: readonly { readonly from: string; readonly to: string; readonly cause: string; readonly missingResults: number }[];
}

/** A whole ten minutes, long enough ago that nothing is due any more. */
const START = Math.floor((Date.now() - 3_600_000) / 600_000) * 600_000;
const INTERVAL = 5000;

describe('series', () => {
  let app: TestApp;
  let admin: HttpClient;
  let attic: TideAgent;

  beforeAll(async () => {
    app = await startTestApp();
    admin = await setUpAdmin(app);
    attic = await tideAgent(app);
  });
  afterAll(() => app.end());

  const read = async (test: SeenTest, metrics: string[], overrides: Record<string, unknown> = {}): Promise<SeenSeries[]> => {
    const range = { from: new Date(START).toISOString(), to: new Date(START + 600_000).toISOString() };
    return (await admin.data<{ series: SeenSeries[] }>(SERIES, { testId: test.id, metrics, ...range, ...overrides })).series;
  };
  const stopped = async (test: SeenTest): Promise<void> => {
    await admin.data('mutation ($id: ID!) { stopTest(id: $id) { id } }', { id: test.id });
  };
  /** One result an interval, its numbers from its place. */
  const fill = async (test: SeenTest, count: number, numbersOf: (index: number) => Record<string, unknown>): Promise<void> => {
    const results = Array.from({ length: count }, (_, index) => resultInput(test, START + index * INTERVAL, numbersOf(index)));
    expect((await submit(attic.client, results)).accepted).toHaveLength(count);
  };

  it('sum each bucket up by the kind of the metric', async () => {
    const test = await createTest(admin, testInput([attic.id]));
    await fill(test, 12, (index) => ({
      metrics: {
        ...{ 'tide.ok': index % 2, 'tide.level': index + 1, 'tide.code': 200 + (index % 3), 'tide.sent': index < 6 ? 10 : 30 },
        ...{ 'tide.received': 0, 'tide.loss': index < 6 ? 10 : 50 },
      },
      distributions: { 'tide.wave': [index * 10, index * 10 + 1] },
    }));
    const all = await read(test, ['tide.level', 'tide.code', 'tide.ok', 'tide.loss', 'tide.wave'], { maxPoints: 11 });
    const only = Object.fromEntries(all.map(({ metric, points }) => [metric.id, points]));
    expect(all.every(({ resolutionSeconds }) => resolutionSeconds === 60)).toBe(true);
    expect(only['tide.level']).toEqual([
      { at: new Date(START).toISOString(), count: 12, min: 1, avg: 6.5, max: 12, p5: 1, p25: 3, p50: 6, p75: 9, p95: 12, p99: 12 },
    ]);
    expect(only['tide.code']).toMatchObject([{ count: 12, min: 200, max: 202, avg: null, p50: null }]);
    expect(only['tide.ok']).toMatchObject([{ count: 12, min: 0, max: 1, avg: null }]);
    // 6 x 10 % of 10 and 6 x 50 % of 30: 6 + 90 lost of 240.
    expect(only['tide.loss']).toMatchObject([{ avg: 40, min: 10, max: 50 }]);
    expect(only['tide.wave']).toMatchObject([{ count: 24, min: 0, max: 111, avg: 55.5, p50: 51, p99: 111 }]);
  });

  it('have at most as many points as asked for, in readable steps, never finer than the interval', async () => {
    const test = await createTest(admin, testInput([attic.id]));
    await fill(test, 100, (index) => ({ metrics: { 'tide.level': index } }));
    for (const maxPoints of [1, 2, 7, 50, 100, 500]) {
      const [level] = await read(test, ['tide.level'], { maxPoints });
      expect(level?.points.length).toBeLessThanOrEqual(maxPoints);
      expect(level?.points.reduce((sum, { count }) => sum + Number(count), 0)).toBe(100);
      expect(level?.resolutionSeconds).toBeGreaterThanOrEqual(5);
    }
    const [finest] = await read(test, ['tide.level'], { maxPoints: 500 });
    expect(finest).toMatchObject({ resolutionSeconds: 5, points: expect.objectContaining({ length: 100 }) });
  });

  it('are one for each agent and target that was asked for', async () => {
    const test = await createTest(admin, testInput([attic.id], { targets: ['a.example', 'b.example'] }));
    const both = await read(test, ['tide.level', 'tide.ok']);
    expect(both.map(({ target, metric }) => `${target.address} ${metric.id}`).sort()).toEqual([
      'a.example tide.level',
      'a.example tide.ok',
      'b.example tide.level',
      'b.example tide.ok',
    ]);
    const [only, ...others] = await read(test, ['tide.level'], { targetIds: [test.targets[1]?.id] });
    expect(others).toEqual([]);
    expect(only?.target.address).toBe('b.example');
    expect(await read(test, ['tide.level'], { agentIds: [] })).toEqual([]);
  });

  it('say where results are missing, how many, and that nothing tells why', async () => {
    const test = await createTest(admin, testInput([attic.id]));
    await stopped(test);
    const starts = [0, 1, 2, 6, 7].map((place) => START + place * INTERVAL);
    await submit(
      attic.client,
      starts.map((at) => resultInput(test, at)),
    );
    const [level] = await read(test, ['tide.level']);
    expect(level?.gaps).toEqual([
      { from: new Date(starts[2] ?? 0).toISOString(), to: new Date(starts[3] ?? 0).toISOString(), cause: 'UNKNOWN', missingResults: 3 },
    ]);
  });

  it('say that the agent was busy where the cycle before outlasted its interval', async () => {
    const test = await createTest(admin, testInput([attic.id]));
    await stopped(test);
    const long = { probe: 'tide', status: 'OK', startedAt: new Date(START).toISOString(), durationMs: 3 * INTERVAL, method: 'float gauge' };
    await submit(attic.client, [resultInput(test, START, { runs: [long] }), resultInput(test, START + 4 * INTERVAL)]);
    expect((await read(test, ['tide.level']))[0]?.gaps).toMatchObject([{ cause: 'AGENT_BUSY', missingResults: 3 }]);
  });

  it('say that the test was paused, that the agent was away, or that a person had disabled it, where the server knows it', async () => {
    const paused = await createTest(admin, testInput([attic.id]));
    const away = await createTest(admin, testInput([attic.id]));
    const off = await tideAgent(app, 'Off');
    const disabled = await createTest(admin, testInput([off.id]));
    const sql = app.orm.em.fork();
    const note = (agentId: string, at: number, kind: string): Promise<unknown> =>
      sql.execute('insert into agent_event (agent_id, at, kind) values (?, ?, ?)', [agentId, at, kind]);
    const outage = [START + INTERVAL, START + 3 * INTERVAL];
    for (const [index, at] of outage.entries()) {
      const status = index === 0 ? 'PAUSED' : 'RUNNING';
      await sql.execute('insert into test_event (test_id, at, status) values (?, ?, ?)', [paused.id, at, status]);
      await note(attic.id, at, index === 0 ? 'OFFLINE' : 'BACK');
      await note(off.id, at, index === 0 ? 'DISABLED' : 'ENABLED');
    }
    const causes = async (test: SeenTest, agent = attic): Promise<string[]> => {
      await submit(agent.client, [resultInput(test, START), resultInput(test, START + 4 * INTERVAL)]);
      return (await read(test, ['tide.level'])).flatMap(({ gaps }) => gaps.slice(0, 1).map(({ cause }) => cause));
    };
    expect(await causes(paused)).toEqual(['TEST_PAUSED']);
    expect(await causes(away)).toEqual(['AGENT_OFFLINE']);
    expect(await causes(disabled, off)).toEqual(['AGENT_DISABLED']);
  });

  it("say that the agent's clock was set, or that its probe crashed, where heartbeats or runs tell", async () => {
    const cellar = await tideAgent(app, 'Cellar');
    const test = await createTest(admin, testInput([cellar.id]));
    const beat = (clockOffsetMs: number | null): Promise<unknown> =>
      cellar.client.data(HEARTBEAT, { input: heartbeatInput({ clockOffsetMs, clockErrorMs: 2 }) });
    const now = Date.now();
    await beat(0);
    await beat(0.5);
    // An agent that sees its clock set forgets what it knew of it.
    await beat(null);
    await beat(-90_000);
    const crash = { probe: 'tide', status: 'FAILED', startedAt: new Date(START).toISOString(), durationMs: 1, method: 'float gauge' };
    const crashed = { runs: [{ ...crash, errorCode: 'CRASHED', errorMessage: 'The worker died.' }], status: 'FAILED' };
    const results = [resultInput(test, START, crashed), resultInput(test, START + 4 * INTERVAL), resultInput(test, now - 60_000)];
    await submit(cellar.client, [...results, resultInput(test, now + 60_000)]);
    const range = { from: new Date(START).toISOString(), to: new Date(now + 120_000).toISOString() };
    const [level] = await read(test, ['tide.level'], range);
    expect(level?.gaps[0]).toMatchObject({ from: new Date(START).toISOString(), cause: 'PROBE_CRASHED' });
    const stepped = level?.gaps.find(({ from }) => from === new Date(now - 60_000).toISOString());
    expect(stepped).toMatchObject({ to: new Date(now + 60_000).toISOString(), cause: 'CLOCK_STEP' });
  });

  it('reach over a change of the probes', async () => {
    const test = await createTest(admin, testInput([attic.id]));
    await fill(test, 3, () => ({ metrics: { 'tide.level': 1 } }));
    await learnMetric(app, attic, { id: 'tide.a_swell', unit: '1', title: 'Swell', description: 'How it swells.', kind: 'LEVEL' });
    // Whether the new metric is taken shows that the assignment was judged again.
    const late = (): Record<string, unknown> => resultInput(test, START + 20_000, { metrics: { 'tide.level': 3, 'tide.a_swell': 9 } });
    const changes = app.pubsub.subscribe('assignmentsChanged')[Symbol.asyncIterator]();
    for (let change = changes.next(); (await submit(attic.client, [late()])).accepted.length === 0; change = changes.next()) await change;
    await changes.return?.();
    const [level, swelling] = await read(test, ['tide.level', 'tide.a_swell'], { maxPoints: 11 });
    expect(level?.points).toMatchObject([{ count: 4, min: 1, max: 3, avg: 1.5 }]);
    expect(swelling?.points).toMatchObject([{ count: 1, min: 9 }]);
  });

  it('are refused for a range, a number of points or a metric that makes no sense', async () => {
    const test = await createTest(admin, testInput([attic.id]));
    const at = new Date(START).toISOString();
    const code = (overrides: Record<string, unknown>): Promise<string | undefined> =>
      admin.code(SERIES, { testId: test.id, metrics: ['tide.level'], from: at, to: new Date().toISOString(), ...overrides });
    expect(await code({ to: at })).toBe('BAD_USER_INPUT');
    expect(await code({ maxPoints: 0 })).toBe('BAD_USER_INPUT');
    expect(await code({ metrics: ['moon.phase'] })).toBe('BAD_USER_INPUT');
    expect(await code({ testId: 'no-such-test' })).toBe('NOT_FOUND');
  });
});
