import { ORIGIN_ICMP, ORIGIN_ICMP6, ORIGIN_TIMESTAMPING } from '../kernel/constants.js';
import { ECHO_REPLY, ECHO_REQUEST, ICMP_HEADER } from '../kernel/icmp.js';
import { Lag } from '../kernel/lag.js';
import type { Ancillary, ReceiveArena } from '../kernel/receive.js';
import type { Burst } from './burst.js';
import { carriesCookie, generationAt, sequenceAt } from './echo-packet.js';
import type { EchoSocket } from '../kernel/echo-socket.js';
import { failureOfIcmp } from '../kernel/icmp-error.js';
import type { SlotTable } from './slots.js';

/** Where the address stands in sockaddr_in and sockaddr_in6. */
const ADDRESS_AT = { 4: 4, 6: 8 } as const;

/** Takes what an ICMP socket has received and hands it to the bursts that it belongs to. */
export class EchoReader {
  readonly lag = new Lag();
  readonly #reply: number;
  readonly #request: number;
  #stamped = false;

  constructor(
    private readonly echo: EchoSocket,
    private readonly arena: ReceiveArena,
    private readonly slots: SlotTable,
    private readonly cookie: Buffer,
  ) {
    this.#reply = ECHO_REPLY[echo.family];
    this.#request = ECHO_REQUEST[echo.family];
  }

  /** Whether the kernel stamps packets: then it does not matter when they are taken. */
  get stamped(): boolean {
    return this.#stamped;
  }

  /** Takes replies, then send stamps and errors: a reply's own send stamp is there by then. Gives how many packets there were. */
  drain(userStamp: number): number {
    return this.#drainReplies(userStamp) + this.drainErrors();
  }

  /** Takes the error queue: send stamps, and ICMP errors about our requests. */
  drainErrors(): number {
    let total = 0;
    this.lag.errors = this.arena.takeWaiting(this.echo.socket.fd, true, (index) => {
      this.#readError(index);
      total++;
    });
    return total;
  }

  #drainReplies(userStamp: number): number {
    let total = 0;
    this.lag.packets = this.arena.takeWaiting(this.echo.socket.fd, false, (index) => {
      this.#readReply(index, userStamp);
      total++;
    });
    return total;
  }

  #readReply(index: number, userStamp: number): void {
    const { memory } = this.arena;
    const start = this.arena.dataStart(index);
    const end = start + this.arena.dataLength(index);
    // A raw IPv4 socket gives the IP header as well.
    const icmp = this.echo.kind === 'raw' && this.echo.family === 4 ? start + ((memory[start] ?? 0) & 15) * 4 : start;
    if (memory[icmp] !== this.#reply || !carriesCookie(memory, icmp + ICMP_HEADER, end, this.cookie)) return;
    const sequence = memory.readUInt16BE(icmp + 6);
    const burst = this.#burstOf(sequence, memory, end);
    if (!burst || !this.#isFrom(burst, index)) return;
    const { stamp, ttl } = this.arena.ancillary(index);
    this.#stamped = !Number.isNaN(stamp);
    burst.wasAnswered(this.slots.index(sequence), stamp, userStamp, ttl);
  }

  /** The burst of a packet, unless its number has since been given to another one. */
  #burstOf(sequence: number, memory: Buffer, end: number): Burst | undefined {
    const burst = this.slots.burst(sequence);
    return burst && burst.generation === generationAt(memory, end) ? burst : undefined;
  }

  #isFrom(burst: Burst, index: number): boolean {
    const { address } = burst.plan;
    const from = this.arena.nameStart(index) + ADDRESS_AT[this.echo.family];
    return this.arena.memory.compare(address, 0, address.length, from, from + address.length) === 0;
  }

  #readError(index: number): void {
    const ancillary = this.arena.ancillary(index);
    if (ancillary.errorOrigin === ORIGIN_TIMESTAMPING) this.#readSendStamp(index, ancillary.stamp);
    else if (ancillary.errorOrigin === ORIGIN_ICMP || ancillary.errorOrigin === ORIGIN_ICMP6) this.#readIcmpError(index, ancillary);
  }

  /** The kernel gives the packet that it sent back, with whatever headers the interface put before it. */
  #readSendStamp(index: number, stamp: number): void {
    const { memory } = this.arena;
    const start = this.arena.dataStart(index);
    const end = start + this.arena.dataLength(index);
    if (!carriesCookie(memory, start, end, this.cookie)) return;
    const sequence = sequenceAt(memory, end);
    const burst = this.#burstOf(sequence, memory, end);
    if (!burst) return;
    // Who stamps what it sends stamps what it receives.
    this.#stamped = true;
    burst.txStamp[this.slots.index(sequence)] = stamp;
  }

  /** The quoted packet begins with its ICMP header, by which we know our own. */
  #readIcmpError(index: number, ancillary: Ancillary): void {
    const { memory } = this.arena;
    const start = this.arena.dataStart(index);
    if (this.arena.dataLength(index) < ICMP_HEADER || memory[start] !== this.#request) return;
    if (this.echo.kind === 'raw' && memory.readUInt16BE(start + 4) !== this.echo.id) return;
    const sequence = memory.readUInt16BE(start + 6);
    const burst = this.slots.burst(sequence);
    // Of an error the sender that is told is the address that our request went to (ip(7), IP_RECVERR): an old number's late error ends here.
    if (!burst || !this.#isFrom(burst, index)) return;
    const failure = failureOfIcmp(this.echo.family, ancillary.errorType, ancillary.errorCode, ancillary.offender, burst.plan.label);
    if (failure) burst.wasErrored(this.slots.index(sequence), failure);
  }
}
