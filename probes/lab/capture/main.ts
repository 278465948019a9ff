import { AF_PACKET, SO_TIMESTAMPNS, SOCK_DGRAM, SOL_SOCKET } from '../../kernel/constants.js';
import { stampToWallMs } from '../../kernel/clock.js';
import { ReceiveArena } from '../../kernel/receive.js';
import { KernelSocket } from '../../kernel/socket.js';
import { parsePacket, type CapturedPacket } from './packet.js';

/*
 * The process that captures what passes the devices of its namespace, with the kernel's stamps of the same packets. It prints `{"ready":true}`, and at the
 * end of its input one line with all packets and the number of those it had no room for.
 */

/** What the capture is started with. */
export interface CaptureConfig {
  /** ms since 1970 from which stamps count: an integer, so that nothing of them is lost. */
  readonly epoch: number;
}

/** The capture's last line. */
export interface CaptureResult {
  readonly packets: readonly CapturedPacket[];
  readonly dropped: number;
}

/** ETH_P_ALL in network order. */
const EVERY_PROTOCOL = 0x0300;
const BUFFER_BYTES = 64 * 2 ** 20;
const HEADERS_BYTES = 128;
const DRAIN_MS = 10;
/** The kernel begins to stamp packets only a moment after the first socket wants it (net_enable_timestamp works deferred), and tells nobody when. */
const STAMPS_BEGIN_MS = 20;
const ARPHRD_LOOPBACK = 772;
const PACKET_OUTGOING = 4;

function main({ epoch }: CaptureConfig): void {
  const socket = KernelSocket.open(AF_PACKET, SOCK_DGRAM, EVERY_PROTOCOL);
  socket.setBuffers(BUFFER_BYTES, 0);
  socket.setInt(SOL_SOCKET, SO_TIMESTAMPNS, 1);
  const arena = new ReceiveArena(256, HEADERS_BYTES, 128);
  const shift = Math.round(stampToWallMs(0)) - epoch;
  const packets: CapturedPacket[] = [];
  const drain = (): void => {
    for (let count = arena.receive(socket.fd); count > 0; count = arena.receive(socket.fd))
      for (let index = 0; index < count; index++) take(arena, index, shift, packets);
  };
  const timer = setInterval(drain, DRAIN_MS);
  setTimeout(() => process.stdout.write(`${JSON.stringify({ ready: true })}\n`), STAMPS_BEGIN_MS);
  process.stdin.resume().on('end', () => {
    clearInterval(timer);
    drain();
    const result: CaptureResult = { packets, dropped: socket.drops() };
    process.stdout.write(`${JSON.stringify(result)}\n`, () => socket.close());
  });
}

/** Keeps one packet, unless it went over the loopback. Its sender's address is a struct sockaddr_ll (packet(7)). */
function take(arena: ReceiveArena, index: number, shift: number, packets: CapturedPacket[]): void {
  const { memory } = arena;
  const name = arena.nameStart(index);
  if (memory.readUInt16LE(name + 8) === ARPHRD_LOOPBACK) return;
  const headers = parsePacket(arena.data(index));
  if (!headers) return;
  packets.push({
    at: arena.ancillary(index).stamp + shift,
    direction: memory.readUInt8(name + 10) === PACKET_OUTGOING ? 'out' : 'in',
    device: memory.readInt32LE(name + 4),
    ...headers,
  });
}

main(JSON.parse(process.argv[2] ?? '') as CaptureConfig);
