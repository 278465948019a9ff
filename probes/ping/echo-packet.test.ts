import { describe, expect, it } from 'vitest';
import { ECHO_REQUEST, internetChecksum } from '../kernel/icmp.js';
import { carriesCookie, generationAt, sequenceAt, writeEchoRequest } from './echo-packet.js';

const COOKIE = Buffer.from('0102030405060708', 'hex');

describe('an ICMP echo request', () => {
  const memory = Buffer.alloc(100, 0xee);
  writeEchoRequest(memory, 10, 64, 4, 0x1234, COOKIE, 77, 513);

  it('has type, identifier and sequence where RFC 792 wants them', () => {
    expect([memory[10], memory[11], memory.readUInt16BE(14), memory.readUInt16BE(16)]).toEqual([ECHO_REQUEST[4], 0, 0x1234, 513]);
  });

  it('has a checksum that makes the sum of the packet come out as zero', () => {
    expect(internetChecksum(memory, 10, 64)).toBe(0);
  });

  it('writes nothing beyond its own bytes', () => {
    expect([...memory.subarray(0, 10), ...memory.subarray(74)].every((byte) => byte === 0xee)).toBe(true);
  });

  it('is known again by its last bytes, whatever headers stand before it', () => {
    expect(carriesCookie(memory, 0, 74, COOKIE)).toBe(true);
    expect([generationAt(memory, 74), sequenceAt(memory, 74)]).toEqual([77, 513]);
  });

  it('is not taken for ours with another cookie, or when it is too short to carry one', () => {
    expect(carriesCookie(memory, 0, 74, Buffer.alloc(8, 9))).toBe(false);
    expect(carriesCookie(memory, 66, 74, COOKIE)).toBe(false);
  });

  it('leaves the checksum of ICMPv6 to the kernel, which knows the pseudo header', () => {
    writeEchoRequest(memory, 10, 64, 6, 1, COOKIE, 1, 1);
    expect([memory[10], memory.readUInt16BE(12)]).toEqual([ECHO_REQUEST[6], 0]);
  });
});

describe('the internet checksum', () => {
  it('agrees with the example of RFC 1071', () => {
    expect(internetChecksum(Buffer.from('0001f203f4f5f6f7', 'hex'), 0, 8)).toBe(~0xddf2 & 0xffff);
  });

  it('takes an odd last byte as the high half of a word', () => {
    expect(internetChecksum(Buffer.from('0102ff', 'hex'), 0, 3)).toBe(internetChecksum(Buffer.from('0102ff00', 'hex'), 0, 4));
  });
});
