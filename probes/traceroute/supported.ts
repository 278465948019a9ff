import { HOW_TO_ALLOW } from '../kernel/echo-socket.js';
import { kernelAvailability } from '../kernel/libc.js';
import { findTool } from '../sdk/command.js';
import { ProbeFailure } from '../sdk/error.js';
import type { Support } from '../sdk/probe.js';
import { closeChannel, methodOf, openChannel } from './channel.js';

/** What a program of this host cannot tell. */
const ONLY_SOCKETS =
  'where DSCP is rewritten, where the MTU shrinks, parallel paths, loss (10 probes a hop at most); by mtr also why a router refuses';

/** By which method this host can trace: it opens the sockets that a run would open, and closes them. */
export function supported(): Support {
  const kernel = kernelAvailability();
  const own: Support = kernel.available ? bySockets() : { available: false, reason: kernel.reason };
  if (own.available) return own;
  const program = ['traceroute', 'mtr'].find((name) => findTool(name) !== undefined);
  if (program === undefined) return own;
  const limitations = [{ what: ONLY_SOCKETS, reason: own.reason, remedy: own.remedy ?? HOW_TO_ALLOW }];
  return { available: true, method: `${program} program, its own stamps`, limitations };
}

function bySockets(): Support {
  const refusals: string[] = [];
  for (const mode of ['icmp', 'udp'] as const) {
    try {
      const channel = openChannel({ mode, family: 4, dscp: 0, ports: [] });
      closeChannel(channel);
      const what = 'quoted headers: where DSCP is rewritten, and MPLS labels';
      const limitations = channel.listener ? [] : [{ what, reason: 'this user may open no raw socket', remedy: HOW_TO_ALLOW }];
      return { available: true, method: methodOf(channel, 1), limitations };
    } catch (error) {
      if (!(error instanceof ProbeFailure)) throw error;
      refusals.push(error.message);
    }
  }
  return { available: false, reason: refusals.join('; '), remedy: HOW_TO_ALLOW };
}
