import { flowIdentity, type FlowParts } from '../kernel/flow.js';
import { kernelAvailability } from '../kernel/libc.js';
import { resolveHost, type Resolved } from '../kernel/lookup.js';
import { KernelError } from '../kernel/socket.js';
import { echoIdentifiers, sourcePorts } from '../kernel/source-port.js';
import { ProbeFailure } from '../sdk/error.js';
import type { FlowIdentity } from '../sdk/flow.js';
import type { Measurement, ProbeContext } from '../sdk/probe.js';
import type { Asked, Channel } from './channel.js';
import { EchoChannel } from './echo-channel.js';
import { receivedMss, type Mss } from './mss.js';
import type { Found } from './found.js';
import { Prober } from './prober.js';
import { report, type MtuMetricId } from './report.js';
import { reversePath, type Reverse } from './reverse.js';
import { Search } from './search.js';
import type { MtuSettings } from './settings.js';
import { UdpChannel } from './udp-channel.js';

const DEFAULT_TCP_PORT = 443;
/** Every path carries these, bytes (RFC 791, 3.1; RFC 8200, 5). */
const SMALLEST = { 4: 68, 6: 1280 } as const;
const LARGEST = { 4: 65_535, 6: 65_575 } as const;

interface Searched {
  readonly found: Found;
  readonly channel: string;
  readonly packets: number;
  readonly flow: FlowIdentity;
}

/** One run: finds the path MTU by the best way that this host and the target allow, then looks at the segment size. */
export async function measure(settings: MtuSettings, context: ProbeContext): Promise<Measurement<MtuMetricId>> {
  const kernel = kernelAvailability();
  if (!kernel.available) throw new ProbeFailure('UNSUPPORTED', kernel.reason);
  const resolved = await resolveHost(context.target.host, settings.family, context.signal);
  try {
    const searched = await searchPath(settings, resolved, context);
    const { signal } = context;
    const goesOn = (): boolean => searched.found.passed !== undefined && !signal.aborted;
    const mss = settings.mss && goesOn() ? await lookAtMss(settings, resolved, context) : undefined;
    const reverse = goesOn() ? await searchBack(settings, resolved, context) : undefined;
    return report({ ...searched, resolved, mss, reverse, aborted: signal.aborted });
  } catch (error) {
    if (error instanceof KernelError && error.call === 'socket')
      throw new ProbeFailure('UNSUPPORTED', `this host has no IPv${resolved.family} sockets (${error.code})`, { cause: error });
    throw error;
  }
}

/** By echo; by UDP where this host allows no echo, or nobody answers it. */
async function searchPath(settings: MtuSettings, resolved: Resolved, context: ProbeContext): Promise<Searched> {
  if (settings.method === 'udp') return byUdp(settings, resolved, context);
  const first = await byEcho(settings, resolved, context);
  if (settings.method === 'icmp' || context.signal.aborted) {
    if (first instanceof ProbeFailure) throw first;
    return first;
  }
  if (!(first instanceof ProbeFailure) && (first.found.passed !== undefined || first.found.failure)) return first;
  const second = await byUdp(settings, resolved, context);
  const { passed, failure } = second.found;
  // Two ways without an answer are told as one.
  if (passed !== undefined || failure || first instanceof ProbeFailure) return second;
  return { ...second, channel: `${first.channel}, then ${second.channel}`, packets: first.packets + second.packets };
}

async function byEcho(settings: MtuSettings, resolved: Resolved, context: ProbeContext): Promise<Searched | ProbeFailure> {
  try {
    const channel = new EchoChannel(askedOf(resolved, context), settings.dscp, echoIdentifiers(context.seed));
    return await searchBy(channel, settings, resolved, context, { protocol: 'icmp' });
  } catch (error) {
    if (error instanceof ProbeFailure && error.code === 'PERMISSION') return error;
    throw error;
  }
}

async function byUdp(settings: MtuSettings, resolved: Resolved, context: ProbeContext): Promise<Searched> {
  const { udpPort, dscp } = settings;
  const channel = new UdpChannel(askedOf(resolved, context), udpPort, dscp, sourcePorts(context.seed));
  return searchBy(channel, settings, resolved, context, { protocol: 'udp', destinationPort: udpPort });
}

async function searchBy(
  channel: Channel,
  settings: MtuSettings,
  resolved: Resolved,
  { signal }: ProbeContext,
  how: Pick<FlowParts, 'protocol' | 'destinationPort'>,
): Promise<Searched> {
  try {
    const prober = new Prober(channel, { attempts: settings.attempts, timeoutMs: settings.timeoutMs, signal });
    const range = {
      smallest: SMALLEST[resolved.family],
      largest: Math.min(settings.largestBytes, LARGEST[resolved.family]),
      width: channel.width,
    };
    const found = await new Search(prober.attempt, range, signal).run();
    const flow = flowIdentity(resolved, { ...how, ...channel.identity, dscp: settings.dscp });
    return { found, channel: channel.name, packets: prober.sent, flow };
  } finally {
    channel.close();
  }
}

function askedOf({ address, family }: Resolved, { target }: ProbeContext): Asked {
  return { address, family, label: target.host === address ? address : `${target.host} (${address})` };
}

function searchBack(settings: MtuSettings, resolved: Resolved, context: ProbeContext): Promise<Reverse> {
  const { reflectorPort, reflectorKey, largestBytes, attempts, timeoutMs, dscp } = settings;
  return reversePath({
    asked: askedOf(resolved, context),
    port: reflectorPort,
    key: reflectorKey,
    largest: Math.min(largestBytes, LARGEST[resolved.family]),
    smallest: SMALLEST[resolved.family],
    attempts,
    timeoutMs,
    dscp,
    sourcePorts: sourcePorts(`${context.seed} reverse`),
    signal: context.signal,
  });
}

function lookAtMss(settings: MtuSettings, { address, family }: Resolved, { target, seed, signal }: ProbeContext): Promise<Mss> {
  return receivedMss({
    address,
    family,
    port: settings.tcpPort ?? target.port ?? DEFAULT_TCP_PORT,
    dscp: settings.dscp,
    timeoutMs: settings.timeoutMs,
    sourcePorts: sourcePorts(`${seed} mss`),
    signal,
  });
}
