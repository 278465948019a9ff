import { readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { encodeSockaddr } from './address.js';
import { realtimeMs } from './clock.js';
import {
  AF_INET, AF_INET6, IP_RECVTTL, IP_RECVTOS, IP_TOS, IPPROTO_UDP, IPV6_RECVHOPLIMIT, IPV6_RECVTCLASS, IPV6_TCLASS, SO_RCVBUF, SO_RXQ_OVFL,
  SO_TIMESTAMPNS, SOCK_DGRAM, SOL_IP, SOL_IPV6, SOL_SOCKET,
} from './constants.js'; // prettier-ignore
import { attachFilter, BPF } from './filter.js';
import { kernelAvailability } from './libc.js';
import { ReceiveArena } from './receive.js';
import { SendArena } from './send.js';
import { KernelError, KernelSocket } from './socket.js';

const kernel = kernelAvailability();
const why = kernel.available ? '' : ` (skipped: ${kernel.reason})`;

/** A UDP socket bound to loopback that tells TTL, TOS, stamps and drops. */
function listener(family: 4 | 6): { socket: KernelSocket; port: number } {
  const socket = KernelSocket.open(family === 4 ? AF_INET : AF_INET6, SOCK_DGRAM, IPPROTO_UDP);
  socket.bind({ address: family === 4 ? '127.0.0.1' : '::1', port: 0 });
  socket.setInt(SOL_SOCKET, SO_TIMESTAMPNS, 1);
  socket.setInt(SOL_SOCKET, SO_RXQ_OVFL, 1);
  for (const option of family === 4 ? [IP_RECVTTL, IP_RECVTOS] : [IPV6_RECVHOPLIMIT, IPV6_RECVTCLASS]) {
    socket.setInt(family === 4 ? SOL_IP : SOL_IPV6, option, 1);
  }
  return { socket, port: socket.localEndpoint()?.port ?? 0 };
}

/** Sends texts to a port of loopback in one call. */
function send(family: 4 | 6, port: number, texts: readonly string[], tos = 0): number {
  const socket = KernelSocket.open(family === 4 ? AF_INET : AF_INET6, SOCK_DGRAM, IPPROTO_UDP);
  if (tos > 0) socket.setInt(family === 4 ? SOL_IP : SOL_IPV6, family === 4 ? IP_TOS : IPV6_TCLASS, tos);
  const arena = new SendArena(texts.length, 64);
  const sockaddr = encodeSockaddr({ address: family === 4 ? '127.0.0.1' : '::1', port });
  for (const text of texts) arena.memory.write(text, arena.queue(sockaddr, text.length));
  const sent = arena.send(socket.fd, 0);
  socket.close();
  return sent;
}

describe.skipIf(!kernel.available)(`the kernel layer's sockets${why}`, () => {
  it.each([4, 6] as const)('carry a batch over IPv%i, with stamp, TTL, TOS and sender', (family) => {
    const { socket, port } = listener(family);
    const before = realtimeMs();
    expect(send(family, port, ['one', 'two'], 0xb8)).toBe(2);
    const arena = new ReceiveArena(8, 64);
    expect(arena.receive(socket.fd)).toBe(2);
    expect([arena.data(0).toString(), arena.data(1).toString()]).toEqual(['one', 'two']);
    const { stamp, ttl, tos } = arena.ancillary(1);
    expect([ttl, tos]).toEqual([64, 0xb8]);
    expect(stamp).toBeGreaterThanOrEqual(before);
    expect(stamp).toBeLessThanOrEqual(realtimeMs());
    socket.close();
  });

  it('give nothing, and do not wait, when nothing has come', () => {
    const { socket } = listener(4);
    expect(new ReceiveArena(4, 64).receive(socket.fd)).toBe(0);
    socket.close();
  });

  it('say how many datagrams they dropped themselves', () => {
    const { socket, port } = listener(4);
    socket.setInt(SOL_SOCKET, SO_RCVBUF, 1);
    expect(socket.drops()).toBe(0);
    send(
      4,
      port,
      Array.from({ length: 60 }, () => 'x'.repeat(50)),
    );
    const arrived = new ReceiveArena(64, 64).receive(socket.fd);
    expect(socket.drops()).toBe(60 - arrived);
    expect(socket.drops()).toBeGreaterThan(0);
    socket.close();
  });

  it('let the kernel drop what a filter does not accept', () => {
    const { socket, port } = listener(4);
    // The first byte of the payload stands behind the UDP header of 8 bytes.
    attachFilter(socket, [
      [BPF.loadByte, 0, 0, 8],
      [BPF.jumpEqual, 0, 1, 'a'.charCodeAt(0)],
      [BPF.accept, 0, 0, 0xffffffff],
      [BPF.accept, 0, 0, 0],
    ]);
    send(4, port, ['apple', 'pear', 'avocado']);
    const arena = new ReceiveArena(4, 64);
    expect(Array.from({ length: arena.receive(socket.fd) }, (_, index) => arena.data(index).toString())).toEqual(['apple', 'avocado']);
    socket.close();
  });

  it('name the call and the error where the kernel refuses', () => {
    const { socket, port } = listener(4);
    const second = KernelSocket.open(AF_INET, SOCK_DGRAM, IPPROTO_UDP);
    expect(() => second.bind({ address: '127.0.0.1', port })).toThrow(new KernelError('bind', 98));
    second.close();
    socket.close();
  });

  it('leave no descriptor behind, also when closed twice', () => {
    const before = readdirSync('/proc/self/fd').length;
    const { socket } = listener(4);
    socket.close();
    socket.close();
    expect(readdirSync('/proc/self/fd')).toHaveLength(before);
  });
});
