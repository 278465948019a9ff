import { describe, expect, it } from 'vitest';
import { BASE_BYTES, readReflectedPacket, readSenderPacket, writeSenderPacket, type SenderPacket } from '../kernel/stamp/base.js';
import { controlRequest, COOKIE_BYTES, REQUEST_BYTES } from '../kernel/stamp/control.js';
import { ntpTimestamp } from '../kernel/stamp/ntp.js';
import { SEAL_BYTES, StampKey } from '../kernel/stamp/seal.js';
import { TLV_FLAG, TLV_TYPE, tlvBytes, writeTlv, type Tlv } from '../kernel/stamp/tlv.js';
import { LIMITS } from './limits.js';
import { Responder, type Refusal } from './responder.js';

const KEY = new StampKey('a-key-that-both-ends-know');
const HERE = { address: '192.0.2.1', port: 20_000 };
const ELSEWHERE = { address: '198.51.100.9', port: 20_000 };

const packetOf = (sequence: number): SenderPacket => ({
  sequence,
  timestamp: ntpTimestamp(1_750_000_000_000 + sequence),
  errorEstimate: 1,
  session: 7,
});

/** A sealed packet with these TLVs. */
function sealed(tlvs: readonly Tlv[], sequence = 1, key = KEY): Buffer {
  const bytes = tlvs.reduce((sum, { value }) => sum + tlvBytes(value.length), BASE_BYTES + SEAL_BYTES);
  const packet = Buffer.alloc(bytes);
  writeSenderPacket(packet, packetOf(sequence));
  let at = BASE_BYTES;
  for (const tlv of tlvs) at = writeTlv(packet, at, tlv);
  key.seal(packet, TLV_FLAG.unrecognized);
  return packet;
}

class Bench {
  now = 0;
  readonly responder = new Responder(KEY, () => this.now);

  /** The reply's bytes, or why there is none. */
  ask(packet: Buffer, source = HERE): Buffer | Refusal {
    const answer = this.responder.answer(packet, source);
    return typeof answer === 'string' ? answer : answer.packet;
  }

  cookie(source = HERE): Buffer {
    const reply = this.ask(controlRequest(KEY, packetOf(0), REQUEST_BYTES, undefined), source);
    return tlvIn(reply, TLV_TYPE.returnCookie).value;
  }
}

function tlvsOf(reply: Buffer | Refusal): readonly Tlv[] {
  if (typeof reply === 'string') throw new Error(`no reply: ${reply}`);
  const tlvs = KEY.open(reply);
  if (!tlvs) throw new Error('the reply is not authentic');
  return tlvs;
}

function tlvIn(reply: Buffer | Refusal, wanted: number): Tlv {
  const found = tlvsOf(reply).find(({ type }) => type === wanted);
  if (!found) throw new Error(`the reply has no TLV ${wanted}`);
  return found;
}

const flagsIn = (reply: Buffer | Refusal): number => tlvIn(reply, TLV_TYPE.reflectedControl).flags;
const lengthOf = (reply: Buffer | Refusal): number | Refusal => (typeof reply === 'string' ? reply : reply.length);

