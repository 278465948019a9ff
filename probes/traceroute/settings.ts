import { z } from 'zod';
import { ROUTER_BURST, ROUTER_PACE_MS } from '../kernel/router-budget.js';
import { flowsSetting } from '../sdk/flows.js';
import { warmUpSetting } from '../sdk/warm-up.js';

/** Bytes of an IPv6 packet that has room for what a datagram of ours carries. */
export const SMALLEST_PACKET = 64;

/** Settings of the traceroute probe. */
export const settings = z
  .strictObject({
    mode: z
      .enum(['icmp', 'udp', 'tcp'])
      .default('icmp')
      .describe(
        'What is sent: ICMP echo requests, UDP datagrams to one port, or TCP SYNs to one port, which are reset when they are answered.',
      ),
    port: z
      .int()
      .min(1)
      .max(65_535)
      .optional()
      .describe('Port at the target. Left out: 33434 by UDP, where nothing should listen, and 443 by TCP, where something may.'),
    maxHops: z.int().min(1).max(64).default(30).describe('Largest TTL that is sent.'),
    rounds: z
      .int()
      .min(1)
      .max(100)
      .default(3)
      .describe('Probes to each hop. From the sixth on they are spaced by paceMs; from 60 on loss is judged.'),
    flows: flowsSetting,
    intervalMs: z
      .int()
      .min(0)
      .max(10_000)
      .default(0)
      .describe('Time between two of the first five rounds, ms; 0: one right after the other.'),
    paceMs: z
      .int()
      .min(1)
      .max(10_000)
      .default(1100)
      .describe(
        'Time between two later rounds, ms. Routers answer a burst and then about once a second: less than 1100 shows their limit.',
      ),
    timeoutMs: z.int().min(50).max(10_000).default(1000).describe('Longest wait for answers when the target does not answer, ms.'),
    packetBytes: z
      .int()
      .min(SMALLEST_PACKET)
      .max(9000)
      .default(SMALLEST_PACKET)
      .describe('Size of the IP packets, which must not be fragmented. 1500 finds the hops where the MTU shrinks. A SYN has its own size.'),
    family: z.enum(['auto', '4', '6']).default('auto').describe('IP version; auto takes what the name resolves to first.'),
    dscp: z.int().min(0).max(63).default(0).describe('DSCP that the probes carry (RFC 2474); where it is rewritten is in the details.'),
    warmUp: warmUpSetting,
    multipath: z
      .boolean()
      .default(false)
      .describe(
        'Look for all equal-cost paths, by flows to as many ports from port on: some 7 packets a hop, 15 where it has two routers. Needs mode udp.',
      ),
    method: z
      .enum(['auto', 'sockets', 'tool'])
      .default('auto')
      .describe('auto takes our own sockets, and where this host does not allow them the traceroute or mtr program.'),
    reverseNames: z.boolean().default(false).describe('Look the names of the routers up (kept for an hour).'),
  })
  .refine(({ method, multipath }) => method !== 'tool' || !multipath, {
    path: ['multipath'],
    message: 'needs our own sockets: programs keep to one flow',
  })
  .refine(({ method, flows }) => method !== 'tool' || flows === 1, {
    path: ['flows'],
    message: 'several flows need our own sockets: programs keep to one',
  })
  .refine(({ rounds, flows }) => flows <= rounds, {
    path: ['flows'],
    message: 'must be no more than rounds: each flow is to have one',
  })
  .refine(({ mode, multipath }) => mode === 'udp' || !multipath, {
    path: ['multipath'],
    message: 'needs mode udp: routers choose between equal paths by ports, ICMP has none, and TCP is to come to the one that was asked for',
  });

/** Longest time that parallel paths are looked for, ms. */
export const MULTIPATH_MS = 120_000;

export type TracerouteSettings = z.output<typeof settings>;

/** Rounds that a router may be asked at once: Linux answers six and then one a second (icmp_ratelimit, icmp(7)). */
export const BURST_ROUNDS = ROUTER_BURST;

/** A hop whose router has no answer left is waited for so long, ms: for one packet of each of 15 traces that begin at once. */
export const TURN_MS = 2 * ROUTER_BURST * ROUTER_PACE_MS;
/** The same where an earlier trace met the router, ms. */
export const KNOWN_TURN_MS = 3 * ROUTER_PACE_MS;

/** Longest time that all rounds take, ms. The first are sent twice where the path has become longer than it was: to the hops that were known, and to the others. */
export function roundsMs({ rounds, intervalMs, paceMs }: TracerouteSettings): number {
  return 2 * Math.min(rounds, BURST_ROUNDS) * intervalMs + Math.max(0, rounds - BURST_ROUNDS) * paceMs;
}

/** traceroute(8) sends no more probes to a hop, and a round by mtr(8) takes long. */
export const MOST_TOOL_ROUNDS = 10;

/** A round by mtr(8): its start and its end, beside what it waits for late answers, which is a second at least, ms. */
const TOOL_ROUND_MS = 1_000;

/** Longest time that a program takes for all rounds, ms. */
export function toolRoundsMs({ rounds, method, timeoutMs }: TracerouteSettings): number {
  return method === 'sockets' ? 0 : Math.min(rounds, MOST_TOOL_ROUNDS) * (TOOL_ROUND_MS + Math.max(TOOL_ROUND_MS, timeoutMs));
}

const USUAL_PORT = { icmp: 0, udp: 33_434, tcp: 443 } as const;

/** The port at the target; 0 where there is none. */
export function portOf({ mode, port }: TracerouteSettings): number {
  return mode === 'icmp' ? 0 : (port ?? USUAL_PORT[mode]);
}
