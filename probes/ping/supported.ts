import { kernelAvailability } from '../kernel/libc.js';
import { findTool } from '../sdk/command.js';
import { ProbeFailure } from '../sdk/error.js';
import type { Limitation, Support } from '../sdk/probe.js';
import { HOW_TO_ALLOW, openEchoSocket } from '../kernel/echo-socket.js';

/** By which method this host can ping: it opens the sockets that a run would open, and closes them. */
export function supported(): Support {
  const refusals = ([4, 6] as const).map((family) => tryFamily(family));
  const [first, second] = refusals;
  if (typeof first === 'object' && 'kind' in first) {
    return { available: true, method: `${first.kind} socket with kernel stamps`, limitations: limitation('IPv6', second) };
  }
  const reason = first && 'reason' in first ? first.reason : 'no ICMP socket';
  const program = ['fping', 'ping'].find((name) => findTool(name) !== undefined);
  const exactness: Limitation = { what: 'exact round-trip times', reason, remedy: HOW_TO_ALLOW };
  if (program) return { available: true, method: `${program} program`, limitations: [exactness] };
  return { available: true, method: 'TCP handshakes', limitations: [exactness, { what: 'ICMP echo', reason, remedy: HOW_TO_ALLOW }] };
}

type Attempt = { readonly kind: string } | { readonly reason: string };

function tryFamily(family: 4 | 6): Attempt {
  const kernel = kernelAvailability();
  if (!kernel.available) return { reason: kernel.reason };
  try {
    const { socket, kind } = openEchoSocket(family, 0, []);
    socket.close();
    return { kind };
  } catch (error) {
    if (!(error instanceof ProbeFailure)) throw error;
    return { reason: error.message };
  }
}

function limitation(what: string, attempt: Attempt | undefined): Limitation[] {
  return attempt && 'reason' in attempt
    ? [{ what: `ICMP echo over ${what}`, reason: attempt.reason, remedy: `switch ${what} on, if you need it` }]
    : [];
}
