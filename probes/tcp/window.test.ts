import { describe, expect, it } from 'vitest';
import { parseTcpInfo, type TcpInfo } from '../kernel/tcp-info.js';
import type { Sample, Transfer } from './transfer.js';
import { judge } from './verdict.js';
import {
  bufferSpentPercent,
  congestionEvents,
  goodputMbit,
  retransmitRate,
  sharesOf,
  timeWeightedMean,
  windowEfficiency,
  zeroWindows,
} from './window.js';

const info = (parts: Partial<TcpInfo> = {}): TcpInfo => ({ ...parseTcpInfo(Buffer.alloc(240)), ...parts });
const sample = (atMs: number, parts: Partial<TcpInfo>, bufferSpent = false): Sample => ({ atMs, info: info(parts), bufferSpent });

function transfer(parts: Partial<Transfer>): Transfer {
  const none = info();
  return { kind: 'send', samples: [], before: none, last: none, durationMs: 1000, written: 0, responseBytes: 0, completed: true, ...parts };
}

describe('a mean over a timeline', () => {
  it('weighs each value by how long it held', () => {
    const samples = [sample(0, { cwnd: 10 }), sample(30, { cwnd: 40 }), sample(40, { cwnd: 1000 })];
    expect(timeWeightedMean(samples, ({ cwnd }) => cwnd)).toBe((10 * 30 + 40 * 10) / 40);
  });

  it('leaves out the time in which there was no value, and is none where there never was one', () => {
    const samples = [sample(0, { ssthresh: undefined }), sample(30, { ssthresh: 7 }), sample(40, { ssthresh: 9 })];
    expect(timeWeightedMean(samples, ({ ssthresh }) => ssthresh)).toBe(7);
    expect(timeWeightedMean(samples.slice(0, 1), ({ ssthresh }) => ssthresh)).toBeUndefined();
  });
});

describe('events in a timeline', () => {
  it('are counted when they begin, not while they last', () => {
    const states = [0, 1, 3, 3, 4, 0, 2, 2, 0];
    expect(congestionEvents(states.map((caState, index) => sample(index, { caState })))).toBe(3);
    const windows = [9, 0, 0, 5, 0];
    expect(zeroWindows(windows.map((peerWindow, index) => sample(index, { peerWindow })))).toBe(2);
  });

  it('are unknown where the kernel does not tell', () => {
    expect(zeroWindows([sample(0, { peerWindow: undefined })])).toBeUndefined();
  });
});

describe('shares of the busy time', () => {
  it('make up the whole', () => {
    const last = info({ busyMs: 200, receiverLimitedMs: 50, senderLimitedMs: 30 });
    expect(sharesOf(transfer({ last }))).toEqual({ receiver: 25, sender: 15, network: 60 });
  });

  it('count a send buffer that was spent although the kernel did not see it', () => {
    const samples = [sample(0, {}, true), sample(80, {}, false), sample(100, {}, false)];
    const last = info({ busyMs: 200, receiverLimitedMs: 10, senderLimitedMs: 0 });
    expect(sharesOf(transfer({ last, samples }))).toEqual({ receiver: 5, sender: 80, network: 15 });
  });

  it('are unknown of a connection that was never busy', () => {
    expect(sharesOf(transfer({ last: info({ busyMs: 0 }) }))).toBeUndefined();
  });
});

describe('rates', () => {
  it('count what was acknowledged since the transfer began', () => {
    expect(goodputMbit(transfer({ before: info({ bytesAcked: 1 }), last: info({ bytesAcked: 1_250_001 }) }))).toBe(10);
  });

  it('of retransmission need a hundred segments', () => {
    const sent = { bytesSent: 1_000_000, bytesRetransmitted: 20_000 };
    expect(retransmitRate(transfer({ last: info({ ...sent, dataSegmentsOut: 100 }) }))).toBe(2);
    expect(retransmitRate(transfer({ last: info({ ...sent, dataSegmentsOut: 99 }) }))).toBeUndefined();
  });

  it('of the window compare what came through with what fits into one RTT', () => {
    // 10 segments of 1000 bytes in 10 ms allow 8 Mbit/s; half of that was made.
    const last = info({ minRttMs: 10, busyMs: 1000, bytesAcked: 500_000 });
    const samples = [sample(0, { cwnd: 10, mss: 1000, peerWindow: 64_000 })];
    expect(windowEfficiency(transfer({ last, samples }))).toBeCloseTo(50);
    expect(windowEfficiency(transfer({ last: info({ minRttMs: 100, busyMs: 1000 }), samples }))).toBeUndefined();
  });
});

describe('the verdict', () => {
  const steady = info({ appLimited: false });
  const busy = { busyMs: 1000, minRttMs: 10, rttMs: 10, receiverLimitedMs: 0, senderLimitedMs: 0 };
  const of = (parts: Partial<TcpInfo>, more: Partial<Transfer> = {}): string =>
    judge(transfer({ steady, last: info({ ...busy, ...parts }), samples: [sample(0, { rttMs: 10 })], ...more }), true).bottleneck;

  it('names who held the transfer back for most of the time', () => {
    expect(of({ receiverLimitedMs: 600 })).toBe('receiver');
    expect(of({ senderLimitedMs: 600 })).toBe('sender');
    expect(of({})).toBe('network');
  });

  it('sees a send buffer that was spent although the kernel did not', () => {
    const samples = [sample(0, {}, true), sample(80, {}, false), sample(100, {}, false)];
    expect(bufferSpentPercent(transfer({ samples }))).toBe(80);
    expect(of({}, { samples })).toBe('sender');
  });

  it('names nobody of a transfer that was too short, or that had too little to send', () => {
    expect(of({ busyMs: 150 })).toBe('none');
    expect(of({}, { steady: undefined })).toBe('none');
    expect(of({}, { steady: info({ appLimited: true }) })).toBe('none');
    expect(judge(undefined, false)).toEqual({ bottleneck: 'none', reason: 'no transfer was asked for' });
    expect(judge(undefined, true)).toMatchObject({ bottleneck: 'none', missed: true });
  });

  it('says by what it knows that a queue stood on the way', () => {
    const samples = [sample(0, { rttMs: 10 }), sample(10, { rttMs: 42 })];
    expect(judge(transfer({ steady, last: info(busy), samples }), true).reason).toContain('from 10 to 42 ms');
  });
});
