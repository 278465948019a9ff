import { connect } from 'node:net';
import { performance } from 'node:perf_hooks';
import { placeOf } from '../kernel/address.js';
import { flowIdentity } from '../kernel/flow.js';
import type { Resolved } from '../kernel/lookup.js';
import { ProbeFailure } from '../sdk/error.js';
import type { Measurement, ProbeContext } from '../sdk/probe.js';
import { median } from '../sdk/stats.js';
import { connectFailure, errnoOf, noAnswer } from '../kernel/connect-error.js';
import { metrics, type TcpMetricId } from './metrics.js';
import { Numbers } from '../sdk/numbers.js';
import { pause } from '../kernel/readiness.js';
import { isPortTaken, sourcePorts } from '../kernel/source-port.js';
import type { TcpSettings } from './settings.js';

/** The process's own clock around `connect`: it holds the event loop's delays, ms (`npm run bench:probes`). */
const CONNECT_ERROR_MS = 0.7;

interface Source {
  readonly localAddress?: string;
  readonly localPort?: number;
}

type Outcome = Source & ({ readonly ms: number } | { readonly failure: ProbeFailure; readonly portTaken: boolean });

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
    const outcome = await connectOnce({ resolved, port, timeoutMs: settings.timeoutMs, signal: context.signal }, sourcePorts(context.seed));
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
  const last = made.at(-1) ?? outcomes.at(-1);
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

interface Way {
  readonly resolved: Resolved;
  readonly port: number;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

/** Connects from the first of the ports that is free, so that the flow stays the same; from any where none is. */
async function connectOnce(way: Way, ports: readonly number[]): Promise<Outcome> {
  for (const port of ports) {
    const outcome = await connectFrom(way, port);
    if ('ms' in outcome || !outcome.portTaken || way.signal.aborted) return outcome;
  }
  return connectFrom(way, undefined);
}

function connectFrom({ resolved, port, timeoutMs, signal }: Way, localPort: number | undefined): Promise<Outcome> {
  const { address, family } = resolved;
  const where = placeOf({ address, port });
  return new Promise((resolve) => {
    const begin = performance.now();
    const socket = connect({ host: address, port, family, ...(localPort === undefined ? {} : { localPort }) });
    const timer = setTimeout(() => fail(noAnswer(where, timeoutMs, undefined)), timeoutMs);
    const abort = (): void => fail(noAnswer(where, performance.now() - begin, undefined));
    const fail = (failure: ProbeFailure, portTaken = false): void => {
      const source = { localAddress: socket.localAddress, localPort: socket.localPort ?? localPort };
      socket.destroy();
      end({ ...source, failure, portTaken });
    };
    const end = (outcome: Outcome): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', abort);
      resolve(outcome);
    };
    signal.addEventListener('abort', abort, { once: true });
    socket.once('connect', () => {
      const ms = performance.now() - begin;
      const { localAddress, localPort: used } = socket;
      // By a reset, as the other ways end: one from the same port would meet what is left of this one (TIME_WAIT).
      socket.resetAndDestroy();
      end({ ms, localAddress, localPort: used });
    });
    socket.once('error', (error: NodeJS.ErrnoException) => fail(connectFailure(errnoOf(error), where), isPortTaken(error.code ?? '')));
  });
}
