import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createTest } from '../server/testing/measuring.js';
import { AgentAndServer, startOf } from './testing/agent-and-server.js';

const INTERVAL_SECONDS = 0.5;
/** Room for about ten results. */
const ROOM = 8 * 2 ** 10;
/** So often is something dropped before the server is back. */
const DROPS = 5;
const RESULTS = `query ($id: ID!) { test(id: $id) { results(first: 500) { totalCount nodes { id startedAt sequence } } } }`;
const GAPS = `query ($id: ID!, $from: DateTime!, $to: DateTime!) {
  series(testId: $id, metrics: ["sleeper.runs"], from: $from, to: $to) { gaps { from to cause missingResults } } }`;

interface SeenResult {
  readonly id: string;
  readonly startedAt: string;
  readonly sequence: number;
}

interface SeenGap {
  readonly from: string;
  readonly to: string;
  readonly cause: string;
  readonly missingResults: number;
}

describe('an outbox that becomes full while the server is away', () => {
  let both: AgentAndServer;

  beforeEach(async () => void (both = await AgentAndServer.start(ROOM)));
  afterEach(() => both.end());

  const resultsOf = async (id: string): Promise<SeenResult[]> => {
    type Answer = { test: { results: { totalCount: number; nodes: SeenResult[] } } };
    const { totalCount, nodes } = (await both.admin.data<Answer>(RESULTS, { id })).test.results;
    expect(nodes).toHaveLength(totalCount);
    return [...nodes].sort((one, other) => startOf(one.id) - startOf(other.id));
  };
  const gapsOf = async (id: string, from: number, to: number): Promise<SeenGap[]> => {
    const range = { from: new Date(from).toISOString(), to: new Date(to).toISOString() };
    return (await both.admin.data<{ series: { gaps: SeenGap[] }[] }>(GAPS, { id, ...range })).series[0]?.gaps ?? [];
  };
  /** Of which times the agent said that results are lost, as from and to. */
  const toldLosses = async (): Promise<number[]> => {
    const query = "select at from agent_event where agent_id = ? and kind in ('LOST', 'LOST_UNTIL') order by at";
    return (await both.app.services.store.read<{ at: number }>(query, [both.agentId])).map(({ at }) => Number(at));
  };

  it(
    'loses its oldest results alone: the others arrive once each, and the gap has that cause and just that time',
    { timeout: 120_000 },
    async () => {
      const begun = Date.now();
      const probes = [{ probe: 'sleeper' }];
      const schedule = { intervalSeconds: INTERVAL_SECONDS };
      const { id } = await createTest(both.admin, { name: 'Naps', targets: ['127.0.0.1'], probes, agentIds: [both.agentId], schedule });
      await expect.poll(async () => (await resultsOf(id)).length, { timeout: 25_000 }).toBeGreaterThanOrEqual(3);

      const server = await both.takeAway();
      await both.until(() => both.drops >= DROPS);
      await server.bring();
      const back = Date.now();
      // The oldest go first: once one of now is there, each of those before is, or is lost.
      await expect.poll(async () => startOf((await resultsOf(id)).at(-1)?.id ?? '000000000000'), { timeout: 60_000 }).toBeGreaterThan(back);

      const results = await resultsOf(id);
      const stored = new Set(results.map((result) => result.id));
      expect(stored.size).toBe(results.length);
      const made = both.kept.slice(0, both.kept.indexOf(results.at(-1)?.id ?? '') + 1);
      const lost = made.filter((each) => !stored.has(each));
      expect(lost.length).toBeGreaterThanOrEqual(DROPS);
      const firstLost = made.indexOf(lost[0] ?? '');
      expect(made.slice(firstLost, firstLost + lost.length)).toEqual(lost);
      expect(results.map((result) => result.id)).toEqual(made.filter((each) => stored.has(each)));

      await expect.poll(toldLosses, { timeout: 25_000 }).toEqual([startOf(lost[0] ?? ''), startOf(lost.at(-1) ?? '') + 1]);
      const dropped = async (): Promise<number> =>
        (
          await both.admin.data<{ agent: { droppedResults: number } }>('query ($id: ID!) { agent(id: $id) { droppedResults } }', {
            id: both.agentId,
          })
        ).agent.droppedResults;
      await expect.poll(dropped, { timeout: 25_000 }).toBe(lost.length);

      const [before, after] = [results[firstLost - 1], results[firstLost]];
      const gaps = await gapsOf(id, begun, startOf(results.at(-1)?.id ?? '') + 1);
      const [from, to] = [before?.startedAt ?? '', after?.startedAt ?? ''];
      expect(gaps.filter((gap) => gap.cause === 'OUTBOX_OVERFLOW' || (gap.from < to && gap.to > from))).toEqual([
        {
          from: before?.startedAt,
          to: after?.startedAt,
          cause: 'OUTBOX_OVERFLOW',
          missingResults: (after?.sequence ?? NaN) - (before?.sequence ?? NaN) - 1,
        },
      ]);
    },
  );
});
