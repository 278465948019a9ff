import { createHash } from 'node:crypto';
import { IPV6_AUTOFLOWLABEL, SOL_IPV6 } from './constants.js';
import { KernelError, type KernelSocket } from './socket.js';

/** Below the range that the kernel gives to others (32768 on), so that nobody's connection stands in the way. */
export const FIRST_SOURCE_PORT = 20_000;
export const LAST_SOURCE_PORT = 32_767;
const ATTEMPTS = 16;
const TAKEN = new Set(['EADDRINUSE', 'EACCES', 'EADDRNOTAVAIL']);

/** Whether an error (errno's name) may be that of the source port, so that the next one is to be tried: in use, or with a connection to the same place not yet forgotten (TIME_WAIT, RFC 9293). */
export const isPortTaken = (code: string): boolean => TAKEN.has(code);

/** Source ports to try, in order: the same for the same seed, so that a flow keeps its way through load balancers. */
export function sourcePorts(seed: string): number[] {
  const hash = createHash('sha256').update(seed).digest();
  const range = LAST_SOURCE_PORT - FIRST_SOURCE_PORT + 1;
  const step = (hash.readUInt16BE(4) % 509) + 1;
  return Array.from({ length: ATTEMPTS }, (_, index) => FIRST_SOURCE_PORT + ((hash.readUInt32BE(0) + index * step) % range));
}

const known = new Map<string, readonly (readonly number[])[]>();
/** Flows whose ports are remembered: a test asks for the same ones every few seconds. */
const MOST_KNOWN = 1024;

/** Lists of source ports to try for several flows of one seed: the first is that of `sourcePorts`, and no port stands in two of them. */
export function flowPorts(seed: string, flows: number): readonly (readonly number[])[] {
  const key = `${flows} ${seed}`;
  const found = known.get(key) ?? workOut(seed, flows);
  if (known.size >= MOST_KNOWN) known.clear();
  known.set(key, found);
  return found;
}

function workOut(seed: string, flows: number): number[][] {
  const used = new Set<number>();
  return Array.from({ length: flows }, (_, flow) => {
    const ports = sourcePorts(flow === 0 ? seed : `${seed} flow ${flow}`).filter((port) => !used.has(port));
    for (const port of ports) used.add(port);
    return ports;
  });
}

/** Echo identifiers to try, in order: the same for the same seed. */
export function echoIdentifiers(seed: string): number[] {
  const hash = createHash('sha256').update(`${seed} echo`).digest();
  // 0 would let the kernel choose.
  return Array.from({ length: ATTEMPTS }, (_, index) => hash.readUInt16BE(index * 2) || 1);
}

/**
 * Binds to the first of the ports that is free; to any where none is. IPv6 packets get the flow label 0: the kernel's own would be another one for each socket,
 * and routers may choose the way by it (RFC 6438). @throws KernelError
 */
export function bindSource(socket: KernelSocket, family: 4 | 6, ports: readonly number[]): void {
  if (family === 6) socket.setInt(SOL_IPV6, IPV6_AUTOFLOWLABEL, 0);
  const address = family === 4 ? '0.0.0.0' : '::';
  for (const port of ports) {
    try {
      return socket.bind({ address, port });
    } catch (error) {
      if (!(error instanceof KernelError) || !isPortTaken(error.code)) throw error;
    }
  }
  socket.bind({ address, port: 0 });
}
