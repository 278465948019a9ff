import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { echoes, labAvailability, Lab, needsLab, totalOf, type CapturedPacket } from './index.js';
import { ping } from './testing/ping.js';

const skip = !labAvailability().available;
const percentile = (values: readonly number[], share: number): number =>
  [...values].sort((a, b) => a - b)[Math.floor(values.length * share)] ?? NaN;

const requestsIn = (packets: readonly CapturedPacket[]): CapturedPacket[] =>
  packets.filter(({ direction, icmp }) => direction === 'in' && (icmp?.type === 8 || icmp?.type === 128));

describe.skipIf(skip)(needsLab('a wire of the lab'), () => {
  let net: Lab;
  beforeAll(async () => {
    net = await Lab.pair({ impairments: {} });
  });
  afterAll(() => net.close());

  it.each(['v4', 'v6'] as const)('delays packets by what it is set to, and hardly more (%s)', async (family) => {
    await net.link().set({ forward: { delayMs: 8 }, backward: { delayMs: 4 } });
    const capture = await net.capture('client');
    await ping(net, net.server[family], { count: 40, intervalMs: 20 });
    const rtts = echoes(await capture.stop()).flatMap(({ rttMs }) => rttMs ?? []);
    expect(rtts).toHaveLength(40);
    expect(Math.min(...rtts)).toBeGreaterThanOrEqual(12);
    expect(percentile(rtts, 0.5)).toBeLessThan(15);
  });

  it('spreads the delay evenly by the jitter, and keeps packets in order', async () => {
    await net.link().set({ forward: { delayMs: 10, jitterMs: 5 }, backward: {} });
    const capture = await net.capture('server');
    await ping(net, net.server.v4, { count: 100, intervalMs: 5 });
    const sequences = requestsIn(await capture.stop()).map(({ icmp }) => icmp?.sequence ?? 0);
    expect(sequences).toEqual([...sequences].sort((a, b) => a - b));
    expect(sequences).toHaveLength(100);
  });

  it('counts what it lost exactly: what a sender misses is what both directions dropped', async () => {
    const before = await net.link().set({ forward: { lossPercent: 20, seed: 7 }, backward: { lossPercent: 5, seed: 8 } });
    const { received } = await ping(net, net.server.v4, { count: 200, intervalMs: 2 });
    const { forward, backward } = await net.link().counters();
    const lost = forward.lost.echo - before.forward.lost.echo + backward.lost.echo - before.backward.lost.echo;
    expect(200 - received.length).toBe(lost);
    expect(lost).toBeGreaterThan(20);
  });

  it('loses the same packets for the same seed', async () => {
    const lossWithSeed = async (seed: number): Promise<(number | undefined)[]> => {
      await net.link().set({ forward: { lossPercent: 30, seed }, backward: {} });
      const capture = await net.capture('server');
      await ping(net, net.server.v4, { count: 60, intervalMs: 2 });
      return requestsIn(await capture.stop()).map(({ icmp }) => icmp?.sequence);
    };
    const first = await lossWithSeed(3);
    expect(await lossWithSeed(3)).toEqual(first);
    expect(await lossWithSeed(4)).not.toEqual(first);
  });

  it('drops the next packets when told to, and no more', async () => {
    await net.link().set({ forward: { dropNext: 3 }, backward: {} });
    const { received } = await ping(net, net.server.v4, { count: 10, intervalMs: 10 });
    expect(received).toEqual([4, 5, 6, 7, 8, 9, 10]);
  });

  it('drops packets over a size without a word', async () => {
    await net.link().set({ forward: { largestBytes: 1000 }, backward: {} });
    const receivedOf = async (payloadBytes: number): Promise<readonly number[]> =>
      (await ping(net, net.server.v4, { count: 2, intervalMs: 10, payloadBytes })).received;
    expect(await receivedOf(972)).toEqual([1, 2]);
    expect(await receivedOf(973)).toEqual([]);
  });

  it('delivers packets twice, and out of order, when told to', async () => {
    await net.link().set({ forward: {}, backward: { duplicatePercent: 100 } });
    const twice = await net.capture('client');
    await ping(net, net.server.v4, { count: 5, intervalMs: 10 });
    const replies = (await twice.stop()).filter(({ direction, icmp }) => direction === 'in' && icmp?.type === 0);
    expect(replies).toHaveLength(10);

    await net.link().set({ forward: { swapEvery: 2 }, backward: {} });
    const swapped = await net.capture('server');
    await ping(net, net.server.v4, { count: 5, intervalMs: 10 });
    expect(requestsIn(await swapped.stop()).map(({ icmp }) => icmp?.sequence)).toEqual([1, 3, 2, 5, 4]);
  });

  it('lets packets through no faster than its rate', async () => {
    await net.link().set({ forward: { rateKbit: 1_000 }, backward: {} });
    const capture = await net.capture('server');
    await ping(net, net.server.v4, { count: 20, intervalMs: 0, payloadBytes: 972 });
    const arrivals = requestsIn(await capture.stop()).map(({ at }) => at);
    expect(arrivals).toHaveLength(20);
    const spread = (arrivals.at(-1) ?? NaN) - (arrivals[0] ?? NaN);
    expect(spread).toBeGreaterThan(19 * 8 - 2);
  });

  it('drops at the tail of a full queue, and counts it', async () => {
    const before = await net.link().set({ forward: { rateKbit: 1_000, queuePackets: 5 }, backward: {} });
    const { received } = await ping(net, net.server.v4, { count: 20, intervalMs: 0, payloadBytes: 972 });
    const { forward } = await net.link().counters();
    const overflowed = forward.overflowed.echo - before.forward.overflowed.echo;
    expect(overflowed).toBeGreaterThan(0);
    expect(received.length + overflowed).toBe(20);
  });

  it.each(['v4', 'v6'] as const)('rewrites the DSCP, leaves ECN alone, and the packets stay valid (%s)', async (family) => {
    await net.link().set({ forward: { dscp: 10 }, backward: {} });
    const capture = await net.capture('server');
    // 0xb9: DSCP 46 (EF) with ECT(1).
    const { received } = await ping(net, net.server[family], { count: 3, intervalMs: 10, tos: 0xb9 });
    expect(received).toEqual([1, 2, 3]);
    expect(requestsIn(await capture.stop()).map(({ tos }) => tos)).toEqual([0x29, 0x29, 0x29]);
  });

  it('accounts for each packet that it got, those that the far device refused included', async () => {
    const before = await net.link().set({ forward: {}, backward: {} });
    await ping(net, net.server.v4, { count: 5, intervalMs: 10 });
    await net.run('server', 'ip', ['link', 'set', 'to-client', 'down']);
    await ping(net, net.server.v4, { count: 3, intervalMs: 10 });
    const { received, duplicated, delivered, lost, overflowed, refused } = (await net.link().counters()).forward;
    expect(refused.echo).toBe(3);
    expect(delivered.echo - before.forward.delivered.echo).toBe(5);
    expect(totalOf(delivered) + totalOf(lost) + totalOf(overflowed) + totalOf(refused)).toBe(totalOf(received) + totalOf(duplicated));
  });
});
