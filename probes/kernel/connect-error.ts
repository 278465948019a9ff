import { constants } from 'node:os';
import { errnoName } from './socket.js';
import { ProbeFailure, type ProbeErrorCode } from '../sdk/error.js';

/** An ICMP error about our SYN, from the socket's error queue (ip(7), IP_RECVERR). */
export interface IcmpError {
  readonly version: 4 | 6;
  readonly type: number;
  readonly code: number;
  /** Who sent it. */
  readonly offender: string;
}

type Cause = readonly [code: ProbeErrorCode, text: string];

/** RFC 792, RFC 1812 (5.2.7.1): codes of "destination unreachable". */
const CODES_4: Readonly<Record<number, Cause>> = {
  0: ['UNREACHABLE', 'it knows no route to that network'],
  1: ['UNREACHABLE', 'the host does not answer on its network: it is down, or the address is nobody’s'],
  2: ['REFUSED', 'the host does not speak TCP'],
  3: ['REFUSED', 'the port is closed, or a firewall answers for it (ICMP port unreachable)'],
  9: ['DENIED', 'the network is administratively prohibited'],
  10: ['DENIED', 'the host is administratively prohibited'],
  13: ['DENIED', 'a filter prohibits it; ask whoever runs that router or firewall'],
};

/** RFC 4443, 3.1. */
const CODES_6: Readonly<Record<number, Cause>> = {
  0: ['UNREACHABLE', 'it knows no route to that network'],
  1: ['DENIED', 'a filter prohibits it; ask whoever runs that router or firewall'],
  3: ['UNREACHABLE', 'the host does not answer on its network: it is down, or the address is nobody’s'],
  4: ['REFUSED', 'the port is closed, or a firewall answers for it (ICMPv6 port unreachable)'],
  5: ['DENIED', 'its policy refuses our source address'],
  6: ['DENIED', 'its route to that network is set to reject'],
};

const ERRNOS: Readonly<Record<string, Cause>> = {
  ECONNREFUSED: ['REFUSED', 'nothing listens on that port, or a firewall resets connections to it; check the port and the service'],
  ECONNRESET: ['REFUSED', 'the connection was reset while it was made; a firewall or load balancer may do that'],
  ETIMEDOUT: ['TIMEOUT', 'no answer to any SYN; the host is down, or a firewall drops packets to that port'],
  EHOSTUNREACH: ['UNREACHABLE', 'the next hop does not answer, or this host’s route says unreachable; check routes and addresses'],
  ENETUNREACH: ['UNREACHABLE', 'this host has no route to it; check its routes and whether this IP version is set up'],
  ENETDOWN: ['UNREACHABLE', 'the interface to it is down'],
  EADDRNOTAVAIL: ['UNREACHABLE', 'this host has no address to send from, or no free source port'],
  EINVAL: ['UNREACHABLE', 'this host’s route to it is a black hole, or the address is not one of a host'],
  EACCES: ['DENIED', 'this host’s own routes or policy prohibit it'],
  EPERM: ['DENIED', 'this host’s own firewall forbids it'],
};

/** Why a connection did not come about, for a person who has to act. */
export function connectFailure(errno: number, where: string, icmp?: IcmpError): ProbeFailure {
  const unreachable = icmp && icmp.type === (icmp.version === 4 ? 3 : 1);
  const told = unreachable ? (icmp.version === 4 ? CODES_4 : CODES_6)[icmp.code] : undefined;
  if (icmp && told) {
    const [code, text] = told;
    return new ProbeFailure(code, `${where}: ${icmp.offender || 'a router'} says by ICMP: ${text}`);
  }
  const name = errnoName(errno);
  const [code, text] = ERRNOS[name] ?? ['UNREACHABLE', 'this host could not connect'];
  return new ProbeFailure(code, `${where}: ${text} (${name})`);
}

/** Nobody answered in time. */
export function noAnswer(where: string, timeoutMs: number, syns: number | undefined): ProbeFailure {
  const sent = syns === undefined ? '' : ` (${syns} ${syns === 1 ? 'SYN' : 'SYNs'} sent)`;
  return new ProbeFailure(
    'TIMEOUT',
    `${where}: no answer within ${timeoutMs} ms${sent}; the host is down, a firewall drops packets to that port, or the way is very lossy`,
  );
}

/** errno of an error of Node's, 0 where it has none. */
export function errnoOf(error: unknown): number {
  const { code = '' } = error as NodeJS.ErrnoException;
  return constants.errno[code as keyof typeof constants.errno] ?? 0;
}
