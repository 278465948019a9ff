import { EventEmitter, once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { GraphQLError } from 'graphql';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { AgentConfig } from './config.js';
import { startAgent, type RunningAgent } from './main.js';
import type { TestResultInput } from './result.js';
import { assignment } from './testing/assignments.js';
import { TEST_PLUG_INS } from './testing/plug-ins.js';
import { TestServer } from './testing/test-server.js';

const FAST = { intervalSeconds: 0.2 };

describe('An agent', () => {
  let server: TestServer;
  let data: string;
  let logged: string[];
  const logs = new EventEmitter();
  const running: RunningAgent[] = [];

  beforeEach(async () => {
    server = await TestServer.start();
    data = mkdtempSync(join(tmpdir(), 'agent-'));
    logged = [];
  });

  afterEach(async () => {
    await Promise.all(running.splice(0).map((agent) => agent.stop()));
    await server.goAway();
    rmSync(data, { recursive: true });
  });

  function config(changes: Partial<AgentConfig> = {}): AgentConfig {
    return {
      server: server.url,
      token: 'sse_token',
      name: 'lab',
      data,
      logLevel: 'debug',
      plugins: TEST_PLUG_INS,
      workers: 1,
      maxOutboxBytes: 2 ** 20,
      ...changes,
    };
  }

  const log = () =>
    pino(
      { level: 'debug' },
      {
        write(line: string) {
          logged.push(line);
          logs.emit('line');
        },
      },
    );

  /** Settles when this many lines of the log (from `from` on) hold the text. */
  async function untilLogged(text: string, times = 1, from = 0): Promise<void> {
    while (logged.slice(from).filter((line) => line.includes(text)).length < times) await once(logs, 'line');
  }

  async function start(changes: Partial<AgentConfig> = {}): Promise<RunningAgent> {
    const agent = await startAgent(config(changes), { log: log() });
    running.push(agent);
    return agent;
  }

  const results = (): TestResultInput[] => [...server.results.values()];
  const received = (count: number): Promise<void> => server.until('submitted', () => server.results.size >= count);

  it('registers with its token, tells what it can measure, and measures what it is assigned', async () => {
    server.assign(
      assignment('a', {
        schedule: FAST,
        probes: [
          { probe: 'sleeper', settings: {} },
          { probe: 'reporter', settings: {} },
        ],
      }),
    );
    const { agentId } = await start();
    await received(5);
    expect(server.registrations).toHaveLength(1);
    expect(server.registrations[0]).toMatchObject({ installId: agentId, protocol: 1, name: 'lab' });
    expect(server.registrations[0]?.probes.find(({ name }) => name === 'heavyweight')).toMatchObject({
      available: false,
      reason: 'nothing to lift here; bring something heavy',
    });
    const [first, second] = results();
    expect(first).toMatchObject({
      testId: 'a',
      targetId: 'target',
      revision: 1,
      status: 'OK',
      metrics: { 'sleeper.runs': 1, 'sleeper.ok': 1, 'reporter.slips': 0 },
    });
    expect(second).toMatchObject({ metrics: { 'sleeper.runs': 2 } });
    expect(second?.sequence).toBeGreaterThan(first?.sequence ?? Infinity);
    expect(parseInt(first?.id.replace('-', '').slice(0, 12) ?? '', 16)).toBe(Date.parse(first?.startedAt ?? ''));
  });

  it('keeps its secret to itself: readable by the owner only, never logged', async () => {
    await start();
    const file = join(data, 'credential.json');
    const { secret } = JSON.parse(readFileSync(file, 'utf8')) as { secret: string };
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(server.secrets.has(secret)).toBe(true);
    expect(logged.join()).not.toContain(secret);
    expect(logged.join()).not.toContain('sse_token');
  });

  it('registers again with the same token and installation when the reply was lost', async () => {
    server.behaviour.lostRegistrations = 2;
    await start();
    await server.until('heartbeat', () => server.heartbeats.length > 0);
    expect(server.registrations).toHaveLength(3);
    expect(new Set(server.registrations.map(({ installId }) => installId)).size).toBe(1);
  });

  it('needs no token once it is registered, and says nothing new when nothing is new', async () => {
    const first = await start();
    await first.stop();
    const second = await start({ token: undefined });
    await server.until('heartbeat', () => server.heartbeats.length > 0);
    expect(second.agentId).toBe(first.agentId);
    expect(server.descriptions).toEqual([]);
    await second.stop();
    await start({ plugins: TEST_PLUG_INS.slice(0, 1) });
    await server.until('described', () => server.descriptions.length > 0);
    expect(server.descriptions[0]?.probes.map(({ name }) => name)).not.toContain('heavyweight');
  });

  it('measures on while the server is away, and loses nothing', async () => {
    server.assign(assignment('a', { schedule: FAST }));
    await start();
    await received(3);
    await server.goAway();
    const before = server.results.size;
    await untilLogged('result kept', 8, logged.length);
    await server.comeBack();
    await received(before + 5);
    const numbers = results().map(({ sequence }) => sequence);
    expect(numbers).toEqual([...numbers].sort((a, b) => a - b));
    const sent = server.heartbeats.at(-1)?.system.skippedCycles ?? 0;
    expect(Math.max(...numbers) - Math.min(...numbers) + 1 - numbers.length).toBeLessThanOrEqual(sent);
  });

  it('starts with what it was assigned last although the server is away', async () => {
    server.assign(assignment('a', { schedule: FAST }));
    const first = await start();
    await received(1);
    await first.stop();
    await server.goAway();
    const before = server.results.size;
    const from = logged.length;
    await start();
    await untilLogged('result kept', 2, from);
    server.assign();
    await server.comeBack();
    await received(before + 2);
  });

  it('works with a server that knows no sessions yet, and tells them to one that does', async () => {
    const sessionStartedAt = '2026-01-02T03:04:05.678Z';
    server.assign(assignment('a', { schedule: FAST, sessionStartedAt }));
    await start();
    await received(2);
    expect(results().every((result) => result.sessionStartedAt === sessionStartedAt)).toBe(true);
    await server.goAway();
    await untilLogged('result kept', 2, logged.length);
    const before = server.results.size;
    server.behaviour.knowsNoSessions = true;
    await server.comeBack();
    await received(before + 5);
    expect(
      results()
        .slice(before)
        .every((result) => result.sessionStartedAt === undefined),
    ).toBe(true);
    await server.until('heartbeat', () => server.heartbeats.at(-1)?.spooledResults === 0);
    expect(server.heartbeats.at(-1)?.droppedResults).toBe(0);
  });

  it('forgets what the server has committed, drops what it refuses for good, and sends again what it could not store', async () => {
    const refused = new Set<string>();
    let unavailable = 2;
    server.behaviour.submit = (batch) => {
      const retry = unavailable-- > 0;
      const reject = batch.filter(({ sequence }) => retry || sequence % 2 === 0);
      if (!retry) for (const { id } of reject) refused.add(id);
      const rejected = reject.map(({ id }) => ({ id, code: retry ? 'UNAVAILABLE' : 'BAD_USER_INPUT', message: 'odd ones only', retry }));
      return { accepted: batch.filter((each) => !reject.includes(each)).map(({ id }) => id), rejected };
    };
    server.assign(assignment('a', { schedule: FAST }));
    await start();
    await received(5);
    await server.until('heartbeat', () => (server.heartbeats.at(-1)?.droppedResults ?? 0) >= 3);
    const sentAgain = server.batches.flat().filter(({ id }) => refused.has(id)).length;
    expect(sentAgain - refused.size).toBeLessThanOrEqual(2 * 50);
    expect(results().every(({ sequence }) => sequence % 2 !== 0)).toBe(true);
  });

  it('finds the one result that spoils a batch', async () => {
    await server.goAway();
    const spoiled: string[] = [];
    server.behaviour.submit = (batch) => {
      const bad = batch.find(({ runs }) => runs[0]?.probe === 'unruly');
      if (!bad) return { accepted: batch.map(({ id }) => id), rejected: [] };
      spoiled.push(bad.id);
      throw new GraphQLError('one of them is bad', { extensions: { code: 'BAD_USER_INPUT', fields: [] } });
    };
    await server.comeBack();
    const once = { intervalSeconds: 60, durationSeconds: 0 };
    const good = Array.from({ length: 9 }, (_, index) => assignment(`good ${index}`, { schedule: once }));
    server.assign(...good, assignment('bad', { schedule: once, probes: [{ probe: 'unruly', settings: { behaviour: 'good' } }] }));
    await start();
    await received(9);
    await server.until('heartbeat', () => server.heartbeats.at(-1)?.droppedResults === 1 && server.heartbeats.at(-1)?.spooledResults === 0);
    expect(new Set(spoiled).size).toBe(1);
    expect(server.results.size).toBe(9);
  });

  it('waits as long as the server asks for when that has too much to do', async () => {
    let limited = 1;
    const times: number[] = [];
    server.behaviour.submit = (batch) => {
      times.push(performance.now());
      if (limited-- > 0) throw new GraphQLError('too much', { extensions: { code: 'RATE_LIMITED', retryAfterSeconds: 1 } });
      return { accepted: batch.map(({ id }) => id), rejected: [] };
    };
    server.assign(assignment('a', { schedule: FAST }));
    await start();
    await received(1);
    expect((times[1] ?? 0) - (times[0] ?? 0)).toBeGreaterThanOrEqual(990);
  });

  it('tells the server how the clocks differ', async () => {
    server.behaviour.clockAheadMs = 5000;
    await start();
    await server.until('heartbeat', () => (server.heartbeats.at(-1)?.clockOffsetMs ?? null) !== null);
    const { clockOffsetMs, clockErrorMs } = server.heartbeats.at(-1) ?? {};
    expect(Math.abs((clockOffsetMs ?? 0) - 5000)).toBeLessThanOrEqual(clockErrorMs ?? 0);
  });

  it('passes the clock offset, the lag of the schedule and clock steps to probes', async () => {
    server.assign(assignment('a', { schedule: FAST, probes: [{ probe: 'reporter', settings: {} }] }));
    await start();
    const details = (): unknown => results().at(-1)?.runs[0]?.details;
    await server.until('submitted', () => JSON.stringify(details() ?? {}).includes('offsetMs'));
    expect(details()).toMatchObject({ clockSteps: 0, clock: { errorMs: expect.any(Number) as number } });
    expect((details() as { scheduleLagMs: number }).scheduleLagMs).toBeGreaterThanOrEqual(0);
  });

  it('runs heavy probes of different tests one after the other, before those that report', async () => {
    const probes = ['reporter', 'heavyweight', 'sleeper'].map((probe) => ({ probe, settings: {} }));
    server.assign(
      ...['a', 'b', 'c'].map((testId) => assignment(testId, { schedule: { intervalSeconds: 60, durationSeconds: 0 }, probes })),
    );
    await start();
    await received(3);
    const spans = results().map(
      ({ runs }) => runs.find(({ probe }) => probe === 'heavyweight')?.details as { from: number; until: number },
    );
    spans.sort((a, b) => a.from - b.from);
    for (const [index, span] of spans.entries()) expect(span.from).toBeGreaterThanOrEqual(spans[index - 1]?.until ?? 0);
    expect(results().map(({ metrics }) => metrics['reporter.slips'])).toEqual([1, 1, 1]);
  });

  it('stops measuring at once what is paused or removed', async () => {
    server.assign(assignment('a', { schedule: FAST }), assignment('b', { schedule: FAST }));
    await start();
    await received(4);
    server.assign(assignment('b', { schedule: FAST }));
    await server.until('submitted', () => results().at(-1)?.testId === 'b');
    const last = Math.max(...results().filter(({ testId }) => testId === 'a').map(({ sequence }) => sequence)); // prettier-ignore
    await received(server.results.size + 6);
    expect(Math.max(...results().filter(({ testId }) => testId === 'a').map(({ sequence }) => sequence))).toBeLessThanOrEqual(last + 1); // prettier-ignore
  });

  it('says what to do when the server refuses the token, and can be stopped meanwhile', async () => {
    const controller = new AbortController();
    const starting = startAgent(config({ token: 'sse_wrong' }), { log: log(), signal: controller.signal });
    await once(server, 'connected');
    await untilLogged('refuses the enrolment token');
    expect(logged.join()).toContain('create another in the dashboard');
    controller.abort();
    await expect(starting).rejects.toThrow('stopped before the server had registered it');
  });

  it('registers anew when it was removed and gets a new token', async () => {
    const first = await start();
    await first.stop();
    server.secrets.clear();
    server.tokens.add('sse_new');
    await start({ token: 'sse_new' });
    await server.until('registered', () => server.registrations.length === 2);
  });

  it('refuses to share its data folder', async () => {
    await start();
    await expect(startAgent(config(), { log: log() })).rejects.toThrow(/in use by another agent.*--data/);
  });

  it('stops cleanly: runs under way end and their results are sent', async () => {
    server.assign(
      assignment('a', { schedule: { intervalSeconds: 60, durationSeconds: 0 }, probes: [{ probe: 'sleeper', settings: { ms: 700 } }] }),
    );
    const agent = await start();
    await server.until('heartbeat', () => server.heartbeats.length > 1);
    await agent.stop();
    await agent.stopped;
    expect(results()).toHaveLength(1);
  });
});
