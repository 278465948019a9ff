import { createHmac } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { Responder } from '../../reflector/responder.js';
import { readReflectedPacket } from './base.js';
import { controlRequest, REQUEST_BYTES } from './control.js';
import { StampKey } from './seal.js';

/*
 * Packets byte by byte as RFC 8762 and RFC 8972 draw them, made and read here with no code of the product: what another implementation would send and expect.
 */

const SECRET = 'a-key-that-both-ends-know';
const HERE = { address: '192.0.2.1', port: 20_000 };
const U16 = (value: number): string => value.toString(16).padStart(4, '0');
const U32 = (value: number): string => value.toString(16).padStart(8, '0');
const zeros = (bytes: number): string => '00'.repeat(bytes);
const hex = (text: string): Buffer => Buffer.from(text, 'hex');
/** HMAC-SHA-256 truncated to 16 bytes (RFC 8762, 4.4). */
const hmac = (...parts: readonly Buffer[]): Buffer => createHmac('sha256', SECRET).update(Buffer.concat(parts)).digest().subarray(0, 16);

/** RFC 8762, 4.2.2 with the SSID of RFC 8972, 3; then the TLVs, the last of which is HMAC (type 8; RFC 8972, 4.8). */
function senderPacket(sequence: number, tlvs: Buffer): Buffer {
  const base = hex(U32(sequence) + zeros(12) + 'e800000180000000' + U16(0x8101) + U16(7) + zeros(68));
  const sealTlv = Buffer.concat([hex(`8008${U16(16)}`), hmac(base.subarray(0, 4), tlvs)]);
  return Buffer.concat([base, hmac(base), tlvs, sealTlv]);
}

/** A TLV: flags with U set by the sender, type, length, value (RFC 8972, 4). */
const tlv = (type: number, value: Buffer): Buffer =>
  Buffer.concat([hex(`80${type.toString(16).padStart(2, '0')}${U16(value.length)}`), value]);

describe('STAMP on the wire', () => {
  it('is sent by us as the RFCs draw it', () => {
    const own = controlRequest(
      new StampKey(SECRET),
      { sequence: 42, timestamp: 0xe800000180000000n, errorEstimate: 0x8101, session: 7 },
      REQUEST_BYTES,
      undefined,
    );
    expect(own.toString('hex')).toBe(senderPacket(42, own.subarray(112, own.length - 20)).toString('hex'));
  });

  it('is understood by our reflector when somebody else has made it, and answered so that they understand it', () => {
    const packet = senderPacket(42, tlv(1, Buffer.alloc(200)));
    const answer = new Responder(new StampKey(SECRET), () => 0).answer(packet, HERE);
    if (typeof answer === 'string') throw new Error(`no reply: ${answer}`);
    const reply = answer.packet;
    expect(reply).toHaveLength(packet.length);
    const fields = (from: number, to: number): string => reply.subarray(from, to).toString('hex');
    expect(fields(4, 16)).toBe(zeros(12));
    expect(fields(26, 28)).toBe(U16(7));
    expect(reply.readBigUInt64BE(16)).toBeGreaterThanOrEqual(reply.readBigUInt64BE(32));
    // The sender's own words come back: its sequence number, timestamp and error estimate (RFC 8762, 4.3.2).
    expect(fields(48, 52)).toBe(U32(42));
    expect(fields(64, 74)).toBe(`e800000180000000${U16(0x8101)}`);
    for (const [from, to] of [[28, 32], [40, 48], [52, 64], [74, 80], [81, 96]] as const) expect(fields(from, to), `${from}`).toBe(zeros(to - from)); // prettier-ignore
    expect(fields(96, 112)).toBe(hmac(reply.subarray(0, 96)).toString('hex'));
    expect(reply.subarray(-16)).toEqual(hmac(reply.subarray(0, 4), reply.subarray(112, reply.length - 20)));
    expect(readReflectedPacket(reply)?.sender.sequence).toBe(42);
  });
});
