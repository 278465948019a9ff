import { constants } from 'node:os';
import { describe, expect, it } from 'vitest';
import { connectFailure, noAnswer } from '../kernel/connect-error.js';
import { timesOf, type HandshakeTimes } from './figures.js';
import { parseSegment } from './segment.js';
import { Sighting } from './sighting.js';
import { FIRST_SOURCE_PORT, LAST_SOURCE_PORT, sourcePorts } from '../kernel/source-port.js';
import { parseTcpInfo } from '../kernel/tcp-info.js';

/** A SYN of 198.18.0.1:40000 to 198.18.0.2:443 with 20 bytes of options, as tcpdump -x shows it. */
const SYN_V4 =
  '4500003c1c4640004006b1e6c6120001c61200029c4001bb00000001000000 00a002faf0fe3000000204 05b40402080a0000000100000000 01030307';
const hex = (text: string): Buffer => Buffer.from(text.replace(/\s/g, ''), 'hex');

describe('a captured segment', () => {
  it('is taken apart', () => {
    const ports = { sourcePort: 40_000, destinationPort: 443 };
    expect(parseSegment(hex(SYN_V4))).toEqual({ ...ports, flags: 2, payloadBytes: 0, timestamps: { value: 1, echo: 0 } });
  });

  it('has no time stamps where its options end, or are cut off, before any', () => {
    const ended = hex(SYN_V4);
    ended.fill(0, 40);
    const lying = hex(SYN_V4);
    lying.fill(0xff, 40);
    for (const packet of [ended, lying, hex(SYN_V4).subarray(0, 44)]) expect(parseSegment(packet)).not.toHaveProperty('timestamps');
  });

  it('knows its payload by the lengths in its headers, even where the capture cut it off', () => {
    const packet = hex(SYN_V4);
    packet.writeUInt16BE(60 + 1000, 2);
    expect(parseSegment(packet)?.payloadBytes).toBe(1000);
  });

  it('of IPv6 begins after 40 bytes', () => {
    const header = Buffer.alloc(40);
    header.writeUInt8(0x60, 0);
    header.writeUInt16BE(40, 4);
    header.writeUInt8(6, 6);
    expect(parseSegment(Buffer.concat([header, hex(SYN_V4).subarray(20)]))).toMatchObject({ sourcePort: 40_000, payloadBytes: 0 });
  });

  it('is none where it is something else, a later fragment, or cut off', () => {
    const udp = hex(SYN_V4);
    udp.writeUInt8(17, 9);
    const fragment = hex(SYN_V4);
    fragment.writeUInt16BE(100, 6);
    for (const packet of [udp, fragment, hex(SYN_V4).subarray(0, 30), Buffer.alloc(0)]) expect(parseSegment(packet)).toBeUndefined();
  });
});

describe('what the tap sees of a connection', () => {
  const segment = (flags: number, payloadBytes = 0) => ({ sourcePort: 1, destinationPort: 2, flags, payloadBytes });

  it('is a handshake, and then a request with its response', () => {
    const seen = new Sighting(1, 2);
    seen.take(segment(2), true, 0);
    seen.take(segment(18), false, 10);
    seen.take(segment(16), true, 10.1);
    expect(seen.complete).toBe(true);
    seen.take(segment(24, 100), true, 11);
    seen.take(segment(24, 50), true, 12);
    seen.take(segment(16), false, 22);
    seen.take(segment(24, 7), false, 30);
    seen.take(segment(24, 7), true, 40);
    expect(seen).toMatchObject({ syns: [0], synAckAt: 10, ackAt: 10.1, lastRequestAt: 12, firstResponseAt: 30 });
  });

  it('counts a SYN that passes two devices once, and one that is sent again twice', () => {
    const seen = new Sighting(1, 2);
    for (const at of [0, 0.02, 1000]) seen.take(segment(2), true, at);
    expect(seen.syns).toEqual([0, 1000]);
  });
});

describe('a SYN-ACK after several SYNs', () => {
  const seen = (echo: number | undefined): HandshakeTimes['answered'] => {
    const all = new Sighting(1, 2);
    const ports = { sourcePort: 1, destinationPort: 2, payloadBytes: 0 };
    for (const at of [0, 1000]) all.take({ ...ports, flags: 2, timestamps: { value: 7000 + at, echo: 0 } }, true, at);
    all.take({ ...ports, flags: 18, ...(echo === undefined ? {} : { timestamps: { value: 1, echo } }) }, false, 1010);
    all.take({ ...ports, flags: 16 }, true, 1010.1);
    const info = parseTcpInfo(Buffer.alloc(240));
    return timesOf({ calledAt: 0, callMs: 0, info, sighting: all } as Parameters<typeof timesOf>[0], true).answered;
  };

  it('names the one that it answers by the time stamp which it gives back', () => {
    expect([8000, 7000, 42, undefined].map(seen)).toEqual(['last', 'earlier', undefined, undefined]);
  });
});