describe('a reply', () => {
  it('is as long as its request, and tells what came and when', () => {
    const padding = { flags: TLV_FLAG.unrecognized, type: TLV_TYPE.extraPadding, value: Buffer.alloc(301, 7) };
    const unknown = { flags: TLV_FLAG.unrecognized, type: 251, value: Buffer.from('abc') };
    const request = sealed([padding, unknown], 42);
    const reply = new Bench().ask(request);
    expect(lengthOf(reply)).toBe(request.length);
    expect(tlvsOf(reply).map(({ flags, type }) => [type, flags])).toEqual([
      [TLV_TYPE.extraPadding, 0],
      [251, TLV_FLAG.unrecognized],
    ]);
    const { sender, sequence, session, received } = readReflectedPacket(reply as Buffer) ?? {};
    expect({ sender, sequence, session }).toEqual({
      sender: { sequence: 42, timestamp: packetOf(42).timestamp, errorEstimate: 1 },
      sequence: 42,
      session: 7,
    });
    const nowS = BigInt(Math.floor(Date.now() / 1e3)) + 2_208_988_800n;
    expect(Number(nowS - ((received ?? 0n) >> 32n))).toBeLessThan(60);
  });

  it.each([REQUEST_BYTES, REQUEST_BYTES + 4, 1472, 1473, 9000, 65_507, 65_527])(
    'is of %i bytes where these are asked for with a cookie',
    (bytes) => {
      const bench = new Bench();
      const reply = bench.ask(controlRequest(KEY, packetOf(1), bytes, bench.cookie()));
      expect([lengthOf(reply), flagsIn(reply)]).toEqual([bytes, 0]);
    },
  );

  it('is never shorter than what it has to say', () => {
    const bench = new Bench();
    expect(lengthOf(bench.ask(controlRequest(KEY, packetOf(1), 0, bench.cookie())))).toBe(REQUEST_BYTES);
  });

  it('says so where it cannot be as it was asked for', () => {
    const bench = new Bench();
    const cookie = bench.cookie();
    expect(flagsIn(bench.ask(controlRequest(KEY, packetOf(1), REQUEST_BYTES + 2, cookie)))).toBe(TLV_FLAG.notConformant);
    const answer = bench.responder.answer(controlRequest(KEY, packetOf(2), 9000, cookie), HERE);
    const instead = typeof answer === 'string' ? answer : (answer.ifTooLarge?.() ?? 'malformed');
    expect([lengthOf(instead), flagsIn(instead)]).toEqual([REQUEST_BYTES, TLV_FLAG.notConformant]);
  });

  it('is one, however many are asked for', () => {
    const bench = new Bench();
    const value = Buffer.from([0x10, 0, 0, 9, 0, 0, 0, 0, 0, 0, 0, 0]);
    const flags = TLV_FLAG.unrecognized;
    const cookie = { flags, type: TLV_TYPE.returnCookie, value: bench.cookie() };
    const several = sealed([{ flags, type: TLV_TYPE.reflectedControl, value }, cookie]);
    const reply = bench.ask(several);
    expect([lengthOf(reply), flagsIn(reply)]).toEqual([several.length, TLV_FLAG.notConformant]);
    value.writeUInt16BE(0, 2);
    expect(bench.ask(sealed([{ flags, type: TLV_TYPE.reflectedControl, value }, cookie], 2))).toBe('malformed');
  });
});

describe('strangers', () => {
  it('are not answered, not even with one bit changed', () => {
    const bench = new Bench();
    const right = controlRequest(KEY, packetOf(1), 1472, bench.cookie());
    const other = controlRequest(new StampKey('a-key-of-somebody-else'), packetOf(1), 1472, undefined);
    const unsealed = right.subarray(0, BASE_BYTES);
    const flipped = Array.from({ length: right.length * 8 }, (_, bit) => {
      const packet = Buffer.from(right);
      packet.writeUInt8(packet.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3);
      return packet;
    });
    // The flags of the HMAC TLV mean nothing.
    const covered = flipped.filter((_, bit) => bit >> 3 !== right.length - SEAL_BYTES);
    const answers = [other, unsealed, ...covered].map((packet) => bench.ask(packet));
    expect(answers.filter((answer) => answer !== 'unauthentic' && answer !== 'malformed')).toEqual([]);
  });

  it('get nothing out of what they overheard: not from another address, and not twice', () => {
    const bench = new Bench();
    const overheard = controlRequest(KEY, packetOf(1), 9000, bench.cookie());
    const elsewhere = bench.ask(overheard, ELSEWHERE);
    expect([lengthOf(elsewhere), flagsIn(elsewhere)]).toEqual([overheard.length, TLV_FLAG.unrecognized]);
    expect(lengthOf(bench.ask(overheard, { ...HERE, port: 20_001 }))).toBe(overheard.length);
    expect(lengthOf(bench.ask(overheard))).toBe(9000);
    expect(bench.ask(overheard)).toBe('replayed');
  });

  it('cannot set two reflectors on each other: a reply is no request', () => {
    const bench = new Bench();
    const reply = bench.ask(sealed([]));
    expect(bench.ask(reply as Buffer)).toBe('malformed');
    expect(new Bench().ask(reply as Buffer)).toBe('malformed');
  });
});

