import { performance } from 'node:perf_hooks';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { realtimeMs } from './clock.js';
import { AF_INET, IPPROTO_UDP, POLLIN, SO_TIMESTAMPNS, SOCK_DGRAM, SOL_SOCKET } from './constants.js';
import { kernelAvailability, libc } from './libc.js';
import { whenReady } from './readiness.js';
import { ReceiveArena } from './receive.js';
import { KernelSocket } from './socket.js';
import { turnIsSpent } from './turn.js';

const PACKETS = 200;
const BATCH = 8;
const kernel = kernelAvailability();

describe.skipIf(!kernel.available)(`more than a turn of the event loop reads${kernel.available ? '' : ` (${kernel.reason})`}`, () => {
  const open: KernelSocket[] = [];
  afterEach(() => open.splice(0).forEach((socket) => socket.close()));

  function udp(): KernelSocket {
    const socket = KernelSocket.open(AF_INET, SOCK_DGRAM, IPPROTO_UDP);
    open.push(socket);
    return socket;
  }

  /** A socket that holds numbered datagrams. */
  function filled(): KernelSocket {
    const [to, from] = [udp(), udp()];
    to.setBuffers(1 << 20, 0);
    to.setInt(SOL_SOCKET, SO_TIMESTAMPNS, 1);
    to.bind({ address: '127.0.0.1', port: 0 });
    expect(from.connect({ address: '127.0.0.1', port: to.localEndpoint()?.port ?? 0 })).toBe(0);
    const { buffer, address } = libc().allocate(4);
    for (let number = 0; number < PACKETS; number++) {
      buffer.writeUInt32BE(number);
      expect(Number(libc().write(from.fd, Number(address), 4))).toBe(4);
    }
    return to;
  }

  function spendTurn(): void {
    while (!turnIsSpent());
  }

  it('is read on in the next ones: all of it, in order, with the kernel\u2019s stamps', async () => {
    const { fd } = filled();
    const filledAt = realtimeMs();
    const arena = new ReceiveArena(BATCH, 64);
    const [numbers, stamps]: [number[], number[]] = [[], []];
    const lags: number[] = [];
    do {
      await nextTurn();
      spendTurn();
      lags.push(
        arena.takeWaiting(fd, false, (index) => {
          numbers.push(arena.data(index).readUInt32BE(0));
          stamps.push(arena.ancillary(index).stamp);
        }),
      );
      expect(numbers.length).toBe(Math.min(PACKETS, lags.length * BATCH));
    } while (lags.at(-1) !== 0);
    expect(numbers).toEqual(Array.from({ length: PACKETS }, (_, index) => index));
    expect(Math.max(...stamps)).toBeLessThanOrEqual(filledAt);
    // Each turn took some milliseconds, and what it read was as old.
    expect(Math.max(...lags)).toBeGreaterThan(10);
    expect(Math.min(...lags.slice(0, -1))).toBeGreaterThanOrEqual(1);
  });

  it('keeps nobody else from their turn, though it is ready whenever somebody looks', async () => {
    const { fd } = filled();
    let ticks = 0;
    const timer = setInterval(() => ticks++, 1);
    const end = performance.now() + 100;
    const { signal } = new AbortController();
    while (performance.now() < end) expect(await whenReady(fd, POLLIN, end, signal)).toBe(POLLIN);
    clearInterval(timer);
    expect(ticks).toBeGreaterThan(5);
  });
});
