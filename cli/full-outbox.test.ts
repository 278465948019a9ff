import { EventEmitter, once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startAgent, type RunningAgent } from '../agent/main.js';
import { TEST_PLUG_INS } from '../agent/testing/plug-ins.js';
import { startTestApp, type TestApp } from '../server/testing/app.js';
import { HttpClient } from '../server/testing/client.js';
import { createTest } from '../server/testing/measuring.js';
import { setUpAdmin, withApiToken } from '../server/testing/people.js';

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
  let app: TestApp;
  let admin: HttpClient;
  let token: string;
  let data: string;
  let agent: RunningAgent;
  /** Ids of the results that the agent kept, in their order. */
  let kept: string[];
  let drops: number;
  const said = new EventEmitter();

  beforeEach(async () => {
    app = await startTestApp();
    const issued = await withApiToken(app, await setUpAdmin(app), 'ADMIN');
    [admin, token] = [issued, issued.secret];
    data = mkdtempSync(join(tmpdir(), 'full-outbox-'));
    [kept, drops] = [[], 0];
    const server = `${app.url.replace('http', 'ws')}/graphql`;
    const settings = { name: 'cut off', logLevel: 'debug', plugins: TEST_PLUG_INS, workers: 1, maxOutboxBytes: ROOM } as const;
    const log = pino({ level: 'debug' }, { write: note });
    agent = await startAgent({ server, token: await app.createLocalEnrollment('test'), data, ...settings }, { log });
  });
  afterEach(async () => {
    await agent?.stop();
    await app?.end();
    rmSync(data, { recursive: true, force: true });
  });

  function note(line: string): void {
    const { msg, result } = JSON.parse(line) as { msg: string; result?: string };
    if (msg === 'result kept' && result !== undefined) kept.push(result);
    else if (msg.includes('the oldest of a full outbox')) drops += 1;
    else return;
    said.emit('said');
  }

  async function until(reached: () => boolean): Promise<void> {
    while (!reached()) await once(said, 'said');
  }

  const startOf = (id: string): number => parseInt(id.replaceAll('-', '').slice(0, 12), 16);
  const resultsOf = async (id: string): Promise<SeenResult[]> => {
    type Answer = { test: { results: { totalCount: number; nodes: SeenResult[] } } };
    const { totalCount, nodes } = (await admin.data<Answer>(RESULTS, { id })).test.results;
    expect(nodes).toHaveLength(totalCount);
    return [...nodes].sort((one, other) => startOf(one.id) - startOf(other.id));
  };
  const gapsOf = async (id: string, from: number, to: number): Promise<SeenGap[]> => {
    const range = { from: new Date(from).toISOString(), to: new Date(to).toISOString() };
    return (await admin.data<{ series: { gaps: SeenGap[] }[] }>(GAPS, { id, ...range })).series[0]?.gaps ?? [];
  };
  /** Of which times the agent said that results are lost, as from and to. */
  const toldLosses = async (): Promise<number[]> => {
    const query = "select at from agent_event where agent_id = ? and kind in ('LOST', 'LOST_UNTIL') order by at";
    return (await app.services.store.read<{ at: number }>(query, [agent.agentId])).map(({ at }) => Number(at));
  };

  it(
    'loses its oldest results alone: the others arrive once each, and the gap has that cause and just that time',
    { timeout: 120_000 },
    async () => {
      const begun = Date.now();
      const probes = [{ probe: 'sleeper' }];
      const schedule = { intervalSeconds: INTERVAL_SECONDS };
      const { id } = await createTest(admin, { name: 'Naps', targets: ['127.0.0.1'], probes, agentIds: [agent.agentId], schedule });
      await expect.poll(async () => (await resultsOf(id)).length, { timeout: 25_000 }).toBeGreaterThanOrEqual(3);

      const port = Number(new URL(app.url).port);
      await app.close();
      await until(() => drops >= DROPS);
      app = await startTestApp({ port }, app.folder);
      admin = new HttpClient(app.url, token);
      const back = Date.now();
      // The oldest go first: once one of now is there, each of those before is, or is lost.
      await expect.poll(async () => startOf((await resultsOf(id)).at(-1)?.id ?? '000000000000'), { timeout: 60_000 }).toBeGreaterThan(back);

      const results = await resultsOf(id);
      const stored = new Set(results.map((result) => result.id));
      expect(stored.size).toBe(results.length);
      const made = kept.slice(0, kept.indexOf(results.at(-1)?.id ?? '') + 1);
      const lost = made.filter((each) => !stored.has(each));
      expect(lost.length).toBeGreaterThanOrEqual(DROPS);
      const firstLost = made.indexOf(lost[0] ?? '');
      expect(made.slice(firstLost, firstLost + lost.length)).toEqual(lost);
      expect(results.map((result) => result.id)).toEqual(made.filter((each) => stored.has(each)));

      await expect.poll(toldLosses, { timeout: 25_000 }).toEqual([startOf(lost[0] ?? ''), startOf(lost.at(-1) ?? '') + 1]);
      const dropped = async (): Promise<number> =>
        (
          await admin.data<{ agent: { droppedResults: number } }>('query ($id: ID!) { agent(id: $id) { droppedResults } }', {
            id: agent.agentId,
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
