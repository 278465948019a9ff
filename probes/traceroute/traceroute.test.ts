import { performance } from 'node:perf_hooks';
import { describe, expect, it } from 'vitest';
import { internetChecksum } from '../kernel/icmp.js';
import { testProbe } from '../sdk/conformance.js';
import { runProbe, type ProbeRun } from '../sdk/run.js';
import { parseTarget } from '../sdk/target.js';
import { failureOf } from './failure.js';
import { largestStep, limitsAnswers, sharedLoss, worstLoss } from './figures.js';
import type { Hop } from './hops.js';
import traceroute from './index.js';
import { parseIcmp } from './icmp-message.js';
import { numberByTrailer, numberOfDatagram, numberOfEcho, writeDatagram, writeEcho } from './packet.js';
import { compare, pathHash, type Path } from './path.js';
import type { Sent } from './trace.js';
import { UNEVENTFUL } from './traced.js';

testProbe(traceroute, { target: () => parseTarget('127.0.0.1'), settings: { timeoutMs: 200 } }, { describe, it });

async function run(target: string, settings: object = {}): Promise<ProbeRun> {
  const context = {
    target: parseTarget(target),
    signal: AbortSignal.timeout(20_000),
    deadline: performance.now() + 20_000,
    seed: 'a',
    cycle: { sendSlipsMs: [], receiveDrops: 0 },
  };
  return runProbe(traceroute, settings, context);
}

describe('traceroute to this host itself', () => {
  it.each([
    ['icmp', '127.0.0.1'],
    ['icmp', '::1'],
    ['udp', '127.0.0.1'],
    ['udp', '::1'],
  ])('is one hop by %s to %s', async (mode, target) => {
    const { error, metrics } = await run(target, { mode });
    expect(error).toBeNull();
    expect(metrics).toMatchObject({ 'traceroute.hops': 1, 'traceroute.reached': 1 });
  });
});

const COOKIE = Buffer.from([1, 2, 3, 4]);
const NUMBERS = [0, 1, 255, 4096, 32_767, 32_768, 65_534, 65_535];

describe('probes of one flow', () => {
  it('have one checksum whatever their number is, and give the number back', () => {
    const echoes = NUMBERS.map((number) => {
      const packet = Buffer.alloc(40);
      writeEcho(packet, 0, 40, 4, 0x5555, COOKIE, number);
      expect(internetChecksum(packet, 0, 40)).toBe(0);
      expect([numberOfEcho(packet, 8, 0x5555), numberByTrailer(packet, COOKIE)]).toEqual([number, number]);
      return packet.readUInt16BE(2);
    });
    expect(new Set(echoes).size).toBe(1);
    const sums = NUMBERS.map((number) => {
      const payload = Buffer.alloc(32);
      writeDatagram(payload, 0, 32, COOKIE, number);
      expect(numberOfDatagram(payload.subarray(0, 6), COOKIE)).toBe(number);
      return internetChecksum(payload, 0, 32);
    });
    expect(new Set(sums).size).toBe(1);
  });

  it('are not those of another run, nor those that were cut off', () => {
    expect(numberOfDatagram(Buffer.alloc(32), COOKIE)).toBeUndefined();
    expect(numberOfDatagram(Buffer.alloc(3), COOKIE)).toBeUndefined();
    expect(numberByTrailer(Buffer.alloc(4), COOKIE)).toBeUndefined();
    expect(numberOfEcho(Buffer.alloc(4), 8, 1)).toBeUndefined();
  });
});

/** Time exceeded that quotes a UDP packet with TOS 0xb8 in 128 bytes, followed by a stack of the MPLS labels 24 and 3. */
function expiredWithLabels(words: number): Buffer {
  const extension = Buffer.from([0x20, 0, 0, 0, 0, 12, 1, 1, 0, 1, 0x80, 1, 0, 0, 0x3b, 255]);
  extension.writeUInt16BE(internetChecksum(extension, 0, extension.length), 2);
  const quoted = Buffer.alloc(128);
  quoted.set([0x45, 0xb8], 0);
  quoted[9] = 17;
  return Buffer.concat([Buffer.from([11, 0, 0, 0, 0, words, 0, 0]), quoted, extension]);
}

