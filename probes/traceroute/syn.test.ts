import { describe, expect, it } from 'vitest';
import { addressBytes } from '../kernel/address.js';
import { internetChecksum } from '../kernel/icmp.js';
import { numberOfAnswer, numberOfQuotedSyn, numberOfSentSyn, SYN_BYTES, writeSyn } from './syn.js';

const COOKIE = Buffer.from([0xfe, 0xdc, 0xba, 0x98]);
const ENDS = { sourcePort: 20_001, port: 443 };

function synOf(number: number, source = '192.0.2.1', destination = '198.51.100.7'): Buffer {
  const memory = Buffer.alloc(40, 0xff);
  writeSyn(memory, 8, { source: addressBytes(source), destination: addressBytes(destination), ...ENDS }, COOKIE, number);
  return memory.subarray(8, 8 + SYN_BYTES);
}

/** What a target answers: its ports the other way round, flags, and the number after the one it heard. */
function answerTo(syn: Buffer, flags: number): Buffer {
  const answer = Buffer.alloc(20);
  syn.copy(answer, 0, 2, 4);
  syn.copy(answer, 2, 0, 2);
  answer.writeUInt32BE((syn.readUInt32BE(4) + 1) % 2 ** 32, 8);
  answer.writeUInt8(flags, 13);
  return answer;
}

describe('a SYN of a trace', () => {
  it.each([
    ['IPv4', '192.0.2.1', '198.51.100.7'],
    ['IPv6', '2001:db8::1', '2001:db8:1::7'],
  ])('has the checksum of its pseudo-header and itself over %s', (_, source, destination) => {
    const pseudo = [addressBytes(source), addressBytes(destination), Buffer.from([0, 6, 0, SYN_BYTES])];
    const summed = Buffer.concat([...pseudo, synOf(7, source, destination)]);
    // A sum over what holds its own checksum is zero (RFC 1071).
    expect(internetChecksum(summed, 0, summed.length)).toBe(0);
  });

  it('is the same but for sequence number and checksum, so that it is one flow', () => {
    const [one, other] = [synOf(1), synOf(2)].map((syn) => [...syn]);
    const differing = one?.flatMap((byte, index) => (byte === other?.[index] ? [] : index));
    expect(differing?.every((index) => (index >= 4 && index < 8) || index === 16 || index === 17)).toBe(true);
  });

  it.each([0, 1, 65_535])('is known by the eight bytes that routers quote, and as it was sent: %i', (number) => {
    expect(numberOfQuotedSyn(synOf(number).subarray(0, 8), ENDS.sourcePort, COOKIE)).toBe(number);
    expect(numberOfSentSyn(Buffer.concat([Buffer.alloc(20), synOf(number)]), ENDS.sourcePort, COOKIE)).toBe(number);
  });

  it.each([
    ['a SYN-ACK', 18],
    ['a reset', 20],
  ])('is known by what %s acknowledges', (_, flags) => {
    expect(numberOfAnswer(answerTo(synOf(65_535), flags), ENDS, COOKIE)).toBe(65_535);
    expect(numberOfAnswer(answerTo(synOf(0), flags), ENDS, COOKIE)).toBe(0);
  });

  it('is not taken for another run, another port or a plain acknowledgement', () => {
    expect(numberOfQuotedSyn(synOf(3), ENDS.sourcePort, Buffer.from([1, 2, 3, 4]))).toBeUndefined();
    expect(numberOfQuotedSyn(synOf(3), 20_002, COOKIE)).toBeUndefined();
    expect(numberOfAnswer(answerTo(synOf(3), 16), ENDS, COOKIE)).toBeUndefined();
    expect(numberOfAnswer(answerTo(synOf(3), 18), { ...ENDS, port: 80 }, COOKIE)).toBeUndefined();
  });
});
