import { readFileSync } from 'node:fs';
import { BlockList } from 'node:net';
import { networkInterfaces } from 'node:os';
import { performance } from 'node:perf_hooks';
import type { FlowIdentity, FlowMember } from '../sdk/flow.js';
import { IP_TOS, IPV6_TCLASS, SOL_IP, SOL_IPV6 } from './constants.js';
import type { Resolved } from './lookup.js';
import { openUdp } from './udp.js';

/** What a probe knows of its flow by itself. */
export interface FlowParts extends FlowMember {
  readonly protocol: FlowIdentity['protocol'];
  readonly source?: string;
  readonly destinationPort?: number;
  readonly dscp?: number;
  /** All flows of the run. */
  readonly members?: readonly FlowMember[];
}

/** Interfaces and routes change seldom, and asking for them costs as much as a packet: what was found is good for so long, ms. */
const KNOWN_FOR_MS = 10_000;
/** Any port: nothing is ever sent to it. */
const SOME_PORT = 9;

/** What this host is like at the moment. */
interface Surroundings {
  readonly at: number;
  /** Names of interfaces; undefined where several have the address. */
  readonly byAddress: ReadonlyMap<string, string | undefined>;
  readonly loopback: string | undefined;
  /** Subnets that this host is in. */
  readonly links: BlockList;
  /** Source addresses by destination and DSCP, as they were asked for. */
  readonly sources: Map<string, string | undefined>;
}

let known: Surroundings | undefined;

function surroundings(): Surroundings {
  if (known && performance.now() - known.at < KNOWN_FOR_MS) return known;
  const byAddress = new Map<string, string | undefined>();
  const links = new BlockList();
  let loopback: string | undefined;
  for (const [name, entries = []] of Object.entries(networkInterfaces())) {
    for (const { address, internal, cidr, family } of entries) {
      if (cidr !== null) links.addSubnet(address, Number(cidr.split('/')[1]), family === 'IPv4' ? 'ipv4' : 'ipv6');
      if (internal) loopback ??= name;
      byAddress.set(address, byAddress.has(address) ? undefined : name);
    }
  }
  return (known = { at: performance.now(), byAddress, loopback, links, sources: new Map() });
}

function interfaceOf(source: string, destination: string): string | undefined {
  const [address = '', scope] = destination.split('%');
  if (scope !== undefined && !/^\d+$/.test(scope)) return scope;
  const { byAddress, loopback } = surroundings();
  // What a host sends to itself never leaves by the interface whose address it is.
  return address === source ? loopback : byAddress.get(source);
}

/** Whether a target is in one of this host's subnets, so that no router stands between. Up to 10 s old. */
export function isOnLink({ address, family }: Resolved): boolean {
  const [plain = ''] = address.split('%');
  return surroundings().links.check(plain, family === 4 ? 'ipv4' : 'ipv6');
}

/** The link by which packets leave this host. */
export interface FirstLink {
  /** This host's address on it. */
  readonly address: string;
  /** Size of the largest IP packet that it carries, bytes. */
  readonly mtu: number;
}

/** The link by which packets to another leave this host; undefined where this host does not say. Linux: sysfs. */
export function firstLinkTo(to: Resolved, dscp: number): FirstLink | undefined {
  const address = sourceTo(to, dscp);
  const name = address === undefined ? undefined : interfaceOf(address, to.address);
  if (address === undefined || name === undefined) return undefined;
  try {
    return { address, mtu: Number(readFileSync(`/sys/class/net/${name}/mtu`, 'utf8')) };
  } catch {
    // No sysfs here, or the interface has gone: then this host does not say.
    return undefined;
  }
}

/** The flow of packets to a resolved target, with the interface that has their source address; what is not known is left out. */
export function flowIdentity({ address, family, resolvedFrom }: Resolved, parts: FlowParts): FlowIdentity {
  const { protocol, source, sourcePort, destinationPort, id, dscp = 0, members = [] } = parts;
  const through = source === undefined ? undefined : interfaceOf(source, address);
  return {
    protocol,
    family,
    ...(source === undefined ? {} : { source }),
    ...(sourcePort === undefined ? {} : { sourcePort }),
    destination: address,
    ...(destinationPort === undefined ? {} : { destinationPort }),
    ...(id === undefined ? {} : { id }),
    dscp,
    ...(through === undefined ? {} : { interface: through }),
    ...(resolvedFrom === undefined ? {} : { resolvedFrom }),
    ...(members.length > 1 ? { flows: members } : {}),
  };
}

/**
 * The address that this host sends from to another: a datagram socket is connected, which asks the routing table and sends nothing (ip(7)). Undefined where
 * there is no way, or no kernel layer to ask. Up to 10 s old.
 */
export function sourceTo(to: Resolved, dscp: number): string | undefined {
  const { sources } = surroundings();
  const key = `${to.address} ${dscp}`;
  if (!sources.has(key)) sources.set(key, askForSource(to, dscp));
  return sources.get(key);
}

function askForSource({ address, family }: Resolved, dscp: number): string | undefined {
  const socket = openUdp(family);
  if (!socket) return undefined;
  try {
    // Routes may hang on it.
    if (dscp > 0) socket.setInt(family === 4 ? SOL_IP : SOL_IPV6, family === 4 ? IP_TOS : IPV6_TCLASS, dscp << 2);
    return socket.connect({ address, port: SOME_PORT }) === 0 ? socket.localEndpoint()?.address : undefined;
  } finally {
    socket.close();
  }
}
