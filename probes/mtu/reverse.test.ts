import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { performance } from 'node:perf_hooks';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { kernelAvailability } from '../kernel/libc.js';
import { BASE_BYTES, readSenderPacket, writeReflectedPacket, type SenderPacket } from '../kernel/stamp/base.js';
import { readControl, REQUEST_BYTES } from '../kernel/stamp/control.js';
import { ntpNow } from '../kernel/stamp/ntp.js';
import { SEAL_BYTES, StampKey } from '../kernel/stamp/seal.js';
import { TLV_FLAG, TLV_TYPE, tlvBytes, writeTlv, type Tlv } from '../kernel/stamp/tlv.js';
import { runProbe, type ProbeRun } from '../sdk/run.js';
import { parseTarget } from '../sdk/target.js';
import mtu from './index.js';

const SECRET = 'a-key-that-both-ends-know';
const KEY = new StampKey(SECRET);
const COOKIE = Buffer.alloc(24, 1);
const OTHER_COOKIE = Buffer.alloc(24, 2);

/** How a reflector of the test answers; what is left out is as it should be. */
interface Answer {
  readonly bytes?: number;
  readonly flags?: number;
  /** null: the TLV is missing. */
  readonly cookie?: Buffer | null;
  readonly key?: StampKey;
  readonly sender?: Partial<SenderPacket>;
  /** The request comes back as it is. */
  readonly echo?: boolean;
}

/** What a reflector of the test was asked for. */
interface Question {
  readonly bytes: number;
  /** Whether it came with a cookie. */
  readonly introduced: boolean;
  /** Requests so far, this one included. */
  readonly count: number;
}

type Behaviour = (question: Question) => Answer | undefined;

function replyTo(packet: Buffer, count: number, behave: Behaviour): Buffer | undefined {
  const request = readSenderPacket(packet);
  const tlvs = KEY.open(packet);
  const control = tlvs?.find(({ type }) => type === TLV_TYPE.reflectedControl);
  const asked = control && readControl(control.value);
  const brought = tlvs?.find(({ type }) => type === TLV_TYPE.returnCookie)?.value;
  if (!request || !control || !asked || !brought) throw new Error('the probe sent no request for control');
  const introduced = brought.some((byte) => byte !== 0);
  const answer = behave({ bytes: asked.bytes, introduced, count });
  if (!answer || answer.echo) return answer && packet;
  const { flags = introduced ? 0 : TLV_FLAG.unrecognized, cookie = introduced ? brought : COOKIE, key = KEY } = answer;
  const given: Tlv[] = [{ ...control, flags }];
  if (cookie) given.push({ flags: 0, type: TLV_TYPE.returnCookie, value: cookie });
  const reply = Buffer.alloc(answer.bytes ?? (flags === 0 ? asked.bytes : REQUEST_BYTES));
  writeReflectedPacket(reply, { ...request, received: ntpNow(), sender: { ...request, ...answer.sender } });
  const at = given.reduce((place, tlv) => writeTlv(reply, place, tlv), BASE_BYTES);
  const padding = reply.length - SEAL_BYTES - at - tlvBytes(0);
  if (padding >= 0) writeTlv(reply, at, { flags: 0, type: TLV_TYPE.extraPadding, value: Buffer.alloc(padding) });
  key.seal(reply, 0);
  return reply;
}

const kernel = kernelAvailability();
const why = kernel.available ? '' : ` (skipped: ${kernel.reason})`;

