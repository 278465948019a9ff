import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { AgentClient } from '../client.js';
import { ServerClock } from '../clock.js';
import { LostTimes } from '../outbox/lost-times.js';
import { uuidAt } from '../result.js';
import { TestServer } from '../testing/test-server.js';
import { realTimeline } from '../timeline.js';
import { Heartbeats, pauseAfter } from './heartbeat.js';

describe('the pause after a heartbeat', () => {
  it('is short at first, so that the clock offset is known early', () => {
    expect([1, 2, 3].map((beats) => pauseAfter(beats, 5))).toEqual([250, 250, 250]);
  });

  it('is then what the server wants, a tenth more or less: who was answered together does not beat together the next time', () => {
    const pauses = Array.from({ length: 1000 }, (_, index) => pauseAfter(5 + index, 5));
    expect(Math.min(...pauses)).toBeGreaterThanOrEqual(4500);
    expect(Math.max(...pauses)).toBeLessThanOrEqual(5500);
    expect(new Set(pauses.map(Math.round)).size).toBeGreaterThan(300);
    expect(pauses.reduce((one, other) => one + other) / pauses.length).toBeCloseTo(5000, -2);
  });

  it('leads in between to any moment of the period: agents that came together do not beat together', () => {
    const pauses = Array.from({ length: 1000 }, () => pauseAfter(4, 5));
    const inEachSecond = [0, 1, 2, 3, 4].map((second) => pauses.filter((ms) => Math.floor(ms / 1000) === second).length);
    expect(inEachSecond.reduce((one, other) => one + other)).toBe(1000);
    expect(Math.min(...inEachSecond)).toBeGreaterThan(100);
  });
});

describe('a heartbeat', () => {
  let server: TestServer;
  let folder: string;
  let client: AgentClient | undefined;

  beforeEach(async () => {
    server = await TestServer.start();
    folder = mkdtempSync(join(tmpdir(), 'beats-'));
  });
  afterEach(async () => {
    await client?.close();
    await server.goAway();
    rmSync(folder, { recursive: true });
  });

  const connect = async (lostTimes: LostTimes): Promise<Heartbeats> => {
    client = await AgentClient.connect(server.url, 'sse_token');
    const vitals = (): { spooledResults: number; droppedResults: number; system: Record<string, number> } => ({
      spooledResults: 0,
      droppedResults: 2,
      system: {},
    });
    return new Heartbeats(client, 1, { clock: new ServerClock(), timeline: realTimeline, outbox: { lostTimes }, vitals });
  };
  const lose = (): LostTimes => {
    const times = new LostTimes(join(folder, 'lost.json'));
    times.add([uuidAt(1_700_000_000_000), uuidAt(1_700_000_060_000)]);
    return times;
  };
  const SAID = [{ from: '2023-11-14T22:13:20.000Z', to: '2023-11-14T22:14:20.000Z' }];

  it('says of which time results are lost, once the server has heard it never again', async () => {
    const times = lose();
    const heartbeats = await connect(times);
    await heartbeats.beat();
    await heartbeats.beat();
    expect(server.heartbeats.map(({ droppedTimes }) => droppedTimes)).toEqual([SAID, undefined]);
    expect(times.untold).toEqual([]);
  });

  it('leaves that out for a server that does not know it, and says it to the next one', async () => {
    await server.goAway();
    server.behaviour.knowsNoSessions = true;
    await server.comeBack();
    const times = lose();
    const old = await connect(times);
    await old.beat();
    await old.beat();
    expect(server.heartbeats.map(({ droppedResults, droppedTimes }) => [droppedResults, droppedTimes])).toEqual([
      [2, undefined],
      [2, undefined],
    ]);
    await client?.close();
    await server.goAway();
    server.behaviour.knowsNoSessions = false;
    await server.comeBack();
    await (await connect(times)).beat();
    expect(server.heartbeats.at(-1)?.droppedTimes).toEqual(SAID);
  });
});
