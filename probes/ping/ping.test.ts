import { performance } from 'node:perf_hooks';
import { describe, expect, it } from 'vitest';
import { testProbe } from '../sdk/conformance.js';
import { runProbe, type ProbeRun } from '../sdk/run.js';
import { parseTarget } from '../sdk/target.js';
import ping from './index.js';

interface Run extends ProbeRun {
  readonly slips: readonly number[];
}

async function run(target: string, settings: object = {}, signal = AbortSignal.timeout(20_000)): Promise<Run> {
  const cycle = { sendSlipsMs: [] as number[], receiveDrops: 0 };
  const context = {
    target: parseTarget(target),
    signal,
    deadline: performance.now() + 20_000,
    seed: 'a',
    cycle,
  };
  return { ...(await runProbe(ping, { count: 5, intervalMs: 5, timeoutMs: 500, ...settings }, context)), slips: cycle.sendSlipsMs };
}

testProbe(ping, { target: () => parseTarget('127.0.0.1'), settings: { count: 3, intervalMs: 5, timeoutMs: 300 } }, { describe, it });

const support = await ping.supported();
const byIcmp = support.available && support.method.includes('socket');
const why = byIcmp ? '' : ' (skipped: this user may open no ICMP socket)';

describe.skipIf(!byIcmp)(`ping through an ICMP socket${why}`, () => {
  it.each(['127.0.0.1', '::1'])('measures %s with the kernel’s stamps at both ends', async (target) => {
    const result = await run(target, { count: 20 });
    expect(result.status).toBe('OK');
    expect(result.method).toMatch(/kernel send and receive stamps/);
    expect(result.metrics).toMatchObject({
      'ping.ok': 1,
      'ping.sent': 20,
      'ping.received': 20,
      'ping.loss': 0,
      'ping.duplicates': 0,
      'ping.reply_ttl': 64,
    });
    expect(result.distributions['ping.rtt']).toHaveLength(20);
    expect(result.metrics['ping.rtt.min']).toBeGreaterThan(0);
    expect(result.metrics['ping.rtt.p50']).toBeLessThan(50);
    expect(result.absent).toEqual({});
  });

  it('does not count the warm-up', async () => {
    expect((await run('127.0.0.1', { count: 2, warmUp: true })).metrics['ping.sent']).toBe(2);
    expect((await run('127.0.0.1', { count: 2, warmUp: false })).metrics['ping.sent']).toBe(2);
  });

  it('tells the cycle how late each packet left', async () => {
    const { slips } = await run('127.0.0.1', { count: 4 });
    expect(slips).toHaveLength(4);
    // The kernel's stamp lies after the plan; a little less than 0 may come from the two clocks' rounding.
    for (const slip of slips) expect(slip).toBeGreaterThan(-1);
  });

  it('keeps the delays of a blocked event loop out of its figures', async () => {
    const block = setInterval(() => {
      const end = performance.now() + 20;
      while (performance.now() < end);
    }, 25);
    const result = await run('127.0.0.1', { count: 20, intervalMs: 10 });
    clearInterval(block);
    expect(result.metrics['ping.received']).toBe(20);
    // The loop was blocked for 20 ms at a time; in JavaScript's own times most samples would show it.
    expect(result.metrics['ping.rtt.p50']).toBeLessThan(5);
  });

  it('serves many bursts by one socket and mixes none of them up', async () => {
    const targets = Array.from({ length: 200 }, (_, index) => `127.0.1.${index + 1}`);
    const results = await Promise.all(targets.map((target) => run(target)));
    expect(results.filter(({ status }) => status !== 'OK')).toEqual([]);
    expect(new Set(results.map(({ metrics }) => metrics['ping.received']))).toEqual(new Set([5]));
  });

  it.each(['icmp', 'tcp'])('that is cut short says so, keeps what it knows, and calls nothing lost (%s)', async (method) => {
    const result = await run('127.0.0.1:9', { method, count: 100, intervalMs: 20 }, AbortSignal.timeout(300));
    expect(result).toMatchObject({ status: 'PARTIAL', error: { code: 'CANCELLED', message: expect.stringMatching(/cut short/) } });
    expect(result.metrics['ping.loss']).toBe(0);
    expect(result.metrics['ping.sent']).toBe(result.metrics['ping.received']);
    expect(result.metrics['ping.sent']).toBeLessThan(100);
  });

  it('sends payloads of any size that it offers', async () => {
    for (const payloadBytes of [16, 1400, 9000]) expect((await run('127.0.0.1', { payloadBytes, count: 2 })).metrics['ping.loss']).toBe(0);
  });

  it('does not take the replies to somebody else’s requests for its own', async () => {
    const [result] = await Promise.all([run('127.0.0.1', { count: 10 }), run('127.0.0.1', { count: 10, payloadBytes: 1400 })]);
    expect(result.metrics).toMatchObject({ 'ping.received': 10, 'ping.duplicates': 0 });
  });
});

describe('what goes wrong is said with its cause', () => {
  it('an unknown name', async () => {
    const result = await run('no-such-host.invalid');
    expect(result.error).toMatchObject({ code: 'DNS_FAILURE', message: expect.stringContaining('no-such-host.invalid') });
    expect(result.metrics['ping.ok']).toBe(0);
  });

  it('an address of the other family', async () => {
    expect((await run('127.0.0.1', { family: '6' })).error).toMatchObject({
      code: 'BAD_SETTINGS',
      message: expect.stringMatching(/IPv4 address/),
    });
  });

  it('settings that make no sense, by the name of the field', async () => {
    expect((await run('127.0.0.1', { count: 0 })).error).toMatchObject({ code: 'BAD_SETTINGS', message: expect.stringContaining('count') });
    expect((await run('127.0.0.1', { cuont: 1 })).error).toMatchObject({ code: 'BAD_SETTINGS', message: expect.stringContaining('cuont') });
  });
});

describe('the ladder down', () => {
  it('measures by TCP handshakes when told to, and a refused port is an answer', async () => {
    const result = await run('127.0.0.1:9', { method: 'tcp', count: 3 });
    expect(result.method).toMatch(/TCP handshakes on port 9/);
    expect(result.metrics).toMatchObject({ 'ping.ok': 1, 'ping.received': 3, 'ping.loss': 0 });
    expect(result.absent['ping.reply_ttl']).toMatch(/cannot see the TTL/);
  });

  it('gives auto the time that the slowest program takes', () => {
    const settings = { count: 100, intervalMs: 10 };
    expect(ping.deadlineMs({ ...settings, method: 'auto' })).toBe(ping.deadlineMs({ ...settings, method: 'tool' }));
    expect(ping.deadlineMs({ ...settings, method: 'icmp' })).toBeLessThan(ping.deadlineMs({ ...settings, method: 'tool' }));
  });

  it('measures by a program of the host, or says that there is none', async () => {
    const result = await run('127.0.0.1', { method: 'tool', count: 2 });
    if (result.error) expect(result.error.message).toMatch(/no ping program works here/);
    else expect(result.metrics).toMatchObject({ 'ping.received': 2, 'ping.loss': 0 });
  });
});
