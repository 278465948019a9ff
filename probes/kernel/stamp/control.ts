import { BASE_BYTES, writeSenderPacket, type SenderPacket } from './base.js';
import { SEAL_BYTES, type StampKey } from './seal.js';
import { TLV_FLAG, TLV_TYPE, tlvBytes, writeTlv } from './tlv.js';

/** Bytes of the TLV's value: length, number, interval, and the header of an empty sub-TLV, for it must not be shorter (RFC 10052, 3). */
export const CONTROL_BYTES = 12;
/** Bytes of a return cookie: who gives it out says what they are. */
export const COOKIE_BYTES = 24;
/** Bytes of a request for a packet of another length, and of the shortest answer (UDP payload). */
export const REQUEST_BYTES = BASE_BYTES + tlvBytes(CONTROL_BYTES) + tlvBytes(COOKIE_BYTES) + SEAL_BYTES;
/** Bytes of the shortest answer that is longer than the request: padding has a header of its own. */
export const SHORTEST_PADDED_BYTES = REQUEST_BYTES + tlvBytes(0);

/** What Reflected Test Packet Control asks of a reflector (RFC 10052, 3; type 12). */
export interface ReflectedControl {
  /**
   * Bytes of the reflected packet (UDP payload). The RFC rounds them up to a multiple of four; ours are exact, for a path MTU may be any number.
   */
  readonly bytes: number;
  /** How many packets. */
  readonly count: number;
}

/** Reads the TLV's value; undefined where it is too short. */
export function readControl(value: Buffer): ReflectedControl | undefined {
  if (value.length < CONTROL_BYTES) return undefined;
  return { bytes: value.readUInt16BE(0), count: value.readUInt16BE(2) };
}

function controlValue({ bytes, count }: ReflectedControl): Buffer {
  const value = Buffer.alloc(CONTROL_BYTES);
  value.writeUInt16BE(bytes, 0);
  value.writeUInt16BE(count, 2);
  return value;
}

/** A sealed request for one packet of `bytes` bytes. Without a cookie it asks for one. */
export function controlRequest(key: StampKey, packet: SenderPacket, bytes: number, cookie: Buffer | undefined): Buffer {
  const request = Buffer.alloc(REQUEST_BYTES);
  writeSenderPacket(request, packet);
  const flags = TLV_FLAG.unrecognized;
  const at = writeTlv(request, BASE_BYTES, { flags, type: TLV_TYPE.reflectedControl, value: controlValue({ bytes, count: 1 }) });
  writeTlv(request, at, { flags, type: TLV_TYPE.returnCookie, value: cookie ?? Buffer.alloc(COOKIE_BYTES) });
  key.seal(request, flags);
  return request;
}
