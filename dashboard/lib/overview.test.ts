import { describe, expect, it } from 'vitest';
import type { OverviewMatrixQuery } from '../graphql/generated.js';
import { cellsOf, matrixOf, troublesOf } from './overview.js';

type Test = OverviewMatrixQuery['tests']['nodes'][number];
type Assignment = Test['assignments']['nodes'][number];
type Result = NonNullable<Assignment['lastResult']>;

const NOW = Date.UTC(2026, 0, 15, 12);
const agent = (name: string, status: 'ONLINE' | 'OFFLINE' = 'ONLINE') =>
  ({ id: name, name, status, lastSeenAt: new Date(NOW - 60_000).toISOString(), spooledResults: 0, droppedResults: 0 }) as const;

const result = (changes: Partial<Result> = {}): Result => ({
  id: 'r',
  startedAt: new Date(NOW - 2000).toISOString(),
  status: 'OK',
  metrics: [{ metric: 'ping.rtt.p50', value: 12.4, unit: 'ms' }],
  runs: [],
  ...changes,
});

const assignment = (name: string, address: string, lastResult: Result | null, changes: Partial<Assignment> = {}): Assignment => ({
  status: 'RUNNING',
  reason: null,
  agent: agent(name),
  target: { id: address, address },
  lastResult,
  ...changes,
});

const test = (nodes: Assignment[], status: Test['status'] = 'RUNNING'): Test => ({
  id: 't',
  name: 'Edge',
  status,
  schedule: { intervalSeconds: 5 },
  assignments: { nodes },
});

const refused = result({
  status: 'FAILED',
  runs: [{ probe: 'tcp', status: 'FAILED', error: { code: 'REFUSED', message: 'nothing listens on port 81' } }],
});

describe('the cells of the overview', () => {
  it('are judged by the newest result', () => {
    const lossy = result({ metrics: [{ metric: 'ping.loss', value: 10, unit: '%' }] });
    const cells = cellsOf(
      [test([assignment('a', 'x', result()), assignment('a', 'y', refused), assignment('a', 'z', lossy), assignment('a', 'w', null)])],
      NOW,
    );
    expect(cells.map(({ level }) => level)).toEqual(['good', 'critical', 'poor', 'unknown']);
    expect(cells[0]?.figure.replace('\u00a0', ' ')).toBe('12.4 ms');
    expect(cells[1]?.why).toContain('nothing listens on port 81');
  });

  it('turn poor when results stop coming', () => {
    const old = result({ startedAt: new Date(NOW - 120_000).toISOString() });
    expect(cellsOf([test([assignment('a', 'x', old)])], NOW)[0]).toMatchObject({ level: 'poor', why: 'the last result came 2 min ago' });
  });

  it('say nothing about tests that are paused, and leave out those that never ran', () => {
    expect(cellsOf([test([assignment('a', 'x', refused), assignment('a', 'y', null)], 'PAUSED')], NOW).map(({ level }) => level)).toEqual([
      'unknown',
    ]);
  });
});

describe('the matrix', () => {
  it('has the worst agents and targets first', () => {
    const { targets, rows } = matrixOf(
      cellsOf([test([assignment('a', 'x', result()), assignment('b', 'x', result()), assignment('b', 'y', refused)])], NOW),
    );
    expect(targets).toEqual(['y', 'x']);
    expect(rows.map((row) => [row.agent.name, row.level])).toEqual([['b', 'critical'], ['a', 'good']]); // prettier-ignore
  });
});

describe('the list of what is wrong', () => {
  it('is empty when nothing is', () => {
    expect(troublesOf([agent('a')], cellsOf([test([assignment('a', 'x', result())])], NOW))).toEqual([]);
  });

  it('tells one cause once, however many pairs it hits', () => {
    const troubles = troublesOf([], cellsOf([test([assignment('a', 'x', refused), assignment('b', 'x', refused)])], NOW));
    expect(troubles).toHaveLength(1);
    expect(troubles[0]?.where).toBe('Edge: a → x (and 1 more like it)');
  });

  it('tells that an agent is away, not that its pairs are silent', () => {
    const silent = result({ startedAt: new Date(NOW - 120_000).toISOString() });
    const troubles = troublesOf([agent('a', 'OFFLINE')], cellsOf([test([assignment('a', 'x', silent)])], NOW));
    expect(troubles.map(({ what, lastAt }) => [what, lastAt])).toEqual([['The agent is offline', NOW - 60_000]]);
  });
});