describe('a cookie', () => {
  it('holds for its time, and a new one is given after that', () => {
    const bench = new Bench();
    const cookie = bench.cookie();
    bench.now += LIMITS.cookieMs;
    expect(lengthOf(bench.ask(controlRequest(KEY, packetOf(1), 1472, cookie)))).toBe(1472);
    bench.now += 1;
    const late = bench.ask(controlRequest(KEY, packetOf(2), 1472, cookie));
    expect([lengthOf(late), flagsIn(late)]).toEqual([REQUEST_BYTES, TLV_FLAG.unrecognized]);
    const fresh = tlvIn(late, TLV_TYPE.returnCookie).value;
    expect(lengthOf(bench.ask(controlRequest(KEY, packetOf(1), 1472, fresh)))).toBe(1472);
  });

  it.each([0, 1, COOKIE_BYTES - 1, COOKIE_BYTES + 1, 4000])('of %i bytes is none', (bytes) => {
    const flags = TLV_FLAG.unrecognized;
    const control = { flags, type: TLV_TYPE.reflectedControl, value: Buffer.from([0x10, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0]) };
    const request = sealed([control, { flags, type: TLV_TYPE.returnCookie, value: Buffer.alloc(bytes) }]);
    const reply = new Bench().ask(request);
    expect([lengthOf(reply), flagsIn(reply)]).toEqual([request.length, TLV_FLAG.unrecognized]);
  });

  it('serves packets that overtake one another, each once', () => {
    const bench = new Bench();
    const cookie = bench.cookie();
    const order = [1, 5, 3, 3, 5, 4, 40, 8, 9, 9, 41, 1000, 41];
    const answers = order.map((sequence) => lengthOf(bench.ask(controlRequest(KEY, packetOf(sequence), 1000, cookie))));
    const no = 'replayed';
    expect(answers).toEqual([1000, 1000, 1000, no, no, 1000, 1000, no, 1000, no, 1000, 1000, no]);
  });

  it('is remembered only up to the limit, and until it expires', () => {
    const bench = new Bench();
    // From many addresses, for each may ask for so much only, and slowly, for all may.
    for (let index = 0; index < LIMITS.sessions; index += 1) {
      bench.now += 2_000 / LIMITS.total.replies.perSecond;
      const source = { address: `192.0.2.${index % 250}`, port: index };
      expect(flagsIn(bench.ask(controlRequest(KEY, packetOf(1), REQUEST_BYTES, bench.cookie(source)), source))).toBe(0);
    }
    const cookie = bench.cookie();
    expect(flagsIn(bench.ask(controlRequest(KEY, packetOf(1), 1000, cookie)))).toBe(TLV_FLAG.unrecognized);
    bench.now += LIMITS.cookieMs;
    expect(flagsIn(bench.ask(controlRequest(KEY, packetOf(2), 1000, bench.cookie())))).toBe(0);
  });
});

describe('what a reflector gives', () => {
  it('is bounded in replies to one address, and goes on in time', () => {
    const bench = new Bench();
    const request = sealed([]);
    const { burst, perSecond } = LIMITS.source.replies;
    for (let count = 0; count < burst; count += 1) expect(lengthOf(bench.ask(request))).toBe(request.length);
    expect(bench.ask(request)).toBe('limited');
    expect(lengthOf(bench.ask(request, ELSEWHERE))).toBe(request.length);
    bench.now += 1_000 / perSecond;
    expect(lengthOf(bench.ask(request))).toBe(request.length);
    expect(bench.ask(request)).toBe('limited');
  });

  it('is bounded in large replies to one address, and who asks for more is told so', () => {
    const bench = new Bench();
    const cookie = bench.cookie();
    const { burst } = LIMITS.source.large;
    const flags = Array.from({ length: burst + 1 }, (_, index) =>
      flagsIn(bench.ask(controlRequest(KEY, packetOf(index + 1), 200, cookie))),
    );
    expect(flags.lastIndexOf(0)).toBe(burst - 1);
    expect(flags[burst]).toBe(TLV_FLAG.unrecognized);
  });

  it('is bounded in bytes to one address: then it says that it gives nothing more, in as many bytes as it got', () => {
    const bench = new Bench();
    const cookie = bench.cookie();
    const replies = Array.from({ length: 40 }, (_, index) => bench.ask(controlRequest(KEY, packetOf(index + 1), 65_507, cookie)));
    const whole = replies.filter((reply) => lengthOf(reply) === 65_507);
    expect(whole).toHaveLength(Math.floor((LIMITS.source.bytes.burst - REQUEST_BYTES) / 65_507));
    const last = replies.at(-1) ?? 'limited';
    expect([lengthOf(last), flagsIn(last)]).toEqual([REQUEST_BYTES, TLV_FLAG.unrecognized]);
    expect(tlvIn(last, TLV_TYPE.returnCookie).value).toEqual(cookie);
  });

  it('is not what could not be sent', () => {
    const bench = new Bench();
    const cookie = bench.cookie();
    for (let sequence = 1; sequence <= 100; sequence += 1) {
      const answer = bench.responder.answer(controlRequest(KEY, packetOf(sequence), 65_507, cookie), HERE);
      if (typeof answer === 'string' || !answer.ifTooLarge) throw new Error(`request ${sequence} was not taken`);
      expect([answer.packet.length, answer.ifTooLarge().length]).toEqual([65_507, REQUEST_BYTES]);
    }
  });

  it('is bounded in all, however many addresses ask', () => {
    const bench = new Bench();
    const request = sealed([]);
    const many = 2 * LIMITS.total.replies.burst;
    const answers = Array.from({ length: many }, (_, index) => bench.ask(request, { address: `2001:db8::${index.toString(16)}`, port: 1 }));
    expect(answers.filter((answer) => answer === 'limited')).toHaveLength(many - LIMITS.total.replies.burst);
  });
});

