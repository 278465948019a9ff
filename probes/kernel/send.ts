import { libc } from './libc.js';

const MSGHDR = 64;
const IOVEC = 16;
const NAME = 32;

/** Room for many packets to many addresses, sent by one sendmmsg(2). */
export class SendArena {
  readonly #memory: Buffer;
  readonly #address: bigint;
  readonly #vectors: number;
  readonly #names: number;
  readonly #data: number;
  #queued = 0;

  constructor(
    readonly packets = 64,
    readonly bytes = 2048,
  ) {
    this.#vectors = packets * MSGHDR;
    this.#names = this.#vectors + packets * IOVEC;
    this.#data = this.#names + packets * NAME;
    const memory = libc().allocate(this.#data + packets * bytes);
    this.#memory = memory.buffer;
    this.#address = memory.address;
    for (let index = 0; index < packets; index++) this.#wire(index);
  }

  get queued(): number {
    return this.#queued;
  }

  get full(): boolean {
    return this.#queued === this.packets;
  }

  /** Memory that packets are written into, from `queue`'s offset on. */
  get memory(): Buffer {
    return this.#memory;
  }

  /** Takes the next place for a packet of this length to this sockaddr; gives the offset in `memory` where its bytes go. Not to be called when full. */
  queue(sockaddr: Buffer, length: number): number {
    const index = this.#queued++;
    sockaddr.copy(this.#memory, this.#names + index * NAME);
    this.#memory.writeUInt32LE(sockaddr.length, index * MSGHDR + 8);
    this.#memory.writeBigUInt64LE(BigInt(length), this.#vectors + index * IOVEC + 8);
    return this.#data + index * this.bytes;
  }

  /**
   * Sends the queued packets from the given one on. Gives how many the kernel took, or minus errno where it refused the first of them; the others are
   * untouched then.
   */
  send(fd: number, from: number): number {
    const sent = libc().sendmmsg(fd, this.#address + BigInt(from * MSGHDR), this.#queued - from, 0);
    return sent < 0 ? -libc().errno() : sent;
  }

  /** Forgets the queued packets. */
  clear(): void {
    this.#queued = 0;
  }

  #wire(index: number): void {
    const header = index * MSGHDR;
    const vector = this.#vectors + index * IOVEC;
    const at = (offset: number): bigint => this.#address + BigInt(offset);
    this.#memory.writeBigUInt64LE(at(this.#names + index * NAME), header);
    this.#memory.writeBigUInt64LE(at(vector), header + 16);
    this.#memory.writeBigUInt64LE(1n, header + 24);
    this.#memory.writeBigUInt64LE(at(this.#data + index * this.bytes), vector);
  }
}
