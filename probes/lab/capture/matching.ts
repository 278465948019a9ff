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
  /** Last SYN sent to SYN-ACK; undefined where none came. */
  readonly synAckMs: number | undefined;
  /** SYN-ACK to the ACK that ended it. */
  readonly ackMs: number | undefined;
}

function isFlow(packet: CapturedPacket, syn: CapturedPacket): boolean {
  return packet.direction === 'out'
    ? packet.sourcePort === syn.sourcePort && packet.destination === syn.destination && packet.destinationPort === syn.destinationPort
    : packet.destinationPort === syn.sourcePort && packet.source === syn.destination && packet.sourcePort === syn.destinationPort;
}

/** The TCP handshakes that this host began, in their order. A port that is used again within one capture is one handshake. */
export function handshakes(packets: readonly CapturedPacket[]): CapturedHandshake[] {
  const segments = packets.filter(({ protocol }) => protocol === TCP);
  const flags = ({ tcpFlags = 0 }: CapturedPacket): number => tcpFlags & (SYN | ACK);
  const syns = segments.filter((packet) => packet.direction === 'out' && flags(packet) === SYN);
  const firsts = syns.filter((syn, index) => syns.findIndex((other) => isFlow(other, syn)) === index);
  return firsts.map((syn) => {
    const flow = segments.filter((packet) => isFlow(packet, syn));
    const synAck = flow.find((packet) => packet.direction === 'in' && flags(packet) === (SYN | ACK));
    const sent = flow.filter((packet) => packet.direction === 'out' && flags(packet) === SYN);
    const last = sent.filter(({ at }) => synAck === undefined || at < synAck.at).at(-1) ?? syn;
    const ack = synAck && flow.find((packet) => packet.direction === 'out' && flags(packet) === ACK && packet.at >= synAck.at);
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
