import { describe, expect, it } from 'vitest';
import { together } from './together.js';

describe('reading together', () => {
  function slowReads(most?: number) {
    const reads: { keys: readonly string[]; answer: (failed?: Error) => void }[] = [];
    const read = together<string, string>(
      (keys) =>
        new Promise((resolve, reject) => {
          reads.push({ keys, answer: (failed) => (failed ? reject(failed) : resolve(keys.map((key) => key.toUpperCase()))) });
        }),
      most,
    );
    return { reads, read };
  }
  const aTurn = (): Promise<void> => new Promise((resolve) => setImmediate(() => setImmediate(resolve)));

  it('gathers those who ask while others are read', async () => {
    const { reads, read } = slowReads();
    const first = read('a');
    await aTurn();
    const later = [read('b'), read('c')];
    await aTurn();
    const latest = read('d');
    await aTurn();
    expect(reads.map(({ keys }) => keys)).toEqual([['a']]);
    reads[0]?.answer();
    expect(await first).toBe('A');
    await aTurn();
    expect(reads.map(({ keys }) => keys)).toEqual([['a'], ['b', 'c', 'd']]);
    reads[1]?.answer();
    expect(await Promise.all([...later, latest])).toEqual(['B', 'C', 'D']);
  });

  it('goes on after a read that failed, which those who asked for it are told', async () => {
    const { reads, read } = slowReads();
    const failing = read('a');
    await aTurn();
    const next = read('b');
    reads[0]?.answer(new Error('no database'));
    await expect(failing).rejects.toThrow('no database');
    await aTurn();
    reads[1]?.answer();
    expect(await next).toBe('B');
  });

  it('asks for the same key again each time: nothing is kept', async () => {
    const { reads, read } = slowReads();
    for (const turn of [0, 1]) {
      const found = read('a');
      await aTurn();
      reads[turn]?.answer();
      expect(await found).toBe('A');
    }
    expect(reads).toHaveLength(2);
  });
});
