import {
  AF_INET, AF_INET6, IPPROTO_TCP, IPV6_AUTOFLOWLABEL, SOCK_RAW, SOCK_STREAM, SOL_IPV6,
} from '../kernel/constants.js'; // prettier-ignore
import { attachFilter, BPF, type FilterInstruction } from '../kernel/filter.js';
import { KernelSocket } from '../kernel/socket.js';
import { bindSource } from '../kernel/source-port.js';

/** Bytes of a segment that are looked at. */
const SEEN_BYTES = 256;
/** Where a segment's destination port stands. */
const DESTINATION_PORT = 2;

/** The sockets of a trace by TCP, beside the one that hears ICMP. */
export interface TcpSockets {
  /** A raw socket: sends SYNs, and gets a copy of what comes for the port. */
  readonly sender: KernelSocket;
  /** Keeps the port from everybody else. It neither listens nor connects, so the kernel resets what the target opens. */
  readonly holder: KernelSocket;
  readonly port: number;
}

/** @param source our address, which is part of a segment's checksum @throws KernelError EPERM without CAP_NET_RAW */
export function openTcp(family: 4 | 6, ports: readonly number[], source: string): TcpSockets {
  const domain = family === 4 ? AF_INET : AF_INET6;
  const opened: KernelSocket[] = [];
  const open = (type: number): KernelSocket => {
    const socket = KernelSocket.open(domain, type, IPPROTO_TCP);
    opened.push(socket);
    return socket;
  };
  try {
    const sender = open(SOCK_RAW);
    const holder = open(SOCK_STREAM);
    bindSource(holder, family, ports);
    const port = holder.localEndpoint()?.port ?? 0;
    if (family === 6) sender.setInt(SOL_IPV6, IPV6_AUTOFLOWLABEL, 0);
    attachFilter(sender, segmentsFor(family, port));
    sender.bind({ address: source, port: 0 });
    return { sender, holder, port };
  } catch (error) {
    for (const socket of opened) socket.close();
    throw error;
  }
}

/** A raw socket gets a copy of every segment of the host: only those for the port are wanted. Over IPv4 they come with their IP header. */
function segmentsFor(family: 4 | 6, port: number): FilterInstruction[] {
  const load: FilterInstruction[] =
    family === 4
      ? [
          [BPF.loadHeaderLength, 0, 0, 0],
          [BPF.loadHalfIndexed, 0, 0, DESTINATION_PORT],
        ]
      : [[BPF.loadHalf, 0, 0, DESTINATION_PORT]];
  return [...load, [BPF.jumpEqual, 0, 1, port], [BPF.accept, 0, 0, SEEN_BYTES], [BPF.accept, 0, 0, 0]];
}
