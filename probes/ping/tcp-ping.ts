import { connect } from 'node:net';
import { performance } from 'node:perf_hooks';
import { flowIdentity, sourceTo } from '../kernel/flow.js';
import type { Resolved } from '../kernel/lookup.js';
import { meetNeighbour } from '../kernel/neighbour.js';
import { pause } from '../kernel/readiness.js';
import { ProbeFailure } from '../sdk/error.js';
import type { Measurement, ProbeContext } from '../sdk/probe.js';
import type { PingSettings } from './settings.js';
import { summarize, type PingMetric } from './statistics.js';

/** Our own clock around `connect`: it holds the delays of this process and of the far end's listener, ms (see bench/probes). */
const CONNECT_ERROR_MS = 0.7;
/**
 * A SYN without an answer is sent again after so long, ms (RFC 6298 2.1), and nobody tells Node's sockets that it was: an answer that comes later may be to the
 * second one, so the first counts as lost.
 */
const FIRST_REPEAT_MS = 1000;
/** Handshakes under way at once, so that a silent target takes few descriptors; a burst of 1,000 still ends in time. */
const MOST_AT_ONCE = 256;

/** What became of one handshake; one that was cut short is neither answered nor lost. */
type Outcome = { readonly rtt: number | undefined } | { readonly refusal: ProbeFailure } | { readonly cutShort: true };

/**
 * The last resort: the time of TCP handshakes. A refusal is an answer as well: the packet went there and back. Not ICMP, and the method says so.
 *
 * @throws ProbeFailure when the network refuses (unreachable, denied)
 */
export async function pingByTcp(settings: PingSettings, resolved: Resolved, context: ProbeContext): Promise<Measurement<PingMetric>> {
  if (settings.flows > 1) throw new ProbeFailure('UNSUPPORTED', 'flows: several flows need an ICMP socket (setting "method": icmp)');
  if (settings.warmUp) await meetNeighbour(resolved, settings.dscp, context.signal);
  const port = context.target.port ?? settings.tcpPort;
  const limitMs = Math.min(settings.timeoutMs, FIRST_REPEAT_MS);
  const outcomes = await burst(settings, (signal) => handshake(resolved.address, port, limitMs, signal), context.signal);
  const refused = outcomes.find((outcome) => 'refusal' in outcome);
  if (refused) throw refused.refusal;
  const rtts = outcomes.flatMap((outcome) => ('rtt' in outcome ? [outcome.rtt] : []));
  const received = rtts.filter((rtt) => rtt !== undefined).length;
  const silent = `${resolved.address} answered no TCP handshake on port ${port} within ${limitMs} ms; name a port that should answer (host:port)`;
  return {
    method: `TCP handshakes on port ${port}, IPv${resolved.family}, answered within ${limitMs} ms, the process’s own clock`,
    ...summarize({ sent: rtts.length, received, rtts, ownDrops: 0, spoiled: 0, errorMs: CONNECT_ERROR_MS }),
    flow: flowIdentity(resolved, { protocol: 'tcp', source: sourceTo(resolved, 0), destinationPort: port }),
    failure:
      rtts.length < settings.count
        ? cutShort(rtts.length, settings.count)
        : received === 0
          ? new ProbeFailure('TIMEOUT', silent)
          : undefined,
  };
}

function cutShort(done: number, count: number): ProbeFailure {
  return new ProbeFailure('CANCELLED', `the run was cut short after ${done} of ${count} handshakes`);
}

/** Starts each handshake at its own time, whatever became of those before; the first that the network refuses ends them all. */
async function burst(
  { count, intervalMs }: PingSettings,
  begin: (signal: AbortSignal) => Promise<Outcome>,
  until: AbortSignal,
): Promise<readonly Outcome[]> {
  const refusal = new AbortController();
  const signal = AbortSignal.any([until, refusal.signal]);
  const beganAt = performance.now();
  const begun: Promise<Outcome>[] = [];
  for (let index = 0; index < count; index++) {
    await pause(beganAt + index * intervalMs - performance.now(), signal);
    await begun[index - MOST_AT_ONCE];
    if (signal.aborted) break;
    const outcome = begin(signal);
    begun.push(outcome);
    void outcome.then((known) => void ('refusal' in known && refusal.abort()));
  }
  return Promise.all(begun);
}

function handshake(host: string, port: number, limitMs: number, signal: AbortSignal): Promise<Outcome> {
  return new Promise((resolve) => {
    const begin = performance.now();
    const socket = connect({ host, port });
    const end = (outcome: Outcome): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', abort);
      socket.destroy();
      resolve(outcome);
    };
    const answered = (): void => {
      const rtt = performance.now() - begin;
      end({ rtt: rtt < limitMs ? rtt : undefined });
    };
    const abort = (): void => end({ cutShort: true });
    const timer = setTimeout(() => end({ rtt: undefined }), limitMs);
    signal.addEventListener('abort', abort, { once: true });
    socket.once('connect', answered);
    socket.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'ECONNREFUSED' || error.code === 'ECONNRESET') answered();
      else end({ refusal: refusal(error, host) });
    });
  });
}

function refusal(error: NodeJS.ErrnoException, host: string): ProbeFailure {
  const denied = error.code === 'EACCES' || error.code === 'EPERM';
  return new ProbeFailure(denied ? 'DENIED' : 'UNREACHABLE', `${host} cannot be reached by TCP (${error.code ?? error.message})`, {
    cause: error,
  });
}