describe('ICMP messages', () => {
  it.each([
    ['says how much it quotes', 32],
    ['is older than RFC 4884', 0],
  ])('give the quoted TOS and the MPLS labels where the router %s', (_, words) => {
    const message = parseIcmp(4, expiredWithLabels(words));
    expect(message).toMatchObject({ kind: 'expired', quoted: { tos: 0xb8, protocol: 17 } });
    expect(message?.labels).toEqual([
      { label: 24, trafficClass: 0, bottom: false, ttl: 1 },
      { label: 3, trafficClass: 5, bottom: true, ttl: 255 },
    ]);
  });

  it('give no labels where the extension is damaged', () => {
    const damaged = expiredWithLabels(32);
    damaged[146] = 77;
    expect(parseIcmp(4, damaged)?.labels).toEqual([]);
  });

  it('say which packet is not too large, in both families', () => {
    const quoted = Buffer.alloc(48, 0x45);
    expect(parseIcmp(4, Buffer.concat([Buffer.from([3, 4, 0, 0, 0, 0, 0x05, 0x78]), quoted]))).toMatchObject({
      kind: 'too-big',
      mtu: 1400,
    });
    expect(parseIcmp(6, Buffer.concat([Buffer.from([2, 0, 0, 0, 0, 0, 0x05, 0x78]), quoted]))).toMatchObject({
      kind: 'too-big',
      mtu: 1400,
    });
  });

  it('are nothing when cut off anywhere before the quoted header ends', () => {
    const whole = expiredWithLabels(32);
    for (let length = 0; length < 36; length++) expect(parseIcmp(4, whole.subarray(0, length))?.quoted, `${length} bytes`).toBeUndefined();
  });
});

const hop = (ttl: number, sent: number, received: number, rtt: number, label?: number): Hop => ({
  ttl,
  addresses: received > 0 ? [`198.18.0.${ttl}`] : [],
  sent,
  received,
  answers: received > 0 ? [received] : [],
  notSent: 0,
  rtts: received > 0 ? [rtt] : [],
  changes: [],
  ...{ dscp: undefined, ecn: undefined, replyTtl: undefined },
  labels: label === undefined ? [] : [{ label, trafficClass: 0, bottom: true, ttl: 1 }],
});

describe('figures of a path', () => {
  it('count loss only where all behind it share it', () => {
    expect(worstLoss([hop(1, 100, 20, 1), hop(2, 100, 100, 2), hop(3, 100, 100, 3)])).toBe(0);
    expect(worstLoss([hop(1, 100, 100, 1), hop(2, 100, 70, 2), hop(3, 100, 72, 3)])).toBeCloseTo(30);
    expect(worstLoss([hop(1, 100, 0, 1), hop(2, 100, 90, 2)])).toBeCloseTo(10);
  });

  it('give a hop no loss that those behind it do not share, however few packets there were', () => {
    const few = [hop(1, 3, 1, 1), hop(2, 3, 3, 2), hop(3, 3, 3, 3)];
    expect(few.map((each) => sharedLoss(each, few))).toEqual([undefined, 0, 0]);
    const shared = [hop(1, 10, 10, 1), hop(2, 10, 8, 2), hop(3, 10, 0, 3), hop(4, 10, 7, 4)];
    expect(shared.map((each) => sharedLoss(each, shared))).toEqual([0, 20, undefined, 30]);
  });

  it('tell a hop that holds answers back from one that loses what all behind it lose', () => {
    const limited = (...hops: Hop[]): number[] => hops.filter((each) => limitsAnswers(each, hops)).map(({ ttl }) => ttl);
    expect(limited(hop(1, 60, 20, 1), hop(2, 60, 60, 2), hop(3, 60, 25, 3), hop(4, 60, 60, 4))).toEqual([1, 3]);
    expect(limited(hop(1, 60, 60, 1), hop(2, 60, 40, 2), hop(3, 60, 41, 3))).toEqual([]);
    // A silent hop says nothing, and one answer of three may be missing by chance.
    expect(limited(hop(1, 60, 0, 1), hop(2, 3, 2, 2), hop(3, 3, 3, 3))).toEqual([]);
  });

  it('take the largest step that lasts, a tunnel as one hop', () => {
    expect(largestStep([hop(1, 3, 3, 1), hop(2, 3, 3, 50), hop(3, 3, 3, 8), hop(4, 3, 3, 9)])).toBeCloseTo(7);
    expect(largestStep([hop(1, 3, 3, 1), hop(2, 3, 3, 12, 17), hop(3, 3, 3, 10, 18), hop(4, 3, 3, 11)])).toBeCloseTo(9);
    expect(largestStep([hop(1, 3, 3, 1)])).toBeUndefined();
  });
});

