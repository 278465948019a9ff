import type { LinkImpairments } from './wire/settings.js';

/** A host of the lab: a network namespace. */
export interface LabHost {
  readonly name: string;
  readonly namespace: string;
  /** Its address on the link nearest to the other end of the chain: the server's only one, the client's only one. */
  readonly v4: string;
  readonly v6: string;
}

/** How two neighbours are joined. */
export interface LinkOptions {
  /** Largest packet, bytes; 1500 where it is left out. */
  readonly mtu?: number;
  /** What the link does to packets. Left out: a plain veth pair, which does nothing. Given, even empty: a wire, which can be changed later. */
  readonly impairments?: LinkImpairments;
}

/** One link of a chain, with the addresses of both its ends. */
export interface PlannedLink {
  readonly index: number;
  readonly mtu: number;
  readonly impairments: LinkImpairments | undefined;
  readonly left: PlannedEnd;
  readonly right: PlannedEnd;
}

export interface PlannedEnd {
  readonly host: string;
  readonly namespace: string;
  readonly device: string;
  readonly v4: string;
  readonly v6: string;
}

export interface PlannedRoute {
  readonly namespace: string;
  readonly destination: string;
  readonly via: string;
  /** Further gateways of equal cost: each flow takes one of them, by its addresses and ports. */
  readonly orVia?: readonly string[];
}

/** A chain of hosts, each joined with the next. */
export interface LabPlan {
  readonly hosts: readonly LabHost[];
  readonly links: readonly PlannedLink[];
  readonly routes: readonly PlannedRoute[];
}

/** Bytes of the largest packet of Ethernet. */
const ETHERNET_MTU = 1500;
/** RFC 2544's addresses for tests of networks: they mean nothing outside. */
const v4 = (link: number, host: number): string => `198.18.${link}.${host}`;
/** Unique local addresses (RFC 4193). */
const v6 = (link: number, host: number): string => `fd53:5357:0:${link.toString(16)}::${host}`;

/** The link of this number, counted from 0, between two neighbours. */
export function planLink(lab: string, [left, right]: readonly [string, string], index: number, options: LinkOptions = {}): PlannedLink {
  const { mtu = ETHERNET_MTU, impairments } = options;
  const number = index + 1;
  const end = (host: 1 | 2): PlannedEnd => {
    const name = host === 1 ? left : right;
    return {
      host: name,
      namespace: `${lab}-${name}`,
      device: `to-${host === 1 ? right : left}`,
      v4: v4(number, host),
      v6: v6(number, host),
    };
  };
  return { index, mtu, impairments, left: end(1), right: end(2) };
}

/** What each host must know of the links that it has no end of: they lie to its left, or to its right. */
function planRoutes(links: readonly PlannedLink[]): PlannedRoute[] {
  const routes: PlannedRoute[] = [];
  links.forEach((link, position) => {
    const next = links[position + 1];
    if (!next) return;
    const namespace = link.right.namespace;
    for (const before of links.slice(0, position)) routes.push(...routesTo(namespace, before, link.left));
    for (const after of links.slice(position + 2)) routes.push(...routesTo(namespace, after, next.right));
  });
  return routes;
}

/** The routes to the network of a link, for both families. */
export function routesTo(namespace: string, { index }: PlannedLink, gateway: PlannedEnd): PlannedRoute[] {
  return [
    { namespace, destination: `${v4(index + 1, 0)}/30`, via: gateway.v4 },
    { namespace, destination: `${v6(index + 1, 0)}/64`, via: gateway.v6 },
  ];
}

/** The routes to everything else. */
export function defaultRoutes(namespace: string, gateway: PlannedEnd): PlannedRoute[] {
  return [
    { namespace, destination: '0.0.0.0/0', via: gateway.v4 },
    { namespace, destination: '::/0', via: gateway.v6 },
  ];
}

/** Plans a chain of at least two hosts. Only the client knows the way to addresses that are nowhere: it asks its neighbour. @throws RangeError */
export function planChain(lab: string, names: readonly string[], options: readonly LinkOptions[]): LabPlan {
  if (names.length < 2 || names.length > 250) throw new RangeError('a lab has 2 to 250 hosts');
  const links = names.slice(1).map((name, index) => planLink(lab, [names[index] ?? '', name], index, options[index]));
  const [first, last] = [links[0], links.at(-1)];
  if (!first || !last) throw new RangeError('a lab has at least one link');
  const hosts = names.map((name, index) => {
    const end = links[index - 1]?.right ?? first.left;
    return { name, namespace: `${lab}-${name}`, v4: end.v4, v6: end.v6 };
  });
  const routes = [...planRoutes(links), ...defaultRoutes(first.left.namespace, first.right)];
  // With one link the server needs no way back, and its own addresses that are nowhere end with it.
  return { hosts, links, routes: links.length === 1 ? routes : [...routes, ...defaultRoutes(last.right.namespace, last.left)] };
}
