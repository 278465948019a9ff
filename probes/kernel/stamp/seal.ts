import { createHmac, timingSafeEqual } from 'node:crypto';
import { BASE_BYTES, SEQUENCE_BYTES, SIGNED_BYTES } from './base.js';
import { readTlvs, TLV_TYPE, tlvBytes, writeTlvHeader, type Tlv } from './tlv.js';

/** Bytes of a truncated HMAC-SHA-256 (RFC 8762, 4.4). */
export const HMAC_BYTES = 16;
/** Bytes of the TLV that seals the others. */
export const SEAL_BYTES = tlvBytes(HMAC_BYTES);
/** How a key is written: 16 to 256 characters, those of base64 (of either alphabet) and dots; both ends have the same one. */
export const KEY_PATTERN = /^[A-Za-z0-9][A-Za-z0-9+/=_.-]{15,255}$/;
/** What a key should have been, for messages. */
export const KEY_RULE = 'must be 16 to 256 letters, digits and + / = _ . - (make one with: openssl rand -base64 32)';

/** The key that sender and reflector share: only who has it makes packets that the other takes. */
export class StampKey {
  readonly #key: Buffer;

  constructor(text: string) {
    this.#key = Buffer.from(text, 'utf8');
  }

  /** Writes both HMACs of a finished packet whose last TLV, the HMAC TLV, is not written yet: there must be room for it at the end. `flags`: those of that TLV. */
  seal(packet: Buffer, flags: number): void {
    this.#hmac(packet.subarray(0, SIGNED_BYTES)).copy(packet, SIGNED_BYTES);
    const at = packet.length - SEAL_BYTES;
    const value = writeTlvHeader(packet, at, flags, TLV_TYPE.hmac, HMAC_BYTES);
    this.#hmacOfTlvs(packet, at).copy(packet, value);
  }

  /**
   * The TLVs of a packet whose HMACs are both right, without the HMAC TLV (RFC 8972, 4.8: it is the last one, and covers the sequence number and all others);
   * undefined where one is missing or wrong. Nothing of a packet is believed before. Only the HMAC TLV's own flags are covered by neither.
   */
  open(packet: Buffer): readonly Tlv[] | undefined {
    const at = packet.length - SEAL_BYTES;
    if (at < BASE_BYTES || !this.#matches(packet, SIGNED_BYTES, this.#hmac(packet.subarray(0, SIGNED_BYTES)))) return undefined;
    const isSeal = packet.readUInt8(at + 1) === TLV_TYPE.hmac && packet.readUInt16BE(at + 2) === HMAC_BYTES;
    if (!isSeal || !this.#matches(packet, packet.length - HMAC_BYTES, this.#hmacOfTlvs(packet, at))) return undefined;
    return readTlvs(packet.subarray(BASE_BYTES, at));
  }

  #matches(packet: Buffer, at: number, expected: Buffer): boolean {
    return timingSafeEqual(packet.subarray(at, at + HMAC_BYTES), expected);
  }

  #hmacOfTlvs(packet: Buffer, end: number): Buffer {
    return this.#hmac(packet.subarray(0, SEQUENCE_BYTES), packet.subarray(BASE_BYTES, end));
  }

  #hmac(...parts: readonly Buffer[]): Buffer {
    const hmac = createHmac('sha256', this.#key);
    for (const part of parts) hmac.update(part);
    return hmac.digest().subarray(0, HMAC_BYTES);
  }
}
