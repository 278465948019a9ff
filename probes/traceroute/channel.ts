import {
  AF_INET, AF_INET6, IP_MTU_DISCOVER, IP_RECVERR, IP_RECVTTL, IP_TOS, IP_TTL, IPPROTO_ICMP, IPPROTO_ICMPV6, IPPROTO_UDP, 
  IPV6_AUTOFLOWLABEL, IPV6_MTU_DISCOVER, IPV6_RECVERR, IPV6_RECVHOPLIMIT, IPV6_TCLASS, PMTUDISC_PROBE, SO_TIMESTAMPING, SOCK_DGRAM, SOCK_RAW, SOL_IP,
  SOL_IPV6, SOL_SOCKET, STAMP_RX_SOFTWARE, STAMP_SOFTWARE, STAMP_TX_SOFTWARE,
} from '../kernel/constants.js'; // prettier-ignore
import { HOW_TO_ALLOW } from '../kernel/echo-socket.js';
import { KernelError, KernelSocket } from '../kernel/socket.js';
import { bindSource } from '../kernel/source-port.js';
import { ProbeFailure } from '../sdk/error.js';
import { openTcp } from './tcp-channel.js';

/** What a trace sends. */
export type Mode = 'icmp' | 'udp' | 'tcp';

/** The sockets of one trace. */
export interface Channel {
  readonly mode: Mode;
  readonly family: 4 | 6;
  /** Sends; its error queue has send stamps and, without a raw listener, ICMP errors. */
  readonly sender: KernelSocket;
  /** A raw ICMP socket, which sees whole ICMP messages; undefined where this user may not have one. With mode icmp it is the sender itself. */
  readonly listener: KernelSocket | undefined;
  /** Echo identifier or source port. */
  readonly id: number;
  /** By TCP: keeps the source port from others. */
  readonly holder?: KernelSocket;
}

/** Where a trace goes, as far as its sockets hang on it. */
export interface ChannelWish {
  readonly mode: Mode;
  readonly family: 4 | 6;
  readonly dscp: number;
  /** Source ports or identifiers to try, in order. */
  readonly ports: readonly number[];
  /** Our address towards the target; a trace by TCP needs it. */
  readonly source?: string;
}

/** ipv6(7): the hop limit of what a socket sends. */
const IPV6_UNICAST_HOPS = 16;
const BUFFER_BYTES = 1 << 20;
const REFUSED = new Set(['EACCES', 'EPERM', 'EPROTONOSUPPORT']);

/**
 * Opens the sockets for a trace: raw ones, else a ping socket or a UDP socket whose error queue tells what came back (ip(7), IP_RECVERR).
 *
 * @throws ProbeFailure PERMISSION with what would allow it, UNSUPPORTED where the family is switched off
 */
export function openChannel({ mode, family, dscp, ports, source }: ChannelWish): Channel {
  const opened: KernelSocket[] = [];
  try {
    const listener = tryOpen(family, SOCK_RAW, 'icmp');
    if (listener) opened.push(listener);
    if (mode === 'tcp') return withTcp(openTcpOrSay(family, ports, source, listener), family, dscp);
    const sender = mode === 'icmp' && listener ? listener : tryOpen(family, SOCK_DGRAM, mode);
    if (!sender) throw new ProbeFailure('PERMISSION', `this host allows no ICMP socket: ${HOW_TO_ALLOW}; mode udp needs no privilege`);
    opened.push(sender);
    for (const socket of new Set(opened)) stampAndTell(socket, family);
    prepareSender(sender, family, dscp, listener === undefined);
    return { mode, family, sender, listener, id: identify(sender, family, ports, sender === listener) };
  } catch (error) {
    for (const socket of opened) socket.close();
    throw error;
  }
}

