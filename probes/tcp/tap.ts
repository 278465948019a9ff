import { performance } from 'node:perf_hooks';
import { setImmediate as nextTurn, setTimeout as delay } from 'node:timers/promises';
import { AF_PACKET, SO_TIMESTAMPNS, SOCK_DGRAM, SOL_SOCKET } from '../kernel/constants.js';
import { attachFilter, BPF, type FilterInstruction } from '../kernel/filter.js';
import { ReceiveArena } from '../kernel/receive.js';
import { KernelError, KernelSocket } from '../kernel/socket.js';
import { parseSegment } from './segment.js';
import { Sighting } from './sighting.js';
import { FIRST_SOURCE_PORT, LAST_SOURCE_PORT } from '../kernel/source-port.js';

/** ETH_P_ALL in network order: only that shows what this host sends. */
const EVERY_PROTOCOL = 0x0300;
const PACKET_OUTGOING = 4;
/** Offset of sll_pkttype in struct sockaddr_ll (packet(7)). */
const PACKET_TYPE = 10;
const HEADER_BYTES = 128;
const BUFFER_BYTES = 8 * 2 ** 20;
/** The kernel begins to stamp packets a moment after the first socket asks for it, and tells nobody when. */
const STAMPS_BEGIN_MS = 20;
/** The tap stays open for so long after its last user: runs come every few seconds, and opening costs. */
const IDLE_MS = 30_000;
const JUMP_GREATER_OR_EQUAL = 0x35;
const JUMP_GREATER = 0x25;
const IPV4 = 0x40;
const TCP = 6;

/** Accepts TCP segments from or to our own source ports; the rest of the host's traffic never reaches us. */
function filterProgram(): FilterInstruction[] {
  const inRange = (port: number, accept: number, next: number): FilterInstruction[] => [
    [BPF.loadHalfIndexed, 0, 0, port],
    [JUMP_GREATER_OR_EQUAL, 0, next, FIRST_SOURCE_PORT],
    [JUMP_GREATER, 0, accept, LAST_SOURCE_PORT],
  ];
  return [
    [BPF.loadByte, 0, 0, 0],
    [BPF.and, 0, 0, 0xf0],
    [BPF.jumpEqual, 0, 3, IPV4],
    [BPF.loadByte, 0, 0, 9],
    [BPF.loadHeaderLength, 0, 0, 0],
    [BPF.jump, 0, 0, 2],
    [BPF.loadByte, 0, 0, 6],
    [BPF.loadIndex, 0, 0, 40],
    [BPF.jumpEqual, 0, 6, TCP],
    ...inRange(0, 4, 1),
    ...inRange(2, 1, 0),
    [BPF.accept, 0, 0, 0],
    [BPF.accept, 0, 0, HEADER_BYTES],
  ];
}

const WATCHED = filterProgram();
/** While nobody uses it: whoever is busy at a port of that range would fill its buffer, for the next run to wade through. */
const NOTHING: readonly FilterInstruction[] = [[BPF.accept, 0, 0, 0]];

/** A packet socket beside the stack that sees this host's own handshakes with the kernel's stamps. One for all runs of a thread. */
export class Tap {
  readonly #socket: KernelSocket;
  readonly #arena = new ReceiveArena(64, HEADER_BYTES, 128);
  readonly #watched = new Map<number, Sighting>();
  readonly #begins: Promise<void>;
  #users = 0;
  #drops = 0;
  #lagMs = 0;
  #idle: NodeJS.Timeout | undefined;

  private constructor() {
    this.#socket = KernelSocket.open(AF_PACKET, SOCK_DGRAM, EVERY_PROTOCOL);
    try {
      attachFilter(this.#socket, NOTHING);
      this.#socket.setBuffers(BUFFER_BYTES, 0);
      this.#socket.setInt(SOL_SOCKET, SO_TIMESTAMPNS, 1);
    } catch (error) {
      this.#socket.close();
      throw error;
    }
    this.#begins = delay(STAMPS_BEGIN_MS);
  }

  /** The thread's tap, counted as used until `release`; where this user may not, why. */
  static async use(): Promise<Tap | { readonly reason: string }> {
    try {
      shared ??= new Tap();
      if (shared.#users === 0) attachFilter(shared.#socket, WATCHED);
    } catch (error) {
      if (!(error instanceof KernelError)) throw error;
      return { reason: `no packet socket here (${error.code})` };
    }
    const tap = shared;
    tap.#users += 1;
    clearTimeout(tap.#idle);
    await tap.#begins;
    return tap;
  }

  release(): void {
    this.#users -= 1;
    if (this.#users > 0) return;
    attachFilter(this.#socket, NOTHING);
    this.#idle = setTimeout(() => this.#close(), IDLE_MS).unref();
  }

  /** Collects what is seen of a connection from this port on, until `forget`. */
  async watch(localPort: number, remotePort: number, signal: AbortSignal): Promise<Sighting> {
    // What is still in the buffer belongs to an earlier connection from the same port.
    await this.catchUp(signal);
    const sighting = new Sighting(localPort, remotePort);
    this.#watched.set(localPort, sighting);
    return sighting;
  }

  forget(sighting: Sighting): void {
    if (this.#watched.get(sighting.localPort) === sighting) this.#watched.delete(sighting.localPort);
  }

  /** Hands out what was captured so far, as far as this turn of the event loop allows; gives how many packets that were. */
  drain(): number {
    let packets = 0;
    this.#lagMs = this.#arena.takeWaiting(this.#socket.fd, false, (index) => {
      this.#take(index);
      packets += 1;
    });
    return packets;
  }

  /** Hands out all that was captured until now: others may be so busy at ports of ours that it takes several turns. */
  async catchUp(signal: AbortSignal): Promise<void> {
    const now = performance.now();
    for (this.drain(); this.#lagMs > 0 && performance.now() - this.#lagMs < now && !signal.aborted; this.drain()) await nextTurn();
  }

  /** Packets that the tap had no room for since this was last asked. */
  newDrops(): number {
    const before = this.#drops;
    this.#drops = this.#socket.drops();
    return this.#drops - before;
  }

  #take(index: number): void {
    const segment = parseSegment(this.#arena.data(index));
    if (!segment) return;
    const outgoing = this.#arena.memory.readUInt8(this.#arena.nameStart(index) + PACKET_TYPE) === PACKET_OUTGOING;
    const [local, remote] = outgoing ? [segment.sourcePort, segment.destinationPort] : [segment.destinationPort, segment.sourcePort];
    const sighting = this.#watched.get(local);
    if (sighting?.remotePort === remote) sighting.take(segment, outgoing, this.#arena.ancillary(index).stamp);
  }

  #close(): void {
    if (this.#users > 0) return;
    if (shared === this) shared = undefined;
    this.#socket.close();
  }
}

let shared: Tap | undefined;

/** Whether this user may open a tap: opens one and closes it. */
export function tapRefusal(): string | undefined {
  try {
    KernelSocket.open(AF_PACKET, SOCK_DGRAM, 0).close();
    return undefined;
  } catch (error) {
    if (!(error instanceof KernelError)) throw error;
    return `packet sockets are not allowed (${error.code})`;
  }
}
