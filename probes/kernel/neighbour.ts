import { performance } from 'node:perf_hooks';
import { encodeSockaddr } from './address.js';
import { IP_TOS, IP_TTL, IPV6_TCLASS, IPV6_UNICAST_HOPS, SO_TIMESTAMPING, SOL_IP, SOL_IPV6, SOL_SOCKET, STAMP_SOFTWARE, STAMP_TX_SOFTWARE } from './constants.js'; // prettier-ignore
import type { Resolved } from './lookup.js';
import { whenReady } from './readiness.js';
import { SendArena } from './send.js';
import { isOnLink } from './flow.js';
import { routerBudgets } from './router-budget.js';
import { openUdp } from './udp.js';

/** RFC 863: who serves it answers nothing, and everybody else's closed port is as good. */
const DISCARD = 9;
/** The packet is for the next hop alone: no stranger is to hear of it. */
const NEXT_HOP = 1;
/** A neighbour that takes longer is away, which the samples are to tell. */
const LONGEST_MS = 200;
/** So long a neighbour that was met needs no asking: the kernel keeps it for 15 s at least (arp(7), base_reachable_time). Each question costs the next hop an answer, and it has few. */
const KNOWN_MS = 15_000;
/** Targets whose next hop is remembered. */
const MOST_KNOWN = 1024;

/** When the way to an address was last found open, `performance.now()`. */
const met = new Map<string, number>();

/** Questions under way: who wants to know the same waits with them. */
const asking = new Map<string, Promise<void>>();

let shared: SendArena | undefined;

/**
 * Makes sure that this host knows the link-layer address that packets to the target go to (ARP, RFC 826; neighbour discovery, RFC 4861): sends one datagram that
 * goes no further than the next hop, and waits for its send stamp, which the kernel gives when it leaves the device, so after the neighbour has answered. No
 * connection of the target's is spent. Waits 200 ms at the most; does nothing without the kernel layer or a way to the target, or where it was met within 15 s.
 */
export async function meetNeighbour(target: Resolved, dscp: number, signal: AbortSignal): Promise<void> {
  const { address } = target;
  if (performance.now() - (met.get(address) ?? -Infinity) < KNOWN_MS) return;
  const asked = asking.get(address) ?? ask(target, dscp, signal).finally(() => asking.delete(address));
  asking.set(address, asked);
  return asked;
}

async function ask(target: Resolved, dscp: number, signal: AbortSignal): Promise<void> {
  const { address, family } = target;
  const socket = openUdp(family);
  if (!socket) return;
  try {
    const v4 = family === 4;
    socket.setInt(SOL_SOCKET, SO_TIMESTAMPING, STAMP_TX_SOFTWARE | STAMP_SOFTWARE);
    socket.setInt(v4 ? SOL_IP : SOL_IPV6, v4 ? IP_TTL : IPV6_UNICAST_HOPS, NEXT_HOP);
    if (dscp > 0) socket.setInt(v4 ? SOL_IP : SOL_IPV6, v4 ? IP_TOS : IPV6_TCLASS, dscp << 2);
    shared ??= new SendArena(1, 64);
    shared.clear();
    shared.queue(encodeSockaddr({ address, port: DISCARD }), 0);
    // Counted first: others share what the next hop has left.
    const callOff = isOnLink(target) ? undefined : routerBudgets().meetNextHop(family);
    // What stands in the way here stands in the samples' way as well: they tell it.
    if (shared.send(socket.fd, 0) !== 1) return callOff?.();
    // No event is asked for: poll(2) tells of the error queue, where the stamp comes, all the same.
    if (!(await whenReady(socket.fd, 0, performance.now() + LONGEST_MS, signal))) return;
    if (met.size >= MOST_KNOWN) met.clear();
    met.set(address, performance.now());
  } finally {
    socket.close();
  }
}
