import type { Json } from '../../probes/sdk/probe.js';
import { shortNumbers } from '../../probes/sdk/short-numbers.js';
import { roundSignificant } from '../../probes/sdk/stats.js';

/** Routers on the way of the bench's trace, the target last. */
const HOPS = 9;
const PACKETS = 3;
const HANDSHAKES = 5;

/** A time as kernel stamps give it, in whole nanoseconds, ms. */
const milliseconds = (around: number): number => Math.round(around * (1 + 0.2 * Math.random()) * 1e6) / 1e6;

/**
 * The details of a run in the shape that its probe gives them, and as agents send them: with every result. Null for probes that have next to none beside
 * their metrics.
 */
export function detailsOf(probe: string, index: number): Json {
  return shortNumbers(measuredBy(probe, index));
}

function measuredBy(probe: string, index: number): Json {
  if (probe === 'ping') return { payloadBytes: 56, unstamped: 0, acrossClockStep: 0, refusedByHost: 0, undecided: 0 };
  if (probe === 'traceroute') return traced();
  return probe === 'tcp' ? shaken(index) : null;
}

/** The way stays the same, as ways mostly do; one router on it never answers. */
function traced(): Json {
  const hops = Array.from({ length: HOPS }, (_, place) => (place === 4 ? silent(place) : answered(place)));
  return { reached: true, pathHash: '5f1c2a7be09d3c44', hops, dscpRewrites: [], mtuNarrowings: [] };
}

function answered(place: number): Json {
  const times = Array.from({ length: PACKETS }, () => milliseconds(place + 1)).sort((one, other) => one - other);
  const [min = 0, middle = 0, max = 0] = times;
  return {
    ...{ ttl: place + 1, addresses: [{ address: `192.0.2.${place + 1}`, name: `router${place + 1}.example`, received: PACKETS }] },
    ...{ sent: PACKETS, received: PACKETS, lossPercent: 0, rttMs: { min, median: middle, avg: (min + middle + max) / PACKETS, max } },
    ...{ jitterMs: (max - min) / 2, dscp: 0, mpls: [] },
  };
}

const silent = (place: number): Json => ({
  ...{ ttl: place + 1, addresses: [], sent: PACKETS, received: 0, lossPercent: null, rttMs: null, jitterMs: null, dscp: null, mpls: [] },
});

function shaken(index: number): Json {
  const handshakes = Array.from({ length: HANDSHAKES }, (_, place) => ({
    ...{ localPort: 32_768 + ((index * HANDSHAKES + place) % 28_000), syns: 1, tapRttMs: milliseconds(9), infoRttMs: milliseconds(9) },
    ...{ synMs: milliseconds(9), ackMs: milliseconds(0.02), totalMs: milliseconds(9.1) },
  }));
  const analysis = `All ${HANDSHAKES} handshakes succeeded, in ${roundSignificant(milliseconds(9), 3)} ms (median). No transfer was asked for.`;
  const verdict = { bottleneck: 'UNKNOWN', reason: 'no transfer was asked for' };
  return { handshakes, congestionControl: 'cubic', ecn: false, tap: 'used', resolvedFrom: null, verdict, analysis };
}
