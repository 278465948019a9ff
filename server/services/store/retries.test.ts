import { pino } from 'pino';
import { describe, expect, it } from 'vitest';
import { Retries, type RetryReason } from './retries.js';

describe('a transaction that failed', () => {
  const counted: RetryReason[] = [];
  const retries = new Retries(pino({ level: 'silent' }), { inc: ({ reason }) => void counted.push(reason) });
  const failing = (code: string, failures: number): { attempt: () => Promise<string>; times: () => number } => {
    let times = 0;
    const attempt = (): Promise<string> => (times++ < failures ? Promise.reject(Object.assign(new Error(code), { code })) : Promise.resolve('done')); // prettier-ignore
    return { attempt, times: () => times };
  };

  it('is done again where it met another one, and is counted', async () => {
    counted.length = 0;
    expect(await retries.again(failing('40P01', 2).attempt)).toBe('done');
    expect(await retries.again(failing('40001', 1).attempt)).toBe('done');
    expect(counted).toEqual(['deadlock', 'deadlock', 'serialization']);
  });

  it('is done five times at most', async () => {
    const { attempt, times } = failing('40P01', 100);
    await expect(retries.again(attempt)).rejects.toThrow('40P01');
    expect(times()).toBe(5);
  });

  it('is done once where it would fail again: a unique violation too, unless the work looks first', async () => {
    for (const code of ['23505', '23514', '42601']) {
      const { attempt, times } = failing(code, 1);
      await expect(retries.again(attempt)).rejects.toThrow(code);
      expect(times()).toBe(1);
    }
    expect(await retries.again(failing('23505', 1).attempt, { unique: true })).toBe('done');
    await expect(retries.again(() => Promise.reject(new Error('not the database’s')))).rejects.toThrow('not the');
  });
});
