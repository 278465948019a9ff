import type { Explored } from './explore.js';
import type { FlowMember } from '../sdk/flow.js';
import type { ProbeFailure } from '../sdk/error.js';
import type { Narrowing, Refusal, Sent } from './trace.js';

/** What a trace found, by our own sockets or by a program of the host. */
export interface Traced {
  readonly sent: readonly Sent[];
  readonly narrowings: readonly Narrowing[];
  /** Who would not carry a packet, however small it was made: there the path ends. */
  readonly refusal: Refusal | undefined;
  /** TTL at which the path ends: the target's, or that of a router that refuses; undefined where neither answered. */
  readonly end: number | undefined;
  /** Largest TTL that answered; 0 where none did. */
  readonly farthest: number;
  /** Why nothing more could be sent. */
  readonly failure: ProbeFailure | undefined;
  /** Whether the wall clock was stepped meanwhile: no time counts then. */
  readonly stepped: boolean;
  readonly cutShort: boolean;
  /** Packets that were not sent, by TTL, since the router there had no answers left for this host. */
  readonly notSent: ReadonlyMap<number, number>;
  /** Parallel ways; undefined where they were not looked for. */
  readonly explored: Explored | undefined;
}

/** A trace in which nothing happened but that packets were sent and answered. */
export const UNEVENTFUL: Omit<Traced, 'sent' | 'end' | 'farthest'> = {
  narrowings: [],
  refusal: undefined,
  failure: undefined,
  stepped: false,
  cutShort: false,
  notSent: new Map(),
  explored: undefined,
};

/** By what a trace was made. */
export interface Means {
  readonly method: string;
  /** Whether quoted headers were to be seen: DSCP, ECN and MPLS labels stand there. */
  readonly seesQuotes: boolean;
  /** The program, where it was one: what it cannot tell has its name in the reason. */
  readonly program?: string;
  /** What distinguishes the flow: the echo identifier, or the ports. A program chooses its own and does not tell. */
  readonly flow: {
    readonly id?: number;
    readonly sourcePort?: number;
    readonly destinationPort?: number;
    readonly members?: readonly FlowMember[];
  };
  /** Half-width of the error of an RTT, ms. */
  readonly errorMs: number;
}
