import { PACKET_KINDS, type DirectionCounters, type KindCounts, type PacketKind } from './settings.js';

function zero(): Record<PacketKind, number> {
  return { echo: 0, tcp: 0, udp: 0, other: 0 };
}

/** Counts of one direction, written while packets pass. */
export class Counters {
  readonly received = zero();
  readonly delivered = zero();
  readonly lost = zero();
  readonly overflowed = zero();
  readonly refused = zero();
  readonly duplicated = zero();
  #released = 0;
  #latenessSum = 0;
  #latenessMax = 0;

  /** A packet left so late, ms. */
  late(ms: number): void {
    this.#released++;
    this.#latenessSum += ms;
    if (ms > this.#latenessMax) this.#latenessMax = ms;
  }

  snapshot(): DirectionCounters {
    const { received, delivered, lost, overflowed, refused, duplicated } = this;
    const mean = this.#released === 0 ? 0 : this.#latenessSum / this.#released;
    return structuredClone({ received, delivered, lost, overflowed, refused, duplicated, latenessMs: { mean, max: this.#latenessMax } });
  }
}

/** Packets of all kinds together. */
export function totalOf(counts: KindCounts): number {
  return PACKET_KINDS.reduce((sum, kind) => sum + counts[kind], 0);
}