describe('the times of a handshake', () => {
  const info = (rttUs: number, retransmits = 0) => {
    const raw = Buffer.alloc(240);
    raw.writeUInt32LE(rttUs, 68);
    raw.writeUInt32LE(retransmits, 100);
    return parseTcpInfo(raw);
  };
  const sighting = (syns: readonly number[], synAckAt: number, ackAt: number): Sighting =>
    Object.assign(new Sighting(1, 2), { syns: [...syns], synAckAt, ackAt });
  const attempt = { calledAt: 100, callMs: 0.05 } as Parameters<typeof timesOf>[0];

  it('are differences of the kernel’s stamps', () => {
    const times = timesOf({ ...attempt, info: info(10_020), sighting: sighting([100.1], 110.1, 110.15) }, true);
    expect(times.syns).toBe(1);
    expect(times.tapRttMs).toBeCloseTo(10);
    expect(times.infoRttMs).toBe(10.02);
    expect(times.synMs).toBeCloseTo(0.1);
    expect(times.ackMs).toBeCloseTo(0.05);
    expect(times.totalMs).toBeCloseTo(10.15);
  });

  it('have no RTT after a lost SYN, where TCP_INFO reads 1 ms', () => {
    const times = timesOf({ ...attempt, info: info(1000, 1), sighting: sighting([100.1, 1100.1], 1110.1, 1110.2) }, true);
    expect(times).toMatchObject({ syns: 2, tapRttMs: undefined, infoRttMs: undefined });
    expect(times.totalMs).toBeCloseTo(1010.2);
  });

  it('trust TCP_INFO alone when the wall clock was set meanwhile', () => {
    const times = timesOf({ ...attempt, info: info(10_020), sighting: sighting([100.1], 5110.1, 5110.15) }, false);
    expect(times).toMatchObject({ tapRttMs: undefined, infoRttMs: 10.02, totalMs: undefined });
  });
});

describe('source ports', () => {
  it('are the same for the same seed, all different, and out of the way of the kernel’s own', () => {
    const ports = sourcePorts('a');
    expect(sourcePorts('a')).toEqual(ports);
    expect(sourcePorts('b')).not.toEqual(ports);
    expect(new Set(ports).size).toBe(ports.length);
    for (const port of ports) {
      expect(port).toBeGreaterThanOrEqual(FIRST_SOURCE_PORT);
      expect(port).toBeLessThanOrEqual(LAST_SOURCE_PORT);
    }
  });
});

describe('why a connection did not come about', () => {
  const { ECONNREFUSED, EHOSTUNREACH, EACCES, ETIMEDOUT } = constants.errno;

  it.each([
    ['a reset', ECONNREFUSED, undefined, 'REFUSED'],
    ['port unreachable', ECONNREFUSED, { version: 4, type: 3, code: 3, offender: '198.18.0.9' }, 'REFUSED'],
    ['host unreachable', EHOSTUNREACH, { version: 4, type: 3, code: 1, offender: '198.18.0.9' }, 'UNREACHABLE'],
    ['a filter', EHOSTUNREACH, { version: 4, type: 3, code: 13, offender: '198.18.0.9' }, 'DENIED'],
    ['a filter (IPv6)', EACCES, { version: 6, type: 1, code: 1, offender: 'fd00::9' }, 'DENIED'],
    ['no route (IPv6)', EHOSTUNREACH, { version: 6, type: 1, code: 0, offender: 'fd00::9' }, 'UNREACHABLE'],
    ['the own routes', EACCES, undefined, 'DENIED'],
    ['the kernel’s own time-out', ETIMEDOUT, undefined, 'TIMEOUT'],
  ] as const)('%s has its code', (_, errno, icmp, code) => {
    const failure = connectFailure(errno, '198.18.0.2:80', icmp);
    expect(failure.code).toBe(code);
    expect(failure.message).toContain('198.18.0.2:80');
    if (icmp) expect(failure.message).toContain(icmp.offender);
  });

  it('is silence, with the number of SYNs', () => {
    expect(noAnswer('198.18.0.2:80', 3000, 2)).toMatchObject({ code: 'TIMEOUT' });
    expect(noAnswer('198.18.0.2:80', 3000, 2).message).toContain('(2 SYNs sent)');
  });
});

describe('TCP_INFO of an older kernel', () => {
  it('is shorter, and what it lacks is unknown', () => {
    const old = parseTcpInfo(Buffer.alloc(104, 1));
    expect(old).toMatchObject({
      peerWindow: undefined,
      receiveWindow: undefined,
      busyMs: undefined,
      bytesSent: undefined,
      minRttMs: undefined,
    });
    expect(parseTcpInfo(Buffer.alloc(232, 1))).toMatchObject({ peerWindow: 0x01010101, receiveWindow: undefined });
  });

  it('knows when there is no threshold and no smallest RTT yet', () => {
    const raw = Buffer.alloc(240);
    raw.writeUInt32LE(0x7fffffff, 76);
    raw.writeUInt32LE(0xffffffff, 148);
    expect(parseTcpInfo(raw)).toMatchObject({ ssthresh: undefined, minRttMs: undefined });
  });
});
