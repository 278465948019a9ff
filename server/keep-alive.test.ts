import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { WebSocket, WebSocketServer } from 'ws';
import { KeepAlive } from './keep-alive.js';

const PERIOD_MS = 12_000;

describe('an open WebSocket', () => {
  let server: WebSocketServer;
  let keepAlive: KeepAlive;
  let pings: number;

  beforeEach(async () => {
    // The periods pass when a test says so; the sockets are real.
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
    server = new WebSocketServer({ port: 0, host: '127.0.0.1' });
    await once(server, 'listening');
    keepAlive = new KeepAlive(PERIOD_MS / 1000);
    pings = 0;
  });

  afterEach(async () => {
    keepAlive.stop();
    for (const client of server.clients) client.terminate();
    await new Promise((resolve) => server.close(resolve));
    vi.useRealTimers();
  });

  /** Both ends of a socket that is watched. */
  async function connected(autoPong: boolean): Promise<{ client: WebSocket; watched: WebSocket }> {
    const client = new WebSocket(`ws://127.0.0.1:${(server.address() as AddressInfo).port}`, { autoPong });
    client.on('ping', () => (pings += 1));
    const [watched] = (await once(server, 'connection')) as [WebSocket];
    keepAlive.watch(watched);
    await once(client, 'open');
    return { client, watched };
  }

  async function speak(client: WebSocket, watched: WebSocket): Promise<void> {
    client.send('a heartbeat');
    await once(watched, 'message');
  }

  it('that speaks every period is never pinged; once it is silent it is, and stays while it answers', async () => {
    const { client, watched } = await connected(true);
    for (let period = 0; period < 3; period++) {
      await speak(client, watched);
      vi.advanceTimersByTime(PERIOD_MS);
    }
    expect(pings).toBe(0);
    for (let period = 0; period < 2; period++) {
      vi.advanceTimersByTime(PERIOD_MS);
      await once(watched, 'pong');
    }
    expect(pings).toBe(2);
    expect(watched.readyState).toBe(WebSocket.OPEN);
  });

  it('that spoke and then died is pinged after a period of silence, and ended after one more', async () => {
    const { client, watched } = await connected(false);
    await speak(client, watched);
    vi.advanceTimersByTime(PERIOD_MS);
    vi.advanceTimersByTime(PERIOD_MS);
    expect(watched.readyState).toBe(WebSocket.OPEN);
    const closed = once(watched, 'close');
    vi.advanceTimersByTime(PERIOD_MS);
    expect((await closed)[0]).toBe(1006);
  });
});
