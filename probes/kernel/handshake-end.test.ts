import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { performance } from 'node:perf_hooks';
import { connect, createServer, type SecureVersion, type Server, type TLSSocket } from 'node:tls';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { LabAuthority } from '../lab/certificate.js';
import { watchHandshakeEnd } from './handshake-end.js';

/** Time that this host spends on the handshake after the server's words have come, ms. */
const COMPUTING_MS = 30;

function compute(): void {
  const end = performance.now() + COMPUTING_MS;
  while (performance.now() < end);
}

describe('the end of a TLS handshake', () => {
  let server: Server;
  beforeAll(async () => {
    const authority = await LabAuthority.create();
    server = createServer(await authority.issue({ names: ['127.0.0.1'] }), (socket) => socket.on('error', () => socket.destroy()));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
  });
  afterAll(() => server.close());

  /** When it ended, and when that was asked for, with `computing` after each word that Node tells of. */
  async function handshake(version: SecureVersion, computing: () => void): Promise<{ begin: number; end: number; asked: number }> {
    const begin = performance.now();
    const { port } = server.address() as AddressInfo;
    // Nobody is trusted here: it is the time that counts.
    const socket: TLSSocket = connect({ port, host: '127.0.0.1', minVersion: version, maxVersion: version, rejectUnauthorized: false });
    const endOf = watchHandshakeEnd(socket);
    socket.once('keylog', computing);
    await new Promise<void>((resolve, reject) => socket.once('error', reject).once('secureConnect', resolve));
    const asked = performance.now();
    const end = endOf();
    socket.destroy();
    return { begin, end, asked };
  }

  it('is when the last word of the server had come, by TLS 1.3: what this host computes then is no part of it', async () => {
    // Where the machine is so busy that the server's words come in two turns, the computing counts: not each time.
    let kept = 0;
    for (let time = 0; time < 5; time += 1) {
      const { begin, end, asked } = await handshake('TLSv1.3', compute);
      expect(end).toBeGreaterThan(begin);
      if (asked - end >= COMPUTING_MS) kept += 1;
    }
    expect(kept).toBeGreaterThan(0);
  });

  it('is when Node tells of it, by TLS 1.2, where the server speaks once more after the secrets are known', async () => {
    const { end, asked } = await handshake('TLSv1.2', compute);
    expect(end).toBeGreaterThanOrEqual(asked);
  });

  it('listens no longer than it is asked to', async () => {
    const socket = connect({ port: (server.address() as AddressInfo).port, host: '127.0.0.1', rejectUnauthorized: false });
    const before = socket.listenerCount('keylog');
    const endOf = watchHandshakeEnd(socket);
    expect(socket.listenerCount('keylog')).toBe(before + 1);
    await once(socket, 'secureConnect');
    endOf();
    expect(socket.listenerCount('keylog')).toBe(before);
    socket.destroy();
  });
});
