import {
  AF_INET, AF_INET6, IP_RECVERR, IP_RECVTTL, IP_TOS, IPPROTO_ICMP, IPPROTO_ICMPV6, IPV6_AUTOFLOWLABEL, IPV6_RECVERR, IPV6_RECVHOPLIMIT, IPV6_TCLASS, SO_REUSEADDR, SO_RXQ_OVFL,
  SO_TIMESTAMPING, SOCK_DGRAM, SOCK_RAW, SOL_IP, SOL_IPV6, SOL_SOCKET, STAMP_RX_SOFTWARE, STAMP_SOFTWARE, STAMP_TX_SOFTWARE,
} from './constants.js'; // prettier-ignore
import { attachFilter, BPF, type FilterInstruction } from './filter.js';
import { KernelError, KernelSocket } from './socket.js';
import { bindSource } from './source-port.js';
import { ProbeFailure } from '../sdk/error.js';
import { ECHO_REPLY } from './icmp.js';

/** Which kind of ICMP socket the host allows. */
export type EchoSocketKind = 'ping' | 'raw';

/** An ICMP socket that stamps what it sends and receives. */
export interface EchoSocket {
  readonly socket: KernelSocket;
  readonly kind: EchoSocketKind;
  readonly family: 4 | 6;
  /** Echo identifier of its requests. Of a ping socket the kernel hands us only our own replies. */
  readonly id: number;
}

/** Four bytes that all requests of a socket carry at a fixed distance from their end. */
export interface PayloadMark {
  readonly word: number;
  readonly fromEnd: number;
}

const BUFFER_BYTES = 8 << 20;
const ACCEPT_ALL = 0xffffffff;
/** ICMP_FILTER of linux/icmp.h (level SOL_RAW): a set bit blocks the type, before a packet is copied for the socket. */
const SOL_RAW = 255;
const ICMP_FILTER = 1;
/** ICMP6_FILTER of netinet/icmp6.h: a set bit blocks the type. */
const ICMP6_FILTER = 1;

/**
 * Opens the best ICMP socket that this host allows: a ping socket (net.ipv4.ping_group_range, icmp(7)), else a raw one (CAP_NET_RAW). Its requests carry the
 * first of the identifiers; of ping sockets the first that no other has, or else any. Several raw sockets, of other
 * threads and processes, may have the same: by the mark the kernel hands each its own replies.
 *
 * @throws ProbeFailure PERMISSION with what would allow it, UNSUPPORTED where the family is switched off
 */
export function openEchoSocket(family: 4 | 6, dscp: number, identifiers: readonly number[], mark?: PayloadMark): EchoSocket {
  const refusals: string[] = [];
  for (const kind of ['ping', 'raw'] as const) {
    try {
      return openKind(family, kind, dscp, identifiers, mark);
    } catch (error) {
      if (!(error instanceof KernelError)) throw error;
      if (error.code === 'EAFNOSUPPORT') throw new ProbeFailure('UNSUPPORTED', `this host has IPv${family} switched off`, { cause: error });
      refusals.push(`${kind} socket: ${error.code}`);
    }
  }
  throw new ProbeFailure('PERMISSION', `this host allows no ICMP socket (${refusals.join(', ')}): ${HOW_TO_ALLOW}`);
}

/** What an administrator does to allow ICMP sockets. */
export const HOW_TO_ALLOW =
  'set net.ipv4.ping_group_range to "0 2147483647" with sysctl, or give node the capability cap_net_raw (setcap cap_net_raw+ep)';

function openKind(family: 4 | 6, kind: EchoSocketKind, dscp: number, identifiers: readonly number[], mark?: PayloadMark): EchoSocket {
  const [domain, protocol] = family === 4 ? [AF_INET, IPPROTO_ICMP] : [AF_INET6, IPPROTO_ICMPV6];
  const socket = KernelSocket.open(domain, kind === 'ping' ? SOCK_DGRAM : SOCK_RAW, protocol);
  let id = identifiers[0] ?? 0;
  try {
    socket.setInt(SOL_SOCKET, SO_TIMESTAMPING, STAMP_TX_SOFTWARE | STAMP_RX_SOFTWARE | STAMP_SOFTWARE);
    socket.setInt(SOL_SOCKET, SO_RXQ_OVFL, 1);
    socket.setBuffers(BUFFER_BYTES, BUFFER_BYTES);
    setNetworkOptions(socket, family, dscp);
    if (kind === 'raw') acceptOnlyReplies(socket, family, id, mark);
    else {
      // Of a ping socket the port is the identifier (icmp(7)). They are born with SO_REUSEADDR: two would share one, and steal each other's replies.
      socket.setInt(SOL_SOCKET, SO_REUSEADDR, 0);
      bindSource(socket, family, identifiers);
      id = socket.localEndpoint()?.port ?? 0;
    }
  } catch (error) {
    socket.close();
    throw error;
  }
  return { socket, kind, family, id };
}

function setNetworkOptions(socket: KernelSocket, family: 4 | 6, dscp: number): void {
  if (family === 4) {
    socket.setInt(SOL_IP, IP_RECVTTL, 1);
    socket.setInt(SOL_IP, IP_RECVERR, 1);
    if (dscp > 0) socket.setInt(SOL_IP, IP_TOS, dscp << 2);
  } else {
    // As in `bindSource`: routers may choose the way by the label, which would be another one for each socket.
    socket.setInt(SOL_IPV6, IPV6_AUTOFLOWLABEL, 0);
    socket.setInt(SOL_IPV6, IPV6_RECVHOPLIMIT, 1);
    socket.setInt(SOL_IPV6, IPV6_RECVERR, 1);
    if (dscp > 0) socket.setInt(SOL_IPV6, IPV6_TCLASS, dscp << 2);
  }
}

/** A raw socket sees every ICMP packet of the host: let the kernel drop all but replies to our identifier, with our mark where there is one. */
function acceptOnlyReplies(socket: KernelSocket, family: 4 | 6, id: number, mark: PayloadMark | undefined): void {
  if (family === 4) socket.setInt(SOL_RAW, ICMP_FILTER, ~(1 << ECHO_REPLY[4]));
  else {
    const blocked = Buffer.alloc(32, 0xff);
    blocked.writeUInt32LE(~(1 << (ECHO_REPLY[6] & 31)) >>> 0, (ECHO_REPLY[6] >> 5) * 4);
    socket.setBytes(IPPROTO_ICMPV6, ICMP6_FILTER, blocked);
  }
  const loadId: FilterInstruction[] =
    family === 4
      ? [
          [BPF.loadHeaderLength, 0, 0, 0],
          [BPF.loadHalfIndexed, 0, 0, 4],
        ]
      : [[BPF.loadHalf, 0, 0, 4]];
  const loadMark: FilterInstruction[] = mark
    ? [
        [BPF.loadLength, 0, 0, 0],
        [BPF.subtract, 0, 0, mark.fromEnd],
        [BPF.toIndex, 0, 0, 0],
        [BPF.loadWordIndexed, 0, 0, 0],
        [BPF.jumpEqual, 0, 1, mark.word],
      ]
    : [];
  attachFilter(socket, [
    ...loadId,
    [BPF.jumpEqual, 0, loadMark.length + 1, id],
    ...loadMark,
    [BPF.accept, 0, 0, ACCEPT_ALL],
    [BPF.accept, 0, 0, 0],
  ]);
}
