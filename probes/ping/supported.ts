import { kernelAvailability } from '../kernel/libc.js';
import { ProbeFailure } from '../sdk/error.js';
import type { Limitation, Support } from '../sdk/probe.js';
import { HOW_TO_ALLOW, openEchoSocket } from '../kernel/echo-socket.js';
import { findWorkingTool } from './tool.js';

/** By which method this host can ping: it opens the sockets that a run would open, and closes them, or starts the programs. */
export async function supported(): Promise<Support> {
  const refusals = ([4, 6] as const).map((family) => tryFamily(family));
  const [first, second] = refusals;
  if (typeof first === 'object' && 'kind' in first) {
    return { available: true, method: `${first.kind} socket with kernel stamps`, limitations: limitation('IPv6', second) };
  }
  const reason = first && 'reason' in first ? first.reason : 'no ICMP socket';
  const exactness: Limitation = { what: 'exact round-trip times', reason, remedy: HOW_TO_ALLOW };
  const program = await findWorkingTool();
  if ('name' in program) return { available: true, method: `${program.name} program`, limitations: [exactness] };
  const noEcho: Limitation = { what: 'ICMP echo', reason: `${reason}; ${program.reason}`, remedy: HOW_TO_ALLOW };
  return { available: true, method: 'TCP handshakes', limitations: [exactness, noEcho] };
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
