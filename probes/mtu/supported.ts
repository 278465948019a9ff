import { HOW_TO_ALLOW, openEchoSocket } from '../kernel/echo-socket.js';
import { kernelAvailability } from '../kernel/libc.js';
import { ProbeFailure } from '../sdk/error.js';
import type { Support } from '../sdk/probe.js';

/** How this host can search: it opens the socket that a run would open, and closes it. */
export function supported(): Support {
  const kernel = kernelAvailability();
  if (!kernel.available)
    return { available: false, reason: kernel.reason, remedy: 'use Linux on x64 or arm64 with the package koffi installed' };
  try {
    const { socket, kind } = openEchoSocket(4, 0, []);
    socket.close();
    return { available: true, method: `ICMP echo, ${kind} socket` };
  } catch (error) {
    if (!(error instanceof ProbeFailure)) throw error;
    const limitations = [{ what: 'a fast search, and one where no UDP port is closed', reason: error.message, remedy: HOW_TO_ALLOW }];
    return { available: true, method: 'UDP to a closed port, error queue', limitations };
  }
}
