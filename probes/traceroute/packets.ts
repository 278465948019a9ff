import { addressBytes, encodeSockaddr } from '../kernel/address.js';
import { SendArena } from '../kernel/send.js';
import { setTtl, type Channel } from './channel.js';
import { writeDatagram, writeEcho } from './packet.js';
import { portOf, type TracerouteSettings } from './settings.js';
import { SYN_BYTES, writeSyn, type Ends } from './syn.js';

/** IP and ICMP, or IP and UDP. */
const HEADERS = { 4: 28, 6: 48 } as const;
/** A refusal that stands so many times in a row is the packet's own. */
const SEND_ATTEMPTS = 20;
const LAST_PORT = 65_535;

/** Makes and sends the packets of a trace, and knows how large each was. */
export class Packets {
  /** Size of the IP packets from now on. A SYN has its own. */
  bytes: number;
  readonly #sizes: number[] = [];
  readonly #arena: SendArena;
  readonly #sockaddrs = new Map<number, Buffer>();

  constructor(
    private readonly channel: Channel,
    private readonly settings: TracerouteSettings,
    private readonly ends: { readonly address: string; readonly source?: string },
    private readonly cookie: Buffer,
  ) {
    this.bytes = settings.packetBytes;
    this.#arena = new SendArena(1, settings.packetBytes);
  }

  /** How large the packet with this number was, bytes. */
  sizeOf(number: number): number {
    return this.#sizes[number] ?? 0;
  }

  /** Sends one. Gives 0, or why this host refused (errno(3)). */
  send(number: number, ttl: number, flow: number): number {
    const { fd } = this.channel.sender;
    setTtl(this.channel, ttl);
    this.#write(number, flow);
    this.#sizes[number] = this.bytes;
    let result = this.#arena.send(fd, 0);
    // An ICMP error that waits on the socket is told by the next send, which then sends nothing (ip(7), IP_RECVERR); meanwhile another one may come.
    for (let attempts = 1; result < 0 && attempts < SEND_ATTEMPTS; attempts++) result = this.#arena.send(fd, 0);
    return Math.max(0, -result);
  }

  #write(number: number, flow: number): void {
    const { mode, family, id } = this.channel;
    const length = mode === 'tcp' ? SYN_BYTES : this.bytes - HEADERS[family] + (mode === 'icmp' ? 8 : 0);
    this.#arena.clear();
    const at = this.#arena.queue(this.#sockaddr(flow), length);
    const { memory } = this.#arena;
    if (mode === 'icmp') writeEcho(memory, at, length, family, id, this.cookie, number);
    else if (mode === 'udp') writeDatagram(memory, at, length, this.cookie, number);
    else writeSyn(memory, at, this.#synEnds, this.cookie, number);
  }

  /** Flows differ by the port at the target, which load balancers look at. */
  #sockaddr(flow: number): Buffer {
    const { address } = this.ends;
    // A raw socket's packets have ports of their own.
    const port = this.channel.mode === 'udp' ? ((portOf(this.settings) - 1 + flow) % LAST_PORT) + 1 : 0;
    const sockaddr = this.#sockaddrs.get(flow) ?? encodeSockaddr({ address, port });
    this.#sockaddrs.set(flow, sockaddr);
    return sockaddr;
  }

  get #synEnds(): Ends {
    const { address, source = '' } = this.ends;
    return {
      source: addressBytes(source),
      destination: addressBytes(address),
      sourcePort: this.channel.id,
      port: portOf(this.settings),
    };
  }
}
