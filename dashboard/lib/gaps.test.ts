import { describe, expect, it } from 'vitest';
import { allGaps, commonGaps, gapAt, stepOf, unmeasured } from './gaps.js';
import type { GapSpan, Point } from './series.js';

const at = (time: number): Point => ({ at: time, count: 1, min: 1, avg: 1, max: 1, p5: 1, p25: 1, p50: 1, p75: 1, p95: 1 });
const gap = (from: number, to: number): GapSpan => ({ from, to, cause: 'AGENT_OFFLINE', missing: 1 });

describe('gaps of a series', () => {
  it('are found where results stop, also where the server has not explained them', () => {
    const found = allGaps([at(0), at(5), at(10), at(40), at(45)], [], 5, 46);
    expect(found).toEqual([{ from: 10, to: 40, cause: 'UNKNOWN', missing: 5 }]);
  });

  it('are not made of one late result', () => {
    expect(allGaps([at(0), at(5), at(17)], [], 5, 18)).toEqual([]);
  });

  it('keep the cause that the server gave', () => {
    expect(allGaps([at(0), at(40)], [gap(2, 38)], 5, 40).map(({ cause }) => cause)).toEqual(['AGENT_OFFLINE']);
  });

  it('reach up to now when results have stopped coming', () => {
    expect(allGaps([at(0), at(5)], [], 5, 60)).toHaveLength(1);
  });

  it('are no gaps where loss was measured: such cycles are results without a reply', () => {
    const found = allGaps([at(0), at(40)], [], 5, 40);
    expect(unmeasured(found, [], [at(0), at(20), at(40)])).toEqual([]);
    expect(unmeasured(found, [], [at(0), at(40)])).toEqual(found);
  });

  it('stay gaps when the server tells of them, though a bucket begins just before the next result', () => {
    const told = [gap(2, 43)];
    expect(unmeasured(told, told, [at(0), at(40)])).toEqual(told);
  });

  it('are found under the cross-hair', () => {
    expect(gapAt([gap(10, 20)], 15)?.to).toBe(20);
    expect(gapAt([gap(10, 20)], 25)).toBeNull();
  });

  it('are hatched on a shared chart only where no series has results', () => {
    expect(commonGaps([[gap(0, 20)], [gap(10, 30)]]).map(({ from, to }) => [from, to])).toEqual([[10, 20]]);
    expect(commonGaps([[gap(0, 20)], []])).toEqual([]);
  });
});

describe('the step of a series', () => {
  it('is the usual spacing of its points, whatever a gap does', () => {
    expect(stepOf([at(0), at(5), at(10), at(500)], 1)).toBe(5);
    expect(stepOf([], 1)).toBe(1);
  });
});
