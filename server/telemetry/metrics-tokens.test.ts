import { describe, expect, it } from 'vitest';
import { MetricsTokens } from './metrics-tokens.js';

describe('a token for the metrics', () => {
  it('that was good is believed for an hour while the database is away, others are not', async () => {
    let answer: () => Promise<boolean> = () => Promise.resolve(true);
    let now = 0;
    const tokens = new MetricsTokens(20, () => now);
    expect(await tokens.mayRead('Bearer a', answer)).toBe(true);
    answer = () => Promise.reject(new Error('connection refused'));
    expect(await tokens.mayRead('Bearer a', answer)).toBe(true);
    expect(await tokens.mayRead('Bearer b', answer)).toBeUndefined();
    // Hanging is away as well.
    answer = () => new Promise(() => undefined);
    expect(await tokens.mayRead('Bearer a', answer)).toBe(true);
    now += 3_600_000;
    expect(await tokens.mayRead('Bearer a', answer)).toBeUndefined();
  });

  it('that was revoked is refused by the first answer, and not believed after it', async () => {
    let answer: () => Promise<boolean> = () => Promise.resolve(true);
    const tokens = new MetricsTokens();
    await tokens.mayRead('Bearer a', answer);
    answer = () => Promise.resolve(false);
    expect(await tokens.mayRead('Bearer a', answer)).toBe(false);
    answer = () => Promise.reject(new Error('connection refused'));
    expect(await tokens.mayRead('Bearer a', answer)).toBeUndefined();
  });
});
