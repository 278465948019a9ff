import { thinEvenly } from '../sdk/stats.js';
import type { Json } from '../sdk/probe.js';
import type { HandshakeTimes } from './figures.js';
import type { Attempt } from './handshake.js';
import type { Sample, Transfer } from './transfer.js';
import { goodputMbit } from './window.js';

const MOST_POINTS = 200;

/** One attempt: `{ localPort, syns, answered, tapRttMs, infoRttMs, synMs, ackMs, totalMs, acrossClockStep, error, resetByPeer }`; what was not measured is left out. */
export function attemptDetails(attempt: Attempt, times: HandshakeTimes | undefined): Json {
  const { localPort, failure, wasReset } = attempt;
  if (!times) return { localPort, error: { code: failure?.code ?? 'INTERNAL', message: failure?.message ?? '' } };
  return { localPort, ...times, ...(wasReset ? { resetByPeer: true } : {}) };
}

const STATES = ['Open', 'Disorder', 'CWR', 'Recovery', 'Loss'];

function point({ atMs, info }: Sample): Json {
  return {
    atMs: Number(atMs.toFixed(3)),
    rttMs: info.rttMs,
    cwnd: info.cwnd,
    ssthresh: info.ssthresh,
    peerWindow: info.peerWindow,
    inFlight: info.unacked,
    notSentBytes: info.notSentBytes,
    ackedBytes: info.bytesAcked,
    retransmits: info.totalRetransmits,
    congestion: STATES[info.caState] ?? String(info.caState),
  };
}

/**
 * A transfer: `{ kind, completed, durationMs, writtenBytes, ackedBytes, responseBytes, goodputMbit, looks, timeline }`; the timeline has at most 200 of the looks, each
 * `{ atMs, rttMs, cwnd, ssthresh, peerWindow, inFlight, notSentBytes, ackedBytes, retransmits, congestion }` (segments and bytes as in TCP_INFO).
 */
export function transferDetails(transfer: Transfer): Json {
  const { kind, completed, broken, durationMs, written, responseBytes, before, last, samples } = transfer;
  return {
    kind,
    completed,
    broken,
    durationMs: Number(durationMs.toFixed(3)),
    writtenBytes: written,
    ackedBytes: last.bytesAcked - before.bytesAcked,
    responseBytes,
    goodputMbit: Number(goodputMbit(transfer).toPrecision(6)),
    looks: samples.length,
    timeline: thinEvenly(samples, MOST_POINTS).map(point),
  };
}
