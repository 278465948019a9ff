import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { packageRoot } from '../config.js';
import { Events, createTest, resultInput, submit, testInput, tideAgent } from '../testing/measuring.js';
import { ownServer } from '../testing/own-server.js';
import { withApiToken } from '../testing/people.js';
import { setSetting } from '../testing/settings.js';
import { readMetrics, type Metrics } from '../testing/read-metrics.js';
import { sendOver, socketClient } from '../testing/client.js';

async function scrape(
  url: string,
  headers: Record<string, string> = {},
): Promise<{ status: number; type: string | null; metrics: Metrics }> {
  const response = await fetch(`${url}/metrics`, { headers });
  const text = await response.text();
  return { status: response.status, type: response.headers.get('content-type'), metrics: response.ok ? readMetrics(text) : new Map() };
}

describe('the metrics for Prometheus', () => {
  const server = ownServer();

  it('are well-formed, and count what happens', async () => {
    const agent = await tideAgent(server.app);
    const { secret } = await withApiToken(server.app, server.admin, 'VIEWER');
    const viewer = socketClient(server.app.url, { bearer: secret });
    const heard = new Events<{ resultAdded: { id: string } }>(viewer, 'subscription { resultAdded { id } }');
    const next = heard.next();
    // The answer to a later operation of the same socket says that the subscription stands.
    await sendOver(viewer, '{ __typename }');
    const test = await createTest(server.admin, testInput([agent.id]));
    const results = [resultInput(test, Date.now() - 5000), resultInput(test, Date.now() - 1000, { metrics: { 'tide.unheard': 1 } })];
    expect((await submit(agent.client, results)).accepted).toHaveLength(1);
    await next;
    const { status, type, metrics } = await scrape(server.app.url);
    expect([status, type]).toEqual([200, 'text/plain; version=0.0.4; charset=utf-8']);
    const value = (name: string): number | undefined => metrics.get(name.split('{')[0] ?? '')?.samples.get(name);
    expect(value('streamswarm_results_accepted_total')).toBe(1);
    expect(value('streamswarm_results_rejected_total{code="BAD_USER_INPUT"}')).toBe(1);
    expect(value('streamswarm_result_batches_total')).toBe(1);
    expect(metrics.get('streamswarm_result_lag_seconds')?.samples.get('streamswarm_result_lag_seconds_count')).toBe(1);
    expect(value('streamswarm_sockets{kind="api"}')).toBe(1);
    expect(value('streamswarm_subscriptions{field="resultAdded"}')).toBe(1);
    expect(value('streamswarm_operations_total{kind="mutation",transport="http",outcome="ok"}')).toBeGreaterThan(2);
    expect(value('streamswarm_agents{status="OFFLINE"}')).toBe(1);
    expect(value('streamswarm_database_bytes')).toBeGreaterThan(10_000);
    expect(metrics.has('nodejs_eventloop_lag_p99_seconds')).toBe(true);
    await heard.end();
    await viewer.dispose();
    await agent.socket.dispose();
  });

  it('count what is refused before it is executed, by code', async () => {
    const { secret } = await withApiToken(server.app, server.admin, 'VIEWER');
    const socket = socketClient(server.app.url, { bearer: secret });
    const [invalid, broken] = ['{ nothingOfThisName }', '{ me '];
    expect(await server.admin.code(invalid)).toBe('GRAPHQL_VALIDATION_FAILED');
    expect(await server.admin.code(broken)).toBe('GRAPHQL_PARSE_FAILED');
    expect(await server.admin.code('subscription { resultAdded { id } }')).toBe('BAD_USER_INPUT');
    await expect(sendOver(socket, invalid)).rejects.toBeDefined();
    // Executed: it counts as an operation that ended with this code.
    expect(await server.admin.code('mutation { startTest(id: "nobody") { id } }')).toBe('NOT_FOUND');
    await setSetting(server.app, 'limits.operationsPerMinute', 3);
    let limited = 0;
    while (limited === 0) if ((await server.admin.code('{ me { id } }')) === 'RATE_LIMITED') limited += 1;
    const refused =
      (await scrape(server.app.url)).metrics.get('streamswarm_operations_refused_total')?.samples ?? new Map<string, number>();
    const by = (transport: string, code: string) =>
      refused.get(`streamswarm_operations_refused_total{transport="${transport}",code="${code}"}`);
    expect([by('http', 'GRAPHQL_VALIDATION_FAILED'), by('http', 'GRAPHQL_PARSE_FAILED'), by('http', 'BAD_USER_INPUT')]).toEqual([1, 1, 1]);
    expect([by('socket', 'GRAPHQL_VALIDATION_FAILED'), by('http', 'RATE_LIMITED'), by('http', 'NOT_FOUND')]).toEqual([1, 1, undefined]);
    await socket.dispose();
  });

  it('are for this machine, for API tokens, and for everybody where an administrator says so', async () => {
    const { url } = server.app;
    const passedOn = { 'x-forwarded-for': '192.0.2.1' };
    expect((await scrape(url)).status).toBe(200);
    expect((await scrape(url, passedOn)).status).toBe(401);
    expect((await scrape(url, { authorization: 'Bearer ssa_none_of_ours_at_all_at_all' })).status).toBe(401);
    const { secret } = await withApiToken(server.app, server.admin, 'VIEWER');
    expect((await scrape(url, { ...passedOn, authorization: `Bearer ${secret}` })).status).toBe(200);
    const agent = await tideAgent(server.app);
    expect((await scrape(url, { ...passedOn, authorization: `Bearer ${agent.secret}` })).status).toBe(401);
    await agent.socket.dispose();
    await server.admin.data('mutation { setSystemSetting(key: "metrics.public", value: true) { key } }');
    expect((await scrape(url, passedOn)).status).toBe(200);
  });

  it('are all in the operators’ handbook, and nothing else is', async () => {
    const { metrics } = await scrape(server.app.url);
    const handbook = readFileSync(join(packageRoot(), 'docs/operations.md'), 'utf8');
    const documented = [...handbook.matchAll(/^\| `(streamswarm_\w+)`/gm)].map(([, name]) => name);
    const served = [...metrics.keys()].filter((name) => name.startsWith('streamswarm_'));
    // What one of the two databases has alone, or a server with Redis, is written of, and served by that one.
    const others = ['streamswarm_database_wal_bytes', 'streamswarm_redis_up'];
    expect(documented.filter((name) => !others.includes(name ?? '')).sort()).toEqual(
      served.filter((name) => !others.includes(name)).sort(),
    );
  });
});
