import { execFile, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { Agent, get, type IncomingMessage } from 'node:http';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, describe, expect, it, vi } from 'vitest';
import WebSocket from 'ws';
import { createApp } from './app.js';
import { loadConfig, packageRoot } from './config.js';
import type { Orm } from './orm.js';
import { startTestApp, type TestApp } from './testing/app.js';
import { HttpClient } from './testing/client.js';
import { setUpAdmin, withApiToken } from './testing/people.js';

const run = promisify(execFile);

describe('a server', () => {
  let app: TestApp | undefined;
  afterEach(async () => {
    await app?.end();
    app = undefined;
  });

  it('says over HTTP that it waits for its first administrator', async () => {
    app = await startTestApp();
    expect(await new HttpClient(app.url).data('{ setUpRequired me { id } }')).toEqual({ setUpRequired: true, me: null });
  });

  it('says whether it is alive and ready', async () => {
    app = await startTestApp();
    expect((await fetch(`${app.url}/healthz`)).status).toBe(200);
    expect((await fetch(`${app.url}/readyz`)).status).toBe(200);
    await app.orm.close(true);
    expect((await fetch(`${app.url}/healthz`)).status).toBe(200);
    expect((await fetch(`${app.url}/readyz`)).status).toBe(503);
    await app.orm.connect();
  });

  it('closes its sockets with 1001, also those of clients that do not answer, and frees its port', async () => {
    app = await startTestApp();
    const { secret } = await withApiToken(app, await setUpAdmin(app), 'VIEWER');
    const open = async (): Promise<WebSocket> => {
      const socket = new WebSocket(`${app?.url.replace('http', 'ws')}/graphql`, 'graphql-transport-ws');
      await once(socket, 'open');
      socket.send(JSON.stringify({ type: 'connection_init', payload: { authorization: `Bearer ${secret}` } }));
      await once(socket, 'message');
      return socket;
    };
    const polite = await open();
    const silent = await open();
    silent.pause();
    const closed = once(polite, 'close');
    await app.close();
    expect((await closed)[0]).toBe(1001);
    await expect(fetch(`${app.url}/healthz`)).rejects.toThrow();
    silent.terminate();
  });

  it('ends the connection of an answer that was under way when it began to close, also where the client would keep it', async () => {
    app = await startTestApp();
    let answerNow: (connected: boolean) => void = () => undefined;
    const asked = new Promise<void>((resolve) => {
      vi.spyOn(app?.orm as Orm, 'isConnected').mockImplementationOnce(() => {
        resolve();
        return new Promise((answered) => (answerNow = answered));
      });
    });
    const agent = new Agent({ keepAlive: true });
    const answered = once(get(`${app.url}/readyz`, { agent }), 'response');
    await asked;
    const closed = app.close();
    answerNow(true);
    const [answer] = (await answered) as [IncomingMessage];
    expect(answer.headers.connection).toBe('close');
    answer.resume();
    await closed;
    agent.destroy();
  });

  it.runIf(process.platform === 'linux' && Number(readFileSync('/proc/sys/net/core/somaxconn')) >= 4096)(
    'takes over a thousand connections while it is busy, none is turned away',
    async () => {
      app = await startTestApp();
      const code = `
        const { connect } = require('node:net');
        let missing = 1500;
        for (let index = missing; index > 0; index -= 1) connect(${new URL(app.url).port}, '127.0.0.1', () => (missing -= 1) === 0 && process.exit(0));`;
      // This call blocks the server's own thread until all of them stand.
      const { status } = spawnSync(process.execPath, ['-e', code], { timeout: 20_000 });
      expect(status).toBe(0);
    },
  );

  it('leaves nothing behind that keeps the process alive', async () => {
    const data = await mkdtemp(join(tmpdir(), 'streamswarm-exit-'));
    const code = `
      import { createApp } from ${JSON.stringify(join(packageRoot(), 'dist', 'server', 'app.js'))};
      import { loadConfig } from ${JSON.stringify(join(packageRoot(), 'dist', 'server', 'config.js'))};
      const app = await createApp(loadConfig({ port: 0, data: process.argv[1], logLevel: 'error' }, {}));
      await fetch(app.url + '/healthz').then((response) => response.text());
      await app.close();
      console.log('closed');`;
    const { stdout } = await run(process.execPath, ['--input-type=module', '-e', code, data], { timeout: 25_000 });
    expect(stdout).toBe('closed\n');
    await rm(data, { recursive: true });
  });

  it('does not start where its port is taken, says so, and leaves nothing open', async () => {
    const taken = createServer().listen(0, '127.0.0.1');
    await once(taken, 'listening');
    const data = await mkdtemp(join(tmpdir(), 'streamswarm-taken-'));
    const { port } = taken.address() as AddressInfo;
    await expect(createApp(loadConfig({ port, data, logLevel: 'silent' }, {}))).rejects.toThrow(/EADDRINUSE/);
    taken.close();
    app = await startTestApp({}, data);
    expect((await fetch(`${app.url}/readyz`)).status).toBe(200);
  });
});

describe('the pages of a server', () => {
  let app: TestApp | undefined;
  afterEach(() => app?.end());

  it('are the built dashboard, which routes by itself, under a strict policy', async () => {
    const dashboard = await mkdtemp(join(tmpdir(), 'streamswarm-pages-'));
    await mkdir(join(dashboard, 'assets'));
    await writeFile(join(dashboard, 'index.html'), '<title>StreamSwarm</title>');
    await writeFile(join(dashboard, 'assets', 'main-abc.js'), 'export {};');
    app = await startTestApp({ dashboard });
    const page = await fetch(`${app.url}/tests/42`, { headers: { accept: 'text/html' } });
    expect(await page.text()).toBe('<title>StreamSwarm</title>');
    expect(page.headers.get('cache-control')).toBe('no-cache');
    expect(page.headers.get('content-security-policy')).toContain("default-src 'self'");
    const script = await fetch(`${app.url}/assets/main-abc.js`);
    expect(script.headers.get('content-type')).toContain('javascript');
    expect(script.headers.get('cache-control')).toContain('immutable');
    expect((await fetch(`${app.url}/assets/gone.js`)).status).toBe(404);
    expect((await fetch(`${app.url}/assets/../../etc/passwd`)).status).toBe(404);
    await rm(dashboard, { recursive: true });
  });

  it('say how to build them where they are missing', async () => {
    app = await startTestApp({ dashboard: join(tmpdir(), 'streamswarm-no-such-folder') });
    const page = await fetch(`${app.url}/`, { headers: { accept: 'text/html' } });
    expect(page.status).toBe(503);
    expect(await page.text()).toContain('npm start');
  });
});
