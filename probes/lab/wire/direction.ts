import { libc } from '../../kernel/libc.js';
import { Counters } from './counters.js';
import { flowNumber, packetKind, rewriteDscp } from './packet.js';
import { SeededRandom } from './random.js';
import type { Impairment, PacketKind } from './settings.js';

/** Memory for the packets under way in one direction; untouched pages cost nothing. */
const MEMORY_BYTES = 16 * 2 ** 20;
const BITS_PER_BYTE = 8;

/** A sequence for each kind: what the hosts say of themselves (IPv6 multicast listeners) must not change which echo requests are lost. */
function randomOfEachKind(seed: number): Record<PacketKind, SeededRandom> {
  const sequence = (): SeededRandom => new SeededRandom(seed);
  return { echo: sequence(), tcp: sequence(), udp: sequence(), other: sequence() };
}

/**
 * One direction of a wire: a bottleneck with its queue, then a delay line. Packets are read straight into their place in a ring and written from it.
 * Times are those of `performance.now()`, ms.
 */
export class Direction {
  readonly counters = new Counters();
  #settings: Impairment = {};
  #random = randomOfEachKind(1);
  readonly #buffer: Buffer;
  readonly #address: number;
  readonly #slotBytes: number;
  readonly #places: number;
  readonly #slots: Int32Array;
  readonly #releaseAt: Float64Array;
  readonly #serialisedAt: Float64Array;
  readonly #lengths: Int32Array;
  #head = 0;
  #tail = 0;
  /** First place whose packet had not yet passed the bottleneck when last looked at. */
  #queueHead = 0;
  #bottleneckFree = 0;
  #lastRelease = 0;
  #admitted = 0;
  #dropNext = 0;

  constructor(mtu: number) {
    this.#slotBytes = Math.max(2048, (mtu + 63) & ~63);
    this.#places = Math.floor(MEMORY_BYTES / this.#slotBytes);
    const memory = libc().allocate(MEMORY_BYTES + this.#slotBytes);
    this.#buffer = memory.buffer;
    this.#address = Number(memory.address);
    this.#slots = Int32Array.from({ length: this.#places }, (_, index) => index);
    this.#releaseAt = new Float64Array(this.#places);
    this.#serialisedAt = new Float64Array(this.#places);
    this.#lengths = new Int32Array(this.#places);
  }

  set(settings: Impairment): void {
    this.#settings = settings;
    this.#random = randomOfEachKind(settings.seed ?? 1);
    this.#dropNext = settings.dropNext ?? 0;
    this.#admitted = 0;
  }

  /** When the next packet is due; Infinity where none is under way. */
  get nextRelease(): number {
    return this.#head === this.#tail ? Number.POSITIVE_INFINITY : this.#at(this.#releaseAt, this.#head);
  }

  /** Reads one packet from a TUN device and decides what becomes of it. False where none waits. */
  receive(fd: number, now: number): boolean {
    const full = this.#tail - this.#head >= this.#places;
    // A packet that finds the ring full is read into the spare slot, to be counted and forgotten.
    const slot = full ? this.#places : this.#at(this.#slots, this.#tail);
    const start = slot * this.#slotBytes;
    const length = libc().read(fd, this.#address + start, this.#slotBytes);
    if (length <= 0) return false;
    const kind = packetKind(this.#buffer, start);
    this.counters.received[kind]++;
    if (this.#vanishes(kind, start, length)) this.counters.lost[kind]++;
    else if (full || this.#queueIsFull(now)) this.counters.overflowed[kind]++;
    else {
      if (this.#settings.dscp !== undefined) rewriteDscp(this.#buffer, start, this.#settings.dscp);
      this.#admit(kind, length, now);
      if (this.#random[kind].happens(this.#settings.duplicatePercent ?? 0)) this.#duplicate(kind, slot, length, now);
    }
    return true;
  }

  /** Writes the packet that is due first to a TUN device. */
  release(fd: number, now: number): void {
    const place = this.#head % this.#places;
    const start = this.#at(this.#slots, this.#head) * this.#slotBytes;
    const taken = libc().write(fd, this.#address + start, this.#at(this.#lengths, this.#head)) >= 0;
    this.counters.late(now - (this.#releaseAt[place] ?? now));
    (taken ? this.counters.delivered : this.counters.refused)[packetKind(this.#buffer, start)]++;
    this.#head++;
  }

  #vanishes(kind: PacketKind, start: number, length: number): boolean {
    if (this.#dropNext > 0 && kind !== 'other') {
      this.#dropNext--;
      return true;
    }
    if (length > (this.#settings.largestBytes ?? Number.POSITIVE_INFINITY)) return true;
    const { lostFlow, lossPercent = 0 } = this.#settings;
    if (lostFlow !== undefined && flowNumber(this.#buffer, start, kind) === lostFlow) return true;
    return this.#random[kind].happens(lossPercent);
  }

  #queueIsFull(now: number): boolean {
    const { rateKbit, queuePackets } = this.#settings;
    if (rateKbit === undefined || queuePackets === undefined) return false;
    this.#queueHead = Math.max(this.#queueHead, this.#head);
    while (this.#queueHead < this.#tail && this.#at(this.#serialisedAt, this.#queueHead) <= now) this.#queueHead++;
    return this.#tail - this.#queueHead >= queuePackets;
  }

  #admit(kind: PacketKind, length: number, now: number): void {
    const { delayMs = 0, jitterMs = 0, swapEvery } = this.#settings;
    const serialised = this.#pastBottleneck(length, now);
    const jitter = jitterMs > 0 ? (this.#random[kind].next() * 2 - 1) * jitterMs : 0;
    const release = Math.max(serialised + Math.max(0, delayMs + jitter), this.#lastRelease);
    this.#lastRelease = release;
    if (kind !== 'other') this.#admitted++;
    const place = this.#tail++ % this.#places;
    this.#lengths[place] = length;
    this.#serialisedAt[place] = serialised;
    this.#releaseAt[place] = release;
    const waits = kind !== 'other' && swapEvery !== undefined && this.#admitted % swapEvery === 0;
    if (!this.#passWaiting(place, release) && waits) this.#releaseAt[place] = Number.POSITIVE_INFINITY;
  }

  #pastBottleneck(length: number, now: number): number {
    const { rateKbit } = this.#settings;
    if (rateKbit === undefined) return now;
    this.#bottleneckFree = Math.max(this.#bottleneckFree, now) + (length * BITS_PER_BYTE) / rateKbit;
    return this.#bottleneckFree;
  }

  /** Lets the newest packet pass the one before it, if that waits for it (`swapEvery`). */
  #passWaiting(place: number, release: number): boolean {
    const before = (place + this.#places - 1) % this.#places;
    if (this.#tail - this.#head < 2 || this.#releaseAt[before] !== Number.POSITIVE_INFINITY) return false;
    for (const list of [this.#slots, this.#lengths, this.#serialisedAt]) {
      const waiting = list[before] ?? 0;
      list[before] = list[place] ?? 0;
      list[place] = waiting;
    }
    this.#releaseAt[before] = release;
    return true;
  }

  #duplicate(kind: PacketKind, slot: number, length: number, now: number): void {
    if (this.#tail - this.#head >= this.#places) return;
    const copy = this.#at(this.#slots, this.#tail);
    this.#buffer.copy(this.#buffer, copy * this.#slotBytes, slot * this.#slotBytes, slot * this.#slotBytes + length);
    this.counters.duplicated[kind]++;
    this.#admit(kind, length, now);
  }

  #at(list: Int32Array | Float64Array, position: number): number {
    return list[position % this.#places] ?? 0;
  }
}
