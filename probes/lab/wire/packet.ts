import type { PacketKind } from './settings.js';

const ICMP = 1;
const TCP = 6;
const UDP = 17;
const ICMPV6 = 58;

function isEcho(protocol: number, type: number | undefined): boolean {
  if (protocol === ICMP) return type === 8 || type === 0;
  return protocol === ICMPV6 && (type === 128 || type === 129);
}

/** What an IP packet that begins at `at` carries. IPv6 extension headers make it `other`. */
export function packetKind(memory: Buffer, at: number): PacketKind {
  const first = memory[at] ?? 0;
  const version = first >> 4;
  const protocol = memory[at + (version === 6 ? 6 : 9)] ?? 0;
  if (protocol === TCP) return 'tcp';
  if (protocol === UDP) return 'udp';
  const header = version === 6 ? 40 : (first & 0x0f) * 4;
  return isEcho(protocol, memory[at + header]) ? 'echo' : 'other';
}

/** What tells the flow of an IP packet that begins at `at` from others between its hosts: the source port, or the identifier of an echo packet. */
export function flowNumber(memory: Buffer, at: number, kind: PacketKind): number | undefined {
  if (kind === 'other') return undefined;
  const first = memory[at] ?? 0;
  const header = first >> 4 === 6 ? 40 : (first & 0x0f) * 4;
  return memory.readUInt16BE(at + header + (kind === 'echo' ? 4 : 0));
}

/** Gives an IP packet another DSCP (RFC 2474): the two ECN bits stay, and IPv4's header checksum fits again. */
export function rewriteDscp(memory: Buffer, at: number, dscp: number): void {
  if ((memory[at] ?? 0) >> 4 === 6) {
    const word = memory.readUInt16BE(at);
    memory.writeUInt16BE((word & ~(0x3f << 6)) | (dscp << 6), at);
    return;
  }
  memory[at + 1] = (dscp << 2) | ((memory[at + 1] ?? 0) & 3);
  memory.writeUInt16BE(0, at + 10);
  memory.writeUInt16BE(headerChecksum(memory, at), at + 10);
}

/** The Internet checksum of an IPv4 header whose checksum field is 0 (RFC 1071). */
function headerChecksum(memory: Buffer, at: number): number {
  const end = at + ((memory[at] ?? 0) & 0x0f) * 4;
  let sum = 0;
  for (let offset = at; offset < end; offset += 2) sum += memory.readUInt16BE(offset);
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  return ~sum & 0xffff;
}
