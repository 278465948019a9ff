import { performance } from 'node:perf_hooks';
import { firstLinkTo, sourceTo, type FirstLink } from '../kernel/flow.js';
import { resolveHost, type Resolved } from '../kernel/lookup.js';
import { kernelAvailability } from '../kernel/libc.js';
import { meetNeighbour } from '../kernel/neighbour.js';
import { flowPorts } from '../kernel/source-port.js';
import { routerBudgets, type RouterBudgets } from '../kernel/router-budget.js';
import { ProbeFailure } from '../sdk/error.js';
import { defineProbe, type Measurement, type ProbeContext } from '../sdk/probe.js';
import { parseTarget } from '../sdk/target.js';
import { closeChannel, methodOf, openChannel, type Channel } from './channel.js';
import { metrics } from './metrics.js';
import { rememberedPath } from './path.js';
import type { FlowTrace } from './flows.js';
import { report, type TracerouteMetric } from './report.js';
import { rhythmOf } from './rhythm.js';
import { MULTIPATH_MS, portOf, roundsMs, settings, toolRoundsMs, TURN_MS, type TracerouteSettings } from './settings.js';
import { supported } from './supported.js';
import { traceByTool } from './tool.js';
import { Trace } from './trace.js';

/** Name resolution, reverse names and the way through the worker, ms. */
const BESIDE_MS = 6_000;
/** Waiting for hops in the first round: after it, at the end, and at groups of hops that are silent, ms. */
const WINDOWS_MS = 100;
/** Half-width of the error of an RTT from two software stamps of the kernel, ms, as in ping. */
const STAMPED_ERROR_MS = 0.02;

/** The path to the target, hop by hop, in one flow. */
export default defineProbe({
  name: 'traceroute',
  title: 'Traceroute',
  description:
    'The routers on the way to the target, with delay, loss and jitter of each over rounds, where DSCP is rewritten and the MTU shrinks.',
  version: '1.0.0',
  metrics,
  settings,
  deadlineMs: (given) =>
    Math.max(roundsMs(given), toolRoundsMs(given)) +
    (given.flows > 1 ? 2 : 1) * ((2 + given.maxHops / 10) * given.timeoutMs + given.maxHops * WINDOWS_MS) +
    (given.multipath ? MULTIPATH_MS : 0) +
    TURN_MS +
    BESIDE_MS,
  supported,
  rehearse,
  async run(given, context) {
    const resolved = await resolveHost(context.target.host, given.family, context.signal);
    if (given.method === 'tool') return byTool(given, resolved, context);
    try {
      return await bySockets(given, resolved, context);
    } catch (error) {
      if (given.method !== 'auto' || !notAllowedHere(error)) throw error;
      return byTool(given, resolved, context).catch((other: unknown) => {
        throw notAllowedHere(other) ? new ProbeFailure(error.code, `${error.message}; ${other.message}`) : other;
      });
    }
  },
});

/** The time for a trace of this host itself, ms: it takes some. */
const REHEARSAL_MS = 2_000;

/** A trace of this host itself: no packet leaves it. */
async function rehearse(): Promise<void> {
  const signal = AbortSignal.timeout(REHEARSAL_MS);
  const cycle = { sendSlipsMs: [], receiveDrops: 0 };
  const context = { target: parseTarget('127.0.0.1'), signal, deadline: performance.now() + REHEARSAL_MS, seed: 'rehearsal', cycle };
  await bySockets(settings.parse({}), { address: '127.0.0.1', family: 4 }, context);
}

type Method = (given: TracerouteSettings, resolved: Resolved, context: ProbeContext) => Promise<Measurement<TracerouteMetric>>;

const bySockets: Method = async (given, resolved, context) => {
  const kernel = kernelAvailability();
  if (!kernel.available) throw new ProbeFailure('UNSUPPORTED', kernel.reason);
  if (given.warmUp) await meetNeighbour(resolved, given.dscp, context.signal);
  const { mode, dscp, flows } = given;
  const source = sourceTo(resolved, dscp);
  const channels: Channel[] = [];
  try {
    for (const ports of flowPorts(context.seed, flows)) channels.push(openChannel({ mode, family: resolved.family, dscp, ports, source }));
    const firstLink = (): FirstLink | undefined => firstLinkTo(resolved, dscp);
    const found = (): number | undefined => traces.find(({ isReached }) => isReached)?.end;
    const ends = { address: resolved.address, source, remembered: rememberedPath(context.memory), firstLink, found };
    const budgets = budgetsTo(resolved, source);
    const traces = channels.map((channel, flow): Trace => {
      const own = { ...given, multipath: given.multipath && flow === 0 };
      return new Trace(channel, own, ends, budgets, context.signal, rhythmOf(given, flow));
    });
    await runAll(traces);
    const members = channels.map(({ id }) => (mode === 'icmp' ? { id } : { sourcePort: id }));
    const told = traces.map((trace, flow): FlowTrace => ({ trace, member: members[flow] ?? {} }));
    const [channel] = channels;
    const flow = { ...members[0], ...(mode === 'icmp' ? {} : { destinationPort: portOf(given) }), members };
    const means = {
      method: channel ? methodOf(channel, flows) : '',
      ...{ seesQuotes: channel?.listener !== undefined, flow, errorMs: STAMPED_ERROR_MS },
    };
    return await report(told, means, given, resolved, context);
  } finally {
    for (const channel of channels) closeChannel(channel);
  }
};

/** The first flow finds how far it is, so that the others do not ask what is behind the target: all its packets go to the one host. */
async function runAll([first, ...others]: readonly Trace[]): Promise<void> {
  if (!first) return;
  let tell: () => void = () => undefined;
  const found = new Promise<void>((resolve) => (tell = resolve));
  const running = first.run(tell);
  if (others.length > 0) await Promise.race([found, running]);
  await Promise.all([running, ...others.map((trace) => trace.run())]);
}

const byTool: Method = async (given, resolved, context) => {
  if (given.warmUp) await meetNeighbour(resolved, given.dscp, context.signal);
  const { traced, means } = await traceByTool(given, resolved, context.signal);
  return report([{ member: {}, trace: traced }], means, given, resolved, context);
};

/** A host limits nothing that it tells itself (Linux, net/ipv4/icmp.c). */
function budgetsTo({ address }: Resolved, source: string | undefined): RouterBudgets | undefined {
  return address === source || /^127\./.test(address) ? undefined : routerBudgets();
}

function notAllowedHere(error: unknown): error is ProbeFailure {
  return error instanceof ProbeFailure && (error.code === 'PERMISSION' || error.code === 'UNSUPPORTED');
}
