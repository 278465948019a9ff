import { IP_MTU_DISCOVER, IPV6_DONTFRAG, IPV6_MTU_DISCOVER, PMTUDISC_PROBE, SOL_IP, SOL_IPV6 } from './constants.js';
import type { KernelSocket } from './socket.js';

/** Packets leave whole or not at all, whatever this host believes of the path (IP_PMTUDISC_PROBE). */
export function neverFragment(socket: KernelSocket, family: 4 | 6): void {
  if (family === 4) return socket.setInt(SOL_IP, IP_MTU_DISCOVER, PMTUDISC_PROBE);
  socket.setInt(SOL_IPV6, IPV6_MTU_DISCOVER, PMTUDISC_PROBE);
  socket.setInt(SOL_IPV6, IPV6_DONTFRAG, 1);
}
