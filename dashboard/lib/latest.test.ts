import { describe, expect, it } from 'vitest';
import { latestRows } from './latest.js';

const info = (probe: string, title: string, unit = 'ms'): { probe: string; title: string; description: string; unit: string } => ({
  probe,
  title,
  description: '',
  unit,
});

const catalogue = new Map([
  ['ping.rtt.min', info('ping', 'Smallest RTT')],
  ['ping.rtt.p95', info('ping', '95th percentile RTT')],
  ['cpu.utilization', info('system', 'CPU', '%')],
]);

const run = (probe: string, absent: { metric: string; reason: string }[] = []) =>
  ({ probe, status: 'OK', method: 'kernel', durationMs: 1, error: null, absent }) as const;

const result = {
  metrics: [
    { metric: 'cpu.utilization', value: 12, unit: '%', errorBound: null },
    { metric: 'ping.rtt.min', value: 0.2, unit: 'ms', errorBound: 0.01 },
  ],
  runs: [run('ping', [{ metric: 'ping.rtt.p95', reason: 'under 20 replies' }]), run('system')],
};

describe('the latest values', () => {
  it('stand with the run that measured them, by the catalogue and not by their names', () => {
    expect(latestRows(result, catalogue).map(({ run: { probe }, rows }) => [probe, rows.map(({ id }) => id)])).toEqual([
      ['ping', ['ping.rtt.min', 'ping.rtt.p95']],
      ['system', ['cpu.utilization']],
    ]);
  });

  it('say why a number is absent instead of showing 0', () => {
    const [ping] = latestRows(result, catalogue);
    expect(ping?.rows[1]).toMatchObject({ title: '95th percentile RTT', value: null, reason: 'under 20 replies' });
  });
});
