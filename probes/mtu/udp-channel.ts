import { AF_INET, AF_INET6, IP_RECVERR, IP_TOS, IPPROTO_UDP, IPV6_RECVERR, IPV6_TCLASS, SOCK_DGRAM, SOL_IP, SOL_IPV6 } from '../kernel/constants.js'; // prettier-ignore
import { KernelSocket } from '../kernel/socket.js';
import { bindSource } from '../kernel/source-port.js';
import type { Answer } from './answer.js';
import { answerOfError, connectTo, drainErrors, IP_HEADER, neverFragment, receiveArena, sendMemory, sendOnce, type Asked, type Channel, type Heard } from './channel.js'; // prettier-ignore

const UDP_HEADER = 8;
/** The packet's number, at the beginning of its payload. */
const NUMBER_BYTES = 4;
const BUFFER_BYTES = 1 << 20;

/** UDP to a closed port: the target's "port unreachable" shows that the packet arrived whole. Needs no privilege. */
export class UdpChannel implements Channel {
  readonly name = 'UDP to a closed port, error queue';
  readonly width = 1;
  readonly paced = true;
  readonly #socket: KernelSocket;
  readonly #heard: Heard[] = [];
  #last = 0;

  /** `sourcePorts`: tried in this order, so that the flow stays the same. @throws KernelError */
  constructor(
    private readonly asked: Asked,
    port: number,
    dscp: number,
    sourcePorts: readonly number[],
  ) {
    const v4 = asked.family === 4;
    this.#socket = KernelSocket.open(v4 ? AF_INET : AF_INET6, SOCK_DGRAM, IPPROTO_UDP);
    try {
      this.#socket.setInt(v4 ? SOL_IP : SOL_IPV6, v4 ? IP_RECVERR : IPV6_RECVERR, 1);
      this.#socket.setInt(v4 ? SOL_IP : SOL_IPV6, v4 ? IP_TOS : IPV6_TCLASS, dscp << 2);
      this.#socket.setBuffers(BUFFER_BYTES, BUFFER_BYTES);
      neverFragment(this.#socket, asked.family);
      bindSource(this.#socket, asked.family, sourcePorts);
      connectTo(this.#socket, asked, port);
    } catch (error) {
      this.close();
      throw error;
    }
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
    const arena = receiveArena();
    // Whoever listens there may answer; that answer, too, shows that a packet arrived.
    for (let count = arena.receive(this.fd); count > 0; count = arena.receive(this.fd)) {
      for (let index = 0; index < count; index += 1) this.#heard.push({ sequence: this.#last, answer: { kind: 'passed' } });
    }
    this.#readErrors();
    return this.#heard.splice(0);
  }

  close(): void {
    this.#socket.close();
  }

  /** A router that quotes no more than our UDP header means the last packet: there is never more than one in flight. */
  #readErrors(): Answer | undefined {
    const { memory } = receiveArena();
    let local: Answer | undefined;
    drainErrors(this.fd, (start, bytes, error) => {
      const answer = answerOfError(error, this.asked, true);
      if (answer?.kind === 'too-big' && answer.from === undefined) local = answer;
      else if (answer) this.#heard.push({ sequence: bytes >= NUMBER_BYTES ? memory.readUInt32BE(start) : this.#last, answer });
    });
    return local;
  }
}
