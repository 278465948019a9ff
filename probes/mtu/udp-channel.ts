import { addressBytes, addressText } from '../kernel/address.js';
import { Lag } from '../kernel/lag.js';
import type { KernelSocket } from '../kernel/socket.js';
import { ProbeFailure } from '../sdk/error.js';
import type { Answer } from './answer.js';
import { IP_HEADER, receiveArena, sendMemory, sendOnce, type Asked, type Channel, type Heard } from './channel.js';
import { openUdpSocket, readUdpErrors, UDP_HEADER } from './udp-socket.js';

/** UDP to a closed port: the target's "port unreachable" shows that the packet arrived whole. Needs no privilege. */
export class UdpChannel implements Channel {
  readonly name = 'UDP to a closed port, error queue';
  readonly width = 1;
  readonly paced = true;
  readonly lag = new Lag();
  readonly #socket: KernelSocket;
  readonly #heard: Heard[] = [];
  #last = 0;

  /** `sourcePorts`: tried in this order, so that the flow stays the same. @throws ProbeFailure, KernelError */
  constructor(
    private readonly asked: Asked,
    port: number,
    dscp: number,
    sourcePorts: readonly number[],
  ) {
    this.#socket = openUdpSocket(asked, port, dscp, sourcePorts);
  }

  get fd(): number {
    return this.#socket.fd;
  }

  get identity(): Channel['identity'] {
    const { address: source, port: sourcePort } = this.#socket.localEndpoint() ?? {};
    return { source, sourcePort };
  }

  send(size: number, sequence: number): Answer | undefined {
    this.#last = sequence;
    sendMemory().buffer.writeUInt32BE(sequence, 0);
    const bytes = size - IP_HEADER[this.asked.family] - UDP_HEADER;
    return sendOnce(this.#socket, bytes, () => this.#readErrors(), this.asked.label);
  }

  drain(): Heard[] {
    // Whoever listens there may answer; that answer, too, shows that a packet arrived.
    this.lag.packets = receiveArena().takeWaiting(this.fd, false, () =>
      this.#heard.push({ sequence: this.#last, answer: { kind: 'passed' } }),
    );
    this.#readErrors();
    return this.#heard.splice(0);
  }

  close(): void {
    this.#socket.close();
  }

  /** There is never more than one packet in flight. */
  #readErrors(): Answer | undefined {
    const closed = (offender: string): Answer => closedPort(offender, this.asked);
    const { local, lagMs } = readUdpErrors(this.#socket, this.asked, closed, this.#heard, this.#last);
    this.lag.errors = lagMs;
    return local;
  }
}

/** The target's own refusal shows that the packet arrived; a firewall's in its place shows nothing. */
function closedPort(offender: string, { address, label }: Asked): Answer {
  if (offender === addressText(addressBytes(address))) return { kind: 'passed' };
  const message = `${offender} refuses UDP to ${label} in the target's place; choose another udpPort, or let ICMP echo through`;
  return { kind: 'failed', failure: new ProbeFailure('REFUSED', message) };
}
