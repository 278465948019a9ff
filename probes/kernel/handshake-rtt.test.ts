import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { handshakeRttMs } from './handshake-rtt.js';
import { kernelAvailability } from './libc.js';

const availability = kernelAvailability();
const needs = availability.available ? '' : ` (skipped: ${availability.reason})`;

describe.skipIf(!availability.available)(`the round trip of a handshake, by the kernel${needs}`, () => {
  let server: Server;
  let socket: Socket | undefined;
  afterEach(() => {
    socket?.destroy();
    server.close();
  });

  it.each(['127.0.0.1', '::1'])('to %s is told, and is no longer than the process waited', async (host) => {
    server = createServer((peer) => peer.destroy()).listen(0, host);
    await once(server, 'listening');
    const begin = performance.now();
    socket = connect((server.address() as AddressInfo).port, host);
    socket.on('error', () => undefined);
    await once(socket, 'connect');
    const rtt = handshakeRttMs(socket);
    expect(rtt).toBeGreaterThan(0);
    expect(rtt).toBeLessThan(performance.now() - begin);
  });

  it('is not told of a socket that is closed', async () => {
    server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
    await once(socket, 'connect');
    socket.destroy();
    expect(handshakeRttMs(socket)).toBeUndefined();
  });
});
