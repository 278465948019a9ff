import { request } from 'node:http';
import { setImmediate } from 'node:timers/promises';
import { describe, expect, it, vi } from 'vitest';
import { pointsEach, type SeriesLimits } from './services/series/series-limits.js';
import { createTest, testInput, tideAgent, type SeenTest } from './testing/measuring.js';
import { ownServer } from './testing/own-server.js';
import { setSetting } from './testing/settings.js';
import { askerOver, TRANSPORTS } from './testing/transports.js';

const SERIES = `query ($testId: ID!, $targetIds: [ID!]) { series(testId: $testId, targetIds: $targetIds, metrics: ["tide.level", "tide.ok"],
  from: "2026-01-01T00:00:00Z", to: "2026-01-02T00:00:00Z") { metric { id } } }`;
const QUERY = {
  ...{ metrics: ['tide.level', 'tide.ok'], maxPoints: 100 },
  ...{ from: new Date('2026-01-01T00:00:00Z'), to: new Date('2026-01-02T00:00:00Z') },
};

/** Asks on a connection of its own; what it returns ends that before the answer has come. */
function askAlone(url: string, cookie: string, testId: string): () => Promise<void> {
  const headers = { 'content-type': 'application/json', cookie };
  const question = request(`${url}/graphql`, { method: 'POST', agent: false, headers }).on('error', () => undefined);
  question.end(JSON.stringify({ query: SERIES, variables: { testId } }));
  return async () => {
    const closed = new Promise((resolve) => question.once('close', resolve));
    question.destroy();
    await closed;
  };
}

describe('the series of a test with very many agents and targets', () => {
  const server = ownServer();
  const two = async (): Promise<SeenTest> => {
    const attic = await tideAgent(server.app);
    return createTest(server.admin, testInput([attic.id], { targets: ['a.example', 'b.example'] }));
  };

  it('are refused with a word how to ask for fewer, which are answered then', async () => {
    const test = await two();
    await setSetting(server.app, 'limits.series', 3);
    const refused = await server.admin.send(SERIES, { testId: test.id });
    expect(refused.errors?.[0]?.extensions.code).toBe('QUERY_TOO_COMPLEX');
    expect(refused.errors?.[0]?.message).toMatch(/^4 series were asked for, of 2 pairs .* 3 are allowed .* agentIds or targetIds/);
    const fewer = await server.admin.data<{ series: unknown[] }>(SERIES, { testId: test.id, targetIds: [test.targets[0]?.id] });
    expect(fewer.series).toHaveLength(2);
  });

  it('have fewer points each, so that the answer does not grow without an end', () => {
    expect(pointsEach(600, 1)).toBe(600);
    expect(pointsEach(600, 300)).toBe(600);
    expect(pointsEach(600, 2000)).toBe(100);
    expect(pointsEach(600, 1_000_000)).toBe(2);
  });

  it('are read no further once nobody waits for them', async () => {
    const { services, orm } = server.app;
    const test = await services.tests.get(orm.em.fork(), (await two()).id);
    let asked = 0;
    const limits: SeriesLimits = { most: 10, isOver: () => ++asked > 1 };
    await expect(services.series.series(test, QUERY, limits)).rejects.toThrow('given up');
    // Two agents and targets: the second was not looked at.
    expect(asked).toBe(2);
  });

  it.each(TRANSPORTS)('are not waited for by a client that has gone: over %s', async (transport) => {
    const test = await two();
    const { app, admin } = server;
    let came = (_limits: SeriesLimits): void => undefined;
    const coming = new Promise<SeriesLimits>((resolve) => (came = resolve));
    let answer = (): void => undefined;
    const held = new Promise<void>((resolve) => (answer = resolve));
    vi.spyOn(app.services.series, 'series').mockImplementation(async (_test, _query, limits) => {
      came(limits);
      await held;
      return [];
    });
    const asker = askerOver(transport, app.url, { cookie: admin.cookie });
    const leave = transport === 'HTTP' ? askAlone(app.url, admin.cookie ?? '', test.id) : () => asker.end();
    if (transport === 'WebSocket') void asker.ask(SERIES, { testId: test.id }).catch(() => undefined);
    const limits = await coming;
    expect(limits.isOver()).toBe(false);
    await leave();
    while (!limits.isOver()) await setImmediate();
    answer();
    vi.restoreAllMocks();
  });
});
