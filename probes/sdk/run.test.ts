import { describe, expect, it } from 'vitest';
import { contextFor } from './conformance/check.js';
import { ProbeFailure } from './error.js';
import type { Measurement, ProbeContext } from './probe.js';
import { MAX_SAMPLES, runProbe, type ProbeRun } from './run.js';
import { parseTarget } from './target.js';
import { exampleProbe, type ExampleRun } from './testing/example-probe.js';
import { defineMetrics } from './metric.js';
import { defineProbe } from './probe.js';
import { z } from 'zod';

async function runOf(run: ExampleRun, settings: unknown = {}, overrides: Partial<ProbeContext> = {}): Promise<ProbeRun> {
  const probe = exampleProbe(run);
  return runProbe(probe, settings, { ...(await contextFor(probe, { target: () => parseTarget('127.0.0.1') })), ...overrides });
}

const measured =
  (measurement: Partial<Measurement>): ExampleRun =>
  async () => ({ method: 'by hand', metrics: {}, ...measurement });
const throwing =
  (error: unknown): ExampleRun =>
  async () => {
    throw error;
  };

describe('a run that measured', () => {
  it('is OK, with its success and a reason for what is absent', async () => {
    const run = await runOf(
      measured({ metrics: { 'example.time': 1.23456789, 'example.sent': 1234567 }, absent: { 'example.extra': 'none here' } }),
    );
    expect(run).toMatchObject({ probe: 'example', status: 'OK', method: 'by hand', error: null });
    expect(run.metrics).toEqual({ 'example.time': 1.23457, 'example.sent': 1234567, 'example.ok': 1 });
    expect(run.absent).toEqual({
      'example.extra': 'none here',
      'example.answered': 'the probe gave neither a value nor a reason',
      'example.loss': 'the probe gave neither a value nor a reason',
    });
    expect(Number.isNaN(Date.parse(run.startedAt))).toBe(false);
  });

  it('leaves out what is no number, rather than to pass it on', async () => {
    const run = await runOf(measured({ metrics: { 'example.time': Number.NaN, 'example.sent': Number.POSITIVE_INFINITY } }));
    expect(run.metrics).toEqual({ 'example.ok': 1 });
    expect(run.absent).toHaveProperty(['example.time']);
  });

  it('hands its memory to the next one, and error bounds to the server', async () => {
    const run = await runOf(measured({ memory: { seen: 3 }, errorBounds: { 'example.time': 0.0123456789 } }));
    expect([run.memory, run.errorBounds]).toEqual([{ seen: 3 }, { 'example.time': 0.0123457 }]);
  });
});

describe('a run with samples', () => {
  it('keeps 64 of them at most, from the first to the last', async () => {
    const samples = Array.from({ length: 1000 }, (_, index) => index + 0.123456789);
    const probe = defineProbe({
      name: 'sampled',
      title: 'Sampled',
      description: 'Gives samples.',
      version: '1.0.0',
      metrics: defineMetrics({
        'sampled.rtt': { unit: 'ms', kind: 'DISTRIBUTION', title: 'RTT', description: 'Samples; absent without replies.' },
      }),
      settings: z.object({}),
      deadlineMs: () => 1_000,
      supported: () => ({ available: true, method: 'none' }),
      run: async () => ({ method: 'none', metrics: {}, distributions: { 'sampled.rtt': samples } }),
    });
    const run = await runProbe(probe, {}, await contextFor(probe, { target: () => parseTarget('127.0.0.1') }));
    const kept = run.distributions['sampled.rtt'] ?? [];
    expect([kept.length, kept[0], kept.at(-1)]).toEqual([MAX_SAMPLES, 0.123457, 999.123]);
    expect(run.absent).toEqual({});
  });
});

describe('a run that failed', () => {
  it('keeps what it measured so far and is PARTIAL', async () => {
    const failure = new ProbeFailure('TIMEOUT', 'no answer within 3 s');
    const run = await runOf(measured({ metrics: { 'example.sent': 2 }, failure }));
    expect(run).toMatchObject({ status: 'PARTIAL', error: { code: 'TIMEOUT', message: 'no answer within 3 s' } });
    expect(run.metrics).toEqual({ 'example.sent': 2, 'example.ok': 0 });
    expect(run.absent['example.time']).toBe('no answer within 3 s');
  });

  it('is FAILED where it measured nothing, whether the failure was returned or thrown', async () => {
    const failure = new ProbeFailure('REFUSED', 'nothing listens');
    for (const run of [await runOf(measured({ failure })), await runOf(throwing(failure))]) {
      expect(run).toMatchObject({ status: 'FAILED', error: { code: 'REFUSED' }, metrics: { 'example.ok': 0 } });
    }
  });

  it('does not judge the target when the agent could not try', async () => {
    const run = await runOf(throwing(new ProbeFailure('PERMISSION', 'raw sockets need CAP_NET_RAW')));
    expect(run.metrics).toEqual({});
    expect(run.absent['example.ok']).toBe('raw sockets need CAP_NET_RAW');
  });

  it('takes the failure of a plug-in that brings an SDK of its own for what it is', async () => {
    const foreign = Object.assign(new Error('nothing listens'), { name: 'ProbeFailure', code: 'REFUSED' });
    expect((await runOf(throwing(foreign))).error).toEqual({ code: 'REFUSED', message: 'nothing listens' });
    const odd = Object.assign(new Error('what?'), { name: 'ProbeFailure', code: 'NO_SUCH_CODE' });
    expect((await runOf(throwing(odd))).error?.code).toBe('INTERNAL');
  });

  it('calls a bug a bug', async () => {
    const run = await runOf(throwing(new TypeError('x is not a function')));
    expect(run).toMatchObject({ status: 'FAILED', error: { code: 'INTERNAL' } });
    expect(run.error?.message).toContain('TypeError: x is not a function');
  });

  it('names each setting that does not fit', async () => {
    const run = await runOf(measured({}), { count: 99, name: '$', other: 1 });
    expect(run.error?.code).toBe('BAD_SETTINGS');
    for (const name of ['count', 'name', 'other']) expect(run.error?.message).toContain(name);
  });
});

describe('a run that is aborted', () => {
  const never: ExampleRun = () => new Promise(() => undefined);

  it('ends with TIMEOUT at its deadline, even if it does not heed its signal', async () => {
    const run = await runOf(never, {}, { signal: AbortSignal.timeout(5) });
    expect(run).toMatchObject({ status: 'FAILED', error: { code: 'TIMEOUT' }, metrics: { 'example.ok': 0 } });
  });

  it('ends with CANCELLED when nobody wants it any more, before or meanwhile', async () => {
    const controller = new AbortController();
    const pending = runOf(never, {}, { signal: controller.signal });
    controller.abort();
    for (const run of [await pending, await runOf(never, {}, { signal: AbortSignal.abort() })]) {
      expect(run.error?.code).toBe('CANCELLED');
      expect(run.metrics).toEqual({});
    }
  });

  it('may still hand over what it has measured so far', async () => {
    const heeding: ExampleRun = async (_, { signal }) => {
      await new Promise((resolve) => signal.addEventListener('abort', resolve));
      return { method: 'by hand', metrics: { 'example.sent': 1 }, failure: new ProbeFailure('TIMEOUT', 'stopped in time') };
    };
    const run = await runOf(heeding, {}, { signal: AbortSignal.timeout(5) });
    expect(run).toMatchObject({ status: 'PARTIAL', metrics: { 'example.sent': 1 }, error: { message: 'stopped in time' } });
  });
});
