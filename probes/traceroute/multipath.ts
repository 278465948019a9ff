/**
 * The multipath detection algorithm: which packets to send in order to find all equal-cost ways between two hosts, hop by hop, and when to stop (Augustin,
 * Friedman, Teixeira: "Multipath tracing with Paris traceroute", E2EMON 2007; Veitch et al.: "Failure control in multipath route tracing", INFOCOM 2009).
 * Pure: it says which flows to send to which hop, and learns what came back.
 */

/** Share of nodes with several successors of which one may stay unfound. Five of them in a row still have all ways found in 95 of 100 traces. */
const MISSED = 0.01;
/** More flows are sent to no hop: some ten ways at each of the nodes before it. */
export const MOST_FLOWS = 256;

/** One packet to send. */
export interface Query {
  readonly ttl: number;
  readonly flow: number;
}

const known: number[] = [];

/**
 * So many flows through a node must have shown no more than `found` successors, before it is said that it has no more: had it one more, and spread flows
 * evenly, the chance that one stayed hidden would be under `MISSED` (inclusion and exclusion). 8, 15, 21, 28, … for 1, 2, 3, 4, …
 */
export function flowsToRuleOut(found: number): number {
  for (let successors = known.length + 1; successors <= found; successors++) {
    let flows = known[successors - 2] ?? successors;
    while (chanceOfHiding(successors + 1, flows) > MISSED) flows++;
    known.push(flows);
  }
  return known[found - 1] ?? 1;
}

/** That `flows` spread evenly over so many ways leave at least one of them out. */
function chanceOfHiding(ways: number, flows: number): number {
  let chance = 0;
  let choices = 1;
  for (let left = 1; left < ways; left++) {
    choices *= (ways - left + 1) / left;
    chance += (left % 2 === 1 ? 1 : -1) * choices * (1 - left / ways) ** flows;
  }
  return chance;
}

/** Flows through one node, and where they went. */
interface Node {
  flows: number;
  readonly successors: Set<string>;
}

/** What is known of the ways between this host and a target. */
export class Multipath {
  /** What each flow met, by TTL; null where it got no answer. */
  readonly #met: Map<number, string | null>[];

  /** @param hops what flow 0 met at TTL 1, 2, … up to the hop before the target; undefined for a silent hop. @param target whose answer ends a flow's way */
  constructor(
    private readonly hops: readonly (string | undefined)[],
    private readonly target: string,
  ) {
    this.#met = hops.map((address) => new Map(address === undefined ? [] : [[0, address]]));
  }

  /** A flow met `address` at a hop; null: several packets of it got no answer there. */
  tell({ ttl, flow }: Query, address: string | null): void {
    this.#met[ttl - 1]?.set(flow, address);
  }

  /** What is to be sent next, hops in ascending order; none when all ways are found, or so many flows did not do. */
  get queries(): Query[] {
    const queries: Query[] = [];
    const wanted = this.#wanted();
    for (const [index, upTo] of wanted.entries()) {
      for (let flow = 0; flow < upTo; flow++) {
        if (!this.#met[index]?.has(flow) && !this.#isThere(flow, index)) queries.push({ ttl: index + 1, flow });
      }
    }
    return queries;
  }

  /** Whether some node's successors could not be ruled out with the most flows that are sent. */
  get isCutShort(): boolean {
    return this.hops.some((address, index) => address !== undefined && this.#missing(index) > 0);
  }

  /** The addresses found at each hop, sorted; none for a silent one. */
  get nodes(): string[][] {
    return this.#met.map((met) => [...new Set([...met.values()].filter((address) => address !== null))].sort());
  }

  /** Ways from this host to the target: a node's are those of all nodes that were seen to lead to it. */
  get paths(): number {
    let ways = new Map<string, number>([['', 1]]);
    let arrived = 0;
    for (const index of this.#spoken()) {
      const next = new Map<string, number>();
      for (const [node, { successors }] of this.#nodesBefore(index)) {
        for (const successor of successors) {
          const more = ways.get(node) ?? 0;
          if (successor === this.target) arrived += more;
          else next.set(successor, (next.get(successor) ?? 0) + more);
        }
      }
      ways = next;
    }
    return arrived + [...ways.values()].reduce((sum, each) => sum + each, 0);
  }

  /** Indices of the hops that answer. */
  #spoken(): number[] {
    return this.hops.flatMap((address, index) => (address === undefined ? [] : index));
  }

  /** How many flows each hop is to be asked for: as many as itself and the hops behind it need. */
  #wanted(): number[] {
    const wanted = this.hops.map((address, index) => {
      const asked = this.#met[index]?.size ?? 0;
      return address === undefined ? 0 : Math.min(MOST_FLOWS, asked + this.#missing(index));
    });
    for (let index = wanted.length - 2; index >= 0; index--) {
      if (this.hops[index] === undefined || this.#only(index) !== undefined) continue;
      const behind = wanted.slice(index + 1, this.#nextSingle(index) + 1);
      wanted[index] = Math.max(wanted[index] ?? 0, ...behind);
    }
    return wanted;
  }

  /** The one node that all flows go through at a hop, once no second one is left to rule out. */
  #only(index: number): string | undefined {
    const nodes = new Set([...(this.#met[index]?.values() ?? [])].filter((address) => address !== null));
    const [only] = nodes;
    return nodes.size === 1 && only !== this.target && this.#missing(index) <= 0 ? only : undefined;
  }

  /** The first hop behind this one that all flows go through: what lies behind it does not ask where a flow came from. */
  #nextSingle(index: number): number {
    const next = this.hops.findIndex((_, later) => later > index && this.#only(later) !== undefined);
    return next === -1 ? this.hops.length - 1 : next;
  }

  /** How many more flows through a hop it takes until nothing is left to rule out; where there are several nodes before it, more may be needed. */
  #missing(index: number): number {
    const nodes = this.#nodesBefore(index);
    let missing = 0;
    for (const { flows, successors } of nodes.values()) {
      missing = Math.max(missing, flowsToRuleOut(Math.max(1, successors.size)) - flows);
    }
    // A new flow goes through the node that needs it as likely as through any other.
    return missing * nodes.size;
  }

  /** The nodes of the last hop before this one that answers, with the flows that went from there to this hop. */
  #nodesBefore(index: number): Map<string, Node> {
    const before = this.#indexBefore(index);
    const nodes = new Map<string, Node>();
    const nodeOf = (name: string): Node => {
      const node = nodes.get(name) ?? { flows: 0, successors: new Set<string>() };
      nodes.set(name, node);
      return node;
    };
    const only = before === undefined ? '' : this.#only(before);
    const earlier = (before === undefined ? undefined : this.#met[before]) ?? new Map<number, string | null>();
    for (const name of only === undefined ? earlier.values() : [only]) if (name !== null && name !== this.target) nodeOf(name);
    for (const [flow, address] of this.#met[index] ?? []) {
      const name = only ?? earlier.get(flow);
      if (name === undefined || name === null || name === this.target || address === null) continue;
      const node = nodeOf(name);
      node.flows += 1;
      node.successors.add(address);
    }
    return nodes;
  }

  /** The last hop before this one that answers; undefined where there is none. */
  #indexBefore(index: number): number | undefined {
    const earlier = this.hops.slice(0, index).findLastIndex((address) => address !== undefined);
    return earlier === -1 ? undefined : earlier;
  }

  /** Whether a flow met the target at an earlier hop. */
  #isThere(flow: number, index: number): boolean {
    return this.#met.slice(0, index).some((met) => met.get(flow) === this.target);
  }
}
