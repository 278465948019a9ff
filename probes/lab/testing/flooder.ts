import { setImmediate as nextTurn } from 'node:timers/promises';
import { performance } from 'node:perf_hooks';
import { encodeSockaddr } from '../../kernel/address.js';
import { AF_INET, IPPROTO_ICMP, IPPROTO_TCP, IPPROTO_UDP, SOCK_DGRAM, SOCK_RAW } from '../../kernel/constants.js';
import { ECHO_REPLY, internetChecksum } from '../../kernel/icmp.js';
import { ReceiveArena } from '../../kernel/receive.js';
import { SendArena } from '../../kernel/send.js';
import { KernelSocket } from '../../kernel/socket.js';
import { FIRST_SOURCE_PORT } from '../../kernel/source-port.js';

/*
 * A process that sends one packet to the loopback again and again, as fast as it can, for a bounded time. It prints `{"port":…}` when it is ready,
 * `{"flooding":true}` when it begins, and how many packets it has sent in the end.
 */

/** What to flood with. */
export interface FlooderConfig {
  /**
   * `answers`: datagrams to whoever asks our UDP port, which answer nothing. `replies`: the first echo reply that is seen, again and again. `messages`: echo replies of
   * nobody's. `segments`: TCP segments from a port that probes use.
   */
  readonly kind: 'answers' | 'replies' | 'messages' | 'segments';
  readonly durationMs: number;
}

export interface Flooded {
  readonly sent: number;
}

const HOST = '127.0.0.1';
const BATCH = 64;
const MOST_PACKETS = 20_000_000;
const SOCKET = {
  answers: [SOCK_DGRAM, IPPROTO_UDP],
  replies: [SOCK_RAW, IPPROTO_ICMP],
  messages: [SOCK_RAW, IPPROTO_ICMP],
  segments: [SOCK_RAW, IPPROTO_TCP],
} as const;

const say = (what: object): boolean => process.stdout.write(`${JSON.stringify(what)}\n`);

function nobodysReply(): Buffer {
  const packet = Buffer.alloc(32);
  packet.writeUInt8(ECHO_REPLY[4], 0);
  packet.writeUInt16BE(internetChecksum(packet, 0, packet.length), 2);
  return packet;
}

/** Rubbish behind the header of an answer to the question: what costs most to find out. */
function noAnswer(question: Buffer): Buffer {
  const [response, one, none] = [Buffer.from([0x81, 0x80]), Buffer.from([0, 1]), Buffer.alloc(2)];
  return Buffer.concat([question.subarray(0, 2), response, one, one, none, none, Buffer.alloc(52, 0xff)]);
}

/** A reset to a port where nobody is: nobody answers it. */
function segment(): Buffer {
  const packet = Buffer.alloc(20);
  packet.writeUInt16BE(FIRST_SOURCE_PORT, 0);
  packet.writeUInt16BE(1, 2);
  packet.writeUInt16BE(0x5004, 12);
  return packet;
}

/** What is sent, and to which port; what asks for it has come by then. */
async function awaited({ fd }: KernelSocket, kind: FlooderConfig['kind']): Promise<{ readonly packet: Buffer; readonly port: number }> {
  if (kind === 'messages') return { packet: nobodysReply(), port: 0 };
  if (kind === 'segments') return { packet: segment(), port: 0 };
  const arena = new ReceiveArena(1);
  for (;;) {
    while (arena.receive(fd) === 0) await nextTurn();
    if (kind === 'answers') return { packet: noAnswer(arena.data(0)), port: arena.memory.readUInt16BE(arena.nameStart(0) + 2) };
    const message = arena.data(0).subarray(20);
    if (message[0] === ECHO_REPLY[4]) return { packet: Buffer.from(message), port: 0 };
  }
}

async function main({ kind, durationMs }: FlooderConfig): Promise<void> {
  const socket = KernelSocket.open(AF_INET, SOCKET[kind][0], SOCKET[kind][1]);
  socket.bind({ address: HOST, port: 0 });
  say({ port: socket.localEndpoint()?.port });
  const { packet, port } = await awaited(socket, kind);
  say({ flooding: true });
  const arena = new SendArena(BATCH, packet.length);
  while (!arena.full) packet.copy(arena.memory, arena.queue(encodeSockaddr({ address: HOST, port }), packet.length));
  const end = performance.now() + durationMs;
  let sent = 0;
  while (performance.now() < end && sent < MOST_PACKETS) sent += Math.max(0, arena.send(socket.fd, 0));
  socket.close();
  say({ sent });
}

process.stdin.resume().on('end', () => process.exit());
await main(JSON.parse(process.argv[2] ?? '') as FlooderConfig).finally(() => process.stdin.pause());
