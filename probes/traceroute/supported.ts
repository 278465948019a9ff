import { HOW_TO_ALLOW } from '../kernel/echo-socket.js';
import { kernelAvailability } from '../kernel/libc.js';
import { ProbeFailure } from '../sdk/error.js';
import type { Support } from '../sdk/probe.js';
import { closeChannel, methodOf, openChannel } from './channel.js';

/** By which method this host can trace: it opens the sockets that a run would open, and closes them. */
export function supported(): Support {
  const kernel = kernelAvailability();
  if (!kernel.available) return { available: false, reason: kernel.reason };
  const refusals: string[] = [];
  for (const mode of ['icmp', 'udp'] as const) {
    try {
      const channel = openChannel({ mode, family: 4, dscp: 0, seed: 'supported' });
      closeChannel(channel);
      const what = 'quoted headers: where DSCP is rewritten, and MPLS labels';
      const limitations = channel.listener ? [] : [{ what, reason: 'this user may open no raw socket', remedy: HOW_TO_ALLOW }];
      return { available: true, method: methodOf(channel), limitations };
    } catch (error) {
      if (!(error instanceof ProbeFailure)) throw error;
      refusals.push(error.message);
    }
  }
  return { available: false, reason: refusals.join('; '), remedy: HOW_TO_ALLOW };
}
