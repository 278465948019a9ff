import { BASE_BYTES, readSenderPacket, writeReflectedPacket, type SenderPacket } from '../kernel/stamp/base.js';
import { readControl, type ReflectedControl } from '../kernel/stamp/control.js';
import { ntpNow, PROGRAM_ERROR_ESTIMATE } from '../kernel/stamp/ntp.js';
import { SEAL_BYTES, type StampKey } from '../kernel/stamp/seal.js';
import { TLV_FLAG, TLV_TYPE, tlvBytes, writeTlv, writeTlvHeader, type Tlv } from '../kernel/stamp/tlv.js';
import { Cookies, type Source } from './cookies.js';
import { Budget } from './limits.js';
import { Sessions } from './sessions.js';

/** Why a packet got no answer: it is no STAMP packet of a sender; its HMAC is missing or wrong; it was answered already; nothing more may be given. */
export type Refusal = 'malformed' | 'unauthentic' | 'replayed' | 'limited';

/** What to send back. */
export interface Reply {
  readonly packet: Buffer;
  /** What to send instead where `packet` is larger than this host can send: as long as the request, and it says so. */
  readonly ifTooLarge?: () => Buffer;
}

/** An authentic packet. */
interface Request {
  readonly bytes: number;
  readonly sender: SenderPacket;
  readonly tlvs: readonly Tlv[];
  readonly received: bigint;
  readonly source: Source;
}

/**
 * Answers the packets of STAMP senders (RFC 8762, authenticated mode, stateless; TLVs: RFC 8972). Other than RFC 8972 it says nothing at all where a TLV's HMAC
 * is wrong. A reply is as long as its request. A longer one is given where Reflected Test Packet Control asks for it, and only to who brings back a cookie that
 * was sent to its address, once a packet, within the limits.
 */
export class Responder {
  readonly #cookies = new Cookies();
  readonly #sessions = new Sessions();
  readonly #budget: Budget;

  /** `now`: ms of a clock that never goes back. */
  constructor(
    private readonly key: StampKey,
    private readonly now: () => number,
  ) {
    this.#budget = new Budget(now());
  }

  answer(packet: Buffer, source: Source): Reply | Refusal {
    const received = ntpNow();
    const sender = readSenderPacket(packet);
    if (!sender) return 'malformed';
    const tlvs = this.key.open(packet);
    if (!tlvs) return 'unauthentic';
    const request: Request = { bytes: packet.length, sender, tlvs, received, source };
    const control = tlvs.find(({ type }) => type === TLV_TYPE.reflectedControl);
    return control ? this.#answerControlled(request, control) : this.#give(request, tlvs.map(asKnown), request.bytes);
  }

  #answerControlled(request: Request, { value }: Tlv): Reply | Refusal {
    const control = readControl(value);
    const cookie = request.tlvs.find(({ type }) => type === TLV_TYPE.returnCookie)?.value;
    if (!control) return this.#give(request, answered(request, { control: TLV_FLAG.malformed }), request.bytes);
    if (control.count === 0) return 'malformed';
    if (!cookie || !this.#cookies.isGood(cookie, request.source, this.now())) return this.#giveCookie(request);
    const noted = this.#sessions.note(cookie, request.sender.sequence, this.now());
    if (noted === 'replayed') return 'replayed';
    const unwilling = (): Reply | Refusal => this.#give(request, answered(request, { control: TLV_FLAG.unrecognized }), request.bytes);
    return noted === 'full' ? unwilling() : this.#giveAsked(request, control, unwilling);
  }

  /** A cookie instead of what was asked for: the request was not done, and may be made again with it. */
  #giveCookie(request: Request): Reply | Refusal {
    const cookie = this.#cookies.give(request.source, this.now());
    return this.#give(request, answered(request, { control: TLV_FLAG.unrecognized, cookie }), request.bytes);
  }

  #giveAsked(request: Request, { bytes, count }: ReflectedControl, unwilling: () => Reply | Refusal): Reply | Refusal {
    const tlvs = answered(request, { control: 0 });
    const least = bytesOf(tlvs);
    const wanted = Math.max(bytes, least);
    const notConformant = answered(request, { control: TLV_FLAG.notConformant });
    // Padding has a header of its own: what is too small for it cannot be made.
    const isPossible = count === 1 && (wanted === least || wanted >= least + tlvBytes(0));
    if (!isPossible) return this.#give(request, notConformant, request.bytes);
    const given = this.#give(request, tlvs, wanted);
    if (given === 'limited') return unwilling();
    return { ...given, ifTooLarge: () => this.#instead(request, notConformant, wanted) };
  }

  /** What is sent in place of a reply of so many bytes. */
  #instead(request: Request, tlvs: readonly Tlv[], bytes: number): Buffer {
    this.#budget.giveBack(request.source.address, bytes - request.bytes);
    return this.#write(request, tlvs, request.bytes);
  }

  /** A reply of so many bytes, padded up to them; or none, where nothing more may be given. */
  #give(request: Request, tlvs: readonly Tlv[], bytes: number): Reply | 'limited' {
    if (!this.#budget.take(request.source.address, bytes, request.bytes, this.now())) return 'limited';
    return { packet: this.#write(request, tlvs, bytes) };
  }

  #write({ sender, received }: Request, tlvs: readonly Tlv[], bytes: number): Buffer {
    const packet = Buffer.alloc(bytes);
    const own = { sequence: sender.sequence, timestamp: ntpNow(), errorEstimate: PROGRAM_ERROR_ESTIMATE, session: sender.session };
    writeReflectedPacket(packet, { ...own, received, sender });
    let at = BASE_BYTES;
    for (const tlv of tlvs) at = writeTlv(packet, at, tlv);
    const padding = bytes - SEAL_BYTES - at;
    if (padding >= tlvBytes(0)) writeTlvHeader(packet, at, 0, TLV_TYPE.extraPadding, padding - tlvBytes(0));
    this.key.seal(packet, 0);
    return packet;
  }
}

/** Bytes of a reply with these TLVs. */
function bytesOf(tlvs: readonly Tlv[]): number {
  return BASE_BYTES + tlvs.reduce((sum, { value }) => sum + tlvBytes(value.length), 0) + SEAL_BYTES;
}

/** A TLV as it goes back: those that this reflector knows nothing of keep the flag that says so. */
function asKnown(tlv: Tlv): Tlv {
  return { ...tlv, flags: tlv.type === TLV_TYPE.extraPadding ? 0 : TLV_FLAG.unrecognized };
}

/** The TLVs of a request for control, as they go back; padding is made anew. */
function answered({ tlvs }: Request, { control, cookie }: { readonly control: number; readonly cookie?: Buffer }): Tlv[] {
  return tlvs
    .filter(({ type }) => type !== TLV_TYPE.extraPadding)
    .map((tlv) => {
      if (tlv.type === TLV_TYPE.reflectedControl) return { ...tlv, flags: control };
      if (tlv.type !== TLV_TYPE.returnCookie) return asKnown(tlv);
      return { ...tlv, flags: 0, value: cookie?.length === tlv.value.length ? cookie : tlv.value };
    });
}
