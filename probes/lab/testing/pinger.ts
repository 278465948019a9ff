import { AF_INET, AF_INET6, IP_RECVERR, IP_TOS, IP_TTL, IPPROTO_ICMP, IPPROTO_ICMPV6, IPV6_RECVERR, IPV6_TCLASS, SOCK_DGRAM, SOL_IP, SOL_IPV6, IP_MTU_DISCOVER } from '../../kernel/constants.js'; // prettier-ignore
import { familyOf } from '../../kernel/address.js';
import { libc } from '../../kernel/libc.js';
import { ReceiveArena } from '../../kernel/receive.js';
import { KernelSocket } from '../../kernel/socket.js';

/*
 * A process that sends echo requests and counts what comes back: the lab's tests need one that is neither a program that may not be installed, nor the
 * probe that the lab is to judge.
 */

/** What to send. */
export interface PingerConfig {
  readonly address: string;
  readonly count: number;
  /** 0 sends all at once. */
  readonly intervalMs: number;
  /** Bytes after the ICMP header. */
  readonly payloadBytes?: number;
  readonly tos?: number;
  readonly ttl?: number;
  /** How long to wait after the last request, ms; when all replies are there nobody waits. */
  readonly patienceMs?: number;
}

/** An ICMP error that came back. */
export interface PingerError {
  readonly type: number;
  readonly code: number;
  /** The MTU, where the packet was too big. */
  readonly info: number;
  readonly offender: string;
}

export interface PingerResult {
  /** Sequence numbers of the replies as they came, twice where they came twice. */
  readonly received: readonly number[];
  readonly errors: readonly PingerError[];
}

const ICMP_HEADER = 8;
const DRAIN_MS = 1;
const IPV6_UNICAST_HOPS = 16;
/** IP_PMTUDISC_DO: packets are never fragmented. */
const NEVER_FRAGMENT = 2;
/** An error that came for an earlier packet makes one call fail, and is gone with it (IP_RECVERR). */
const ATTEMPTS = 3;

function openSocket({ address, tos = 0, ttl = 64 }: PingerConfig): KernelSocket {
  const four = familyOf(address) === 4;
  const socket = KernelSocket.open(four ? AF_INET : AF_INET6, SOCK_DGRAM, four ? IPPROTO_ICMP : IPPROTO_ICMPV6);
  const level = four ? SOL_IP : SOL_IPV6;
  socket.setInt(level, four ? IP_RECVERR : IPV6_RECVERR, 1);
  socket.setInt(level, four ? IP_TOS : IPV6_TCLASS, tos);
  socket.setInt(level, four ? IP_TTL : IPV6_UNICAST_HOPS, ttl);
  if (four) socket.setInt(level, IP_MTU_DISCOVER, NEVER_FRAGMENT);
  socket.setBuffers(2 ** 20, 2 ** 20);
  const refused = socket.connect({ address, port: 0 });
  if (refused !== 0) throw new Error(`connect to ${address}: errno ${refused}`);
  return socket;
}

class Pinger {
  readonly received: number[] = [];
  readonly errors: PingerError[] = [];
  readonly #arena = new ReceiveArena();
  readonly #packet: { readonly buffer: Buffer; readonly address: bigint };
  readonly #socket: KernelSocket;

  constructor(private readonly config: PingerConfig) {
    this.#socket = openSocket(config);
    this.#packet = libc().allocate(ICMP_HEADER + (config.payloadBytes ?? 56));
    this.#packet.buffer.writeUInt8(familyOf(config.address) === 4 ? 8 : 128, 0);
  }

  send(sequence: number): void {
    const { buffer, address } = this.#packet;
    buffer.writeUInt16BE(sequence, 6);
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) if (libc().write(this.#socket.fd, Number(address), buffer.length) > 0) return;
  }

  drain(): void {
    for (let count = this.#arena.receive(this.#socket.fd); count > 0; count = this.#arena.receive(this.#socket.fd))
      for (let index = 0; index < count; index++) this.received.push(this.#arena.data(index).readUInt16BE(6));
    for (let count = this.#arena.receive(this.#socket.fd, true); count > 0; count = this.#arena.receive(this.#socket.fd, true))
      for (let index = 0; index < count; index++) this.#takeError(index);
  }

  close(): PingerResult {
    this.#socket.close();
    return { received: this.received, errors: this.errors };
  }

  get complete(): boolean {
    return new Set(this.received).size + this.errors.length >= this.config.count;
  }

  #takeError(index: number): void {
    const { errorType, errorCode, errorInfo, offender } = this.#arena.ancillary(index);
    this.errors.push({ type: errorType, code: errorCode, info: errorInfo, offender });
  }
}

function main(config: PingerConfig): void {
  const { count, intervalMs, patienceMs = 500 } = config;
  const pinger = new Pinger(config);
  const begin = performance.now();
  let sent = 0;
  const timer = setInterval(() => {
    while (sent < count && performance.now() >= begin + sent * intervalMs) pinger.send(++sent);
    pinger.drain();
    const over = performance.now() > begin + (count - 1) * intervalMs + patienceMs;
    if (sent < count || !(over || pinger.complete)) return;
    clearInterval(timer);
    process.stdout.write(`${JSON.stringify(pinger.close())}\n`);
  }, DRAIN_MS);
}

main(JSON.parse(process.argv[2] ?? '') as PingerConfig);
