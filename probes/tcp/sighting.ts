import { ACK, RST, SYN, type Segment } from './segment.js';

/** What the tap saw of one connection of ours; stamps of the kernel, on the scale of `stampMs`. */
export class Sighting {
  readonly syns: number[] = [];
  /** The SYN that the SYN-ACK answers, by the time stamp that it gives back: its place among those sent; undefined where it gives none, or the kernel's clock did not tell them apart. */
  answeredSyn: number | undefined;
  readonly #synClocks: (number | undefined)[] = [];
  synAckAt: number | undefined;
  ackAt: number | undefined;
  /** Last segment with data that we sent before the peer's first with data. */
  lastRequestAt: number | undefined;
  firstResponseAt: number | undefined;

  constructor(
    readonly localPort: number,
    readonly remotePort: number,
  ) {}

  /** Whether the whole handshake was seen. */
  get complete(): boolean {
    return this.syns.length > 0 && this.synAckAt !== undefined && this.ackAt !== undefined;
  }

  /** Takes a segment of this connection in. The first stamp of each kind counts: further devices show the same packet again. */
  take({ flags, payloadBytes, timestamps }: Segment, outgoing: boolean, at: number): void {
    const kind = flags & (SYN | ACK | RST);
    if (outgoing) {
      if (kind === SYN && this.synAckAt === undefined) this.#takeSyn(at, timestamps?.value);
      else if (kind === ACK && this.synAckAt !== undefined) this.ackAt ??= at;
      if (payloadBytes > 0 && this.firstResponseAt === undefined) this.lastRequestAt = at;
    } else {
      if (kind === (SYN | ACK) && this.synAckAt === undefined) this.#takeSynAck(at, timestamps?.echo);
      if (payloadBytes > 0 && this.lastRequestAt !== undefined) this.firstResponseAt ??= at;
    }
  }

  /** A VLAN or bridge shows one SYN at two devices, microseconds apart; the kernel sends a SYN again after a second. */
  #takeSyn(at: number, clock: number | undefined): void {
    const last = this.syns.at(-1);
    if (last !== undefined && at - last <= SAME_SYN_MS) return;
    this.syns.push(at);
    this.#synClocks.push(clock);
  }

  #takeSynAck(at: number, echo: number | undefined): void {
    this.synAckAt = at;
    const named = this.#synClocks.flatMap((clock, index) => (clock !== undefined && clock === echo ? [index] : []));
    if (named.length === 1) this.answeredSyn = named[0];
  }
}

const SAME_SYN_MS = 5;
