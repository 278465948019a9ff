import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createTest, reaches, readTest, type SeenTest } from '../server/testing/measuring.js';
import { AgentAndServer, startOf } from './testing/agent-and-server.js';

interface SeenResult {
  readonly startedAt: string;
  readonly revision: number;
}

const inAnHour = (): string => new Date(Date.now() + 3_600_000).toISOString();

describe('a real agent of a real server', () => {
  let both: AgentAndServer;

  beforeEach(async () => void (both = await AgentAndServer.start(2 ** 20)));
  afterEach(() => both.end());

  const inputOf = (schedule: Record<string, unknown>): Record<string, unknown> => ({
    ...{ name: 'Naps', targets: ['127.0.0.1'], probes: [{ probe: 'sleeper' }], agentIds: [both.agentId] },
    schedule: { intervalSeconds: 0.2, ...schedule },
  });
  const make = (schedule: Record<string, unknown>): Promise<SeenTest> => createTest(both.admin, inputOf(schedule));
  const begin = (id: string): Promise<unknown> => both.admin.data('mutation ($id: ID!) { startTest(id: $id) { id } }', { id });
  const countOf = async (id: string): Promise<number> => (await readTest(both.admin, id)).progress.receivedResults;
  const has = (id: string, results: number): Promise<void> =>
    expect.poll(() => countOf(id), { timeout: 25_000 }).toBeGreaterThanOrEqual(results);
  const resultsOf = async (id: string): Promise<SeenResult[]> => {
    const query = 'query ($id: ID!) { test(id: $id) { results(first: 500) { nodes { startedAt revision } } } }';
    return (await both.admin.data<{ test: { results: { nodes: SeenResult[] } } }>(query, { id })).test.results.nodes;
  };

  it('measures at once in a test that a person starts before its time, and goes on when that time is moved away', async () => {
    const test = await make({ startsAt: inAnHour() });
    expect(test.status).toBe('SCHEDULED');
    await begin(test.id);
    await has(test.id, 2);
    const update = 'mutation ($id: ID!, $input: TestInput!) { updateTest(id: $id, input: $input) { id } }';
    await both.admin.data(update, { id: test.id, input: inputOf({ startsAt: inAnHour() }) });
    await has(test.id, (await countOf(test.id)) + 5);
    expect((await resultsOf(test.id)).some(({ revision }) => revision === 2)).toBe(true);
  });

  it('measures again each time that a test of one cycle is started', async () => {
    const { id } = await make({ durationSeconds: 0, intervalSeconds: 60 });
    await reaches(both.app, both.admin, id, ({ status }) => status === 'COMPLETED');
    for (const results of [2, 3, 4]) {
      await begin(id);
      await reaches(both.app, both.admin, id, ({ status }) => status === 'COMPLETED');
      expect(await resultsOf(id)).toHaveLength(results);
    }
  });

  it(
    'ends a session by itself while the server is away, after its own restart too, and measures on where none ends',
    { timeout: 60_000 },
    async () => {
      const ending = await make({ durationSeconds: 6 });
      const endless = await make({});
      await has(ending.id, 1);
      await has(endless.id, 1);
      const endsAt = Date.parse(ending.progress.endsAt ?? '');
      const server = await both.takeAway();
      await both.restartAgent();
      await both.until(() => both.kept.some((id) => startOf(id) > endsAt + 1000));
      await server.bring();
      const latest = Math.max(...both.kept.map(startOf));
      const latestOf = async (id: string): Promise<number> =>
        Math.max(...(await resultsOf(id)).map(({ startedAt }) => Date.parse(startedAt)));
      await expect.poll(() => latestOf(endless.id), { timeout: 25_000 }).toBeGreaterThanOrEqual(latest);
      const starts = (await resultsOf(ending.id)).map(({ startedAt }) => Date.parse(startedAt));
      // The two clocks are one here, but what the agent knows of their distance has an error.
      expect(Math.max(...starts)).toBeLessThan(endsAt + 500);
      const { status, progress } = await readTest(both.admin, ending.id);
      expect(status).toBe('COMPLETED');
      expect(progress.receivedResults).toBeLessThanOrEqual(progress.expectedResults ?? 0);
    },
  );
});
