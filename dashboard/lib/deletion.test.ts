import { describe, expect, it } from 'vitest';
import { lossText } from './deletion.js';

describe('what a deletion takes along', () => {
  it('is what was measured', () => {
    expect(lossText([{ childCount: 0 }])).toBe('Everything that it has ever measured is deleted too, for everyone and for good.');
    expect(lossText([{ childCount: 0 }, { childCount: 0 }])).toContain('they have ever measured');
  });

  it('is also the tests that a schedule made, and it says how many, and how to keep them', () => {
    expect(lossText([{ childCount: 1200 }])).toMatch(
      /^1,200 tests that its schedule made, one for each session, are deleted too.*stop it instead/,
    );
    expect(lossText([{ childCount: 0 }, { childCount: 1 }])).toMatch(/^1 test that their schedules made, .* is deleted too/);
  });
});
