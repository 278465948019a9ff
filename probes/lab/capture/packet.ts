import { addressText } from '../../kernel/address.js';

/** A packet as the capture saw it. */
export interface CapturedPacket {
  /** ms on a scale that all captures of one process share; only differences mean anything. */
  readonly at: number;
  /** `in`: from the network to this host. `out`: from this host. */
  readonly direction: 'in' | 'out';
  /** Number of the device in its namespace. */
  readonly device: number;
  readonly version: 4 | 6;
  /** IP protocol: 1 ICMP, 6 TCP, 17 UDP, 58 ICMPv6. */
  readonly protocol: number;
  readonly source: string;
  readonly destination: string;
  /** Bytes of the IP packet. */
  readonly length: number;
  /** Type of service or traffic class, all 8 bits. */
  readonly tos: number;
  readonly ttl: number;
  readonly sourcePort?: number;
  readonly destinationPort?: number;
  /** TCP flags: FIN 1, SYN 2, RST 4, PSH 8, ACK 16, ECE 64, CWR 128. */
  readonly tcpFlags?: number;
  readonly tcpSequence?: number;
  readonly tcpAcknowledged?: number;
  readonly icmp?: { readonly type: number; readonly code: number; readonly id: number; readonly sequence: number };
}

/** What the packet itself says. */
export type PacketHeaders = Omit<CapturedPacket, 'at' | 'direction' | 'device'>;

export const ICMP = 1;
export const TCP = 6;
export const UDP = 17;
export const ICMPV6 = 58;

function transport(protocol: number, data: Buffer): Partial<PacketHeaders> {
  if ((protocol === TCP || protocol === UDP) && data.length >= 8) {
    const ports = { sourcePort: data.readUInt16BE(0), destinationPort: data.readUInt16BE(2) };
    if (protocol === UDP || data.length < 14) return ports;
    return { ...ports, tcpSequence: data.readUInt32BE(4), tcpAcknowledged: data.readUInt32BE(8), tcpFlags: data.readUInt8(13) };
  }
  if ((protocol === ICMP || protocol === ICMPV6) && data.length >= 8)
    return { icmp: { type: data.readUInt8(0), code: data.readUInt8(1), id: data.readUInt16BE(4), sequence: data.readUInt16BE(6) } };
  return {};
}

function parseV4(data: Buffer): PacketHeaders {
  const protocol = data.readUInt8(9);
  const first = (data.readUInt16BE(6) & 0x1fff) === 0;
  return {
    version: 4,
    protocol,
    source: addressText(data.subarray(12, 16)),
    destination: addressText(data.subarray(16, 20)),
    length: data.readUInt16BE(2),
    tos: data.readUInt8(1),
    ttl: data.readUInt8(8),
    ...(first ? transport(protocol, data.subarray((data.readUInt8(0) & 0x0f) * 4)) : {}),
  };
}

function parseV6(data: Buffer): PacketHeaders {
  const protocol = data.readUInt8(6);
  return {
    version: 6,
    protocol,
    source: addressText(data.subarray(8, 24)),
    destination: addressText(data.subarray(24, 40)),
    length: data.readUInt16BE(4) + 40,
    tos: (data.readUInt16BE(0) >> 4) & 0xff,
    ttl: data.readUInt8(7),
    ...transport(protocol, data.subarray(40)),
  };
}

/** Takes an IP packet apart; undefined where it is something else. Extension headers of IPv6 are not followed. */
export function parsePacket(data: Buffer): PacketHeaders | undefined {
  const version = (data[0] ?? 0) >> 4;
  if (version === 4 && data.length >= 20) return parseV4(data);
  if (version === 6 && data.length >= 40) return parseV6(data);
  return undefined;
}
