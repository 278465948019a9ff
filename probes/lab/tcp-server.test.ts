import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { LabChild } from './child.js';
import type { TcpServerConfig, TcpServerReady } from './tcp-server.js';

const children: LabChild[] = [];
const sockets: Socket[] = [];

afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  await Promise.all(children.splice(0).map((child) => child.stop()));
});

/** A client of a server of this kind; these need no namespace. */
async function client(config: TcpServerConfig): Promise<Socket> {
  const child = new LabChild('tcp-server', config);
  children.push(child);
  const { port } = await child.next<TcpServerReady>();
  const socket = connect(port, '127.0.0.1');
  sockets.push(socket);
  return socket;
}

/** Reads until there are so many bytes. */
async function take(socket: Socket, bytes: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of socket.iterator({ destroyOnReturn: false })) {
    chunks.push(chunk as Buffer);
    if (chunks.reduce((sum, { length }) => sum + length, 0) >= bytes) break;
  }
  return Buffer.concat(chunks);
}

describe('the TCP servers of the lab', () => {
  it('echo: sends back what it gets', async () => {
    const socket = await client({ kind: 'echo' });
    socket.write('hello');
    expect((await take(socket, 5)).toString()).toBe('hello');
  });

  it('reset: ends each connection by a reset', async () => {
    const socket = await client({ kind: 'reset' });
    const [error] = (await once(socket.resume(), 'error').catch((caught: unknown) => [caught])) as [NodeJS.ErrnoException];
    expect(error.code).toBe('ECONNRESET');
  });

  it('answer: answers the first bytes with so many', async () => {
    const socket = await client({ kind: 'answer', delayMs: 5, bytes: 100_000 });
    socket.write('GET');
    expect(await take(socket, 100_000)).toHaveLength(100_000);
  });

  it('source: sends without being asked', async () => {
    const socket = await client({ kind: 'source' });
    expect((await take(socket, 1_000_000)).length).toBeGreaterThanOrEqual(1_000_000);
  });

  it('slow-writer: sends a little at a time', async () => {
    const socket = await client({ kind: 'slow-writer', bytes: 10, everyMs: 5 });
    expect((await take(socket, 30)).toString()).toMatch(/^x{30,}$/);
  });

  it.each([{ kind: 'sink' }, { kind: 'slow-reader', bytes: 100_000, everyMs: 2 }] as const)(
    '$kind: takes all in the end',
    async (config) => {
      const socket = await client(config);
      socket.end(Buffer.alloc(3_000_000));
      await once(socket, 'finish');
      await once(socket.resume(), 'close');
      expect(socket.bytesWritten).toBe(3_000_000);
    },
  );
});