describe('a trace that did not come to its target', () => {
  it('does not take who refuses from another address for the target, nor for a router that knows no way', () => {
    const answer: Sent['answer'] = {
      ...{ number: 0, kind: 'port-unreachable', type: 3, code: 3, from: '198.18.0.3', stamp: 2, tos: 0, ttl: 62, mtu: 0, labels: [] },
    };
    const sent = [{ ttl: 2, round: 0, flow: 0, userStamp: 1, stamp: 1, answer }];
    const failure = failureOf({ ...UNEVENTFUL, sent, end: 2, farthest: 2 }, [hop(1, 1, 1, 1), hop(2, 1, 1, 2)], false, 4, '198.18.9.9');
    expect(failure).toMatchObject({
      code: 'UNREACHABLE',
      message: expect.stringMatching(/198\.18\.0\.3 .* a firewall that refuses/) as string,
    });
  });
});

describe('paths of a flow', () => {
  const path = (...hops: string[]): Path => ({ flow: 'f', reached: true, hops: hops.map((address) => (address === '*' ? [] : [address])) });
  function changes(...paths: Path[]): (boolean | undefined)[] {
    let memory: ReturnType<typeof compare>['memory'] | undefined;
    return paths.map((now) => {
      const result = compare(memory, now);
      memory = result.memory;
      return result.changed;
    });
  }

  it('have changed when two traces running say so', () => {
    expect(changes(path('a', 'b'), path('a', 'c'), path('a', 'c'), path('a', 'c'))).toEqual([undefined, false, true, false]);
    expect(changes(path('a', 'b'), path('a', 'c'), path('a', 'b'), path('a', 'c'))).toEqual([undefined, false, false, false]);
    expect(changes(path('a', 'b'), path('a', 'x', 'b'), path('a', 'x', 'b'))).toEqual([undefined, false, true]);
  });

  it('match where a hop is silent, and remember what it said before', () => {
    expect(changes(path('a', 'b'), path('*', 'b'), path('x', 'b'), path('x', 'b'))).toEqual([undefined, false, false, true]);
  });

  it('have not changed where one hop is balanced packet by packet, whichever of its routers answers', () => {
    const either = (...routers: string[]): Path => ({ flow: 'f', reached: true, hops: [['a'], routers, ['z']] });
    const traces = [either('b', 'c'), either('b'), either('b'), either('c'), either('c'), either('b', 'c')];
    expect(changes(...traces)).toEqual([undefined, false, false, false, false, false]);
  });

  it('have not changed where the last hops fall silent before a target that does not answer, but where another one answers', () => {
    const lost = (...hops: string[]): Path => ({ ...path(...hops), reached: false });
    expect(changes(lost('a', 'b', 'c'), lost('a', 'b'), lost('a', 'b'))).toEqual([undefined, false, false]);
    expect(changes(lost('a', 'b', 'c'), lost('a', 'b'), lost('a', 'b', 'x'), lost('a', 'b', 'x'))).toEqual([undefined, false, false, true]);
  });

  it('of another flow are not compared', () => {
    expect(changes(path('a'), { ...path('b'), flow: 'g' })).toEqual([undefined, undefined]);
  });

  it('have one hash for the same hops, and others for other hops', () => {
    expect(pathHash([['a'], []])).toBe(pathHash([['a'], []]));
    expect(new Set([[['a'], ['b']], [['b'], ['a']], [['a', 'b']], [['a'], []]].map(pathHash)).size).toBe(4);
  });
});
