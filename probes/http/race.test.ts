import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { createInterface } from 'node:readline';
import { afterEach, describe, expect, it } from 'vitest';
import type { Resolved } from '../kernel/lookup.js';
import { inTurn, race } from './race.js';

const V4: Resolved = { address: '127.0.0.1', family: 4, resolvedFrom: 'two.example' };
const V6: Resolved = { address: '::1', family: 6, resolvedFrom: 'two.example' };
/** The host's own addresses of 127.0.0.0/8. */
const other = (last: number): Resolved => ({ ...V4, address: `127.0.0.${last}` });
const patience = { timeoutMs: 5000, signal: AbortSignal.timeout(60_000) };

describe('addresses of a name', () => {
  it('are tried family after family, beginning with the one that the resolver prefers', () => {
    expect(inTurn([V6, V4, other(2), other(3)]).map(({ address }) => address)).toEqual(['::1', '127.0.0.1', '127.0.0.2', '127.0.0.3']);
    expect(inTurn([V4, other(2), V6]).map(({ address }) => address)).toEqual(['127.0.0.1', '::1', '127.0.0.2']);
    expect(inTurn([])).toEqual([]);
  });
});

describe('a race of addresses', () => {
  const open: (Server | Socket)[] = [];
  let silent: ChildProcess | undefined;
  afterEach(() => {
    for (const each of open.splice(0))
      if ('destroy' in each) each.destroy();
      else each.close();
    silent?.kill('SIGKILL');
    silent = undefined;
  });

  async function listening(host: string, port = 0): Promise<number> {
    const server = createServer((socket) => socket.on('error', () => undefined).resume());
    open.push(server.listen({ host, port }));
    await once(server, 'listening');
    return (server.address() as AddressInfo).port;
  }

  /** A port of 127.0.0.1 at which SYNs get no answer: its process stands still, and its queue is full. */
  async function silentPort(): Promise<number> {
    const program = `const s = require('net').createServer().listen({ host: '127.0.0.1', port: 0, backlog: 1 }, () => console.log(s.address().port))`;
    silent = spawn(process.execPath, ['-e', program], { stdio: ['ignore', 'pipe', 'inherit'] });
    if (!silent.stdout) throw new Error('the silent server has no output');
    const [line] = (await once(createInterface({ input: silent.stdout }), 'line')) as [string];
    silent.kill('SIGSTOP');
    for (let queued = 0; queued < 2; queued += 1) {
      const socket = connect(Number(line), '127.0.0.1').on('error', () => undefined);
      open.push(socket);
      await once(socket, 'connect');
    }
    return Number(line);
  }

  it('is won by the first where that answers, and no other is tried', async () => {
    const port = await listening('127.0.0.1');
    const { winner, connected, attempts } = await race([V4, V6], { port }, patience);
    open.push(connected.socket);
    expect(winner).toEqual(V4);
    expect(attempts).toEqual([
      { address: '127.0.0.1', family: 4, afterMs: expect.any(Number) as number, connectMs: expect.any(Number) as number },
    ]);
  });

  it('goes on at once behind an address that refuses', async () => {
    const port = await listening('127.0.0.1');
    const { winner, connected, attempts } = await race([V6, V4], { port }, patience);
    open.push(connected.socket);
    expect(winner).toEqual(V4);
    expect(attempts[0]).toMatchObject({ address: '::1', problem: expect.stringMatching(/refused|listens/) as string });
    expect(connected.setUp.connectMs).toBeGreaterThanOrEqual(attempts[1]?.afterMs ?? NaN);
  });

  it('goes on after 250 ms beside an address that says nothing, which has no fault then', async () => {
    const port = await silentPort();
    await listening('::1', port);
    const { winner, connected, attempts } = await race([V4, V6], { port }, patience);
    open.push(connected.socket);
    expect(winner).toEqual(V6);
    expect(attempts[0]).toEqual({ address: '127.0.0.1', family: 4, afterMs: expect.any(Number) as number });
    // Timers may be a millisecond early.
    expect(connected.setUp.connectMs).toBeGreaterThan(248);
  });

  it('is lost where nobody answers, with what the first address said', async () => {
    const port = await listening('127.0.0.9');
    await expect(race([V6, V4], { port }, patience)).rejects.toMatchObject({
      code: 'REFUSED',
      message: expect.stringContaining('::1') as string,
    });
  });

  it('ends when the run is cancelled', async () => {
    const port = await silentPort();
    const stop = new AbortController();
    const lost = race([V4, V6, other(9)], { port }, { timeoutMs: 60_000, signal: stop.signal });
    stop.abort();
    await expect(lost).rejects.toMatchObject({ code: 'TIMEOUT' });
  });
});
