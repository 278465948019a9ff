import { CATALOGUE, PROBE_CATALOGUE } from '../../probes/catalogue.js';
import { plugIn } from './agents.js';
import { resultInput, type SeenTest } from './measuring.js';

/** traceroute as agents declare it. */
export function tracer(): Record<string, unknown> {
  const { name, title } = PROBE_CATALOGUE.find((probe) => probe.name === 'traceroute') ?? { name: '', title: '' };
  const metrics = CATALOGUE.filter(({ probe }) => probe === name).map(({ probe: _, ...metric }) => metric);
  return plugIn({ name, title, metrics, settingsSchema: { type: 'object' } });
}

/** A trace over these addresses, the last of them the target's; '' is a hop that did not answer. */
export function trace(test: SeenTest, at: number, addresses: readonly string[], { dscp = 0, details = {} } = {}): Record<string, unknown> {
  const hops = addresses.map((address, index) => ({
    ...{ ttl: index + 1, addresses: address === '' ? [] : [{ address, received: 3 }], sent: 3, received: address === '' ? 0 : 3 },
    ...{ rttMs: address === '' ? null : { min: index + 1, median: index + 2, avg: 2, max: 3 }, jitterMs: 0.5, dscp, mpls: [] },
  }));
  const run = { probe: 'traceroute', status: 'OK', startedAt: new Date(at).toISOString(), durationMs: 20, method: 'ICMP' };
  const told = { reached: true, pathHash: addresses.join('>'), hops, dscpRewrites: [], mtuNarrowings: [], ...details };
  return resultInput(test, at, {
    metrics: { 'traceroute.hops': addresses.length, 'traceroute.path_changed': 0 },
    runs: [{ ...run, flow: { protocol: 'icmp', family: 4, dscp }, details: told }],
  });
}
