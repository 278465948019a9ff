import { flowIdentity } from '../kernel/flow.js';
import type { Resolved } from '../kernel/lookup.js';
import { ProbeFailure } from '../sdk/error.js';
import type { FlowIdentity } from '../sdk/flow.js';
import { flowFigures } from '../sdk/flows.js';
import type { Json, Measurement } from '../sdk/probe.js';
import { analyse } from './analysis.js';
import { attemptDetails, transferDetails } from './details.js';
import type { ConnectPlan } from './handshake.js';
import { handshakeNumbers } from './handshake-numbers.js';
import type { Tried } from './kernel-run.js';
import { metrics, type TcpMetricId, type TcpNumbers } from './metrics.js';
import { Numbers } from '../sdk/numbers.js';
import type { TcpSettings } from './settings.js';
import { connectionNumbers, serverNumbers, transferNumbers } from './transfer-numbers.js';
import type { Transfer } from './transfer.js';
import { judge } from './verdict.js';

const NO_REQUEST = 'no request was asked for (setting "transfer")';
const STEPPED = 'the wall clock, in which the tap stamps packets, was stepped during the transfer';
const NO_TRANSFER = 'no transfer was asked for (setting "transfer")';

/** All that a run found. */
export interface Findings {
  readonly settings: TcpSettings;
  readonly resolved: Resolved;
  readonly plan: ConnectPlan;
  readonly tried: readonly Tried[];
  readonly transfer: Transfer | undefined;
  /** The wall clock, in which the tap stamps, was stepped during the transfer. */
  readonly stepped: boolean;
  readonly congestion: string | undefined;
  readonly noTap: string | undefined;
}

/** Turns what was found into a measurement: numbers with reasons and bounds, flow, details, a verdict and what it means. */
export function report(found: Findings): Measurement<TcpMetricId> {
  const { tried, transfer, congestion, noTap, resolved, settings } = found;
  const times = tried.flatMap((each) => (each.times ? [each.times] : []));
  const failure = failureOf(found, times.length > 0);
  const verdict = judge(transfer, settings.transfer !== 'none');
  const { all } = numbersOf(found, failure);
  const serverMs = all.metrics['tcp.handshake.server_processing'];
  const flows = flowsOf(tried);
  return {
    method: methodOf(found),
    ...all,
    flow: flowOf(found),
    details: {
      handshakes: tried.map(({ attempt, times: own }) => attemptDetails(attempt, own)),
      ...(flows.length > 1 ? { flows: flows.map(flowDetails) } : {}),
      congestionControl: congestion,
      ecn: tried.findLast(({ times: own }) => own)?.attempt.info.ecn,
      tap: noTap ?? 'used',
      resolvedFrom: resolved.resolvedFrom,
      ...(transfer ? { transfer: transferDetails(transfer) } : {}),
      verdict: { ...verdict },
      analysis:
        times.length > 0
          ? analyse({ times, tried: tried.length, transfer, verdict, serverMs })
          : (failure?.message ?? 'No handshake succeeded.'),
    },
    failure,
  };
}

function numbersOf({ tried, transfer, stepped, noTap, settings }: Findings, failure: ProbeFailure | undefined): TcpNumbers {
  const numbers = new Numbers(metrics);
  const succeeded = tried.filter(({ times }) => times);
  const again = tried.reduce((sum, { attempt, times }) => sum + (times ? times.syns - 1 : attempt.info.totalRetransmits), 0);
  const last = succeeded.at(-1);
  if (last) {
    const times = succeeded.flatMap((each) => (each.times ? [each.times] : []));
    handshakeNumbers(numbers, { times, synRetransmits: again, noTap });
    connectionNumbers(numbers, transfer?.last ?? last.attempt.info);
  } else {
    if (failure?.code === 'TIMEOUT') numbers.set('tcp.handshake.syn_retransmits', again, '');
    numbers.rest(failure?.message ?? 'no handshake succeeded');
  }
  if (transfer) transferNumbers(numbers, transfer);
  if (transfer?.kind === 'request')
    serverNumbers(numbers, transfer, stepped ? undefined : last?.attempt.sighting, stepped ? STEPPED : noTap);
  else if (last) numbers.set('tcp.handshake.server_processing', undefined, NO_REQUEST);
  numbers.rest(settings.transfer === 'none' ? NO_TRANSFER : 'the connection for the transfer did not come about');
  return numbers;
}

function failureOf({ tried, transfer, plan }: Findings, any: boolean): ProbeFailure | undefined {
  if (!any) return tried[0]?.attempt.failure;
  if (transfer?.broken === undefined) return unanswered(transfer, plan);
  const sent = transfer.last.bytesAcked - transfer.before.bytesAcked;
  return new ProbeFailure(
    'PROTOCOL',
    `${plan.address} port ${plan.port} broke the connection off (${transfer.broken}) after ${sent} bytes were acknowledged; check that the service there takes what the settings send`,
  );
}

/** A request that nobody answers is one that the service failed. */
function unanswered(transfer: Transfer | undefined, { address, port }: ConnectPlan): ProbeFailure | undefined {
  if (transfer?.kind !== 'request' || transfer.responseBytes > 0) return undefined;
  const after = `${transfer.durationMs.toFixed(0)} ms`;
  return transfer.completed
    ? new ProbeFailure(
        'PROTOCOL',
        `${address} port ${port} closed the connection after ${after} without an answer; check that the service there takes the request of the settings`,
      )
    : new ProbeFailure('TIMEOUT', `${address} port ${port} did not answer the request within ${after}`);
}

function methodOf({ tried }: Findings): string {
  const byTap = tried.some(({ times }) => times?.tapRttMs !== undefined);
  return byTap ? 'own socket, packet tap with kernel stamps, TCP_INFO' : 'own socket, TCP_INFO';
}

function flowOf({ tried, plan, resolved }: Findings): FlowIdentity {
  const members = flowsOf(tried).map((own) => ({ sourcePort: own.at(-1)?.attempt.localPort }));
  const source = tried.at(-1)?.attempt.localAddress;
  return flowIdentity(resolved, { protocol: 'tcp', source, ...members[0], destinationPort: plan.port, dscp: plan.dscp, members });
}

/** The attempts of each flow. */
function flowsOf(tried: readonly Tried[]): Tried[][] {
  const flows: Tried[][] = [];
  for (const each of tried) (flows[each.flow] ??= []).push(each);
  return flows;
}

/** Of each flow: SYNs, those that led to a connection, and the handshakes' round trips. */
function flowDetails(own: readonly Tried[]): Json {
  const rtts = own.flatMap(({ times }) => times?.tapRttMs ?? times?.infoRttMs ?? []);
  const received = own.filter(({ times }) => times).length;
  const sent = own.reduce((sum, { attempt, times }) => sum + (times?.syns ?? attempt.info.totalRetransmits + 1), 0);
  return flowFigures({ sourcePort: own.at(-1)?.attempt.localPort }, { sent, received, rtts });
}
