import { AF_INET, AF_INET6, IP_RECVERR, IP_TOS, IPPROTO_UDP, IPV6_RECVERR, IPV6_TCLASS, SO_TIMESTAMPNS, SOCK_DGRAM, SOL_IP, SOL_IPV6, SOL_SOCKET } from '../kernel/constants.js'; // prettier-ignore
import { neverFragment } from '../kernel/never-fragment.js';
import { KernelSocket } from '../kernel/socket.js';
import { bindSource } from '../kernel/source-port.js';
import type { Answer } from './answer.js';
import { answerOfError, connectTo, drainErrors, receiveArena, type Asked, type Heard } from './channel.js';

export const UDP_HEADER = 8;
const BUFFER_BYTES = 1 << 20;
/** The packet's number, at the beginning of its payload. */
const NUMBER_BYTES = 4;

/** A UDP socket connected to the target, whose errors are told. `sourcePorts`: tried in this order, so that the flow stays the same. @throws ProbeFailure, KernelError */
export function openUdpSocket(asked: Asked, port: number, dscp: number, sourcePorts: readonly number[]): KernelSocket {
  const v4 = asked.family === 4;
  const socket = KernelSocket.open(v4 ? AF_INET : AF_INET6, SOCK_DGRAM, IPPROTO_UDP);
  try {
    socket.setInt(v4 ? SOL_IP : SOL_IPV6, v4 ? IP_RECVERR : IPV6_RECVERR, 1);
    socket.setInt(v4 ? SOL_IP : SOL_IPV6, v4 ? IP_TOS : IPV6_TCLASS, dscp << 2);
    // They say how old what is read is, where more waits than one turn takes.
    socket.setInt(SOL_SOCKET, SO_TIMESTAMPNS, 1);
    socket.setBuffers(BUFFER_BYTES, BUFFER_BYTES);
    neverFragment(socket, asked.family);
    bindSource(socket, asked.family, sourcePorts);
    connectTo(socket, asked, port);
    return socket;
  } catch (error) {
    socket.close();
    throw error;
  }
}

/**
 * Reads what the error queue says of packets that begin with their number; `closed` is what it means that nothing listens. Of a router that quotes no more than
 * the UDP header, the `last` packet is meant. Gives what this host itself says of a packet that it
 * did not send, and by how much the reading lags behind, ms.
 */
export function readUdpErrors(
  { fd }: KernelSocket,
  asked: Asked,
  closed: (offender: string) => Answer,
  heard: Heard[],
  last: number,
): { readonly local: Answer | undefined; readonly lagMs: number } {
  const { memory } = receiveArena();
  let local: Answer | undefined;
  const lagMs = drainErrors(fd, (start, bytes, error) => {
    const answer = answerOfError(error, asked, closed);
    if (answer?.kind === 'too-big' && answer.from === undefined) local = answer;
    else if (answer) heard.push({ sequence: bytes >= NUMBER_BYTES ? memory.readUInt32BE(start) : last, answer });
  });
  return { local, lagMs };
}
