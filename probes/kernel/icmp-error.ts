import { errnoName } from './socket.js';
import { ProbeFailure, type ProbeErrorCode } from '../sdk/error.js';

type Cause = readonly [code: ProbeErrorCode, text: string];

const UNREACHABLE_4: Readonly<Record<number, Cause>> = {
  0: ['UNREACHABLE', 'it knows no route to the network'],
  1: ['UNREACHABLE', 'the host does not answer on its network'],
  2: ['UNREACHABLE', 'the target does not speak ICMP'],
  4: ['UNREACHABLE', 'the packet is too large and must not be fragmented; lower payloadBytes'],
  9: ['DENIED', 'the network is administratively prohibited'],
  10: ['DENIED', 'the host is administratively prohibited'],
  13: ['DENIED', 'a filter on the way prohibits it'],
};

const UNREACHABLE_6: Readonly<Record<number, Cause>> = {
  0: ['UNREACHABLE', 'it knows no route to the target'],
  1: ['DENIED', 'a filter on the way prohibits it'],
  3: ['UNREACHABLE', 'the host does not answer on its network'],
  5: ['DENIED', 'the source address is not allowed there'],
  6: ['DENIED', 'the route to the target is set to reject'],
};

/** What an ICMP error (RFC 792, RFC 4443) about one of our requests says; undefined for types that do not end a measurement. */
export function failureOfIcmp(family: 4 | 6, type: number, code: number, offender: string, target: string): ProbeFailure | undefined {
  const unreachable = family === 4 ? type === 3 : type === 1;
  const tooBig = family === 6 && type === 2;
  const expired = family === 4 ? type === 11 : type === 3;
  if (unreachable) {
    const [errorCode, text] = (family === 4 ? UNREACHABLE_4 : UNREACHABLE_6)[code] ?? ['UNREACHABLE', `code ${code}`];
    return new ProbeFailure(errorCode, `${offender || 'a router'} says that ${target} cannot be reached: ${text}`);
  }
  if (tooBig)
    return new ProbeFailure(
      'UNREACHABLE',
      `${offender || 'a router'} says that the packet is too large for the way to ${target}; lower payloadBytes`,
    );
  if (expired)
    return new ProbeFailure(
      'UNREACHABLE',
      `the TTL ran out at ${offender || 'a router'} on the way to ${target}: a routing loop, or a very long path`,
    );
  return undefined;
}

const LOCAL: Readonly<Record<string, Cause>> = {
  ENETUNREACH: ['UNREACHABLE', 'this host has no route to it; check its routes and whether the address family is set up'],
  EHOSTUNREACH: ['UNREACHABLE', 'this host gets no answer from the next hop, or its route says unreachable'],
  ENETDOWN: ['UNREACHABLE', 'the interface to it is down'],
  EADDRNOTAVAIL: ['UNREACHABLE', 'this host has no address of that family to send from'],
  EINVAL: ['UNREACHABLE', 'this host cannot send there: its route is a black hole, or the address is not one of a host'],
  EACCES: ['DENIED', 'this host does not allow it: a route that prohibits it, or a broadcast address'],
  EPERM: ['DENIED', 'a firewall on this host forbids it'],
  EMSGSIZE: ['UNREACHABLE', 'the packet is larger than the way allows; lower payloadBytes'],
};

/** What it means that this host refused to send to the target. */
export function failureOfErrno(errno: number, target: string): ProbeFailure {
  const name = errnoName(errno);
  const [code, text] = LOCAL[name] ?? ['UNREACHABLE', 'this host refused to send'];
  return new ProbeFailure(code, `nothing can be sent to ${target}: ${text} (${name})`);
}
