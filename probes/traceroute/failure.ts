import { failureOfIcmp } from '../kernel/icmp-error.js';
import { ProbeFailure } from '../sdk/error.js';
import type { Hop } from './hops.js';
import type { Refusal } from './trace.js';
import type { Traced } from './traced.js';

/** Why a trace did not come to its target, as far as anybody said; undefined where it did. */
export function failureOf(trace: Traced, hops: readonly Hop[], reached: boolean, family: 4 | 6, target: string): ProbeFailure | undefined {
  if (trace.failure) return trace.failure;
  if (trace.cutShort) return new ProbeFailure('CANCELLED', `the trace was cut short after ${trace.sent.length} probes`);
  if (reached) return undefined;
  if (trace.refusal) return tooLarge(trace.refusal, target);
  const elsewhere = trace.sent.find(({ ttl, answer }) => ttl === trace.end && answer?.kind === 'port-unreachable')?.answer;
  if (elsewhere) return refusedElsewhere(elsewhere.from, target);
  const refusal = trace.sent.find(({ ttl, answer }) => ttl === trace.end && answer?.kind === 'unreachable')?.answer;
  const told = refusal && failureOfIcmp(family, refusal.type, refusal.code, refusal.from, target);
  if (told) return told;
  const far = hops.findLast(({ received }) => received > 0);
  const seen = far ? `the last answer came from hop ${far.ttl} (${far.addresses.join(', ')})` : 'nor did any router on the way';
  return new ProbeFailure('TIMEOUT', `${target} did not answer; ${seen}`);
}

function tooLarge({ from, mtu, bytes }: Refusal, target: string): ProbeFailure {
  const told = mtu > 0 ? `gives the MTU of its next link as ${mtu}` : 'does not say how large they may be';
  return new ProbeFailure(
    'UNREACHABLE',
    `${from} calls packets of ${bytes} bytes to ${target} too large, and ${told}: it is misconfigured, or somebody speaks in its name`,
  );
}

/** RFC 1812, 4.3.2.4: a host answers from the address of the interface by which the answer leaves. */
function refusedElsewhere(from: string, target: string): ProbeFailure {
  return new ProbeFailure(
    'UNREACHABLE',
    `${from} says that ${target} has nobody at the port: it is the target under another of its addresses, or a firewall that refuses in its name; mode icmp tells which`,
  );
}
