import { addressBytes, encodeSockaddr } from '../kernel/address.js';
import { flowIdentity, sourceTo } from '../kernel/flow.js';
import { kernelAvailability } from '../kernel/libc.js';
import type { Resolved } from '../kernel/lookup.js';
import { ProbeFailure } from '../sdk/error.js';
import type { Cycle, Measurement, ProbeContext } from '../sdk/probe.js';
import type { Burst } from './burst.js';
import { echoHub, type EchoOutcome } from './echo-hub.js';
import { ICMP_HEADER } from '../kernel/icmp.js';
import type { PingSettings } from './settings.js';
import { summarize, type PingMetric } from './statistics.js';

/**
 * Half-width of the error of a round-trip time from two software stamps of the kernel, ms: a packet is stamped just before the driver and just after
 * it, some microseconds from the wire. Measured against captures in `bench/probes`: 95 % within it.
 */
const STAMPED_ERROR_MS = 0.02;
/** The same where a stamp is missing and our own clock stands in, ms: it holds the delays of this process. */
const UNSTAMPED_ERROR_MS = 3;

/**
 * Pings through an ICMP socket with the kernel's send and receive stamps.
 *
 * @throws ProbeFailure PERMISSION or UNSUPPORTED where the host allows no such socket
 */
export async function pingByIcmp(settings: PingSettings, resolved: Resolved, context: ProbeContext): Promise<Measurement<PingMetric>> {
  const kernel = kernelAvailability();
  if (!kernel.available) throw new ProbeFailure('UNSUPPORTED', kernel.reason);
  const length = settings.payloadBytes + ICMP_HEADER;
  const plan = {
    count: settings.count,
    intervalMs: settings.intervalMs,
    timeoutMs: settings.timeoutMs,
    warmUp: settings.warmUp,
    length,
    sockaddr: encodeSockaddr({ address: resolved.address, port: 0 }),
    address: addressBytes(resolved.address),
    label: context.target.host === resolved.address ? resolved.address : `${context.target.host} (${resolved.address})`,
  };
  const outcome = await echoHub(resolved.family, settings.dscp, length, 0).run(plan, context.signal);
  tellCycle(outcome, context.cycle);
  return measurement(outcome, settings, resolved);
}

function tellCycle({ burst, drops }: EchoOutcome, cycle: Cycle): void {
  cycle.receiveDrops += drops;
  for (let index = 1; index < burst.nextIndex; index++) {
    const slip = (burst.txStamp[index] as number) - (burst.planned[index] as number);
    if (!Number.isNaN(slip)) cycle.sendSlipsMs.push(slip);
  }
}

function measurement({ burst, kind, id, drops }: EchoOutcome, settings: PingSettings, resolved: Resolved): Measurement<PingMetric> {
  const stamped = burst.unstamped === 0;
  const summary = summarize({
    sent: burst.sent,
    received: burst.received,
    rtts: rttsInOrder(burst),
    duplicates: burst.duplicates,
    outOfOrder: burst.outOfOrder,
    replyTtl: burst.replyTtl >= 0 ? burst.replyTtl : undefined,
    ownDrops: drops,
    spoiled: burst.spoiled,
    errorMs: stamped ? STAMPED_ERROR_MS : UNSTAMPED_ERROR_MS,
  });
  return {
    method: `${kind} socket, ICMPv${resolved.family === 4 ? '4' : '6'}, ${stamped ? 'kernel send and receive stamps' : `${burst.unstamped} packets without a kernel stamp`}`,
    ...summary,
    flow: flowIdentity(resolved, { protocol: 'icmp', source: sourceTo(resolved, settings.dscp), id, dscp: settings.dscp }),
    details: {
      payloadBytes: settings.payloadBytes,
      unstamped: burst.unstamped,
      acrossClockStep: burst.spoiled,
      refusedByHost: burst.refusedSends,
      undecided: burst.undecided,
    },
    failure: failureOf(burst, settings, resolved),
  };
}

function rttsInOrder(burst: Burst): (number | undefined)[] {
  return Array.from(burst.rtt.subarray(1, burst.nextIndex), (rtt) => (Number.isNaN(rtt) ? undefined : rtt));
}

function failureOf(burst: Burst, settings: PingSettings, resolved: Resolved): ProbeFailure | undefined {
  if (burst.cutShort) {
    return new ProbeFailure('CANCELLED', `the run was cut short when the fate of ${burst.sent} of ${settings.count} requests was known`);
  }
  if (burst.received > 0) return undefined;
  if (burst.failure) return burst.failure;
  const advice = 'it may be down, or it or a filter on the way may drop ICMP; a tcp test tells which';
  return new ProbeFailure(
    'TIMEOUT',
    `${resolved.address} answered none of ${burst.sent} echo requests within ${settings.timeoutMs} ms: ${advice}`,
  );
}
