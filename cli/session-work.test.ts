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
import { createTest, reaches, readTest, type SeenTest } from '../server/testing/measuring.js';
import { setUpAdmin, withApiToken } from '../server/testing/people.js';

interface SeenResult {
  readonly startedAt: string;
  readonly revision: number;
}

const inAnHour = (): string => new Date(Date.now() + 3_600_000).toISOString();

describe('a real agent of a real server', () => {
  let app: TestApp;
  let admin: HttpClient;
  let token: string;
  let data: string;
  let agent: RunningAgent;
  let kept: number[];
  const keeping = new EventEmitter();

  beforeEach(async () => {
    app = await startTestApp();
    const issued = await withApiToken(app, await setUpAdmin(app), 'ADMIN');
    [admin, token] = [issued, issued.secret];
    data = mkdtempSync(join(tmpdir(), 'session-work-'));
    kept = [];
    agent = await start(await app.createLocalEnrollment('test'));
  });
  afterEach(async () => {
    await agent?.stop();
    await app?.end();
    rmSync(data, { recursive: true, force: true });
  });

  /** Takes note of the start of each result that the agent keeps: its id says it. */
  function note(line: string): void {
    const { msg, result } = JSON.parse(line) as { msg: string; result?: string };
    if (msg !== 'result kept' || result === undefined) return;
    kept.push(parseInt(result.replaceAll('-', '').slice(0, 12), 16));
    keeping.emit('kept');
  }

  function start(enrolment?: string): Promise<RunningAgent> {
    const server = `${app.url.replace('http', 'ws')}/graphql`;
    const settings = { name: 'real', logLevel: 'debug', plugins: TEST_PLUG_INS, workers: 1, maxOutboxBytes: 2 ** 20 } as const;
    const log = pino({ level: 'debug' }, { write: note });
    return startAgent({ server, token: enrolment, data, ...settings }, { log });
  }

  async function untilKept(wanted: (startedMs: number) => boolean, from = 0): Promise<void> {
    while (!kept.slice(from).some(wanted)) await once(keeping, 'kept');
  }

  const inputOf = (schedule: Record<string, unknown>): Record<string, unknown> => ({
    ...{ name: 'Naps', targets: ['127.0.0.1'], probes: [{ probe: 'sleeper' }], agentIds: [agent.agentId] },
    schedule: { intervalSeconds: 0.2, ...schedule },
  });
  const make = (schedule: Record<string, unknown>): Promise<SeenTest> => createTest(admin, inputOf(schedule));
  const begin = (id: string): Promise<unknown> => admin.data('mutation ($id: ID!) { startTest(id: $id) { id } }', { id });
  const countOf = async (id: string): Promise<number> => (await readTest(admin, id)).progress.receivedResults;
  const has = (id: string, results: number): Promise<void> =>
    expect.poll(() => countOf(id), { timeout: 25_000 }).toBeGreaterThanOrEqual(results);
  const resultsOf = async (id: string): Promise<SeenResult[]> => {
    const query = 'query ($id: ID!) { test(id: $id) { results(first: 500) { nodes { startedAt revision } } } }';
    return (await admin.data<{ test: { results: { nodes: SeenResult[] } } }>(query, { id })).test.results.nodes;
  };

  it('measures at once in a test that a person starts before its time, and goes on when that time is moved away', async () => {
    const test = await make({ startsAt: inAnHour() });
    expect(test.status).toBe('SCHEDULED');
    await begin(test.id);
    await has(test.id, 2);
    const update = 'mutation ($id: ID!, $input: TestInput!) { updateTest(id: $id, input: $input) { id } }';
    await admin.data(update, { id: test.id, input: inputOf({ startsAt: inAnHour() }) });
    await has(test.id, (await countOf(test.id)) + 5);
    expect((await resultsOf(test.id)).some(({ revision }) => revision === 2)).toBe(true);
  });

  it('measures again each time that a test of one cycle is started', async () => {
    const { id } = await make({ durationSeconds: 0, intervalSeconds: 60 });
    await reaches(app, admin, id, ({ status }) => status === 'COMPLETED');
    for (const results of [2, 3, 4]) {
      await begin(id);
      await reaches(app, admin, id, ({ status }) => status === 'COMPLETED');
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
      const port = Number(new URL(app.url).port);
      await app.close();
      await agent.stop();
      agent = await start();
      await untilKept((startedMs) => startedMs > endsAt + 1000);
      app = await startTestApp({ port }, app.folder);
      admin = new HttpClient(app.url, token);
      const latest = Math.max(...kept);
      const latestOf = async (id: string): Promise<number> =>
        Math.max(...(await resultsOf(id)).map(({ startedAt }) => Date.parse(startedAt)));
      await expect.poll(() => latestOf(endless.id), { timeout: 25_000 }).toBeGreaterThanOrEqual(latest);
      const starts = (await resultsOf(ending.id)).map(({ startedAt }) => Date.parse(startedAt));
      // The two clocks are one here, but what the agent knows of their distance has an error.
      expect(Math.max(...starts)).toBeLessThan(endsAt + 500);
      const { status, progress } = await readTest(admin, ending.id);
      expect(status).toBe('COMPLETED');
      expect(progress.receivedResults).toBeLessThanOrEqual(progress.expectedResults ?? 0);
    },
  );
});
