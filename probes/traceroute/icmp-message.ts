import { ECHO_REPLY, ICMP_HEADER } from '../kernel/icmp.js';
import { parseMpls, type MplsLabel } from './mpls.js';

/** What an ICMP message says about a probe. */
export type AnswerKind = 'reply' | 'expired' | 'too-big' | 'port-unreachable' | 'unreachable';

/** The packet of ours that an ICMP error quotes. */
export interface Quoted {
  /** Type of service or traffic class with which it came to the router. */
  readonly tos: number;
  /** IP protocol. */
  readonly protocol: number;
  /** Where it was going, as the router saw it. */
  readonly destination: Buffer;
  /** Its transport header and what follows, as much as the router quotes. */
  readonly transport: Buffer;
}

/** An ICMP message taken apart (RFC 792, RFC 4443). */
export interface IcmpMessage {
  readonly kind: AnswerKind;
  readonly code: number;
  /** Largest packet of the next link, bytes; of `too-big` alone, 0 where the router does not say. */
  readonly mtu: number;
  readonly quoted: Quoted | undefined;
  readonly labels: readonly MplsLabel[];
}

const KINDS_4: Readonly<Record<number, AnswerKind>> = { 3: 'unreachable', 11: 'expired' };
const KINDS_6: Readonly<Record<number, AnswerKind>> = { 1: 'unreachable', 2: 'too-big', 3: 'expired' };
const FRAGMENTATION_NEEDED = 4;
const PORT_UNREACHABLE = { 4: 3, 6: 4 } as const;

/** What type and code mean for a trace; undefined for messages that are none of ours. */
export function kindOf(family: 4 | 6, type: number, code: number): AnswerKind | undefined {
  if (type === ECHO_REPLY[family]) return 'reply';
  const kind = (family === 4 ? KINDS_4 : KINDS_6)[type];
  if (kind !== 'unreachable') return kind;
  if (code === PORT_UNREACHABLE[family]) return 'port-unreachable';
  return family === 4 && code === FRAGMENTATION_NEEDED ? 'too-big' : kind;
}

/** Takes an ICMP message apart, its header first; undefined where it is cut off or of another kind. */
export function parseIcmp(family: 4 | 6, message: Buffer): IcmpMessage | undefined {
  if (message.length < ICMP_HEADER) return undefined;
  const code = message.readUInt8(1);
  const kind = kindOf(family, message.readUInt8(0), code);
  if (kind === undefined) return undefined;
  if (kind === 'reply') return { kind, code, mtu: 0, quoted: undefined, labels: [] };
  const mtu = kind !== 'too-big' ? 0 : family === 4 ? message.readUInt16BE(6) : message.readUInt32BE(4);
  const body = message.subarray(ICMP_HEADER);
  // RFC 4884: how much is quoted before extensions, in words of 4 bytes (IPv4) or 8 (IPv6); 0 where there are none, or an older router.
  const words = family === 4 ? message.readUInt8(5) * 4 : message.readUInt8(4) * 8;
  return { kind, code, mtu, quoted: parseQuoted(family, body), labels: kind === 'expired' ? parseMpls(body, words) : [] };
}

function parseQuoted(family: 4 | 6, body: Buffer): Quoted | undefined {
  if (family === 6) {
    if (body.length < 48) return undefined;
    return {
      tos: (body.readUInt16BE(0) >> 4) & 0xff,
      protocol: body.readUInt8(6),
      destination: body.subarray(24, 40),
      transport: body.subarray(40),
    };
  }
  if (body.length < 28) return undefined;
  const header = (body.readUInt8(0) & 15) * 4;
  return { tos: body.readUInt8(1), protocol: body.readUInt8(9), destination: body.subarray(16, 20), transport: body.subarray(header) };
}
