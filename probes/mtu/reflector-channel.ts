import { randomBytes } from 'node:crypto';
import { Lag } from '../kernel/lag.js';
import { ReceiveArena } from '../kernel/receive.js';
import type { KernelSocket } from '../kernel/socket.js';
import { readReflectedPacket } from '../kernel/stamp/base.js';
import { controlRequest, REQUEST_BYTES, SHORTEST_PADDED_BYTES } from '../kernel/stamp/control.js';
import { ntpNow, PROGRAM_ERROR_ESTIMATE } from '../kernel/stamp/ntp.js';
import type { StampKey } from '../kernel/stamp/seal.js';
import { TLV_FLAG, TLV_TYPE, type Tlv } from '../kernel/stamp/tlv.js';
import { ProbeFailure, type ProbeErrorCode } from '../sdk/error.js';
import type { Answer } from './answer.js';
import { IP_HEADER, sendMemory, sendOnce, type Asked, type Channel, type Heard } from './channel.js';
import { openUdpSocket, readUdpErrors, UDP_HEADER } from './udp-socket.js';

/** Largest datagram that there is. */
const LARGEST_BYTES = 65_535;
const CONTROL_BYTES = 64;

let receiving: ReceiveArena | undefined;

/** Room for whole packets: an HMAC covers them to their end. */
function wholePackets(): ReceiveArena {
  receiving ??= new ReceiveArena(4, LARGEST_BYTES, CONTROL_BYTES);
  return receiving;
}

/** What was asked for. */
interface Sent {
  /** UDP payload of the reply. */
  readonly bytes: number;
  readonly timestamp: bigint;
  readonly cookie: Buffer | undefined;
}

/** Asks a reflector for packets of any size. One that arrives has come back whole, for a reflector lets none be fragmented. */
export class ReflectorChannel implements Channel {
  readonly name = 'STAMP reflector';
  readonly width = 8;
  readonly paced = false;
  readonly lag = new Lag();
  readonly #socket: KernelSocket;
  readonly #session = randomBytes(2).readUInt16BE(0);
  readonly #sent = new Map<number, Sent>();
  readonly #heard: Heard[] = [];
  #cookie: Buffer | undefined;
  #last = 0;

  /** `sourcePorts`: tried in this order, so that the flow stays the same. @throws ProbeFailure, KernelError */
  constructor(
    private readonly asked: Asked,
    private readonly port: number,
    private readonly key: StampKey,
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

  /** Bytes of a request, and of the reply that brings a cookie: this size is to be tried before all others. */
  get introduction(): number {
    return this.#headers + REQUEST_BYTES;
  }

  /** Smallest size that can be asked for then. */
  get smallest(): number {
    return this.#headers + SHORTEST_PADDED_BYTES;
  }

  get #headers(): number {
    return IP_HEADER[this.asked.family] + UDP_HEADER;
  }

  send(size: number, sequence: number): Answer | undefined {
    const sent = { bytes: size - this.#headers, timestamp: ntpNow(), cookie: this.#cookie };
    this.#sent.set(sequence, sent);
    this.#last = sequence;
    const own = { sequence, timestamp: sent.timestamp, errorEstimate: PROGRAM_ERROR_ESTIMATE, session: this.#session };
    const { buffer } = sendMemory();
    controlRequest(this.key, own, sent.bytes, sent.cookie).copy(buffer);
    const refused = sendOnce(this.#socket, REQUEST_BYTES, () => this.#readErrors(), this.asked.label);
    // Other channels expect zeros there.
    buffer.fill(0, 0, REQUEST_BYTES);
    return refused;
  }

  drain(): Heard[] {
    const arena = wholePackets();
    this.lag.packets = arena.takeWaiting(this.fd, false, (index) => this.#readReply(arena.data(index)));
    this.#readErrors();
    return this.#heard.splice(0);
  }

  close(): void {
    this.#socket.close();
  }

  /** Only what is authentic, and the answer to a packet of ours, is an answer. */
  #readReply(packet: Buffer): void {
    const reply = readReflectedPacket(packet);
    const sent = reply && this.#sent.get(reply.sender.sequence);
    if (!reply || !sent || sent.timestamp !== reply.sender.timestamp) return;
    const tlvs = this.key.open(packet);
    if (tlvs) this.#heard.push({ sequence: reply.sender.sequence, answer: this.#answerOf(packet.length, sent, tlvs) });
  }

  #answerOf(bytes: number, sent: Sent, tlvs: readonly Tlv[]): Answer {
    const flags = tlvs.find(({ type }) => type === TLV_TYPE.reflectedControl)?.flags;
    const cookie = tlvs.find(({ type }) => type === TLV_TYPE.returnCookie);
    if (flags === TLV_FLAG.notConformant) return { kind: 'too-big', mtu: undefined, from: this.asked.address };
    const isIntroduction = flags === TLV_FLAG.unrecognized && sent.cookie === undefined && cookie?.flags === 0;
    if (isIntroduction) this.#cookie ??= Buffer.from(cookie.value);
    if ((flags === 0 || isIntroduction) && bytes === sent.bytes) return { kind: 'passed' };
    if (flags === 0) return this.#failed('PROTOCOL', `sent ${bytes} bytes where ${sent.bytes} were asked for`);
    if (cookie?.flags !== 0) return this.#failed('PROTOCOL', 'gives no packets of another length than it gets');
    if (sent.cookie?.equals(cookie.value) !== true) return this.#failed('PROTOCOL', 'was started anew during the search');
    return this.#failed('DENIED', 'gives nothing more at the moment, for its limits are reached; measure less often');
  }

  #readErrors(): Answer | undefined {
    const closed = (offender: string): Answer =>
      this.#failed('REFUSED', `is not there: ${offender} says that nothing listens on that port`);
    const { local, lagMs } = readUdpErrors(this.#socket, this.asked, closed, this.#heard, this.#last);
    this.lag.errors = lagMs;
    return local;
  }

  #failed(code: ProbeErrorCode, what: string): Answer {
    return { kind: 'failed', failure: new ProbeFailure(code, `the reflector at ${this.asked.label}, UDP port ${this.port}, ${what}`) };
  }
}
