import { describe, expect, it } from 'vitest';
import { defineMetrics, listMetrics } from './metric.js';

const level = { unit: 'ms', kind: 'LEVEL', title: 'Time', description: 'A time; absent when none was taken.' } as const;

describe('declaring metrics', () => {
  it.each(['time', 'Ping.rtt', '.rtt', 'ping.', 'ping rtt.avg', 'ping..avg', '9ping.rtt'])('refuses the malformed id "%s"', (id) => {
    expect(() => defineMetrics({ [id]: level })).toThrow(`metric id "${id}" is malformed`);
  });

  it('takes ids under a probe with a hyphen in its name', () => {
    expect(() => defineMetrics({ 'my-probe.rtt.p95': level })).not.toThrow();
  });

  it('refuses a ratio that does not name its counts', () => {
    expect(() => defineMetrics({ 'a.loss': { ...level, unit: '%', kind: 'RATIO', numerator: 'a.received' } })).toThrow(
      'metric "a.loss" is a RATIO',
    );
  });

  it('cannot be changed afterwards', () => {
    const metrics = defineMetrics({ 'a.time': level });
    expect(() => Object.assign(metrics, { 'a.other': level })).toThrow(TypeError);
  });
});

describe('listing a probe’s metrics', () => {
  it('puts its success first, and says to whom each belongs', () => {
    const list = listMetrics('a', 'Example', defineMetrics({ 'a.time': level }));
    expect(list.map(({ id, probe, kind }) => [id, probe, kind])).toEqual([
      ['a.ok', 'a', 'BOOL'],
      ['a.time', 'a', 'LEVEL'],
    ]);
    expect(list[0]?.title).toBe('Example succeeded');
  });
});
