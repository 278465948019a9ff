import { firstLinkTo, sourceTo, type FirstLink } from '../kernel/flow.js';
import { resolveHost, type Resolved } from '../kernel/lookup.js';
import { kernelAvailability } from '../kernel/libc.js';
import { meetNeighbour } from '../kernel/neighbour.js';
import { routerBudgets, type RouterBudgets } from '../kernel/router-budget.js';
import { ProbeFailure } from '../sdk/error.js';
import { defineProbe, type Measurement, type ProbeContext } from '../sdk/probe.js';
import { closeChannel, methodOf, openChannel } from './channel.js';
import { metrics } from './metrics.js';
import { rememberedPath } from './path.js';
import { report, type TracerouteMetric } from './report.js';
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
    (2 + given.maxHops / 10) * given.timeoutMs +
    given.maxHops * WINDOWS_MS +
    (given.multipath ? MULTIPATH_MS : 0) +
    TURN_MS +
    BESIDE_MS,
  supported,
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

type Method = (given: TracerouteSettings, resolved: Resolved, context: ProbeContext) => Promise<Measurement<TracerouteMetric>>;

const bySockets: Method = async (given, resolved, context) => {
  const kernel = kernelAvailability();
  if (!kernel.available) throw new ProbeFailure('UNSUPPORTED', kernel.reason);
  if (given.warmUp) await meetNeighbour(resolved, given.dscp, context.signal);
  const { mode, dscp } = given;
  const source = sourceTo(resolved, dscp);
  const channel = openChannel({ mode, family: resolved.family, dscp, seed: context.seed, source });
  try {
    const firstLink = (): FirstLink | undefined => firstLinkTo(resolved, dscp);
    const ends = { address: resolved.address, source, remembered: rememberedPath(context.memory), firstLink };
    const trace = new Trace(channel, given, ends, budgetsTo(resolved, source), context.signal);
    await trace.run();
    const flow = mode === 'icmp' ? { id: channel.id } : { sourcePort: channel.id, destinationPort: portOf(given) };
    return await report(
      trace,
      { method: methodOf(channel), seesQuotes: channel.listener !== undefined, flow, errorMs: STAMPED_ERROR_MS },
      given,
      resolved,
      context,
    );
  } finally {
    closeChannel(channel);
  }
};

const byTool: Method = async (given, resolved, context) => {
  if (given.warmUp) await meetNeighbour(resolved, given.dscp, context.signal);
  const { traced, means } = await traceByTool(given, resolved, context.signal);
  return report(traced, means, given, resolved, context);
};

/** A host limits nothing that it tells itself (Linux, net/ipv4/icmp.c). */
function budgetsTo({ address }: Resolved, source: string | undefined): RouterBudgets | undefined {
  return address === source || /^127\./.test(address) ? undefined : routerBudgets();
}

function notAllowedHere(error: unknown): error is ProbeFailure {
  return error instanceof ProbeFailure && (error.code === 'PERMISSION' || error.code === 'UNSUPPORTED');
}
