import { kernelAvailability } from '../kernel/libc.js';
import { resolveHost } from '../kernel/lookup.js';
import { meetNeighbour } from '../kernel/neighbour.js';
import { checkFlows } from '../sdk/flows.js';
import { defineProbe } from '../sdk/probe.js';
import { runByKernel } from './kernel-run.js';
import { metrics } from './metrics.js';
import { runByNode } from './node-run.js';
import { DEFAULT_PORT, settings } from './settings.js';
import { supported } from './supported.js';

/** Name resolution and the way through the worker are allowed this long beside the handshakes, ms. */
const BESIDE_MS = 6_000;

/** TCP handshakes and transfers, timed by the kernel. */
export default defineProbe({
  name: 'tcp',
  title: 'TCP',
  description:
    'Time of TCP handshakes and of their parts, stamped by the kernel; with a transfer also windows, retransmissions and what limits them.',
  version: '1.0.0',
  sharesStart: { unless: ['transfer'] },
  metrics,
  settings,
  deadlineMs: ({ count, intervalMs, timeoutMs, transfer, transferMs }) =>
    count * (timeoutMs + intervalMs) + (transfer === 'none' ? 0 : transferMs) + BESIDE_MS,
  supported,
  async run(given, context) {
    checkFlows(given);
    const resolved = await resolveHost(context.target.host, given.family, context.signal);
    const port = given.port ?? context.target.port ?? DEFAULT_PORT;
    const kernel = kernelAvailability();
    if (given.warmUp) await meetNeighbour(resolved, given.dscp, context.signal);
    if (given.method !== 'node' && kernel.available) return runByKernel(given, resolved, port, context);
    return runByNode(given, resolved, port, context, kernel.available ? 'the settings ask for them' : kernel.reason);
  },
});
