import { connect } from 'node:net';
import { performance } from 'node:perf_hooks';
import { constants } from 'node:os';
import { flowIdentity } from '../kernel/flow.js';
import type { Resolved } from '../kernel/lookup.js';
import { ProbeFailure } from '../sdk/error.js';
import type { Measurement, ProbeContext } from '../sdk/probe.js';
import { median } from '../sdk/stats.js';
import { connectFailure, noAnswer } from '../kernel/connect-error.js';
import { metrics, type TcpMetricId } from './metrics.js';
import { Numbers } from '../sdk/numbers.js';
import { pause } from '../kernel/readiness.js';
import type { TcpSettings } from './settings.js';

/** The process's own clock around `connect`: it holds the event loop's delays, ms (`npm run bench:probes`). */
const CONNECT_ERROR_MS = 0.7;

type Outcome = { readonly ms: number; readonly localAddress: string; readonly localPort: number } | { readonly failure: ProbeFailure };

/** Where the kernel layer is not available: connect events of Node. Only the time that the application sees, and no DSCP. */
export async function runByNode(
  settings: TcpSettings,
  resolved: Resolved,
  port: number,
  context: ProbeContext,
  reason: string,
): Promise<Measurement<TcpMetricId>> {
  if (settings.dscp !== 0)
    throw new ProbeFailure('UNSUPPORTED', `a DSCP can only be set through the kernel layer: ${reason}; leave the setting dscp at 0`);
  if (settings.flows > 1)
    throw new ProbeFailure('UNSUPPORTED', `flows: several flows can only be made through the kernel layer: ${reason}`);
  const outcomes: Outcome[] = [];
  const begin = performance.now();
  for (let index = 0; index < settings.count && !context.signal.aborted; index += 1) {
    await pause(begin + index * settings.intervalMs - performance.now(), context.signal);
    const outcome = await connectOnce(resolved, port, settings.timeoutMs, context.signal);
    outcomes.push(outcome);
    if (outcomes.length === 1 && 'failure' in outcome) break;
  }
  return summarise(outcomes, resolved, port, reason);
}

function summarise(outcomes: readonly Outcome[], resolved: Resolved, port: number, reason: string): Measurement<TcpMetricId> {
  const made = outcomes.flatMap((outcome) => ('ms' in outcome ? [outcome] : []));
  const failed = outcomes.flatMap((outcome) => ('failure' in outcome ? [outcome.failure] : []));
  const failure =
    made.length > 0 ? undefined : (failed[0] ?? new ProbeFailure('CANCELLED', 'the run was cancelled before its first handshake'));
  const numbers = new Numbers(metrics);
  numbers.set('tcp.connect_time', median(made.map(({ ms }) => ms)), failure?.message ?? '', CONNECT_ERROR_MS);
  numbers.rest(failure?.message ?? `Node's connect events do not tell it; ${reason}`);
  const last = made.at(-1);
  return {
    method: "Node's connect events, the process's own clock",
    ...numbers.all,
    flow: flowIdentity(resolved, { protocol: 'tcp', source: last?.localAddress, sourcePort: last?.localPort, destinationPort: port }),
    details: {
      handshakes: outcomes.map((outcome) =>
        'ms' in outcome
          ? { localPort: outcome.localPort, connectMs: outcome.ms }
          : { error: { code: outcome.failure.code, message: outcome.failure.message } },
      ),
    },
    failure,
  };
}

function connectOnce({ address, family }: Resolved, port: number, timeoutMs: number, signal: AbortSignal): Promise<Outcome> {
  const where = family === 4 ? `${address}:${port}` : `[${address}]:${port}`;
  return new Promise((resolve) => {
    const begin = performance.now();
    const socket = connect({ host: address, port, family });
    const timer = setTimeout(() => end({ failure: noAnswer(where, timeoutMs, undefined) }), timeoutMs);
    const abort = (): void => end({ failure: noAnswer(where, performance.now() - begin, undefined) });
    const end = (outcome: Outcome): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', abort);
      socket.destroy();
      resolve(outcome);
    };
    signal.addEventListener('abort', abort, { once: true });
    socket.once('connect', () => {
      const ms = performance.now() - begin;
      end({ ms, localAddress: socket.localAddress ?? '', localPort: socket.localPort ?? 0 });
    });
    socket.once('error', ({ code = '' }: NodeJS.ErrnoException) =>
      end({ failure: connectFailure(constants.errno[code as keyof typeof constants.errno] ?? 0, where) }),
    );
  });
}