/** A trace by TCP is one of raw sockets alone: a connection of the system's own has no number by which its SYNs could be told apart. */
function openTcpOrSay(family: 4 | 6, ports: readonly number[], source: string | undefined, listener: KernelSocket | undefined): Channel {
  if (!listener) throw new ProbeFailure('PERMISSION', `a trace by TCP needs raw sockets: ${HOW_TO_ALLOW}; mode udp needs no privilege`);
  if (source === undefined) throw new ProbeFailure('UNREACHABLE', 'this host has no way to the target');
  const { port, ...sockets } = openTcp(family, ports, source);
  return { mode: 'tcp', family, listener, id: port, ...sockets };
}

function withTcp(channel: Channel, family: 4 | 6, dscp: number): Channel {
  try {
    for (const socket of [channel.sender, channel.listener]) if (socket) stampAndTell(socket, family);
    prepareSender(channel.sender, family, dscp, false);
    return channel;
  } catch (error) {
    channel.sender.close();
    channel.holder?.close();
    throw error;
  }
}

/** Closes all sockets. */
export function closeChannel({ sender, listener, holder }: Channel): void {
  sender.close();
  listener?.close();
  holder?.close();
}

/** Sets the TTL of what is sent next. */
export function setTtl({ sender, family }: Channel, ttl: number): void {
  if (family === 4) sender.setInt(SOL_IP, IP_TTL, ttl);
  else sender.setInt(SOL_IPV6, IPV6_UNICAST_HOPS, ttl);
}

function tryOpen(family: 4 | 6, type: number, mode: 'icmp' | 'udp'): KernelSocket | undefined {
  const icmp = family === 4 ? IPPROTO_ICMP : IPPROTO_ICMPV6;
  try {
    return KernelSocket.open(family === 4 ? AF_INET : AF_INET6, type, mode === 'icmp' ? icmp : IPPROTO_UDP);
  } catch (error) {
    if (!(error instanceof KernelError)) throw error;
    if (error.code === 'EAFNOSUPPORT') throw new ProbeFailure('UNSUPPORTED', `this host has IPv${family} switched off`, { cause: error });
    if (!REFUSED.has(error.code)) throw error;
    return undefined;
  }
}

function stampAndTell(socket: KernelSocket, family: 4 | 6): void {
  socket.setInt(SOL_SOCKET, SO_TIMESTAMPING, STAMP_TX_SOFTWARE | STAMP_RX_SOFTWARE | STAMP_SOFTWARE);
  socket.setBuffers(BUFFER_BYTES, BUFFER_BYTES);
  if (family === 4) socket.setInt(SOL_IP, IP_RECVTTL, 1);
  else socket.setInt(SOL_IPV6, IPV6_RECVHOPLIMIT, 1);
}

function prepareSender(socket: KernelSocket, family: 4 | 6, dscp: number, errorsByQueue: boolean): void {
  const level = family === 4 ? SOL_IP : SOL_IPV6;
  socket.setInt(level, family === 4 ? IP_MTU_DISCOVER : IPV6_MTU_DISCOVER, PMTUDISC_PROBE);
  if (dscp > 0) socket.setInt(level, family === 4 ? IP_TOS : IPV6_TCLASS, dscp << 2);
  if (errorsByQueue) socket.setInt(level, family === 4 ? IP_RECVERR : IPV6_RECVERR, 1);
}

/** A raw socket has no port of its own: the identifier is what the port would be. IPv6 packets get the flow label 0, as with `bindSource`. */
function identify(socket: KernelSocket, family: 4 | 6, ports: readonly number[], raw: boolean): number {
  if (raw) {
    if (family === 6) socket.setInt(SOL_IPV6, IPV6_AUTOFLOWLABEL, 0);
    return ports[0] ?? 0;
  }
  bindSource(socket, family, ports);
  return socket.localEndpoint()?.port ?? 0;
}

/** How a trace through these sockets measures, for people. */
export function methodOf({ mode, listener }: Channel, flows: number): string {
  const sent = { icmp: 'ICMP echo', udp: 'UDP', tcp: 'TCP SYN' }[mode];
  return `${sent}, all hops at once in ${flows === 1 ? 'one flow' : `${flows} flows`}, ${listener ? 'raw socket' : 'error queue without privilege'}, kernel stamps`;
}
