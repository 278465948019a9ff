import type { Attempt } from './handshake.js';

/** Half-width of the error of a time between two of the kernel's stamps at the device, ms (`npm run bench:probes` measures it). */
export const TAP_ERROR_MS = 0.03;
/** Of TCP_INFO's RTT: it begins before the SYN reaches the device and ends after the SYN-ACK left it, ms. */
export const TCP_INFO_ERROR_MS = 0.1;

/** The times of one handshake, ms; undefined where this host or this handshake does not tell. */
export interface HandshakeTimes {
  /** SYNs sent. */
  readonly syns: number;
  /** SYN to SYN-ACK by the tap, and by TCP_INFO: only of a SYN that was answered at the first try, since else nobody knows which was answered (Karn). */
  readonly tapRttMs?: number;
  /** Of several SYNs, the one that was answered: the last, so that those before it were lost on the way there; or an earlier one, whose answer was late or lost. */
  readonly answered?: 'last' | 'earlier';
  readonly infoRttMs?: number;
  readonly synMs?: number;
  readonly ackMs?: number;
  readonly totalMs?: number;
  /** The wall clock, in which the tap stamps, was stepped meanwhile: what hangs on it is dropped. */
  readonly acrossClockStep?: true;
}

/** Works out the times of an attempt that succeeded. `steady`: the wall clock, in which the kernel stamps, was not set meanwhile. */
export function timesOf({ info, sighting, calledAt, callMs }: Attempt, steady: boolean): HandshakeTimes {
  const seen = steady ? sighting : undefined;
  const [firstSyn] = seen?.syns ?? [];
  const syns = Math.max(info.totalRetransmits + 1, seen?.syns.length ?? 0);
  // After a lost SYN the kernel only has the peer's time stamp, of whole milliseconds: TCP_INFO reads 1000 us then.
  const answered = seen?.answeredSyn === undefined || syns === 1 ? undefined : seen.answeredSyn === syns - 1 ? 'last' : 'earlier';
  const infoRttMs = syns === 1 && info.rttMs > 0 ? info.rttMs : undefined;
  const between = (from: number | undefined, to: number | undefined): number | undefined =>
    from === undefined || to === undefined ? undefined : Math.max(0, to - from);
  const byCall = infoRttMs === undefined || !steady ? undefined : callMs + infoRttMs;
  return {
    syns,
    tapRttMs: syns === 1 ? between(firstSyn, seen?.synAckAt) : undefined,
    infoRttMs,
    synMs: between(calledAt, firstSyn),
    ackMs: between(seen?.synAckAt, seen?.ackAt),
    totalMs: between(calledAt, seen?.ackAt) ?? byCall,
    ...(answered === undefined ? {} : { answered }),
    ...(steady ? {} : { acrossClockStep: true }),
  };
}
