import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { contextFor } from '../sdk/conformance/check.js';
import { runProbe, type ProbeRun } from '../sdk/run.js';
import { parseTarget } from '../sdk/target.js';
import http from './index.js';
import { WebServer } from './testing/web-server.js';

const web = new WebServer();
let plain: number;
beforeAll(async () => void (plain = await web.plain()));
afterAll(() => web.close());

/** What a server that redirects there makes of a run. */
async function redirected(to: string, settings: object): Promise<ProbeRun> {
  const target = (): ReturnType<typeof parseTarget> => parseTarget(`http://127.0.0.1:${plain}/redirect?to=${encodeURIComponent(to)}`);
  return runProbe(http, settings, await contextFor(http, { target, settings }));
}

describe('a redirection', () => {
  it.each([
    ['file:///etc/passwd', 'scheme file'],
    ['javascript:alert("s3cret")', 'scheme javascript'],
    ['ftp://ada:s3cret@127.0.0.1/', 'scheme ftp'],
    ['http://', 'no URL'],
  ])('to %s cannot be followed: the run says so, and what was measured stays', async (to, reason) => {
    const before = web.seen.length;
    const run = await redirected(to, { requests: 3 });
    expect(run.error).toMatchObject({ code: 'PROTOCOL', message: expect.stringContaining(reason) as string });
    expect(run.metrics).toMatchObject({ 'http.ok': 0, 'http.status': 302, 'http.ttfb': expect.any(Number) as number });
    expect(run.details).toMatchObject({ redirects: [], repeated: [] });
    expect(web.seen).toHaveLength(before + 1);
    expect(JSON.stringify(run.error)).not.toContain('s3cret');
    const unfollowed = await redirected(to, { redirects: 0 });
    expect(unfollowed).toMatchObject({ error: null, metrics: { 'http.ok': 1, 'http.status': 302 } });
  });
});
