import { libc } from './libc.js';

/** struct mmsghdr of recvmmsg(2) and sendmmsg(2): msghdr (56 bytes) and msg_len (4), padded. */
const MSGHDR = 64;
const IOVEC = 16;
/** Room for a sockaddr of either family. */
const NAME = 32;

/** Memory for many packets, each with its header, address, control messages and data wired together once: no call allocates anything. */
export class MessageArena {
  /** The arena itself; offsets of the methods below count from its beginning. */
  readonly memory: Buffer;
  readonly #address: bigint;
  readonly #vectors: number;
  readonly #names: number;
  readonly #controls: number;
  readonly #data: number;

  /** `packets` at once, up to `bytes` of each, `controlBytes` of control messages each. */
  constructor(
    readonly packets: number,
    readonly bytes: number,
    readonly controlBytes: number,
  ) {
    this.#vectors = packets * MSGHDR;
    this.#names = this.#vectors + packets * IOVEC;
    this.#controls = this.#names + packets * NAME;
    this.#data = this.#controls + packets * controlBytes;
    const { buffer, address } = libc().allocate(this.#data + packets * bytes);
    this.memory = buffer;
    this.#address = address;
    for (let index = 0; index < packets; index++) this.#wire(index);
  }

  /** Where a packet's bytes begin. */
  dataStart(index: number): number {
    return this.#data + index * this.bytes;
  }

  /** How many bytes of it the kernel has written. */
  dataLength(index: number): number {
    return this.memory.readUInt32LE(index * MSGHDR + 56);
  }

  /** Where its sockaddr begins. */
  nameStart(index: number): number {
    return this.#names + index * NAME;
  }

  /** Where its control messages begin, and how many bytes of them the kernel has written. */
  controlStart(index: number): number {
    return this.#controls + index * this.controlBytes;
  }
  controlLength(index: number): number {
    return this.memory.readUInt32LE(index * MSGHDR + 40);
  }

  /** Address of a packet's header: what recvmmsg and sendmmsg are given. */
  protected headerAddress(index: number): bigint {
    return this.#address + BigInt(index * MSGHDR);
  }

  /** Says how much room the kernel has for the sender's address and for control messages: it overwrites both. */
  protected offerRoom(index: number): void {
    const header = index * MSGHDR;
    this.setNameLength(index, NAME);
    this.memory.writeUInt32LE(this.controlBytes, header + 40);
    this.memory.writeUInt32LE(0, header + 48);
  }

  protected setNameLength(index: number, length: number): void {
    this.memory.writeUInt32LE(length, index * MSGHDR + 8);
  }

  protected setDataLength(index: number, length: number): void {
    this.memory.writeBigUInt64LE(BigInt(length), this.#vectors + index * IOVEC + 8);
  }

  #wire(index: number): void {
    const header = index * MSGHDR;
    const vector = this.#vectors + index * IOVEC;
    const point = (at: number, to: number): unknown => this.memory.writeBigUInt64LE(this.#address + BigInt(to), at);
    point(header, this.nameStart(index));
    point(header + 16, vector);
    this.memory.writeBigUInt64LE(1n, header + 24);
    if (this.controlBytes > 0) point(header + 32, this.controlStart(index));
    point(vector, this.dataStart(index));
    this.setDataLength(index, this.bytes);
  }
}
