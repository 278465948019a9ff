import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { Bucket, Budget, LIMITS, type Rate } from './limits.js';

const DOCUMENT = readFileSync(new URL('../../docs/security.md', import.meta.url), 'utf8');
const cell = ({ burst, perSecond }: Rate): string => `${burst} at once, then ${perSecond} a second`;

describe('docs/security.md', () => {
  it.each([
    ['replies', 'replies'],
    ['replies larger than their requests', 'large'],
    ['bytes', 'bytes'],
  ] as const)('names the limits of %s that hold', (what, kind) => {
    expect(DOCUMENT).toContain(`| ${what} | ${cell(LIMITS.source[kind])} | ${cell(LIMITS.total[kind])} |`);
  });

  it('names how many cookies are served, and how long each holds', () => {
    expect(DOCUMENT).toContain(`it holds ${LIMITS.cookieMs / 60_000} minutes`);
    expect(DOCUMENT).toContain(`${LIMITS.sessions} cookies at once`);
  });
});

describe('a bucket', () => {
  it('fills up in time, and never beyond its rim', () => {
    const bucket = new Bucket({ burst: 10, perSecond: 5 }, 0);
    expect([bucket.has(10, 0), bucket.has(11, 0)]).toEqual([true, false]);
    bucket.take(10);
    expect([bucket.has(1, 199), bucket.has(1, 200), bucket.has(2, 200)]).toEqual([false, true, false]);
    expect([bucket.has(10, 1e9), bucket.has(11, 1e9)]).toEqual([true, false]);
  });
});

describe('a budget', () => {
  it('takes nothing where it gives nothing', () => {
    const budget = new Budget(0);
    const { burst } = LIMITS.source.bytes;
    expect(budget.take('a', burst + 1, 100, 0)).toBe(false);
    expect(budget.take('a', burst, 100, 0)).toBe(true);
    expect(budget.take('a', 1, 100, 0)).toBe(false);
  });

  it('remembers as many addresses as it says', () => {
    const budget = new Budget(0);
    const { burst } = LIMITS.source.bytes;
    budget.take('busy', burst, 100, 0);
    for (let index = 0; index < LIMITS.sources - 1; index += 1) budget.take(`${index}`, 1, 100, 0);
    expect(budget.take('busy', burst, 100, 0)).toBe(false);
  });
});
