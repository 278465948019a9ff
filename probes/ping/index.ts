import { resolveHost, type Resolved } from '../kernel/lookup.js';
import { ProbeFailure } from '../sdk/error.js';
import { checkFlows } from '../sdk/flows.js';
import { defineProbe, type Measurement, type ProbeContext } from '../sdk/probe.js';
import { pingByIcmp } from './icmp.js';
import { metrics } from './metrics.js';
import { settings, type PingSettings } from './settings.js';
import type { PingMetric } from './statistics.js';
import { supported } from './supported.js';
import { pingByTcp } from './tcp-ping.js';
import { pingByTool, SHORTEST_FOR_PING_MS } from './tool.js';

/** Name resolution, the warm-up and the way through the worker are allowed this long beside the burst itself, ms. */
const BESIDE_MS = 6_000;

type Method = (settings: PingSettings, resolved: Resolved, context: ProbeContext) => Promise<Measurement<PingMetric>>;

/** Best first: each is tried where the one before is not allowed on this host. */
const LADDER: Readonly<Record<'icmp' | 'tool' | 'tcp', Method>> = { icmp: pingByIcmp, tool: pingByTool, tcp: pingByTcp };

/** ICMP echo with the kernel's time stamps. */
export default defineProbe({
  name: 'ping',
  title: 'Ping',
  description: 'Round-trip time, loss and jitter by ICMP echo, stamped by the kernel; by TCP handshakes where nothing else is allowed.',
  version: '1.0.0',
  sharesStart: { unless: [] },
  metrics,
  settings,
  deadlineMs: ({ count, intervalMs, timeoutMs, method }) => {
    // auto may come down to a program, which sends no more often.
    const spacingMs = method === 'tool' || method === 'auto' ? Math.max(intervalMs, SHORTEST_FOR_PING_MS) : intervalMs;
    return count * spacingMs + timeoutMs + BESIDE_MS;
  },
  supported,
  async run(given, context) {
    checkFlows(given);
    const resolved = await resolveHost(context.target.host, given.family, context.signal);
    if (given.method !== 'auto') return LADDER[given.method](given, resolved, context);
    // Neither a program nor Node's sockets have flows to choose.
    if (given.flows > 1) return pingByIcmp(given, resolved, context);
    const refusals: string[] = [];
    for (const method of Object.values(LADDER)) {
      const measured = await method(given, resolved, context).catch((error: unknown) => {
        if (!(error instanceof ProbeFailure) || !notAllowedHere(error)) throw error;
        refusals.push(error.message);
        return undefined;
      });
      if (measured) return measured;
    }
    throw new ProbeFailure('PERMISSION', refusals.join('; '));
  },
});

function notAllowedHere({ code }: ProbeFailure): boolean {
  return code === 'PERMISSION' || code === 'UNSUPPORTED';
}
