import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestApp, type TestApp } from './testing/app.js';
import { setUpAdmin, withApiToken } from './testing/people.js';
import { startPostgres, type TestPostgres } from './testing/postgres.js';
import { readMetrics, type Metrics } from './testing/read-metrics.js';

/** As Prometheus on another host asks, through a proxy. */
const FROM_ELSEWHERE = { 'x-forwarded-for': '192.0.2.1' };

describe('the metrics while PostgreSQL is away', () => {
  let postgres: TestPostgres;
  let app: TestApp;
  let token: string;
  beforeAll(async () => {
    postgres = await startPostgres();
    const client = new pg.Client({ connectionString: postgres.url('postgres') });
    await client.connect();
    await client.query('create database streamswarm');
    await client.end();
    app = await startTestApp({ databaseUrl: postgres.url('streamswarm') });
    token = (await withApiToken(app, await setUpAdmin(app), 'VIEWER')).secret;
  });
  afterAll(async () => {
    await app.end();
    await postgres.remove();
  });

  const scrape = async (secret: string): Promise<{ status: number; metrics: Metrics }> => {
    const response = await fetch(`${app.url}/metrics`, { headers: { ...FROM_ELSEWHERE, authorization: `Bearer ${secret}` } });
    const text = await response.text();
    return { status: response.status, metrics: response.ok ? readMetrics(text) : new Map() };
  };
  const values = ({ metrics }: { metrics: Metrics }, name: string): Record<string, number> =>
    Object.fromEntries(metrics.get(`streamswarm_${name}`)?.samples ?? []);

  it('are served, say so, and are whole again when it is back', async () => {
    const before = await scrape(token);
    expect(values(before, 'database_up')).toEqual({ streamswarm_database_up: 1 });
    expect(Object.keys(values(before, 'agents'))).toHaveLength(4);
    const most = { mapper: 5, readers: 4, writers: 3 };
    expect(values(before, 'database_connections_most')).toEqual(
      Object.fromEntries(Object.entries(most).map(([pool, many]) => [`streamswarm_database_connections_most{pool="${pool}"}`, many])),
    );
    expect(before.metrics.has('streamswarm_redis_up')).toBe(false);

    await postgres.kill();
    const away = await scrape(token);
    expect(away.status).toBe(200);
    expect(values(away, 'database_up')).toEqual({ streamswarm_database_up: 0 });
    // Unknown is absent, not 0.
    expect(values(away, 'agents')).toEqual({});
    expect(values(away, 'database_bytes')).toEqual({});
    expect(values(away, 'ingest_waiting')).toEqual({ streamswarm_ingest_waiting: 0 });
    expect(away.metrics.has('nodejs_eventloop_lag_p99_seconds')).toBe(true);
    expect((await scrape('ssa_never_seen_before_by_this_server')).status).toBe(503);

    await postgres.start();
    await expect.poll(async () => values(await scrape(token), 'database_up')).toEqual({ streamswarm_database_up: 1 });
    const after = await scrape(token);
    expect(Object.keys(values(after, 'agents'))).toHaveLength(4);
    expect(values(after, 'metric_failures_total')['streamswarm_metric_failures_total{metric="streamswarm_agents"}']).toBeGreaterThan(0);
    expect((await scrape('ssa_never_seen_before_by_this_server')).status).toBe(401);
  });
});
