import { describe, expect, it } from 'vitest';
import { echoes, handshakes, segmentsSentAgain } from './matching.js';
import { parsePacket, type CapturedPacket } from './packet.js';

const US = '198.18.1.1';
const THEM = '198.18.1.2';
const [SYN, ACK] = [2, 16];

function packet(direction: 'in' | 'out', at: number, rest: Partial<CapturedPacket>): CapturedPacket {
  const [source, destination] = direction === 'out' ? [US, THEM] : [THEM, US];
  return { at, direction, device: 2, version: 4, protocol: 6, length: 60, tos: 0, ttl: 64, source, destination, ...rest };
}

const echo = (direction: 'in' | 'out', at: number, sequence: number): CapturedPacket =>
  packet(direction, at, { protocol: 1, icmp: { type: direction === 'out' ? 8 : 0, code: 0, id: 7, sequence } });

const sent = (at: number, tcpFlags: number, tcpSequence: number): CapturedPacket =>
  packet('out', at, { sourcePort: 5000, destinationPort: 80, tcpFlags, tcpSequence, tcpAcknowledged: 0 });
const got = (at: number, tcpFlags: number, tcpAcknowledged: number): CapturedPacket =>
  packet('in', at, { sourcePort: 80, destinationPort: 5000, tcpFlags, tcpSequence: 900, tcpAcknowledged });

describe('matching echo requests with their replies', () => {
  it('gives each request its first reply, and a lost one none', () => {
    const packets = [echo('out', 1, 1), echo('out', 2, 2), echo('out', 3, 3), echo('in', 5, 3), echo('in', 6, 1), echo('in', 9, 1)];
    expect(echoes(packets).map(({ sequence, rttMs }) => [sequence, rttMs])).toEqual([
      [1, 5],
      [2, undefined],
      [3, 2],
    ]);
  });
});

describe('matching the segments of handshakes', () => {
  it('counts from the SYN that was answered, and to the ACK', () => {
    const packets = [sent(0, SYN, 41), sent(1000, SYN, 41), got(1010, SYN | ACK, 42), sent(1011, ACK, 42)];
    expect(handshakes(packets)).toEqual([{ localPort: 5000, remotePort: 80, synAt: 0, syns: 2, synAckMs: 10, ackMs: 1 }]);
  });

  it('tells two handshakes from the same port apart, also where the number wraps', () => {
    const packets = [sent(0, SYN, 41), got(3, SYN | ACK, 42), sent(10, SYN, 0xffffffff), got(15, SYN | ACK, 0)];
    expect(handshakes(packets).map(({ synAckMs }) => synAckMs)).toEqual([3, 5]);
  });

  it('leaves out what was not answered', () => {
    expect(handshakes([sent(0, SYN, 41), got(2, ACK | 4, 42)])).toMatchObject([{ syns: 1, synAckMs: undefined, ackMs: undefined }]);
  });
});

describe('segments that were sent again', () => {
  const data = (tcpSequence: number, length = 1500): CapturedPacket =>
    packet('out', 1, { sourcePort: 5000, destinationPort: 80, tcpFlags: ACK, tcpSequence, length });

  it('are those that begin where one before them did, or earlier, also where they are cut otherwise', () => {
    expect(segmentsSentAgain([data(100), data(1548), data(2996), data(1548), data(2272), data(4444)])).toBe(2);
    expect(segmentsSentAgain([data(0xffffff00), data(1192), data(0xffffff00), data(2640)])).toBe(1);
  });

  it('do not count a bare acknowledgement, or what came in', () => {
    expect(segmentsSentAgain([data(100), data(100, 52), { ...data(100), direction: 'in' }])).toBe(0);
  });
});

describe('taking packets apart', () => {
  it('reads an IPv4 SYN with its ECN bits', () => {
    const bytes = Buffer.from('4503003c1c4640004006b1e6c6120101c6120102138800500000002a0000000050c2000000000000', 'hex');
    expect(parsePacket(bytes)).toEqual({
      version: 4,
      protocol: 6,
      source: US,
      destination: THEM,
      length: 60,
      tos: 3,
      ttl: 64,
      sourcePort: 5000,
      destinationPort: 80,
      tcpSequence: 42,
      tcpAcknowledged: 0,
      tcpFlags: 0xc2,
    });
  });

  it('sees no ports in a later fragment, and nothing in what is no IP packet', () => {
    const fragment = Buffer.from('450000281c4600b94011b1e6c6120101c612010213880050', 'hex');
    expect(parsePacket(fragment)).not.toHaveProperty('sourcePort');
    expect(parsePacket(Buffer.from('0001080006040001', 'hex'))).toBeUndefined();
  });
});
