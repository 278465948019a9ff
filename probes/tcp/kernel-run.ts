import { performance } from 'node:perf_hooks';
import { ClockWatch } from '../kernel/clock.js';
import { KernelError } from '../kernel/socket.js';
import type { Resolved } from '../kernel/lookup.js';
import { ProbeFailure } from '../sdk/error.js';
import type { Measurement, ProbeContext } from '../sdk/probe.js';
import { timesOf, type HandshakeTimes } from './figures.js';
import { attempt, endAttempt, type Attempt, type ConnectPlan } from './handshake.js';
import type { TcpMetricId } from './metrics.js';
import { pause } from '../kernel/readiness.js';
import { report } from './report.js';
import type { TcpSettings } from './settings.js';
import { flowPorts } from '../kernel/source-port.js';
import { Tap } from './tap.js';
import { congestionControl } from '../kernel/tcp-info.js';
import { TransferRun, type Transfer } from './transfer.js';

/** An attempt that is over, with its times where it succeeded. */
export interface Tried {
  /** Number of its flow, from 0. */
  readonly flow: number;
  readonly attempt: Attempt;
  readonly times: HandshakeTimes | undefined;
}

/** Connects through sockets of our own, so that the DSCP stands before the SYN leaves and every number is the kernel's. */
export async function runByKernel(
  settings: TcpSettings,
  resolved: Resolved,
  port: number,
  context: ProbeContext,
): Promise<Measurement<TcpMetricId>> {
  const tapped = settings.method === 'auto' ? await Tap.use() : { reason: 'the settings leave the tap out' };
  const tap = tapped instanceof Tap ? tapped : undefined;
  const { address, family } = resolved;
  const plans = flowPorts(context.seed, settings.flows).map((ports): ConnectPlan => ({
    address,
    family,
    port,
    sourcePorts: ports,
    dscp: settings.dscp,
    timeoutMs: settings.timeoutMs,
    sendBufferBytes: settings.transfer === 'send' ? settings.sendBufferBytes : undefined,
    tap,
    signal: context.signal,
  }));
  try {
    return await measure(settings, resolved, plans, context, tapped instanceof Tap ? undefined : tapped.reason);
  } catch (error) {
    if (error instanceof KernelError && error.call === 'socket')
      throw new ProbeFailure('UNSUPPORTED', `this host has no IPv${family} sockets (${error.code})`, { cause: error });
    throw error;
  } finally {
    if (tap) context.cycle.receiveDrops += tap.newDrops();
    tap?.release();
  }
}

async function measure(
  settings: TcpSettings,
  resolved: Resolved,
  plans: readonly ConnectPlan[],
  context: ProbeContext,
  noTap: string | undefined,
): Promise<Measurement<TcpMetricId>> {
  const [first] = plans;
  if (!first) throw new Error('a run has at least one flow');
  const tried: Tried[] = [];
  const clock = new ClockWatch();
  let transfer: Transfer | undefined;
  let stepped = false;
  let congestion: string | undefined;
  const begin = performance.now();
  for (let index = 0; index < settings.count && !context.signal.aborted; index += 1) {
    await pause(begin + index * settings.intervalMs - performance.now(), context.signal);
    const flow = index % plans.length;
    const plan = plans[flow] ?? first;
    clock.restart();
    const made = await attempt(plan);
    try {
      tried.push({ flow, attempt: made, times: made.failure ? undefined : timesOf(made, clock.stepMs() === 0) });
      if (!made.failure) congestion = congestionControl(made.socket);
      const last = index === settings.count - 1;
      if (last && !made.failure && settings.transfer !== 'none') transfer = await runTransfer(settings, made, plan);
      stepped = clock.stepMs() !== 0;
    } finally {
      endAttempt(made, plan.tap);
    }
    // A target that does not answer at all, in any flow, is not asked again and again.
    if (tried.length === plans.length && tried.every(({ times }) => !times)) break;
  }
  if (tried.length === 0) throw new ProbeFailure('CANCELLED', 'the run was cancelled before its first handshake');
  return report({ settings, resolved, plan: first, tried, transfer, stepped, congestion, noTap });
}

async function runTransfer(settings: TcpSettings, made: Attempt, plan: ConnectPlan): Promise<Transfer> {
  const { bytes, request, transferMs: limitMs, transfer } = settings;
  const kind = transfer === 'send' ? 'send' : 'request';
  const done = await new TransferRun(made.socket, { kind, bytes, request, limitMs, signal: plan.signal }).run();
  await plan.tap?.catchUp(plan.signal);
  return done;
}
