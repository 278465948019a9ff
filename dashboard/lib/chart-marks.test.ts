import { describe, expect, it } from 'vitest';
import { spreadLabels } from './chart-marks.js';

describe('labels at the ends of lines', () => {
  it('stay where their lines end when there is room', () => {
    expect(spreadLabels([80, 20], 0, 100)).toEqual([80, 20]);
  });

  it('make room for each other, in the order of their lines', () => {
    expect(spreadLabels([52, 50, 51], 0, 100)).toEqual([78, 50, 64]);
  });

  it('do not leave the chart', () => {
    expect(spreadLabels([99, 98], 0, 100)).toEqual([100, 86]);
  });
});
