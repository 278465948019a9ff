import { sourceTo } from '../kernel/flow.js';
import { resolveHost } from '../kernel/lookup.js';
import { kernelAvailability } from '../kernel/libc.js';
import { meetNeighbour } from '../kernel/neighbour.js';
import { ProbeFailure } from '../sdk/error.js';
import { defineProbe } from '../sdk/probe.js';
import { closeChannel, openChannel } from './channel.js';
import { metrics } from './metrics.js';
import { report } from './report.js';
import { MULTIPATH_MS, roundsMs, settings } from './settings.js';
import { supported } from './supported.js';
import { Trace } from './trace.js';

/** Name resolution, reverse names and the way through the worker, ms. */
const BESIDE_MS = 6_000;
/** Waiting for hops in the first round: after it, at the end, and at groups of hops that are silent, ms. */
const WINDOWS_MS = 100;

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
    roundsMs(given) +
    (2 + given.maxHops / 10) * given.timeoutMs +
    given.maxHops * WINDOWS_MS +
    (given.multipath ? MULTIPATH_MS : 0) +
    BESIDE_MS,
  supported,
  async run(given, context) {
    const resolved = await resolveHost(context.target.host, given.family, context.signal);
    const kernel = kernelAvailability();
    if (!kernel.available) throw new ProbeFailure('UNSUPPORTED', kernel.reason);
    if (given.warmUp) await meetNeighbour(resolved, given.dscp, context.signal);
    const { mode, dscp } = given;
    const source = mode === 'tcp' ? sourceTo(resolved, dscp) : undefined;
    const channel = openChannel({ mode, family: resolved.family, dscp, seed: context.seed, source });
    try {
      const trace = new Trace(channel, given, { address: resolved.address, source }, context.signal);
      await trace.run();
      return await report(trace, channel, given, resolved, context);
    } finally {
      closeChannel(channel);
    }
  },
});
