/** What one direction of a wire does to packets. A part that is left out is not done. */
export interface Impairment {
  /** One-way delay, ms, fractions allowed. */
  readonly delayMs?: number;
  /** The delay varies evenly by up to this much to both sides, ms; packets stay in order. */
  readonly jitterMs?: number;
  /** Chance of a packet to vanish, 0 to 100 %. */
  readonly lossPercent?: number;
  /** Seed of loss, duplication and jitter: the same seed treats the same packets of a kind alike. */
  readonly seed?: number;
  /** Vanish: the next so many packets after the setting, those of the kind `other` left out. */
  readonly dropNext?: number;
  /** Vanish: echo requests with this identifier, UDP and TCP packets from this source port; what a faulty member of a link aggregate does to the flows that it gets. */
  readonly lostFlow?: number;
  /** Chance of a packet to arrive twice, 0 to 100 %. */
  readonly duplicatePercent?: number;
  /** The n-th, 2n-th ... packet waits until the one after it has passed; those of the kind `other` are not counted. */
  readonly swapEvery?: number;
  /** Bottleneck, kbit/s, of whole IP packets. */
  readonly rateKbit?: number;
  /** Packets that may wait for the bottleneck, the one being sent included; more are dropped at the tail. */
  readonly queuePackets?: number;
  /** Packets of more bytes vanish without a word: a path MTU black hole. */
  readonly largestBytes?: number;
  /** DSCP that every packet gets, 0 to 63; ECN bits stay. */
  readonly dscp?: number;
}

/** What the wire tells packets apart by: echo requests and replies of both families; neighbour discovery and ICMP errors are `other`. */
export type PacketKind = 'echo' | 'tcp' | 'udp' | 'other';
export const PACKET_KINDS: readonly PacketKind[] = ['echo', 'tcp', 'udp', 'other'];
export type KindCounts = Readonly<Record<PacketKind, number>>;

/** What the wire did in one direction since it began, exactly. `received` + `duplicated` = all the others + what is still under way. */
export interface DirectionCounters {
  readonly received: KindCounts;
  readonly delivered: KindCounts;
  /** Dropped by `lossPercent`, `dropNext`, `largestBytes` or `lostFlow`. */
  readonly lost: KindCounts;
  /** Dropped at the tail of the bottleneck's queue. */
  readonly overflowed: KindCounts;
  /** Not taken by the far device, which was down. */
  readonly refused: KindCounts;
  readonly duplicated: KindCounts;
  /** How late packets left against their plan, ms. */
  readonly latenessMs: { readonly mean: number; readonly max: number };
}

/** Directions are named by the ends of the link: `forward` goes from its first host to its second. */
export interface LinkImpairments {
  readonly forward?: Impairment;
  readonly backward?: Impairment;
}

export interface LinkCounters {
  readonly forward: DirectionCounters;
  readonly backward: DirectionCounters;
}

/** One end of a wire: a TUN device in a namespace. */
export interface WireEnd {
  readonly namespace: string;
  readonly device: string;
}

/** What the wire's process is started with. */
export interface WireConfig {
  readonly ends: readonly [WireEnd, WireEnd];
  readonly mtu: number;
  readonly impairments: LinkImpairments;
}

/** One line to the wire's process; each is answered by one line with the counters. */
export type WireCommand = { readonly set: LinkImpairments } | { readonly counters: true };
