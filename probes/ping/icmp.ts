import { addressBytes, encodeSockaddr } from '../kernel/address.js';
import { flowIdentity, sourceTo } from '../kernel/flow.js';
import { kernelAvailability } from '../kernel/libc.js';
import type { Resolved } from '../kernel/lookup.js';
import { ProbeFailure } from '../sdk/error.js';
import { flowFigures } from '../sdk/flows.js';
import type { Cycle, Measurement, ProbeContext } from '../sdk/probe.js';
import { echoHub, type EchoOutcome } from './echo-hub.js';
import { ICMP_HEADER } from '../kernel/icmp.js';
import { countsOf, merge, plansOf, type Merged } from './merge.js';
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
  const plans = plansOf(
    {
      count: settings.count,
      intervalMs: settings.intervalMs,
      timeoutMs: settings.timeoutMs,
      warmUp: settings.warmUp,
      startAfterMs: 0,
      length,
      sockaddr: encodeSockaddr({ address: resolved.address, port: 0 }),
      address: addressBytes(resolved.address),
      label: context.target.host === resolved.address ? resolved.address : `${context.target.host} (${resolved.address})`,
    },
    settings.flows,
  );
  const outcomes = await Promise.all(
    plans.map(async (plan, flow) => echoHub(resolved.family, settings.dscp, length, flow).run(plan, context.signal)),
  );
  for (const outcome of outcomes) tellCycle(outcome, context.cycle);
  return measurement(outcomes, settings, resolved);
}

function tellCycle({ burst, drops }: EchoOutcome, cycle: Cycle): void {
  cycle.receiveDrops += drops;
  for (let index = 1; index < burst.nextIndex; index++) {
    const slip = (burst.txStamp[index] as number) - (burst.planned[index] as number);
    if (!Number.isNaN(slip)) cycle.sendSlipsMs.push(slip);
  }
}

function measurement(outcomes: readonly EchoOutcome[], settings: PingSettings, resolved: Resolved): Measurement<PingMetric> {
  const whole = merge(outcomes.map(({ burst }) => burst));
  const stamped = whole.unstamped === 0;
  const [{ kind, id } = { kind: 'raw' }] = outcomes;
  const summary = summarize({
    ...whole,
    ownDrops: outcomes.reduce((total, { drops }) => total + drops, 0),
    errorMs: stamped ? STAMPED_ERROR_MS : UNSTAMPED_ERROR_MS,
  });
  const { dscp } = settings;
  const members = outcomes.map((outcome) => ({ id: outcome.id }));
  return {
    method: `${kind} socket, ICMPv${resolved.family === 4 ? '4' : '6'}, ${stamped ? 'kernel send and receive stamps' : `${whole.unstamped} packets without a kernel stamp`}`,
    ...summary,
    flow: flowIdentity(resolved, { protocol: 'icmp', source: sourceTo(resolved, dscp), id, dscp, members }),
    details: {
      payloadBytes: settings.payloadBytes,
      unstamped: whole.unstamped,
      acrossClockStep: whole.spoiled,
      refusedByHost: whole.refusedSends,
      undecided: whole.undecided,
      ...(outcomes.length > 1 ? { flows: outcomes.map((outcome) => flowFigures({ id: outcome.id }, countsOf(outcome.burst))) } : {}),
    },
    failure: failureOf(whole, settings, resolved),
  };
}

function failureOf(burst: Merged, settings: PingSettings, resolved: Resolved): ProbeFailure | undefined {
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
