import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FIRST_SOURCE_PORT } from '../kernel/source-port.js';
import { Tap, tapRefusal } from './tap.js';

const refusal = tapRefusal();

describe.skipIf(refusal !== undefined)(`the tap${refusal === undefined ? '' : ` (${refusal})`}`, () => {
  let server: Server;

  beforeAll(async () => {
    server = createServer((socket) => socket.end('a line\n'));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
  });

  afterAll(() => server.close());

  /** Somebody else's connection from a port of the range that the tap watches. */
  async function connectFrom(localPort: number): Promise<void> {
    const { port } = server.address() as AddressInfo;
    const socket = connect({ host: '127.0.0.1', port, localPort });
    socket.resume();
    await once(socket, 'close');
  }

  async function use(): Promise<Tap> {
    const tap = await Tap.use();
    if (!(tap instanceof Tap)) throw new Error(tap.reason);
    return tap;
  }

  it('takes in what passes while it is used, and nothing while it is not', async () => {
    const first = await use();
    await connectFrom(FIRST_SOURCE_PORT + 11);
    expect(first.drain()).toBeGreaterThan(0);
    first.release();
    await connectFrom(FIRST_SOURCE_PORT + 12);
    const second = await use();
    expect(second).toBe(first);
    expect(second.drain()).toBe(0);
    await connectFrom(FIRST_SOURCE_PORT + 13);
    expect(second.drain()).toBeGreaterThan(0);
    second.release();
  });
});
