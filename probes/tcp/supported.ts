import { kernelAvailability } from '../kernel/libc.js';
import type { Support } from '../sdk/probe.js';
import { tapRefusal } from './tap.js';

/** How this host can time handshakes. Everybody may connect, so there is always a way. */
export function supported(): Support {
  const kernel = kernelAvailability();
  if (!kernel.available) {
    const remedy = 'use Linux on x64 or arm64 with the package koffi installed';
    const limitations = [{ what: 'handshake split, DSCP, windows and retransmissions', reason: kernel.reason, remedy }];
    return { available: true, method: "Node's connect events", limitations };
  }
  const refusal = tapRefusal();
  if (refusal === undefined) return { available: true, method: 'packet tap with kernel stamps, TCP_INFO' };
  const remedy = 'run the agent as root, or allow it: setcap cap_net_raw+ep on its node, or AmbientCapabilities=CAP_NET_RAW in its service';
  return {
    available: true,
    method: 'TCP_INFO',
    limitations: [{ what: 'the split of a handshake to the microsecond', reason: refusal, remedy }],
  };
}