describe.skipIf(!kernel.available)(`the way back${why}`, () => {
  let reflector: Socket;
  let behave: Behaviour;
  let count: number;

  beforeEach(async () => {
    count = 0;
    reflector = createSocket('udp4').bind(0, '127.0.0.1');
    reflector.on('message', (packet, { port, address }) => {
      const reply = replyTo(packet, (count += 1), behave);
      if (reply) reflector.send(reply, port, address);
    });
    await once(reflector, 'listening');
  });
  afterEach(() => void reflector.close());

  async function run(how: Behaviour, settings: object = {}, signal = AbortSignal.timeout(20_000)): Promise<ProbeRun> {
    behave = how;
    const context = {
      target: parseTarget('127.0.0.1'),
      signal,
      deadline: performance.now() + 20_000,
      seed: 'a',
      cycle: { sendSlipsMs: [], receiveDrops: 0 },
    };
    const named = { reflectorPort: reflector.address().port, reflectorKey: SECRET };
    return runProbe(mtu, { ...named, timeoutMs: 500, attempts: 2, largestBytes: 9_000, mss: false, ...settings }, context);
  }

  const asAsked = (): Answer => ({});

  it('is as wide as what comes back', async () => {
    expect((await run(asAsked)).metrics).toMatchObject({ 'mtu.path': 9_000, 'mtu.path.reverse': 9_000 });
  });

  it('is what the reflector can send, where it says that it cannot send more', async () => {
    const limited: Behaviour = ({ bytes }) => (bytes > 4_000 - 28 ? { flags: TLV_FLAG.notConformant } : {});
    expect((await run(limited)).metrics['mtu.path.reverse']).toBe(4_000);
  });

  it('is found where the first answers come late, and so bring two cookies', async () => {
    const late: Behaviour = ({ introduced, count: nth }) => (introduced ? {} : { cookie: nth === 1 ? COOKIE : OTHER_COOKIE });
    const held: Buffer[] = [];
    // The first reply waits until the probe has asked once more.
    reflector.removeAllListeners('message');
    reflector.on('message', (packet, { port, address }) => {
      const reply = replyTo(packet, (count += 1), behave);
      if (reply) held.push(reply);
      if (count > 1) for (const each of held.splice(0)) reflector.send(each, port, address);
    });
    expect((await run(late)).metrics['mtu.path.reverse']).toBe(9_000);
  });

  it.each<[string, Behaviour, RegExp]>([
    ['gives no more, for its limits are reached', ({ introduced, count: nth }) => (introduced && nth > 2 ? { flags: TLV_FLAG.unrecognized } : {}), /its limits are reached; measure less often/], // prettier-ignore
    ['was started anew, and knows the cookie no more', ({ introduced, count: nth }) => (introduced && nth > 2 ? { flags: TLV_FLAG.unrecognized, cookie: OTHER_COOKIE } : {}), /was started anew/], // prettier-ignore
    ['sends other lengths than it is asked for', ({ introduced, bytes }) => (introduced ? { bytes: bytes + 3 } : {}), /sent 183 bytes where 180 were asked for/], // prettier-ignore
    ['knows no cookies', () => ({ flags: TLV_FLAG.unrecognized, cookie: null, bytes: REQUEST_BYTES - 28 }), /gives no packets of another length than it gets/], // prettier-ignore
    ['answers small packets alone', ({ introduced }) => (introduced ? undefined : {}), /packets of 208 bytes do not come back/],
    ['falls silent', ({ count: nth }) => (nth > 2 ? undefined : {}), /stopped answering during the search: at least 208 bytes came back/],
    ['seals with another key', () => ({ key: new StampKey('some-other-key-than-that') }), /no reflector answered/],
    ['answers what was never asked', () => ({ sender: { sequence: 4_711 } }), /no reflector answered/],
    ['tells another time than that of the request', () => ({ sender: { timestamp: 1n } }), /no reflector answered/],
    ['is a mere echo', () => ({ echo: true }), /no reflector answered/],
  ])('is unknown, and the way there is not, where a reflector %s', async (_what, how, reason) => {
    const result = await run(how);
    expect(result).toMatchObject({ status: 'OK', metrics: { 'mtu.path': 9_000 } });
    expect(result.metrics).not.toHaveProperty('mtu.path.reverse');
    expect(result.absent['mtu.path.reverse']).toMatch(reason);
  });

  it('is unknown where the run is cut short during the search', async () => {
    const cut = new AbortController();
    const cutter: Behaviour = ({ introduced }) => {
      if (introduced) cut.abort();
      return {};
    };
    const result = await run(cutter, {}, cut.signal);
    expect(result.absent['mtu.path.reverse']).toMatch(/cut short/);
  });
});
