import { connect } from 'node:net';
import { performance } from 'node:perf_hooks';
import { setTimeout as pause } from 'node:timers/promises';
import { flowIdentity, sourceTo } from '../kernel/flow.js';
import type { Resolved } from '../kernel/lookup.js';
import { meetNeighbour } from '../kernel/neighbour.js';
import { ProbeFailure } from '../sdk/error.js';
import type { Measurement, ProbeContext } from '../sdk/probe.js';
import type { PingSettings } from './settings.js';
import { summarize, type PingMetric } from './statistics.js';

/** Our own clock around `connect`: it holds the delays of this process and of the far end's listener, ms (see bench/probes). */
const CONNECT_ERROR_MS = 0.7;

/**
 * The last resort: the time of TCP handshakes. A refusal is an answer as well: the packet went there and back. Not ICMP, and the method says so.
 *
 * @throws ProbeFailure when the network refuses (unreachable, denied)
 */
export async function pingByTcp(settings: PingSettings, resolved: Resolved, context: ProbeContext): Promise<Measurement<PingMetric>> {
  if (settings.flows > 1) throw new ProbeFailure('UNSUPPORTED', 'flows: several flows need an ICMP socket (setting "method": icmp)');
  if (settings.warmUp) await meetNeighbour(resolved, settings.dscp, context.signal);
  const port = context.target.port ?? settings.tcpPort;
  const rtts: (number | undefined)[] = [];
  const begin = performance.now();
  for (let index = 0; index < settings.count && !context.signal.aborted; index++) {
    const wait = begin + index * settings.intervalMs - performance.now();
    if (wait > 0 && !(await waited(wait, context.signal))) break;
    const rtt = await handshake(resolved.address, port, settings.timeoutMs, context.signal);
    // A handshake that was cut short is neither answered nor lost.
    if (rtt !== undefined || !context.signal.aborted) rtts.push(rtt);
  }
  const received = rtts.filter((rtt) => rtt !== undefined).length;
  const silent = `${resolved.address} answered no TCP handshake on port ${port} within ${settings.timeoutMs} ms; name a port that should answer (host:port)`;
  return {
    method: `TCP handshakes on port ${port}, IPv${resolved.family}, the process’s own clock`,
    ...summarize({ sent: rtts.length, received, rtts, ownDrops: 0, spoiled: 0, errorMs: CONNECT_ERROR_MS }),
    flow: flowIdentity(resolved, { protocol: 'tcp', source: sourceTo(resolved, 0), destinationPort: port }),
    failure: context.signal.aborted
      ? cutShort(rtts.length, settings.count)
      : received === 0
        ? new ProbeFailure('TIMEOUT', silent)
        : undefined,
  };
}

function cutShort(done: number, count: number): ProbeFailure {
  return new ProbeFailure('CANCELLED', `the run was cut short after ${done} of ${count} handshakes`);
}

/** Whether the time passed before the signal aborted. */
async function waited(ms: number, signal: AbortSignal): Promise<boolean> {
  return pause(ms, true, { signal }).catch((error: unknown) => {
    if (signal.aborted) return false;
    throw error;
  });
}

function handshake(host: string, port: number, timeoutMs: number, signal: AbortSignal): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const begin = performance.now();
    const socket = connect({ host, port });
    const timer = setTimeout(() => end(undefined), timeoutMs);
    const end = (rtt: number | undefined): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', abort);
      socket.destroy();
      resolve(rtt);
    };
    const abort = (): void => end(undefined);
    signal.addEventListener('abort', abort, { once: true });
    socket.once('connect', () => end(performance.now() - begin));
    socket.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'ECONNREFUSED' || error.code === 'ECONNRESET') return end(performance.now() - begin);
      reject(refusal(error, host));
      end(undefined);
    });
  });
}

function refusal(error: NodeJS.ErrnoException, host: string): ProbeFailure {
  const denied = error.code === 'EACCES' || error.code === 'EPERM';
  return new ProbeFailure(denied ? 'DENIED' : 'UNREACHABLE', `${host} cannot be reached by TCP (${error.code ?? error.message})`, {
    cause: error,
  });
}
