import { describe, expect, it } from 'vitest';
import { Batcher } from './batcher.js';

describe('group commit', () => {
  it('writes together what arrives while a write is under way, in order', async () => {
    const written: number[][] = [];
    let release: () => void = () => undefined;
    const held = new Promise<void>((resolve) => (release = resolve));
    const batcher = new Batcher<number>(async (items) => {
      written.push([...items]);
      await held;
    });
    const all = [1, 2, 3, 4].map((item) => batcher.add(item));
    release();
    await Promise.all(all);
    expect(written.flat()).toEqual([1, 2, 3, 4]);
    expect(written.length).toBeLessThan(4);
  });

  it('tells everybody of a batch that failed, and goes on with the next', async () => {
    const batcher = new Batcher<string>((items) => (items.includes('bad') ? Promise.reject(new Error('disk full')) : Promise.resolve()));
    await expect(batcher.add('bad')).rejects.toThrow('disk full');
    await expect(batcher.add('good')).resolves.toBeUndefined();
    await batcher.idle();
  });

  it('leaves a rest between the beginnings of writes where it was told to', async () => {
    const begun: number[] = [];
    const batcher = new Batcher<number>(() => {
      begun.push(performance.now());
      return Promise.resolve();
    }, 40);
    await batcher.add(1);
    await Promise.all([batcher.add(2), batcher.add(3)]);
    expect(begun).toHaveLength(2);
    // Timers of Node may come a millisecond early.
    expect((begun[1] ?? 0) - (begun[0] ?? 0)).toBeGreaterThan(38);
  });

  it('writes what nobody waits for as well, and says where that failed', async () => {
    const written: string[] = [];
    const lost: unknown[] = [];
    const write = (items: readonly string[]): Promise<void> => {
      if (items.includes('bad')) return Promise.reject(new Error('disk full'));
      written.push(...items);
      return Promise.resolve();
    };
    const batcher = new Batcher(write, 0, (reason) => lost.push(reason));
    batcher.leave('good');
    await batcher.idle();
    expect([written, lost]).toEqual([['good'], []]);
    batcher.leave('bad');
    await batcher.idle();
    expect(lost).toEqual([new Error('disk full')]);
  });

  it('tells whether a write would begin at once', async () => {
    const batcher = new Batcher<number>(() => Promise.resolve(), 30);
    expect(batcher.isFree).toBe(true);
    const written = batcher.add(1);
    expect(batcher.isFree).toBe(false);
    await written;
    expect(batcher.isFree).toBe(false);
    await new Promise((resolve) => setTimeout(resolve, 40));
    expect(batcher.isFree).toBe(true);
  });
});
