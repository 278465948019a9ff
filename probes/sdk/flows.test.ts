import { describe, expect, it } from 'vitest';
import { checkFlows, flowFigures } from './flows.js';

describe('figures of a flow', () => {
  it('are its counts, its loss and its round-trip times', () => {
    expect(flowFigures({ sourcePort: 20_001 }, { sent: 4, received: 3, rtts: [3, 1, 2] })).toEqual({
      ...{ sourcePort: 20_001, sent: 4, received: 3, lossPercent: 25 },
      rttMs: { min: 1, median: 2, max: 3 },
    });
  });

  it('leave out what is not known', () => {
    expect(flowFigures({ id: 7 }, { sent: 2, received: 0, rtts: [] })).toEqual({ id: 7, sent: 2, received: 0, lossPercent: 100 });
    expect(flowFigures({ id: 7 }, { sent: 0, received: 0, rtts: [] })).toEqual({ id: 7, sent: 0, received: 0 });
  });

  it('need a sample each', () => {
    expect(() => checkFlows({ flows: 3, count: 2 })).toThrow(/flows: 3 flows need a count of at least 3.*it is 2/);
    expect(() => checkFlows({ flows: 3, count: 3 })).not.toThrow();
  });
});
