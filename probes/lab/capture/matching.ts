import { ICMP, ICMPV6, TCP, type CapturedPacket } from './packet.js';

const SYN = 2;
const ACK = 16;

/** An echo request that left, and what came of it. */
export interface CapturedEcho {
  readonly id: number;
  readonly sequence: number;
  readonly sentAt: number;
  /** undefined where no reply was seen. */
  readonly rttMs: number | undefined;
}

function echoKey({ version, icmp }: CapturedPacket, host: string): string {
  return `${version} ${host} ${icmp?.id} ${icmp?.sequence}`;
}

/** True round-trip times of the echo requests that this host sent, in their order; the first reply counts. */
export function echoes(packets: readonly CapturedPacket[]): CapturedEcho[] {
  const replies = new Map<string, number>();
  for (const packet of packets) {
    if (packet.direction !== 'in' || !packet.icmp || packet.icmp.type !== replyType(packet.protocol)) continue;
    const key = echoKey(packet, packet.source);
    if (!replies.has(key)) replies.set(key, packet.at);
  }
  return packets.flatMap((packet) => {
    const { icmp, at, direction, protocol } = packet;
    if (direction !== 'out' || !icmp || icmp.type !== requestType(protocol)) return [];
    const answered = replies.get(echoKey(packet, packet.destination));
    return [{ id: icmp.id, sequence: icmp.sequence, sentAt: at, rttMs: answered === undefined ? undefined : answered - at }];
  });
}

function requestType(protocol: number): number | undefined {
  return protocol === ICMP ? 8 : protocol === ICMPV6 ? 128 : undefined;
}

function replyType(protocol: number): number | undefined {
  return protocol === ICMP ? 0 : protocol === ICMPV6 ? 129 : undefined;
}

/** One TCP handshake that this host began; times in ms. */
export interface CapturedHandshake {
  readonly localPort: number;
  readonly remotePort: number;
  readonly synAt: number;
  /** SYNs that were sent for it. */
  readonly syns: number;
  /** Last SYN before the SYN-ACK, to the SYN-ACK; undefined where none came. */
  readonly synAckMs: number | undefined;
  /** SYN-ACK to the ACK that ended it. */
  readonly ackMs: number | undefined;
}

const kindOf = ({ tcpFlags = 0 }: CapturedPacket): number => tcpFlags & (SYN | ACK);
/** Sequence numbers wrap (RFC 9293, 3.4). */
const after = (sequence: number | undefined): number => ((sequence ?? 0) + 1) >>> 0;

/** A SYN is sent again with the number that it had: ports may be used again, numbers hardly. */
function isAgain(packet: CapturedPacket, syn: CapturedPacket): boolean {
  return isSent(packet, syn) && packet.tcpSequence === syn.tcpSequence;
}

function isSent(packet: CapturedPacket, syn: CapturedPacket): boolean {
  return packet.sourcePort === syn.sourcePort && packet.destination === syn.destination && packet.destinationPort === syn.destinationPort;
}

function answers(packet: CapturedPacket, syn: CapturedPacket): boolean {
  const back = packet.destinationPort === syn.sourcePort && packet.source === syn.destination && packet.sourcePort === syn.destinationPort;
  return back && packet.tcpAcknowledged === after(syn.tcpSequence);
}

/** The TCP handshakes that this host began, in their order. */
export function handshakes(packets: readonly CapturedPacket[]): CapturedHandshake[] {
  const segments = packets.filter(({ protocol }) => protocol === TCP);
  const syns = segments.filter((packet) => packet.direction === 'out' && kindOf(packet) === SYN);
  const firsts = syns.filter((syn, index) => syns.findIndex((other) => isAgain(other, syn)) === index);
  return firsts.map((syn) => {
    const sent = syns.filter((packet) => isAgain(packet, syn));
    const synAck = segments.find((packet) => packet.direction === 'in' && kindOf(packet) === (SYN | ACK) && answers(packet, syn));
    const last = sent.filter(({ at }) => synAck === undefined || at < synAck.at).at(-1) ?? syn;
    const ends = (packet: CapturedPacket): boolean =>
      packet.direction === 'out' && kindOf(packet) === ACK && isSent(packet, syn) && packet.tcpSequence === after(syn.tcpSequence);
    const ack = synAck && segments.find((packet) => ends(packet) && packet.at >= synAck.at);
    return {
      localPort: syn.sourcePort ?? 0,
      remotePort: syn.destinationPort ?? 0,
      synAt: syn.at,
      syns: sent.length,
      synAckMs: synAck && synAck.at - last.at,
      ackMs: synAck && ack && ack.at - synAck.at,
    };
  });
}

/** Bytes of the longest headers of TCP over IPv6 (40 + 60), or over IPv4 without IP options: what is longer carries data. */
const LONGEST_HEADERS = 100;

const carriesData = ({ protocol, length }: Pick<CapturedPacket, 'protocol' | 'length'>): boolean =>
  protocol === TCP && length > LONGEST_HEADERS;

/** Data segments (of more than 40 bytes) that one host sent and that never came to the other. Each must be sent again; a lost bare acknowledgement or reset need not. */
export function lostSegments(atSender: readonly CapturedPacket[], atReceiver: readonly CapturedPacket[]): number {
  const sent = atSender.filter((packet) => packet.direction === 'out' && carriesData(packet)).length;
  return sent - atReceiver.filter((packet) => packet.direction === 'in' && carriesData(packet)).length;
}

/** Data segments that a host sent although it had sent their first byte before, whether it cut them alike or not: they begin no later than one before them. */
export function segmentsSentAgain(atSender: readonly CapturedPacket[]): number {
  const latest = new Map<number, number>();
  let again = 0;
  for (const { direction, sourcePort = 0, tcpSequence = 0, ...packet } of atSender) {
    if (direction !== 'out' || !carriesData(packet)) continue;
    const before = latest.get(sourcePort);
    // Sequence numbers go round (RFC 9293, 3.4).
    if (before !== undefined && ((tcpSequence - before) | 0) <= 0) again += 1;
    else latest.set(sourcePort, tcpSequence);
  }
  return again;
}
