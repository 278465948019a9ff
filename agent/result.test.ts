import { describe, expect, it } from 'vitest';
import type { ProbeRun, RunStatus } from '../probes/sdk/run.js';
import { failedRun } from './failed-run.js';
import { buildResult, statusOf, uuidAt } from './result.js';
import { assignment } from './testing/assignments.js';

const AT = '2026-01-01T00:00:01.234Z';

function run(probe: string, changes: Partial<ProbeRun> = {}): ProbeRun {
  const failed = failedRun(probe, {
    code: 'CRASHED',
    message: 'it fell over',
    startedAt: AT,
    durationMs: 3,
    metricIds: [`${probe}.value`],
  });
  return { ...failed, ...changes };
}

describe('buildResult', () => {
  const cycle = { assignment: assignment('a', { revision: 3 }), sequence: 17, scheduledMs: Date.parse(AT) - 4 };

  it('is one cycle: what all runs measured, and each run with what it could not', () => {
    const ping = run('ping', {
      status: 'OK',
      absent: {},
      error: null,
      metrics: { 'ping.ok': 1 },
      errorBounds: { 'ping.rtt.avg': 0.1 },
      distributions: { 'ping.rtt': [1, 2] },
    });
    const result = buildResult(cycle, [run('tcp', { startedAt: '2026-01-01T00:00:02.000Z' }), ping]);
    expect(result).toMatchObject({
      testId: 'a',
      targetId: 'target',
      revision: 3,
      sequence: 17,
      status: 'PARTIAL',
      startedAt: AT,
      scheduledAt: '2026-01-01T00:00:01.230Z',
    });
    expect(result).toMatchObject({
      metrics: { 'ping.ok': 1 },
      errorBounds: { 'ping.rtt.avg': 0.1 },
      distributions: { 'ping.rtt': [1, 2] },
    });
    expect(result.runs[0]).toMatchObject({
      probe: 'tcp',
      errorCode: 'CRASHED',
      errorMessage: 'it fell over',
      absent: { 'tcp.value': 'it fell over' },
    });
    expect(result.runs[1]).toMatchObject({ probe: 'ping', errorCode: null, errorMessage: null });
  });

  it('carries its start in its id', () => {
    const { id } = buildResult(cycle, [run('ping')]);
    expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(parseInt(id.replaceAll('-', '').slice(0, 12), 16)).toBe(Date.parse(AT));
    expect(new Set(Array.from({ length: 1000 }, () => uuidAt(0))).size).toBe(1000);
  });

  it('does not send what a probe remembers, nor details without end', () => {
    const result = buildResult(cycle, [run('ping', { memory: 'mine', details: { text: 'x'.repeat(300_000) } })]);
    expect(JSON.stringify(result).length).toBeLessThan(2000);
    expect(JSON.stringify(result)).not.toContain('mine');
    expect(result.runs[0]?.details).toHaveProperty('omitted');
  });

  it.each<[RunStatus[], RunStatus]>([
    [['OK', 'OK'], 'OK'],
    [['FAILED', 'FAILED'], 'FAILED'],
    [['OK', 'FAILED'], 'PARTIAL'],
    [['PARTIAL'], 'PARTIAL'],
    [['SKIPPED', 'SKIPPED'], 'SKIPPED'],
  ])('is, of runs that are %j, %s', (statuses, status) => {
    expect(statusOf(statuses.map((each) => run('ping', { status: each })))).toBe(status);
  });
});
