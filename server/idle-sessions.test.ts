import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { startTestApp, type TestApp } from './testing/app.js';
import { HttpClient, sendOver, socketClient } from './testing/client.js';
import { setUpAdmin } from './testing/people.js';

const HOUR_MS = 3_600_000;
const ME = '{ me { username } }';
const UNATTENDED = { 'x-streamswarm-unattended': '1' };

describe('a session with an open page', () => {
  let app: TestApp;
  let person: HttpClient;
  let closed: number[];
  let end: () => Promise<void>;

  beforeEach(async () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    app = await startTestApp({ revocationCheckSeconds: 0.05, sessionIdleHours: 2, sessionHours: 100 });
    person = await setUpAdmin(app);
    closed = [];
    const page = socketClient(app.url, { cookie: person.cookie }, (code) => closed.push(code));
    const open = new Promise<void>((resolve) => page.on('connected', () => resolve()));
    const events = page.iterate({ query: 'subscription { agentChanged { id } }' });
    void events.next().catch(() => undefined);
    await open;
    end = async () => void (await page.dispose());
  });
  afterEach(async () => {
    await end();
    await app.end();
    vi.restoreAllMocks();
    vi.useRealTimers();
  });

  /** Lets the clock go on, and waits until the server has looked at its sockets by the new time. */
  async function pass(hours: number): Promise<void> {
    vi.setSystemTime(Date.now() + hours * HOUR_MS);
    const { authentication } = app.services;
    const looks = vi.spyOn(authentication, 'identify');
    // The second look begins when the first is over.
    await vi.waitUntil(() => closed.length > 0 || looks.mock.calls.length >= 2, { timeout: 20_000 });
    looks.mockRestore();
  }

  it('ends though a subscription is open and the page asks by itself', async () => {
    await pass(1.5);
    expect((await person.send(ME, {}, UNATTENDED)).data).toEqual({ me: { username: 'ada' } });
    await pass(0.6);
    await vi.waitUntil(() => closed.length > 0, { timeout: 20_000 });
    expect(closed).toEqual([4401]);
    expect((await person.send(ME)).data).toEqual({ me: null });
  });

  it.each([
    ['a query over HTTP', () => person.data(ME)],
    ['a query over a socket', () => sendOver(socketClient(app.url, { cookie: person.cookie }), ME)],
  ])('goes on while somebody does something: %s', async (_what, doSomething) => {
    for (const hours of [1.5, 1.5, 1.5]) {
      await pass(hours);
      expect(closed).toEqual([]);
      await doSomething();
    }
    await pass(2.1);
    await vi.waitUntil(() => closed.length > 0, { timeout: 20_000 });
    expect(closed).toEqual([4401]);
  });
});
