import { SOL_TCP, TCP_CONGESTION, TCP_INFO } from './constants.js';
import type { KernelSocket } from './socket.js';

/** struct tcp_info (include/uapi/linux/tcp.h) in ms and bytes. `undefined`: this kernel is too old to tell. */
export interface TcpInfo {
  readonly state: number;
  readonly caState: number;
  /** Time-outs in a row of what is unacknowledged now. */
  readonly backedOff: number;
  readonly timestamps: boolean;
  readonly sack: boolean;
  readonly windowScaling: boolean;
  readonly ecn: boolean;
  readonly appLimited: boolean;
  readonly mss: number;
  readonly unacked: number;
  readonly rttMs: number;
  readonly rttvarMs: number;
  /** undefined where the kernel has none yet. */
  readonly minRttMs: number | undefined;
  /** Segments; undefined while it was never set. */
  readonly ssthresh: number | undefined;
  readonly cwnd: number;
  readonly totalRetransmits: number;
  readonly bytesAcked: number;
  readonly bytesReceived: number;
  readonly dataSegmentsOut: number;
  readonly notSentBytes: number;
  readonly deliveryRateMbit: number;
  readonly busyMs: number | undefined;
  readonly receiverLimitedMs: number | undefined;
  readonly senderLimitedMs: number | undefined;
  readonly bytesSent: number | undefined;
  readonly bytesRetransmitted: number | undefined;
  readonly dsackDups: number | undefined;
  readonly reorderingSeen: number | undefined;
  readonly peerWindow: number | undefined;
  readonly receiveWindow: number | undefined;
}

/** tcpi_state of a connection whose SYN was not answered yet. */
export const SYN_SENT = 2;
/** tcpi_ca_state: Open, Disorder, CWR, Recovery, Loss. From CWR on the window was reduced. */
export const CA_CWR = 2;

const BYTES = 256;
/** TCP_INFINITE_SSTHRESH: no threshold was set so far. */
const INFINITE_SSTHRESH = 0x7fffffff;
const NO_MIN_RTT = 0xffffffff;

/** Takes struct tcp_info apart; an older kernel's is shorter. */
export function parseTcpInfo(raw: Buffer): TcpInfo {
  const bytes = Buffer.alloc(BYTES);
  raw.copy(bytes);
  const u32 = (offset: number): number => bytes.readUInt32LE(offset);
  const u64 = (offset: number): number => Number(bytes.readBigUInt64LE(offset));
  const since = <T>(offset: number, length: number, read: () => T): T | undefined => (raw.length >= offset + length ? read() : undefined);
  const options = bytes.readUInt8(5);
  return {
    state: bytes.readUInt8(0),
    caState: bytes.readUInt8(1),
    backedOff: bytes.readUInt8(2),
    timestamps: (options & 1) !== 0,
    sack: (options & 2) !== 0,
    windowScaling: (options & 4) !== 0,
    ecn: (options & 8) !== 0,
    appLimited: (bytes.readUInt8(7) & 1) !== 0,
    mss: u32(16),
    unacked: u32(24),
    rttMs: u32(68) / 1e3,
    rttvarMs: u32(72) / 1e3,
    minRttMs: raw.length >= 152 && u32(148) !== NO_MIN_RTT ? u32(148) / 1e3 : undefined,
    ssthresh: u32(76) >= INFINITE_SSTHRESH ? undefined : u32(76),
    cwnd: u32(80),
    totalRetransmits: u32(100),
    bytesAcked: u64(120),
    bytesReceived: u64(128),
    dataSegmentsOut: u32(156),
    notSentBytes: u32(144),
    deliveryRateMbit: (u64(160) * 8) / 1e6,
    busyMs: since(168, 8, () => u64(168) / 1e3),
    receiverLimitedMs: since(176, 8, () => u64(176) / 1e3),
    senderLimitedMs: since(184, 8, () => u64(184) / 1e3),
    bytesSent: since(200, 8, () => u64(200)),
    bytesRetransmitted: since(208, 8, () => u64(208)),
    dsackDups: since(216, 4, () => u32(216)),
    reorderingSeen: since(220, 4, () => u32(220)),
    peerWindow: since(228, 4, () => u32(228)),
    receiveWindow: since(232, 4, () => u32(232)),
  };
}

/** What the kernel knows of a connection now. @throws KernelError */
export function readTcpInfo(socket: KernelSocket): TcpInfo {
  return parseTcpInfo(socket.getBytes(SOL_TCP, TCP_INFO, BYTES));
}

/** Name of the congestion control: "cubic". @throws KernelError */
export function congestionControl(socket: KernelSocket): string {
  return socket.getBytes(SOL_TCP, TCP_CONGESTION, 16).toString('latin1').replace(/\0.*$/, '');
}
