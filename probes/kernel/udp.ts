import { AF_INET, AF_INET6, IPPROTO_UDP, SOCK_DGRAM } from './constants.js';
import { kernelAvailability } from './libc.js';
import { KernelError, KernelSocket } from './socket.js';

/** A UDP socket; undefined where there is no kernel layer, or the family is switched off. */
export function openUdp(family: 4 | 6): KernelSocket | undefined {
  if (!kernelAvailability().available) return undefined;
  try {
    return KernelSocket.open(family === 4 ? AF_INET : AF_INET6, SOCK_DGRAM, IPPROTO_UDP);
  } catch (error) {
    if (error instanceof KernelError) return undefined;
    throw error;
  }
}
