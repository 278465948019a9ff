import { Lag } from '../kernel/lag.js';
import { neverFragment } from '../kernel/never-fragment.js';
import type { KernelSocket } from '../kernel/socket.js';
import { openEchoSocket, type EchoSocket } from '../kernel/echo-socket.js';
import { ECHO_REPLY, ECHO_REQUEST, ICMP_HEADER, internetChecksum } from '../kernel/icmp.js';
import type { Answer } from './answer.js';
import { answerOfError, connectTo, drainErrors, IP_HEADER, receiveArena, sendMemory, sendOnce, type Asked, type Channel, type Heard } from './channel.js'; // prettier-ignore

/** ICMP echo: the reply shows that the request arrived whole. */
export class EchoChannel implements Channel {
  readonly name: string;
  readonly width = 8;
  readonly paced = false;
  readonly lag = new Lag();
  readonly #echo: EchoSocket;
  readonly #heard: Heard[] = [];

  /** `identifiers`: tried in this order, so that the flow stays the same. @throws ProbeFailure PERMISSION where this host allows no ICMP socket, KernelError */
  constructor(
    private readonly asked: Asked,
    dscp: number,
    identifiers: readonly number[],
  ) {
    this.#echo = openEchoSocket(asked.family, dscp, identifiers);
    this.name = `ICMP echo, ${this.#echo.kind} socket`;
    try {
      neverFragment(this.#socket, asked.family);
      connectTo(this.#socket, asked, 0);
    } catch (error) {
      this.close();
      throw error;
    }
  }

  get fd(): number {
    return this.#socket.fd;
  }

  get identity(): Channel['identity'] {
    return { source: this.#socket.localEndpoint()?.address, id: this.#echo.id };
  }

  get #socket(): KernelSocket {
    return this.#echo.socket;
  }

  send(size: number, sequence: number): Answer | undefined {
    const { family, id } = this.#echo;
    const { buffer } = sendMemory();
    const bytes = size - IP_HEADER[family];
    buffer.writeUInt32BE(ECHO_REQUEST[family] * 2 ** 24, 0);
    buffer.writeUInt16BE(id, 4);
    buffer.writeUInt16BE(sequence, 6);
    // Of IPv6, and of ping sockets, the kernel makes the checksum.
    if (family === 4) buffer.writeUInt16BE(internetChecksum(buffer, 0, bytes), 2);
    return sendOnce(this.#socket, bytes, () => this.#readErrors(), this.asked.label);
  }

  drain(): Heard[] {
    const arena = receiveArena();
    this.lag.packets = arena.takeWaiting(this.fd, false, (index) => this.#readReply(arena.data(index)));
    this.#readErrors();
    return this.#heard.splice(0);
  }

  close(): void {
    this.#socket.close();
  }

  #readReply(packet: Buffer): void {
    const { family, kind, id } = this.#echo;
    // A raw IPv4 socket gives the IP header as well.
    const start = kind === 'raw' && family === 4 ? ((packet[0] ?? 0) & 15) * 4 : 0;
    if (packet.length < start + ICMP_HEADER || packet[start] !== ECHO_REPLY[family]) return;
    if (kind === 'raw' && packet.readUInt16BE(start + 4) !== id) return;
    this.#heard.push({ sequence: packet.readUInt16BE(start + 6), answer: { kind: 'passed' } });
  }

  /** Gives what this host itself says of a packet that it did not send. */
  #readErrors(): Answer | undefined {
    const { family, kind, id } = this.#echo;
    const { memory } = receiveArena();
    let local: Answer | undefined;
    this.lag.errors = drainErrors(this.fd, (start, bytes, error) => {
      const answer = answerOfError(error, this.asked);
      if (answer?.kind === 'too-big' && answer.from === undefined) local = answer;
      else if (answer && bytes >= ICMP_HEADER && memory[start] === ECHO_REQUEST[family]) {
        if (kind === 'ping' || memory.readUInt16BE(start + 4) === id)
          this.#heard.push({ sequence: memory.readUInt16BE(start + 6), answer });
      }
    });
    return local;
  }
}
