import type * as FastifyModule from 'fastify';
import type { FastifyServerOptions } from 'fastify';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { CALLERS, type CallerName } from './testing/access/rules.js';
import { World } from './testing/access/world.js';

/** Every route that a server adds, by method and path: HEAD, which Fastify adds for each GET, apart. */
const routes = vi.hoisted(() => new Set<string>());
vi.mock('fastify', async (original) => {
  const real = await original<typeof FastifyModule>();
  const watched = (options: FastifyServerOptions) => {
    const made = real.default(options);
    made.addHook('onRoute', ({ method, url }) => {
      for (const each of [method].flat()) if (each !== 'HEAD') routes.add(`${each} ${url}`);
    });
    return made;
  };
  return { ...real, default: watched };
});

/** Status by caller; `others` are those that are not named. */
interface RouteEntry {
  /** A path with its query; left out where it is the route's own. */
  readonly path?: (world: World) => string;
  readonly status: Partial<Record<CallerName, number>> & { readonly others: number };
}

const ANYONE = { others: 200 };
const VIEWERS = { nobody: 401, enrollment: 403, agent: 403, otherAgent: 403, others: 200 };
/** GraphQL has tables of its own (access-table.ts): here only that other methods lead nowhere. */
const NOT_ALLOWED = { others: 405 };
const aDay = 'from=2026-01-01T00:00:00Z&to=2026-01-02T00:00:00Z';

/** Who gets what by HTTP, called by everybody from elsewhere than this machine. A new route needs a line. */
const ROUTES: Readonly<Record<string, RouteEntry>> = {
  'GET /healthz': { status: ANYONE },
  'GET /readyz': { status: ANYONE },
  // For API tokens; a cookie is no token, and this machine's own programs come another way: see telemetry.test.ts.
  'GET /metrics': { status: { apiAdmin: 200, others: 401 } },
  'GET /export/results': { path: ({ test }) => `/export/results?test=${test.id}`, status: VIEWERS },
  'GET /export/series': { path: ({ test }) => `/export/series?testId=${test.id}&metrics=tide.level&${aDay}`, status: VIEWERS },
  'GET /graphql': { status: NOT_ALLOWED },
  'PUT /graphql': { status: NOT_ALLOWED },
  'PATCH /graphql': { status: NOT_ALLOWED },
  'DELETE /graphql': { status: NOT_ALLOWED },
};

/** The dashboard's own files, which everybody may load, and GraphQL itself. */
const isElsewhere = (route: string): boolean => route === 'POST /graphql' || route === 'GET /' || route.endsWith('/*');

describe('a route', () => {
  let world: World;
  beforeAll(async () => {
    world = await World.create();
  });
  afterAll(() => world.app.end());

  it('has a line in the table: a new one without an entry fails', () => {
    expect([...routes].filter((route) => !isElsewhere(route)).sort()).toEqual(Object.keys(ROUTES).sort());
  });

  it.each(Object.entries(ROUTES))('answers %s as it should to everybody', async (route, { path, status: { others, ...named } }) => {
    const [method, own = ''] = route.split(' ');
    const seen: Partial<Record<CallerName, number>> = {};
    for (const caller of CALLERS) {
      const headers = { ...world.headers(caller), 'x-forwarded-for': '192.0.2.1' };
      const answer = await fetch(`${world.app.url}${path?.(world) ?? own}`, { method, headers });
      await answer.arrayBuffer();
      seen[caller] = answer.status;
    }
    expect(seen).toEqual(Object.fromEntries(CALLERS.map((caller) => [caller, named[caller] ?? others])));
  });
});
