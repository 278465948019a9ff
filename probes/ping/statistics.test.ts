import { describe, expect, it } from 'vitest';
import { summarize, type BurstSummary } from './statistics.js';

function burst(rtts: (number | undefined)[], more: Partial<BurstSummary> = {}): BurstSummary {
  const received = rtts.filter((rtt) => rtt !== undefined).length;
  return { sent: rtts.length, received, rtts, duplicates: 0, outOfOrder: 0, replyTtl: 64, ownDrops: 0, spoiled: 0, errorMs: 0.02, ...more };
}

describe('what a burst comes to', () => {
  it('has the usual figures of its round-trip times', () => {
    const { metrics } = summarize(burst([1, 2, 3, 4]));
    expect(metrics).toMatchObject({
      'ping.rtt.min': 1,
      'ping.rtt.avg': 2.5,
      'ping.rtt.p50': 2.5,
      'ping.rtt.max': 4,
      'ping.loss': 0,
      'ping.sent': 4,
    });
    expect(metrics['ping.rtt.stddev']).toBeCloseTo(1.118, 3);
  });

  it('takes jitter from replies with consecutive numbers only', () => {
    // 10 -> 12, then a loss, then 30 -> 31: the step across the loss does not count.
    expect(summarize(burst([10, 12, undefined, 30, 31])).metrics['ping.jitter']).toBe(1.5);
  });

  it('leaves jitter out, with the reason, under two pairs', () => {
    const { metrics, absent } = summarize(burst([10, 12, undefined, 30]));
    expect(metrics['ping.jitter']).toBeUndefined();
    expect(absent?.['ping.jitter']).toMatch(/1 pairs .* 2 are needed/);
  });

  it('has 95th percentiles from 20 replies on', () => {
    const twenty = Array.from({ length: 20 }, (_, index) => index + 1);
    expect(summarize(burst(twenty)).metrics).toMatchObject({ 'ping.rtt.p95': 19, 'ping.pdv.p95': 18 });
    expect(summarize(burst(twenty.slice(1))).absent?.['ping.rtt.p95']).toMatch(/19 replies; 20 are needed/);
  });

  it('gives no figure, and never 0, where nothing came back', () => {
    const { metrics, absent, distributions } = summarize(burst([undefined, undefined], { replyTtl: undefined }));
    expect(metrics).toEqual({ 'ping.sent': 2, 'ping.received': 0, 'ping.duplicates': 0, 'ping.out_of_order': 0, 'ping.loss': 100 });
    expect(absent).toMatchObject({ 'ping.rtt.p50': 'no reply came', 'ping.reply_ttl': 'no reply came', 'ping.rtt': 'no reply came' });
    expect(distributions?.['ping.rtt']).toEqual([]);
  });

  it('does not call it the network’s loss when the agent itself dropped datagrams', () => {
    const { metrics, absent } = summarize(burst([1, undefined], { ownDrops: 3 }));
    expect(metrics['ping.loss']).toBeUndefined();
    expect(absent?.['ping.loss']).toMatch(/the agent itself dropped datagrams/);
  });

  it('says that the clock was stepped where that is why a delay is missing', () => {
    const { absent, metrics } = summarize(burst([undefined], { received: 1, spoiled: 1 }));
    expect(absent?.['ping.rtt.p50']).toMatch(/stepped/);
    expect(metrics['ping.loss']).toBe(0);
  });

  it('bounds each figure by the error of one time, differences by two', () => {
    expect(summarize(burst([1, 2, 3])).errorBounds).toMatchObject({ 'ping.rtt.p50': 0.02, 'ping.jitter': 0.04 });
  });
});
