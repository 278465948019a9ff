import { describe, expect, it } from 'vitest';
import type { Assignment } from './assignment.js';
import { MOST_TOGETHER, rhythmsOf } from './rhythm.js';
import { assignment } from './testing/assignments.js';

const TRAITS = {
  quiet: { sharesStart: { unless: ['bytes'] }, settingsSchema: { properties: { bytes: { default: 0 } } } },
  touchy: { settingsSchema: {} },
};
const traitsOf = (probe: string) => TRAITS[probe as keyof typeof TRAITS];
const rhythms = (assignments: readonly Assignment[], agent = 'agent') => rhythmsOf(agent, assignments, traitsOf);

const quiet = { probe: 'quiet', settings: {} };
const many = (count: number) => Array.from({ length: count }, (_, index) => assignment(`test ${index}`, { probes: [quiet] }));
function groupsOf(each: Map<string, string>): number[] {
  const sizes = new Map<string, number>();
  for (const rhythm of each.values()) sizes.set(rhythm, (sizes.get(rhythm) ?? 0) + 1);
  return [...sizes.values()];
}

describe('the rhythm of an agent’s assignments', () => {
  it('is one for all while they are few', () => {
    expect(groupsOf(rhythms(many(MOST_TOGETHER)))).toEqual([MOST_TOGETHER]);
  });

  it('is another one for each agent, and for each interval', () => {
    const [one, slower] = [
      many(1),
      [assignment('test 0', { probes: [quiet], schedule: { intervalSeconds: 60 } as Assignment['schedule'] })],
    ];
    const seen = [rhythms(one), rhythms(one, 'other agent'), rhythms(slower)].flatMap((each) => [...each.values()]);
    expect(new Set(seen).size).toBe(3);
  });

  it('is one for about as many at the most, however many there are', () => {
    const groups = groupsOf(rhythms(many(1000)));
    expect(groups.length).toBe(128);
    expect(Math.max(...groups)).toBeLessThan(3 * MOST_TOGETHER);
  });

  it('stays what it was for at least a third when the group has to part, and for all when it need not', () => {
    const [few, more, most] = [rhythms(many(30)), rhythms(many(40)), rhythms(many(41))];
    const kept = (now: Map<string, string>, before: Map<string, string>) => [...before].filter(([key, rhythm]) => now.get(key) === rhythm);
    expect(kept(more, few)).toHaveLength(30);
    expect(kept(most, more).length).toBeGreaterThan(13);
    expect(kept(most, more).length).toBeLessThan(40);
  });

  it.each([
    ['a probe that times by itself is in it', [quiet, { probe: 'touchy', settings: {} }]],
    ['a probe that this agent does not have is in it', [{ probe: 'unknown', settings: {} }]],
    ['a setting makes a probe load the path', [{ probe: 'quiet', settings: { bytes: 1000 } }]],
  ])('is the assignment’s own where %s', (_why, probes) => {
    expect(rhythms([assignment('a', { probes })])).toEqual(new Map());
  });

  it('is shared where that setting is given as it is anyway', () => {
    expect(rhythms([assignment('a', { probes: [{ probe: 'quiet', settings: { bytes: 0 } }] })]).size).toBe(1);
  });

  it('is none for what runs once, at once', () => {
    const once = { intervalSeconds: 60, durationSeconds: 0, startsAt: null };
    expect(rhythms([assignment('a', { probes: [quiet], schedule: once })]).size).toBe(0);
  });
});
