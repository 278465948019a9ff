import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { startTestApp, type TestApp } from '../testing/app.js';
import type { HttpClient } from '../testing/client.js';
import { createTest, resultInput, submit, testInput, tideAgent } from '../testing/measuring.js';
import { setUpAdmin, withApiToken } from '../testing/people.js';
import { setSetting } from '../testing/settings.js';

const START = Math.floor((Date.now() - 3_600_000) / 600_000) * 600_000;
const NEVER = new Promise<never>(() => undefined);

describe.each(['results', 'series'] as const)('the export of %s', (kind) => {
  let app: TestApp;
  let admin: HttpClient;
  beforeEach(async () => {
    app = await startTestApp({ revocationCheckSeconds: 0.1 });
    admin = await setUpAdmin(app);
  });
  afterEach(() => app.end());

  async function filled(): Promise<Record<string, string>> {
    const agent = await tideAgent(app);
    const test = await createTest(admin, testInput([agent.id]));
    const results = Array.from({ length: 200 }, (_, index) => resultInput(test, START + index * 1000));
    expect((await submit(agent.client, results)).rejected).toEqual([]);
    if (kind === 'results') return { test: test.id };
    return { testId: test.id, metrics: 'tide.level', from: new Date(START).toISOString(), to: new Date(START + 600_000).toISOString() };
  }
  const get = (query: Record<string, string>, secret: string): Promise<Response> =>
    fetch(`${app.url}/export/${kind}?${String(new URLSearchParams(query))}`, { headers: { authorization: `Bearer ${secret}` } });

  /** Makes reading stand still once everything was read, as a slow database or a slow client does. */
  function standStill(): void {
    const { resultExport, series } = app.services;
    const [results, points] = [resultExport.each.bind(resultExport), series.each.bind(series)];
    vi.spyOn(resultExport, 'each').mockImplementation(async function* (...asked) {
      yield* results(...asked);
      await NEVER;
    });
    vi.spyOn(series, 'each').mockImplementation(async function* (...asked) {
      yield* points(...asked);
      await NEVER;
    });
  }

  it('counts as an operation', async () => {
    const query = await filled();
    const { secret } = await withApiToken(app, admin, 'VIEWER');
    await setSetting(app, 'limits.operationsPerMinute', 1);
    expect((await get(query, secret)).status).toBe(200);
    const refused = await get(query, secret);
    expect(refused.status).toBe(429);
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
  });

  it('breaks off when the credential is revoked while it is sent: what came is no whole file', async () => {
    const query = await filled();
    const { secret, tokenId } = await withApiToken(app, admin, 'VIEWER');
    standStill();
    const response = await get(query, secret);
    const body = response.text();
    await admin.data('mutation ($id: ID!) { revokeApiToken(id: $id) { id } }', { id: tokenId });
    await expect(body).rejects.toThrow();
  });

  it('goes on as long as the credential holds', async () => {
    const { secret } = await withApiToken(app, admin, 'VIEWER');
    const identify = vi.spyOn(app.services.authentication, 'identify');
    const query = await filled();
    standStill();
    const reader = (await get(query, secret)).body?.getReader();
    expect((await reader?.read())?.value?.length).toBeGreaterThan(0);
    const asked = identify.mock.calls.length;
    await vi.waitFor(() => expect(identify.mock.calls.length).toBeGreaterThan(asked + 1));
    await reader?.cancel();
  });

  it('says so where a text of the request is one that no database keeps', async () => {
    const query = await filled();
    const { secret } = await withApiToken(app, admin, 'VIEWER');
    for (const name of Object.keys(query)) {
      const response = await get({ ...query, [name]: '\0' }, secret);
      expect(response.status).toBe(400);
      expect(await response.json()).toMatchObject({ errors: [{ extensions: { code: 'BAD_USER_INPUT', fields: [{ path: name }] } }] });
    }
  });
});