describe('hostile packets', () => {
  const flags = TLV_FLAG.unrecognized;

  it('are refused, or answered with no more bytes than they have', () => {
    const bench = new Bench();
    let seed = 1;
    const random = (below: number): number => (seed = (seed * 48_271) % 2_147_483_647) % below;
    const noise = (bytes: number): Buffer => Buffer.from(Array.from({ length: bytes }, () => random(256)));
    for (let count = 0; count < 3_000; count += 1) {
      bench.now += 1_000;
      const packet = noise(random(400));
      expect(bench.ask(packet)).toMatch(/malformed|unauthentic/);
      const tlvs = Array.from({ length: random(4) }, () => ({ flags: random(256), type: random(14), value: noise(random(40)) }));
      const authentic = sealed(tlvs, random(2 ** 31));
      const reply = bench.ask(authentic);
      if (typeof reply !== 'string') expect(reply.length).toBe(authentic.length);
    }
  });

  it.each([0, 1, 111, 112, BASE_BYTES + SEAL_BYTES - 1])('of %i bytes are no packets', (bytes) => {
    expect(new Bench().ask(sealed([]).subarray(0, bytes))).toMatch(/malformed|unauthentic/);
  });

  it.each([1, 5, 0xffff])('whose TLVs say that they are %i bytes longer than they are get nothing, though they are authentic', (more) => {
    const packet = sealed([{ flags, type: TLV_TYPE.extraPadding, value: Buffer.alloc(8) }]);
    packet.writeUInt16BE(Math.min(8 + more, 0xffff), BASE_BYTES + 2);
    KEY.seal(packet, 0);
    expect(new Bench().ask(packet)).toBe('unauthentic');
  });

  it('with a control that is too short are told that it is malformed', () => {
    const request = sealed([{ flags, type: TLV_TYPE.reflectedControl, value: Buffer.alloc(4, 0xff) }]);
    const reply = new Bench().ask(request);
    expect([lengthOf(reply), flagsIn(reply)]).toEqual([request.length, TLV_FLAG.malformed]);
  });

  it('of the largest size are answered with one of that size', () => {
    const request = sealed([{ flags, type: TLV_TYPE.extraPadding, value: Buffer.alloc(65_000) }]);
    expect(lengthOf(new Bench().ask(request))).toBe(request.length);
  });
});

describe('the packets of STAMP', () => {
  it('stand in the layout of RFC 8762', () => {
    const packet = sealed([], 0x01020304);
    expect(packet.length).toBe(BASE_BYTES + SEAL_BYTES);
    expect(packet.subarray(0, 4).toString('hex')).toBe('01020304');
    expect(packet.readBigUInt64BE(16)).toBe(packetOf(0x01020304).timestamp);
    expect(packet.subarray(24, 28).toString('hex')).toBe('00010007');
    expect(packet.subarray(28, 96).every((byte) => byte === 0)).toBe(true);
    expect(readSenderPacket(packet)).toEqual(packetOf(0x01020304));
    expect(readReflectedPacket(packet)).toBeUndefined();
  });

  it('count time as NTP does', () => {
    // 2000-01-01T00:00:00.5Z is second 3155673600 of NTP's first era (RFC 5905, figure 4).
    expect(ntpTimestamp(Date.UTC(2000, 0, 1) + 500)).toBe((3_155_673_600n << 32n) | 0x8000_0000n);
  });
});
