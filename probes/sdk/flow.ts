/** What tells flows of one run apart: the source port, or the echo identifier of ICMP. */
export type FlowMember = {
  readonly sourcePort?: number;
  readonly id?: number;
};

/**
 * Who sent what to whom: what load balancers and link aggregates hash, and what a firewall's rule names. Every network probe gives it in this shape as
 * `flow`; what is not known is left out.
 */
export type FlowIdentity = FlowMember & {
  readonly protocol: 'icmp' | 'udp' | 'tcp';
  readonly family: 4 | 6;
  /** Our address, as the route to the destination chose it. */
  readonly source?: string;
  readonly destination: string;
  /** Absent where the protocol has no ports. */
  readonly destinationPort?: number;
  readonly dscp: number;
  /** The interface that has the source address; absent where none or several have it. */
  readonly interface?: string;
  /** The name that the destination was looked up by; absent where an address was given. */
  readonly resolvedFrom?: string;
  /** All flows of the run, where there were several; the first is the one above. */
  readonly flows?: readonly FlowMember[];
};
