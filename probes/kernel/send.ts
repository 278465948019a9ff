import { libc } from './libc.js';
import { MessageArena } from './message-arena.js';

/** Room for many packets to many addresses, sent by one sendmmsg(2). */
export class SendArena extends MessageArena {
  #queued = 0;

  constructor(packets = 64, bytes = 2048) {
    super(packets, bytes, 0);
  }

  get queued(): number {
    return this.#queued;
  }

  get full(): boolean {
    return this.#queued === this.packets;
  }

  /** Takes the next place for a packet of this length to this sockaddr; gives the offset in `memory` where its bytes go. Not to be called when full. */
  queue(sockaddr: Buffer, length: number): number {
    const index = this.#queued++;
    sockaddr.copy(this.memory, this.nameStart(index));
    this.setNameLength(index, sockaddr.length);
    this.setDataLength(index, length);
    return this.dataStart(index);
  }

  /**
   * Sends the queued packets from the given one on. Gives how many the kernel took, or minus errno where it refused the first of them; the others are
   * untouched then.
   */
  send(fd: number, from: number): number {
    const sent = libc().sendmmsg(fd, this.headerAddress(from), this.#queued - from, 0);
    return sent < 0 ? -libc().errno() : sent;
  }

  /** Forgets the queued packets. */
  clear(): void {
    this.#queued = 0;
  }
}
