/** TCP flags (RFC 9293, 3.1). */
export const FIN = 1;
export const SYN = 2;
export const RST = 4;
export const ACK = 16;

/** What the tap wants of a TCP segment. */
export interface Segment {
  readonly sourcePort: number;
  readonly destinationPort: number;
  readonly flags: number;
  readonly payloadBytes: number;
  /** Its time stamps option (RFC 7323, 3.2): the sender's clock, and that of the segment which it answers; left out where it has none. */
  readonly timestamps?: { readonly value: number; readonly echo: number };
}

const TCP = 6;
const HEADER_BYTES = 20;
/** Kinds of options (RFC 9293, 3.1; RFC 7323, 3.2). */
const END = 0;
const NOTHING = 1;
const TIMESTAMPS = 8;
const TIMESTAMPS_BYTES = 10;

/** Takes a packet that begins with its IP header apart; undefined where it is no first fragment of a TCP segment. */
export function parseSegment(packet: Buffer): Segment | undefined {
  const version = (packet[0] ?? 0) >> 4;
  if (version === 4 && packet.length >= 40) {
    if (packet[9] !== TCP || (packet.readUInt16BE(6) & 0x1fff) !== 0) return undefined;
    const header = (packet.readUInt8(0) & 15) * 4;
    return packet.length >= header + 20 ? fromHeader(packet, header, packet.readUInt16BE(2)) : undefined;
  }
  // Extension headers of IPv6 are not followed: no connection of ours has any.
  if (version === 6 && packet.length >= 60 && packet[6] === TCP) return fromHeader(packet, 40, 40 + packet.readUInt16BE(4));
  return undefined;
}

function fromHeader(packet: Buffer, at: number, ipBytes: number): Segment {
  const headerBytes = (packet.readUInt8(at + 12) >> 4) * 4;
  const timestamps = timestampsOf(packet.subarray(at + HEADER_BYTES, at + headerBytes));
  return {
    sourcePort: packet.readUInt16BE(at),
    destinationPort: packet.readUInt16BE(at + 2),
    flags: packet.readUInt8(at + 13),
    payloadBytes: Math.max(0, ipBytes - at - headerBytes),
    ...(timestamps ? { timestamps } : {}),
  };
}

function timestampsOf(options: Buffer): Segment['timestamps'] {
  for (let at = 0; at + 1 < options.length && options[at] !== END;) {
    const length = options[at] === NOTHING ? 1 : (options[at + 1] ?? 0);
    if (length === 0) return undefined;
    if (options[at] === TIMESTAMPS && length === TIMESTAMPS_BYTES && at + TIMESTAMPS_BYTES <= options.length) {
      return { value: options.readUInt32BE(at + 2), echo: options.readUInt32BE(at + 6) };
    }
    at += length;
  }
  return undefined;
}
