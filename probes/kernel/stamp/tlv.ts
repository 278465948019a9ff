/*
 * The TLVs that follow a STAMP packet (RFC 8972, 4): a byte of flags, a byte of type, two of length, the value.
 */

export const TLV_HEADER_BYTES = 4;

/** Flags of a TLV. A sender sets `unrecognized`; a reflector that knows the TLV, and does as it says, takes it away. */
export const TLV_FLAG = {
  unrecognized: 0x80,
  malformed: 0x40,
  /** Of Reflected Test Packet Control: the reply is not as it was asked for (RFC 10052, 3). */
  notConformant: 0x10,
} as const;

export const TLV_TYPE = {
  /** RFC 8972, 4.1 */ extraPadding: 1,
  /** RFC 8972, 4.8 */ hmac: 8,
  /** RFC 10052, 3 */ reflectedControl: 12,
  /** Of the range for private use: shows that who asks can be reached at its address. */ returnCookie: 252,
} as const;

/** One TLV; its value is a window on the packet. */
export interface Tlv {
  readonly flags: number;
  readonly type: number;
  readonly value: Buffer;
}

/** Bytes of a TLV with such a value. */
export const tlvBytes = (valueBytes: number): number => TLV_HEADER_BYTES + valueBytes;

/** Takes TLVs apart; undefined where one reaches beyond the end, or a rest remains that is none. */
export function readTlvs(bytes: Buffer): Tlv[] | undefined {
  const found: Tlv[] = [];
  let at = 0;
  while (at < bytes.length) {
    if (at + TLV_HEADER_BYTES > bytes.length) return undefined;
    const end = at + tlvBytes(bytes.readUInt16BE(at + 2));
    if (end > bytes.length) return undefined;
    found.push({ flags: bytes.readUInt8(at), type: bytes.readUInt8(at + 1), value: bytes.subarray(at + TLV_HEADER_BYTES, end) });
    at = end;
  }
  return found;
}

/** Writes a TLV's header; gives where its value begins. */
export function writeTlvHeader(into: Buffer, at: number, flags: number, type: number, valueBytes: number): number {
  into.writeUInt8(flags, at);
  into.writeUInt8(type, at + 1);
  into.writeUInt16BE(valueBytes, at + 2);
  return at + TLV_HEADER_BYTES;
}

/** Writes a TLV; gives where the next one begins. */
export function writeTlv(into: Buffer, at: number, { flags, type, value }: Tlv): number {
  const start = writeTlvHeader(into, at, flags, type, value.length);
  value.copy(into, start);
  return start + value.length;
}
